"""From what OLTs tell of their fibres to what a hospital has to know: which places, which promises, where to look.

For people alone: the verdict is somebody else's, and nothing here makes an intent hold or fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from intents.model.campus import Campus, Onu, PonId
from intents.model.condition import OltCondition
from intents.model.evidence import Verdict
from intents.model.intent import ResolvedIntent
from intents.model.pon import Ani, ChannelTermination, InterfaceLink, OltFacts, VAni
from intents.model.state import Observation, Operational

# Below this an ONU's receiver is a decibel from its limit: class N1 takes -28 dBm (G.9807.1), class B+ -27 (G.984.2).
LOW_DBM: Final = {"xgs-pon": -27.0, "gpon": -26.0}
LIST: Final = 6  # names in a sentence


class Kind(StrEnum):
    """What has happened."""

    FIBRE = "fibre"
    FEEDER = "feeder"
    SWITCHED_OVER = "switched-over"
    POWER = "power"
    ROGUE = "rogue"
    LOW_LIGHT = "low-light"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that happened. what, look: sentences. dark: whether its places are cut off, else they are at risk.
    lost: intents that do not hold for some of the places; risked: those that hold, and would not if it got worse."""

    kind: Kind
    at: str
    what: str
    look: str
    dark: bool
    onus: tuple[str, ...]
    places: tuple[str, ...]
    lost: tuple[str, ...] = ()
    risked: tuple[str, ...] = ()


def troubles(
    campus: Campus, operational: Operational, intents: Iterable[ResolvedIntent], verdict: Verdict | None
) -> tuple[Trouble, ...]:
    """Everything that an OLT tells of, the worst first. verdict: None where it could not be had."""
    found: list[Trouble] = []
    for olt in sorted(campus.olts):
        seen = operational.devices.get(olt)
        if seen is not None and isinstance(seen.facts, OltFacts):
            found += _Olt(campus, olt, seen, seen.facts).troubles()
    told = tuple(intents)
    held = {} if verdict is None else {i.intent: i.holds for i in verdict.intents}
    return tuple(_with_intents(t, told, held) for t in sorted(found, key=lambda t: (not t.dark, -len(t.places), t.at)))


def _with_intents(trouble: Trouble, intents: Sequence[ResolvedIntent], held: Mapping[str, bool]) -> Trouble:
    places = set(trouble.places)
    about = {r.name for r in intents if any(p.name in places for p in (*r.sources, *r.destinations))}
    lost = about & {name for name, holds in held.items() if not holds} if trouble.dark else set()
    risked = set() if trouble.dark else about & {name for name, holds in held.items() if holds}
    return Trouble(
        kind=trouble.kind,
        at=trouble.at,
        what=trouble.what,
        look=trouble.look,
        dark=trouble.dark,
        onus=trouble.onus,
        places=trouble.places,
        lost=tuple(sorted(lost)),
        risked=tuple(sorted(risked)),
    )


