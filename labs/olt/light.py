"""What goes wrong on the fibres, and what an OLT sees of it. No I/O.

    fibre-cut     an ONU's own fibre: it falls silent
    feeder-cut    the fibre between a PON port and its splitter: all fall silent, or come by the port that stands by
    power-loss    an ONU's power: its last word is a dying gasp
    rogue-onu     an ONU sends out of turn: nobody on its splitter is understood
    low-power     an ONU's fibre is dirty, bent or badly spliced: it works, on little light

Defects are named as in bbf-xpon-defects, which has them from G.984.3 clause 11.1.1 and G.9807.1 table C.14.2: of an ONU
lobi (its bursts are missed), dgi (dying gasp), tiwi (it interferes), sdi (its signal is degraded); of a PON port los
(nothing arrives), tia (somebody sends out of turn). The models leave open, and this OLT does it so: a rogue ONU is told
by tiwi; the port that stands by takes over as soon as both share a channel pair, and gives back when the feeder is
whole; sdi is told of XGS-PON too.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

from labs.olt.config import OltConfig
from labs.olt.plant import Onu, Plant, PlantError, same_form

Kind = Literal["fibre-cut", "feeder-cut", "power-loss", "rogue-onu", "low-power"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
LOW_DBM: Final = -27.6  # still understood, next to what a class N1 receiver takes at least
_BEST_DBM: Final = -17.0


@dataclass(frozen=True, slots=True, order=True)
class Broken:
    """One fault. at: an ONU's serial number; of a feeder its PON."""

    kind: Kind
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """What the OLT sees. plant: an ONU is present where it is understood, on the port by which it comes. ports: PON to
    its defects; onus: serial number to its. received_dbm: at each ONU that is understood."""

    plant: Plant
    ports: Mapping[str, tuple[str, ...]]
    onus: Mapping[str, tuple[str, ...]]
    received_dbm: Mapping[str, float]


def broken_of(kind: Any, at: Any, plant: Plant) -> Broken:
    """A fault as it was ordered. Raises PlantError where there is no such fault, ONU or PON."""
    if kind not in KINDS:
        raise PlantError(f"there is no fault {kind!r}: {', '.join(KINDS)}")
    if kind == "feeder-cut":
        if str(at) not in dict(plant.pons):
            raise PlantError(f"there is no PON {at}: {', '.join(name for name, _ in plant.pons)}")
        return Broken(kind, str(at))
    onu = plant.onu(str(at))
    if onu is None:
        raise PlantError(f"no ONU {at} in the plant")
    return Broken(kind, onu.serial)


def shine(plant: Plant, broken: Iterable[Broken], config: OltConfig) -> Light:
    """What is seen of a plant under a configuration."""
    return _Sky(plant, frozenset(broken), config).light()


class _Sky:
    def __init__(self, plant: Plant, broken: frozenset[Broken], config: OltConfig) -> None:
        self._plant = plant
        self._broken = broken
        self._config = config
        self._lit = {t.pon: t for t in config.terminations if t.enabled and t.pon is not None}
        self._expected = {same_form(v.serial) for v in config.v_anis if v.serial is not None}

    def light(self) -> Light:
        rogues = {onu.pon: onu for onu in self._plant.onus if self._is_broken("rogue-onu", onu) and self._sends(onu)}
        onus: list[Onu] = []
        defects: dict[str, tuple[str, ...]] = {}
        for onu in self._plant.onus:
            port = self._port(onu.pon)
            heard = self._sends(onu) and port is not None and onu.pon not in rogues
            onus.append(replace(onu, present=heard, pon=port if heard and port is not None else onu.pon))
            told = tuple(self._defects(onu, rogues.get(onu.pon), heard=heard))
            if told and same_form(onu.serial) in self._expected:
                defects[onu.serial] = told
        return Light(
            plant=replace(self._plant, onus=tuple(onus)),
            ports=self._ports(onus, {self._port(pon) for pon in rogues}),
            onus=defects,
            received_dbm={onu.serial: self._dbm(onu) for onu in onus if onu.present},
        )

    def _is_broken(self, kind: Kind, onu: Onu) -> bool:
        return Broken(kind, onu.serial) in self._broken

    def _sends(self, onu: Onu) -> bool:
        """Whether an ONU's light comes as far as its splitter."""
        return onu.present and not (self._is_broken("fibre-cut", onu) or self._is_broken("power-loss", onu))

    def _port(self, pon: str) -> str | None:
        """The PON port by which what hangs on a splitter comes; None: by none."""
        ways = [pon, *(port for work, port in self._plant.protected if work == pon and self._is_pair(pon, port))]
        return next((port for port in ways if Broken("feeder-cut", port) not in self._broken), None)

    def _is_pair(self, pon: str, port: str) -> bool:
        """Whether two ports are configured as one (Type B)."""
        one, other = self._lit.get(pon), self._lit.get(port)
        return one is not None and other is not None and one.channel_pair == other.channel_pair is not None

    def _defects(self, onu: Onu, rogue: Onu | None, *, heard: bool) -> Iterable[str]:
        if self._is_broken("power-loss", onu) and onu.present:
            yield "dgi"
        if not heard:
            yield "lobi"
        elif self._is_broken("low-power", onu):
            yield "sdi"
        if rogue is onu:
            yield "tiwi"

    def _ports(self, onus: list[Onu], disturbed: set[str | None]) -> dict[str, tuple[str, ...]]:
        """A port has nothing coming in where its feeder is cut, or none of those that are expected on it is heard."""
        found: dict[str, tuple[str, ...]] = {}
        heard = {onu.pon for onu in onus if onu.present}
        awaited = {onu.pon for onu in self._plant.onus if same_form(onu.serial) in self._expected}
        for pon in sorted(self._lit):
            if pon in disturbed:
                found[pon] = ("tia",)
            elif Broken("feeder-cut", pon) in self._broken or (pon in awaited and pon not in heard):
                found[pon] = ("los",)
        return found

    def _dbm(self, onu: Onu) -> float:
        if self._is_broken("low-power", onu):
            return LOW_DBM
        return round(_BEST_DBM - zlib.crc32(onu.serial.encode()) % 50 / 10, 1)  # fibres are not alike
