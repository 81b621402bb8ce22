"""The dataplane: brings two bridges and the shapers of each PON from one configuration to the next.

Room is made first (classes, meters), then the flows change, each bridge in one bundle, then what nobody uses any more
goes. When a step fails nothing is assumed: the next configuration is laid from the ground up.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from labs.net.htb import HtbTree, Shaper
from labs.net.ovs import OvsInstance
from labs.net.stretch import DOWN, UP
from labs.olt.config import OltConfig
from labs.olt.dataplane.flow import Flow, bundle
from labs.olt.dataplane.labels import Labels, Registry
from labs.olt.dataplane.meters import Meters, meters
from labs.olt.dataplane.olt_flows import LEARNED, olt_flows
from labs.olt.dataplane.onu_flows import onu_flows
from labs.olt.dataplane.services import resolve
from labs.olt.dataplane.shaping import CAPACITY_BPS, Minors, trees
from labs.olt.dataplane.wiring import Wiring, read
from labs.olt.hook import DataplaneError
from labs.olt.plant import Plant
from labs.runner.errors import LabError

_DARK_BPS: Final = CAPACITY_BPS["xgs-pon"]


def factory(wiring: str) -> OvsDataplane:
    """For --dataplane; wiring: a file. Raises DataplaneError."""
    return OvsDataplane(read(Path(wiring)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laid:
    """What is in place."""

    labels: Labels
    flows: Mapping[str, tuple[Flow, ...]]  # by bridge, the ONUs' before the OLT's
    meters: Mapping[str, Meters]


@dataclass
class OvsDataplane:
    """A dataplane on this machine's Open vSwitch. See Dataplane in labs/olt/hook.py."""

    wiring: Wiring
    _registry: Registry = field(default_factory=Registry)
    _shapers: dict[tuple[str, str], Shaper] = field(default_factory=dict)
    _laid: _Laid | None = None
    _config: OltConfig = field(default_factory=OltConfig)
    _dark_bridges: set[str] = field(default_factory=set)
    _alone: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Know the two bridges and the shapers."""
        self._ovs = OvsInstance(Path(self.wiring.ovs_folder), self.wiring.ovs_netns)
        for pon, wired in self.wiring.pons.items():
            for direction in (DOWN, UP):
                self._shapers[pon, direction] = Shaper(netns=wired.stretch, device=direction)

    def apply(self, config: OltConfig) -> None:
        """Make `config` what forwards. Raises DataplaneError."""
        with self._alone:
            self._apply(config)
            self._config = config

    def see(self, plant: Plant) -> None:
        """ONUs have come or gone: those that are not there do not forward. Raises DataplaneError."""
        present = {serial: (seen := plant.onu(serial)) is not None and seen.present for serial in self.wiring.onus}
        onus = {s: replace(o, present=present[s]) for s, o in self.wiring.onus.items()}
        with self._alone:
            if onus != self.wiring.onus:
                self.wiring = replace(self.wiring, onus=onus)
                if self._laid is not None:
                    self._apply(self._config)

    def close(self) -> None:
        """Traffic goes on while the OLT's management is away."""

    def _apply(self, config: OltConfig) -> None:
        registry = deepcopy(self._registry)  # a configuration that is refused takes no numbers and frees none
        services = resolve(config, self.wiring)
        labels = registry.labels(services)
        wanted = _Laid(
            labels=labels,
            flows={
                **onu_flows(services, labels, self.wiring),
                self.wiring.olt_bridge: tuple(olt_flows(services, labels, self.wiring)),
            },
            meters=meters(services, labels, self.wiring),
        )
        lit = dict(services.pons)
        shapes: dict[tuple[str, str], HtbTree] = {}
        for pon in self.wiring.pons:
            if pon in lit:
                down, up = trees(services, labels, self.wiring, pon, partial(_minors, registry, pon))
            else:
                down, up = (self._dark(bps) for bps in _DARK_BPS)
            shapes[pon, DOWN], shapes[pon, UP] = down, up
        self._registry = registry
        before, self._laid = self._laid, None
        try:
            self._lay(before, wanted, shapes)
        except LabError as error:
            for shaper in self._shapers.values():
                shaper.tree = None
            raise DataplaneError(str(error)) from None
        self._laid = wanted

    def _dark(self, bps: int) -> HtbTree:
        return HtbTree(capacity_bps=bps // self.wiring.scale, frame_bytes=self.wiring.frame_bytes)

    def _lay(self, before: _Laid | None, wanted: _Laid, shapes: Mapping[tuple[str, str], HtbTree]) -> None:
        for key, shaper in self._shapers.items():
            shaper.prepare(shapes[key])
        for bridge in wanted.flows:
            try:
                self._lay_flows(bridge, None if bridge in self._dark_bridges else before, wanted)
                self._dark_bridges.discard(bridge)
            except LabError:
                if ":" not in bridge:
                    raise
                # An ONU that does not answer is one without power: what is configured waits for it.
                self._dark_bridges.add(bridge)
        # The datapath has cached what the flows said before; a commit is done when that is gone.
        self._ovs.appctl("revalidator/wait")
        for shaper in self._shapers.values():
            shaper.finish()

    def _lay_flows(self, bridge: str, before: _Laid | None, wanted: _Laid) -> None:
        held, texts = (None, None) if before is None else (before.meters[bridge], before.flows[bridge])
        meter = wanted.meters[bridge]
        self._meter(bridge, meter.steps_from(held))
        text = bundle(texts, wanted.flows[bridge])
        if bridge == self.wiring.olt_bridge and before is not None:
            text += "".join(f"flow delete table={LEARNED},reg0={n}\n" for n in _to_flush(before.labels, wanted.labels))
        if text:
            self._ovs.ofctl("bundle", bridge, "-", text=text)
        self._meter(bridge, meter.steps_after(held))

    def _meter(self, bridge: str, steps: list[tuple[str, str]]) -> None:
        for command, meter in steps:
            self._ovs.ofctl(command, bridge, meter)


def _minors(registry: Registry, pon: str, way: str) -> Minors:
    return lambda names: registry.classes(f"{pon} {way}", names)


def _to_flush(before: Labels, after: Labels) -> list[int]:
    """Forwarders one of whose ports is gone: what was learned there may point at it, and its number will be reused."""
    gone = {name.partition("\n")[0] for name in before.members.keys() - after.members.keys()}
    return sorted(before.forwarders[name] for name in gone)
