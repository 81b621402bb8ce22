"""What goes through a port or an uplink now, as the switch beside it counts."""

from __future__ import annotations

from controller.page.sampler import Sampler
from intents.model.campus import Campus, Endpoint


class Measured:
    """By the name of a resource."""

    def __init__(self, campus: Campus, sampler: Sampler) -> None:
        self._received, self._sent = sampler.received, sampler.sent
        self._switches = campus.switches
        self._beside = {link.a: link.b for link in campus.links} | {link.b: link.a for link in campus.links}

    def of(self, name: str) -> int | None:
        """Bit/s of `core-1:10 out`, `core-1:10 in`, `olt-1:up-1 up`, `olt-1:up-1 down`; None where nobody counts."""
        where, _, way = name.rpartition(" ")
        device, _, port = where.rpartition(":")
        end = Endpoint(device, port)
        outward = way in {"out", "up"}
        if device not in self._switches:  # what an OLT sends up its uplink is what the switch there receives
            end, outward = self._beside.get(end, end), not outward
        if end.device not in self._switches or not end.port.isdigit():
            return None
        found = (self._sent if outward else self._received).now((end.device, int(end.port)))
        return None if found is None else round(found)
