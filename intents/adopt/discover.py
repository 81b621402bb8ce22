"""From the objects of an OLT to ONUs, UNIs and VLANs: by what is physical, whatever the objects are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
        for onu in _onus(name, seen.state, known):
            chosen = _free(onu.name, taken)
            taken.add(chosen)
            onus.append(FoundOnu(**{f: getattr(onu, f) for f in FoundOnu.__slots__} | {"name": chosen}))
        vids |= _vids(seen.state)
        foreign[name] = tuple(
            sorted(f"{key[0]} {key[1]}" for key in seen.state.objects if not str(key[1]).startswith(NAME_PREFIX))
        )
        if isinstance(seen.facts, pon.OltFacts):
            configured = {v.serial for v in _all(seen.state, pon.VAni).values()}
            unconfigured[name] = tuple(sorted({d.serial for d in seen.facts.detected} - configured - known))
    return Found(onus=tuple(onus), vids=tuple(sorted(vids)), foreign=foreign, unconfigured=unconfigured)


def _all(state: DeviceState, kind: type[T]) -> dict[str, T]:
    return {str(key[1]): o for key, o in sorted(state.objects.items(), key=repr) if isinstance(o, kind)}


def _free(wanted: str, taken: set[str]) -> str:
    """A name that the language takes and nothing has."""
    base = _FOREIGN.sub("-", wanted).strip("._-")[:48] or "onu"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def _onus(olt: str, state: DeviceState, known: set[str]) -> Iterator[FoundOnu]:
    terminations = _all(state, pon.ChannelTermination)
    by_pair = {t.channel_pair: t for t in reversed(terminations.values()) if t.type_b != "secondary"}
    for v in _all(state, pon.VAni).values():
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
            unis=tuple(sorted(_unis(state, v), key=lambda u: u.number)),
        )


def _unis(state: DeviceState, v_ani: pon.VAni) -> Iterator[FoundUni]:
    hardware, ethernets, links = (
        _all(state, pon.HardwareComponent),
        _all(state, pon.EthernetInterface),
        _all(state, pon.InterfaceLink),
    )
    numbers: set[int] = set()
    for enet in _all(state, pon.OltVEnet).values():
        uni = next((ethernets[n] for n, link in links.items() if link.to == enet.name and n in ethernets), None)
        if enet.v_ani != v_ani.name or uni is None:
            continue
        component = hardware.get(uni.hardware)
        number = component.rel_pos if component is not None else None
        if number is None or number in numbers or number < 1:
            number = max(numbers, default=0) + 1
        numbers.add(number)
        vid, tagged = _vlans(state, uni.name)
        yield FoundUni(number=number, vid=vid, tagged=tagged, assured_bps=_assured(state, enet))


def _vlans(state: DeviceState, uni: str) -> tuple[int | None, tuple[int, ...]]:
    untagged: int | None = None
    tagged: set[int] = set()
    for sub_interface in _all(state, pon.VlanSubInterface).values():
        for rule in sub_interface.rules if sub_interface.lower == uni else ():
            push = rule.rewrite.push[0].vid if rule.rewrite is not None and rule.rewrite.push else None
            if rule.match.tagging == "tagged":
                tagged |= {vid for vid in (push or rule.match.vid,) if vid}
            elif rule.match.tagging == "untagged" and untagged is None:
                untagged = push
    return untagged, tuple(sorted(tagged))


def _assured(state: DeviceState, enet: pon.OltVEnet) -> int:
    tconts, profiles = _all(state, pon.TCont), _all(state, pon.TrafficDescriptorProfile)
    mine = {g.tcont for g in _all(state, pon.GemPort).values() if g.interface == enet.name}
    found = [profiles.get(t.profile or "") for n, t in tconts.items() if n in mine]
    return sum(p.fixed_bps + p.assured_bps for p in found if p is not None)


def _vids(state: DeviceState) -> set[int]:
    """VIDs in the C-VLAN space that users are put into or the network sends."""
    found: set[int] = set()
    for sub_interface in _all(state, pon.VlanSubInterface).values():
        if sub_interface.name.startswith(NAME_PREFIX):
            continue
        for rule in sub_interface.rules:
            found |= {push.vid for push in rule.rewrite.push} if rule.rewrite is not None else set()
            if rule.match.vid is not None and (rule.rewrite is None or not rule.rewrite.push):
                found.add(rule.match.vid)
    return found - {0}
