"""Forwarders of an OLT (TR-383): which of their ports a frame may go on to, and the static addresses at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from intents.model.pon import Forwarder, StaticMac, VlanSubInterface
from intents.verify.packets.atoms import Atoms
from intents.verify.packets.packet import mac
from intents.verify.pon.config import PonConfig


@dataclass(frozen=True, slots=True)
class Static:
    """The static addresses of a forwarder: the first entry of each, and all of them as a set, by port and together."""

    entries: Mapping[int, StaticMac]
    at: Mapping[str, int]
    all: int

    def among(self, macs: int) -> StaticMac:
        """An entry for one address of a set; there is one."""
        known = macs & self.all
        return self.entries[known & -known]

    def other_than(self, ports: Sequence[str]) -> int:
        """The addresses that are static at any port but these."""
        found = 0
        for port, macs in self.at.items():
            if port not in ports:
                found |= macs
        return found


class Forwarding:
    """The forwarders of one OLT."""

    def __init__(self, config: PonConfig, atoms: Atoms) -> None:
        self._config = config
        self._atoms = atoms
        self._static: dict[str, Static] = {}
        self._open: dict[tuple[str, str | None], Mapping[str, VlanSubInterface]] = {}

    def static(self, forwarder: Forwarder) -> Static:
        """The static addresses of a forwarder."""
        if forwarder.name not in self._static:
            self._static[forwarder.name] = self._addresses(forwarder)
        return self._static[forwarder.name]

    def _addresses(self, forwarder: Forwarder) -> Static:
        fdb = self._config.fdbs.get(forwarder.fdb or "")
        entries: dict[int, StaticMac] = {}
        at: dict[str, int] = {}
        for entry in fdb.static if fdb is not None else ():
            if entry.forwarder == forwarder.name:
                bit = self._atoms["mac"].of(mac(entry.mac))
                entries.setdefault(bit, entry)
                at[entry.port] = at.get(entry.port, 0) | bit
        return Static(entries, at, sum(entries))

    def open_to(self, forwarder: Forwarder, source: VlanSubInterface) -> Mapping[str, VlanSubInterface]:
        """The ports of a forwarder, by name, that split horizon leaves to frames of a sub-interface; its own too."""
        key = (forwarder.name, source.usage)
        if key not in self._open:
            subifs = ((name, self._config.subifs.get(subif)) for name, subif in forwarder.ports)
            self._open[key] = {
                name: subif for name, subif in subifs if subif is not None and not self._apart(forwarder, source, subif)
            }
        return self._open[key]

    def _apart(self, forwarder: Forwarder, source: VlanSubInterface, target: VlanSubInterface) -> bool:
        horizons = (self._config.horizons.get(name) for name in forwarder.split_horizon)
        return any(h is not None and source.usage == h.in_usage and target.usage == h.out_usage for h in horizons)

    def closed(self, forwarder: Forwarder, ingress_port: str, port: str) -> tuple[str, str]:
        """Why a frame of one port does not go on to another that is not open to it, and the object to blame."""
        if port == ingress_port or self._config.subifs.get(dict(forwarder.ports).get(port, "")) is None:
            return f"port {port} of {forwarder.name} is not another port with a sub-interface", port
        return f"split horizon keeps {ingress_port} and {port} of {forwarder.name} apart", forwarder.name
