"""The dataplane of a lab OLT: puts flows and queues in place, whole, at each commit."""

from __future__ import annotations

from pathlib import Path

from labs.net.ovs import Ovs
from labs.net.stretch import Stretch
from labs.olt.config import OltConfig
from labs.olt.dataplane import flows, queues
from labs.olt.dataplane.wiring import read_wiring
from labs.olt.hook import DataplaneError
from labs.runner.errors import LabError


class Plane:
    """Bridges and fibre are there already; the lab's runner made them."""

    def __init__(self, ovs: Ovs, olt: str, odn: str, stretch: Stretch, plant: Path, scale: int) -> None:
        self._ovs, self._olt, self._odn = ovs, olt, odn
        self._stretch, self._plant, self._scale = stretch, plant, scale

    def apply(self, config: OltConfig) -> None:
        """Queues first, then flows: a frame that may pass finds its queue."""
        site = flows.Site.of(config, read_wiring(self._plant))
        down, up = queues.capacity(site, self._scale)
        try:
            self._stretch.shape_down(down, queues.downstream(site, self._scale))
            self._stretch.shape_up(up, queues.upstream(site, self._scale))
            self._replace(self._odn, flows.odn_flows(site))
            self._replace(self._olt, flows.olt_flows(site))
        except LabError as error:
            raise DataplaneError(str(error)) from error

    def _replace(self, bridge: str, lines: list[str]) -> None:
        self._ovs.ofctl("replace-flows", bridge, "-", stdin="\n".join(lines) + "\n")

    def close(self) -> None:
        """The light stays on when the management ends: nothing is taken away."""


def factory(*, ovs: str, olt: str, odn: str, stretch: str, plant: str, scale: str = "20") -> Plane:
    """From `--dataplane-arg`s."""
    return Plane(Ovs(Path(ovs)), olt, odn, Stretch(stretch), Path(plant), int(scale))
