"""From the objects of an OLT to ONUs, UNIs and VLANs: by what is physical, whatever the objects are called."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from intents.model import pon
from intents.model.campus import Campus
from intents.model.pon import NAME_PREFIX
from intents.model.state import DeviceState, Operational

_FOREIGN: Final = re.compile(r"[^A-Za-z0-9._-]+")
_TECHNOLOGY: Final = {"xgs": "xgs-pon", "gpon": "gpon"}
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundUni:
    """A UNI in use. vid: what its untagged frames are put into, None: nothing; tagged: sorted VIDs that it takes
    tagged; assured_bps: what its T-CONTs promise."""

    number: int
    vid: int | None
    tagged: tuple[int, ...]
    assured_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOnu:
    """An ONU that an OLT is configured for and the campus lacks. v_ani: what the OLT calls it; unis by number."""

    name: str
    olt: str
    pon: str
    technology: str
    serial: str
    v_ani: str
    unis: tuple[FoundUni, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything found: ONUs by name, sorted VIDs, per OLT the sorted names of objects that are not ours, and the
    serial numbers that are seen without being configured."""

    onus: tuple[FoundOnu, ...]
    vids: tuple[int, ...]
    foreign: Mapping[str, tuple[str, ...]]
    unconfigured: Mapping[str, tuple[str, ...]]


class _Held:
    """The objects of one OLT by kind, in the order of their keys, and by what they hang on: read once."""

    def __init__(self, state: DeviceState) -> None:
        self._objects = sorted(state.objects.items(), key=repr)
        self.terminations = self.all(pon.ChannelTermination)
        self.v_anis = self.all(pon.VAni)
        self.hardware = self.all(pon.HardwareComponent)
        self.tconts = self.all(pon.TCont)
        self.profiles = self.all(pon.TrafficDescriptorProfile)
        self.sub_interfaces = self.all(pon.VlanSubInterface)
        ethernets = self.all(pon.EthernetInterface)
        self.uni_of: dict[str, pon.EthernetInterface] = {}  # by the olt-v-enet that it is linked to
        for name, link in self.all(pon.InterfaceLink).items():
            if name in ethernets:
                self.uni_of.setdefault(link.to, ethernets[name])
        self.enets_of = _grouped(self.all(pon.OltVEnet).values(), lambda enet: enet.v_ani)
        self.on = _grouped(self.sub_interfaces.values(), lambda sub_interface: sub_interface.lower)
        self.gems_of = _grouped(self.all(pon.GemPort).values(), lambda gem: gem.interface)

    def all(self, kind: type[T]) -> dict[str, T]:
        """The objects of a kind by name."""
        return {str(key[1]): o for key, o in self._objects if isinstance(o, kind)}


def _grouped(things: Iterable[T], by: Callable[[T], str]) -> Mapping[str, list[T]]:
    found: dict[str, list[T]] = defaultdict(list)
    for thing in things:
        found[by(thing)].append(thing)
    return found


def discover(campus: Campus, operational: Operational) -> Found:
    """What the campus's OLTs hold beside what is ours or written."""
    taken = {*campus.onus, *campus.olts, *campus.switches}
    known = {onu.serial for onu in campus.onus.values()}
    onus: list[FoundOnu] = []
    vids: set[int] = set()
    foreign: dict[str, tuple[str, ...]] = {}
    unconfigured: dict[str, tuple[str, ...]] = {}
    for name in sorted(campus.olts):
        seen = operational.devices.get(name)
        if seen is None:
            continue
        held = _Held(seen.state)
        for onu in _onus(name, held, known):
            chosen = _free(onu.name, taken)
            taken.add(chosen)
            onus.append(replace(onu, name=chosen))
        vids |= _vids(held)
        foreign[name] = tuple(
            sorted(f"{key[0]} {key[1]}" for key in seen.state.objects if not str(key[1]).startswith(NAME_PREFIX))
        )
        if isinstance(seen.facts, pon.OltFacts):
            configured = {v.serial for v in held.v_anis.values()}
            unconfigured[name] = tuple(sorted({d.serial for d in seen.facts.detected} - configured - known))
    return Found(onus=tuple(onus), vids=tuple(sorted(vids)), foreign=foreign, unconfigured=unconfigured)


def _free(wanted: str, taken: set[str]) -> str:
    """A name that the language takes and nothing has."""
    base = _FOREIGN.sub("-", wanted).strip("._-")[:48] or "onu"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def _onus(olt: str, held: _Held, known: set[str]) -> Iterator[FoundOnu]:
    by_pair = {t.channel_pair: t for t in reversed(held.terminations.values()) if t.type_b != "secondary"}
    for v in held.v_anis.values():
        port = by_pair.get(v.channel_pair)
        if port is None or v.name.startswith(NAME_PREFIX) or v.serial.upper() in known:
            continue
        yield FoundOnu(
            name=v.name,
            olt=olt,
            pon=port.hardware,
            technology=_TECHNOLOGY[port.type],
            serial=v.serial.upper(),
            v_ani=v.name,
            unis=tuple(sorted(_unis(held, v), key=lambda u: u.number)),
        )


def _unis(held: _Held, v_ani: pon.VAni) -> Iterator[FoundUni]:
    numbers: set[int] = set()
    for enet in held.enets_of.get(v_ani.name, ()):
        uni = held.uni_of.get(enet.name)
        if uni is None:
            continue
        component = held.hardware.get(uni.hardware)
        number = component.rel_pos if component is not None else None
        if number is None or number in numbers or number < 1:
            number = max(numbers, default=0) + 1
        numbers.add(number)
        vid, tagged = _vlans(held, uni.name)
        yield FoundUni(number=number, vid=vid, tagged=tagged, assured_bps=_assured(held, enet))


def _vlans(held: _Held, uni: str) -> tuple[int | None, tuple[int, ...]]:
    untagged: int | None = None
    tagged: set[int] = set()
    for sub_interface in held.on.get(uni, ()):
        for rule in sub_interface.rules:
            push = rule.rewrite.push[0].vid if rule.rewrite is not None and rule.rewrite.push else None
            if rule.match.tagging == "tagged":
                tagged |= {vid for vid in (push or rule.match.vid,) if vid}
            elif rule.match.tagging == "untagged" and untagged is None:
                untagged = push
    return untagged, tuple(sorted(tagged))


def _assured(held: _Held, enet: pon.OltVEnet) -> int:
    mine = {gem.tcont for gem in held.gems_of.get(enet.name, ())}
    found = [held.profiles.get(held.tconts[name].profile or "") for name in mine if name in held.tconts]
    return sum(p.fixed_bps + p.assured_bps for p in found if p is not None)


def _vids(held: _Held) -> set[int]:
    """VIDs in the C-VLAN space that users are put into or the network sends."""
    found: set[int] = set()
    for sub_interface in held.sub_interfaces.values():
        if sub_interface.name.startswith(NAME_PREFIX):
            continue
        for rule in sub_interface.rules:
            found |= {push.vid for push in rule.rewrite.push} if rule.rewrite is not None else set()
            if rule.match.vid is not None and (rule.rewrite is None or not rule.rewrite.push):
                found.add(rule.match.vid)
    return found - {0}