class _Olt:
    """One OLT and its ONUs."""

    def __init__(self, campus: Campus, name: str, seen: Observation, facts: OltFacts) -> None:
        self._campus = campus
        self._name = name
        self._technologies = campus.olts[name].pons
        self._condition = seen.condition or OltCondition()
        held = seen.state.objects.values()
        self._terminations = {o.hardware: o for o in held if isinstance(o, ChannelTermination)}
        self._v_anis = {o.serial: o for o in held if isinstance(o, VAni)}
        self._up = facts.up_v_anis
        self._port = {d.serial: d.channel_termination for d in facts.detected}
        hardware = {o.name: o.hardware for o in held if isinstance(o, Ani)}
        self._component = {o.to: hardware[o.name] for o in held if isinstance(o, InterfaceLink) if o.name in hardware}

    def troubles(self) -> Iterator[Trouble]:
        for pon in sorted(self._technologies):
            onus = sorted(
                (o for o in self._campus.onus.values() if o.pon == PonId(self._name, pon) and o.serial in self._v_anis),
                key=lambda o: o.name,
            )
            if onus:
                yield from self._of_pon(pon, onus)

    def _of_pon(self, pon: str, onus: list[Onu]) -> Iterator[Trouble]:
        dark = [o for o in onus if self._v_anis[o.serial].name not in self._up]
        lit = [o for o in onus if o not in dark]
        port = self._terminations.get(pon)
        told = self._told(port.name) if port is not None else frozenset()
        if "tia" in told and dark:
            yield self._rogue(pon, onus, dark)
        elif "los" in told and dark and not lit and not all("dgi" in self._of(o) for o in dark):
            yield self._feeder(pon, dark)
        else:
            yield from self._apart(pon, dark, len(onus))
        if "los" in told and lit and port is not None:
            yield from self._switched_over(pon, port, lit)
        yield from (self._dim(o) for o in lit if self._is_dim(o))

    def _told(self, name: str) -> frozenset[str]:
        return self._condition.defects.get(name, frozenset())

    def _of(self, onu: Onu) -> frozenset[str]:
        return self._told(self._v_anis[onu.serial].name)

    def _light(self, onu: Onu) -> float | None:
        return self._condition.received_dbm.get(self._component.get(self._v_anis[onu.serial].name, ""))

    def _is_dim(self, onu: Onu) -> bool:
        """Whether little light arrives at an ONU, or its OLT says that its signal is bad."""
        dbm, least = self._light(onu), LOW_DBM[self._technologies[onu.pon.pon]]
        return "sdi" in self._of(onu) or (dbm is not None and dbm < least)

    def _trouble(self, kind: Kind, at: str, what: str, look: str, onus: Sequence[Onu], *, dark: bool = True) -> Trouble:
        names = {o.name for o in onus}
        places = sorted(p.name for p in self._campus.places.values() if p.port.device in names)
        return Trouble(
            kind=kind, at=at, what=what, look=look, dark=dark, onus=tuple(sorted(names)), places=tuple(places)
        )

    def _rogue(self, pon: str, onus: list[Onu], dark: list[Onu]) -> Trouble:
        suspects = [o.name for o in onus if "tiwi" in self._of(o)]
        at = f"{self._name}/{pon}"
        what = f"an ONU on {at} sends out of turn, and {_count(dark)} of {len(onus)} are not understood"
        first = f"unplug {_listed(suspects)}" if suspects else "unplug one ONU after the other at the splitter"
        look = f"{first}: the others come back when the right one is out; replace that one"
        return self._trouble(Kind.ROGUE, at, what, look, dark)

    def _feeder(self, pon: str, dark: list[Onu]) -> Trouble:
        at = f"{self._name}/{pon}"
        what = f"nothing arrives on {at}: {_count(dark)} are dark at once"
        look = f"the feeder fibre from port {pon} of {self._name} to its splitter, and the connectors at both ends"
        return self._trouble(Kind.FEEDER, at, what, look, dark)

    def _switched_over(self, pon: str, port: ChannelTermination, lit: list[Onu]) -> Iterator[Trouble]:
        """The ONUs came by the port that stands by (Type B)."""
        stand_ins = {t.name: p for p, t in self._terminations.items() if t.channel_pair == port.channel_pair}
        moved = [o for o in lit if stand_ins.get(self._port.get(o.serial, ""), pon) != pon]
        if moved:
            other = stand_ins[self._port[moved[0].serial]]
            at = f"{self._name}/{pon}"
            what = (
                f"{_count(moved)} of {at} went over to {self._name}/{other}, which stands by: nothing arrives on {pon}"
            )
            look = (
                f"the feeder fibre from port {pon} of {self._name} to its splitter: until it is whole nothing stands by"
            )
            yield self._trouble(Kind.SWITCHED_OVER, at, what, look, moved, dark=False)

    def _apart(self, pon: str, dark: list[Onu], of: int) -> Iterator[Trouble]:
        """Those that are dark while others are not, by what they died of."""
        powerless = [o for o in dark if "dgi" in self._of(o)]
        silent = [o for o in dark if o not in powerless and "lobi" in self._of(o)]
        absent = [o for o in dark if o not in powerless and o not in silent]
        at = f"{self._name}/{pon}"
        if powerless:
            names = _listed([o.name for o in powerless])
            what = f"{names} said that the power goes, and {_are(powerless)} dark"
            look = f"plug, power supply and fuse of {names}: what goes dark with a word has its fibre"
            yield self._trouble(Kind.POWER, powerless[0].name if not powerless[1:] else at, what, look, powerless)
        if len(silent) > 1:
            what = (
                f"{_count(silent)} of {of} on {at} fell silent without a last word: {_listed([o.name for o in silent])}"
            )
            look = f"what they share: a splitter or a cable behind the splitter of {at}; then each one's own fibre"
            yield self._trouble(Kind.FIBRE, at, what, look, silent)
        for onu in silent if len(silent) == 1 else ():
            what = f"{onu.name} fell silent without a last word, alone among its neighbours"
            look = f"the fibre from the splitter of {at} to {onu.name}, and its connectors there and in the ONU"
            yield self._trouble(Kind.FIBRE, onu.name, what, look, [onu])
        for onu in absent:
            look = f"whether {onu.name} has power, then its fibre from the splitter of {at}; {self._name} tells no more"
            yield self._trouble(Kind.ABSENT, onu.name, f"{onu.name} is not there", look, [onu])

    def _dim(self, onu: Onu) -> Trouble:
        dbm = self._light(onu)
        light = "" if dbm is None else f": {dbm:.1f} dBm"
        what = f"{onu.name} works, on little light{light}"
        look = (
            f"clean the connectors of {onu.name} and at the splitter of {onu.pon}; look for a tight bend between them"
        )
        return self._trouble(Kind.LOW_LIGHT, onu.name, what, look, [onu], dark=False)


def _are(onus: Sequence[Onu]) -> str:
    return "are" if len(onus) > 1 else "is"


def _count(onus: Sequence[Onu]) -> str:
    return f"{len(onus)} ONU{'s' if len(onus) > 1 else ''}"


def _listed(names: Sequence[str]) -> str:
    """Some names, and how many more."""
    more = f" and {len(names) - LIST} more" if len(names) > LIST else ""
    return f"{', '.join(names[:LIST])}{more}"
