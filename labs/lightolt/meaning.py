"""A configuration of entries to OltConfig: what the OLT's own rules, and its state, are told of.

What most entries are (ONUs, UNIs, T-CONTs, GEM ports, sub-interfaces) is made from their values, and their queues and
frame rules once for all that have the same. The few that others share are read by labs/olt/parse.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from labs.lightolt.kept import Kept
from labs.lightolt.shapes import Lean, Path, Shapes
from labs.lightolt.values import tree_of
from labs.olt import config as c
from labs.olt.names import HW, IF, bbf
from labs.olt.parse import parse
from labs.olt.parse_tm import TmProfiles
from labs.olt.parse_vlan import Policies, sub_interface
from labs.olt.reading import tail

INTERFACES: Final[Path] = (f"{{{IF}}}interfaces", f"{{{IF}}}interface")
_COMPONENTS: Final[Path] = (f"{{{HW}}}hardware", f"{{{HW}}}component")
_LINKS: Final[Path] = (bbf("link-table", "link-table"), bbf("link-table", "link-table"))
_GEM: Final = bbf("xpongemtcont", "xpongemtcont")
_TCONTS: Final[Path] = (_GEM, bbf("xpongemtcont", "tconts"), bbf("xpongemtcont", "tcont"))
_GEMPORTS: Final[Path] = (_GEM, bbf("xpongemtcont", "gemports"), bbf("xpongemtcont", "gemport"))
_OWN: Final = frozenset({"v-ani", "ani", "ethernetCsmacd", "olt-v-enet", "vlan-sub-interface"})
_MANY: Final = (_COMPONENTS, _LINKS, _TCONTS, _GEMPORTS)
_ROOT: Final = bbf("qos-traffic-mngt", "tm-root")


@dataclass(slots=True)
class _Shared:
    """What many entries resolve to."""

    entries: tuple[Lean, ...]
    config: c.OltConfig
    tm: TmProfiles
    policies: Policies
    descriptors: Mapping[str, c.TrafficDescriptor]


class Meaning:
    """Reads the configurations of one OLT, and remembers the last one."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._shared: _Shared | None = None
        self._made: dict[Lean, Any] = {}
        self._alike: dict[tuple[object, ...], Any] = {}
        self._last: tuple[Kept, c.OltConfig] | None = None

    def of(self, kept: Kept) -> c.OltConfig:
        """What a configuration says; it must be one that Editor.check has nothing against."""
        if self._last is not None and self._last[0] is kept:
            return self._last[1]
        interfaces: dict[str, list[Lean]] = {}
        for entry in kept.lists.get(INTERFACES, {}).values():
            interfaces.setdefault(tail(entry.get("type") or ""), []).append(entry)
        shared = self._share(kept, interfaces)
        before, self._made = self._made, {}
        links = [(e.get("from-interface") or "", e.get("to-interface") or "") for e in _all(kept, _LINKS)]
        ethernets = [self._once(before, e, self._ethernet) for e in interfaces.get("ethernetCsmacd", ())]
        usages: dict[str, c.Usage] = {e.name: e.usage for e in ethernets if e.usage is not None}
        v_enets = [self._once(before, e, self._v_enet) for e in interfaces.get("olt-v-enet", ())]
        usages |= {_name(e): _usage(e) or "inherit" for e in interfaces.get("olt-v-enet", ())}
        found = c.OltConfig(
            components=_sorted(self._once(before, e, _component) for e in _all(kept, _COMPONENTS)),
            terminations=shared.config.terminations,
            v_anis=_sorted(self._once(before, e, self._v_ani) for e in interfaces.get("v-ani", ())),
            anis=_sorted(c.Ani(name=_name(e), hardware=e.get("port-layer-if")) for e in interfaces.get("ani", ())),
            ethernets=_sorted(ethernets),
            olt_v_enets=_sorted(v_enets),
            sub_interfaces=_sorted(self._sub_interface(e, usages) for e in interfaces.get("vlan-sub-interface", ())),
            descriptors=shared.config.descriptors,
            tconts=_sorted(self._once(before, e, self._tcont) for e in _all(kept, _TCONTS)),
            gemports=_sorted(self._once(before, e, _gemport) for e in _all(kept, _GEMPORTS)),
            policers=shared.config.policers,
            forwarders=shared.config.forwarders,
            links=tuple(sorted(links)),
        )
        self._last = (kept, found)
        return found

    def same(self, known: Kept, other: Kept) -> None:
        """Two configurations hold the same entries: what the first says need not be found out again."""
        if self._last is not None and self._last[0] is known and known.lists is other.lists:
            self._last = (other, self._last[1])

    def _share(self, kept: Kept, interfaces: Mapping[str, list[Lean]]) -> _Shared:
        """What is not of one ONU alone, read as a whole where any of it is another."""
        few = [
            e for path, found in kept.lists.items() if path not in _MANY and path != INTERFACES for e in found.values()
        ]
        few += [e for kind, found in interfaces.items() if kind not in _OWN for e in found]
        known = self._shared
        if known is not None and list(map(id, few)) == list(map(id, known.entries)):
            return known
        root = tree_of(few, self._shapes)
        config = parse(root)
        profiles = root.find(bbf("qos-traffic-mngt", "tm-profiles"))
        self._shared = _Shared(
            tuple(few), config, TmProfiles(profiles), Policies(root), {d.name: d for d in config.descriptors}
        )
        self._made, self._alike = {}, {}
        return self._shared

    def _once(self, before: Mapping[Lean, Any], entry: Lean, make: Any) -> Any:
        found = before.get(entry)
        made = self._made[entry] = make(entry) if found is None else found
        return made

    def _like(self, entry: Lean, own: tuple[str, ...], make: Any) -> Any:
        """What is the same for all entries that differ in some leaves alone."""
        places = {entry.shape.places[name] for name in own if name in entry.shape.places}
        key = (entry.shape, tuple(v for i, v in enumerate(entry.values) if i not in places), own)
        if key not in self._alike:
            self._alike[key] = make(self._shapes.element(entry))
        return self._alike[key]

    def _tm(self, entry: Lean, own: tuple[str, ...], tag: str = _ROOT, space: str = "qos-traffic-mngt") -> Any:
        shared = cast("_Shared", self._shared)
        return self._like(entry, own, lambda item: shared.tm.root(item.find(tag), space))

    def _v_ani(self, entry: Lean) -> c.VAni:
        pair, partition = entry.get("preferred-channel-pair"), entry.get("channel-partition")
        terminations = cast("_Shared", self._shared).config.terminations
        mine = [t for t in terminations if pair is not None and t.channel_pair == pair] or [
            t for t in terminations if pair is None and partition is not None and t.channel_partition == partition
        ]
        return c.VAni(
            name=_name(entry),
            onu_id=_whole(entry, "onu-id"),
            serial=entry.get("expected-serial-number"),
            channel_partition=partition,
            channel_pair=pair,
            termination=mine[0].name if mine else None,
            technology=mine[0].technology if mine else "unknown",
            enabled=_enabled(entry),
        )

    def _ethernet(self, entry: Lean) -> c.Ethernet:
        own = ("name", "port-layer-if")
        return c.Ethernet(
            name=_name(entry),
            usage=_usage(entry),
            hardware=entry.get("port-layer-if"),
            tm=self._tm(entry, own),
            enabled=_enabled(entry),
        )

    def _v_enet(self, entry: Lean) -> c.OltVEnet:
        return c.OltVEnet(
            name=_name(entry),
            v_ani=entry.get("lower-layer-interface") or "",
            tm=self._tm(entry, ("name", "lower-layer-interface")),
            enabled=_enabled(entry),
        )

    def _sub_interface(self, entry: Lean, usages: Mapping[str, c.Usage]) -> c.SubInterface:
        lower = entry.get("subif-lower-layer/interface")
        usage = _usage(entry)
        shared = cast("_Shared", self._shared)
        own = ("name", "subif-lower-layer/interface")
        alike: c.SubInterface = self._like(entry, own, lambda item: sub_interface(item, {}, usage, shared.policies))
        wanted = usages.get(lower or "") if usage in (None, "inherit") else usage
        return replace(alike, name=_name(entry), lower=lower, usage=wanted, enabled=_enabled(entry))

    def _tcont(self, entry: Lean) -> c.TCont:
        own = ("name", "alloc-id", "interface-reference", "traffic-descriptor-profile-ref")
        profile = entry.get("traffic-descriptor-profile-ref") or ""
        return c.TCont(
            name=_name(entry),
            alloc_id=_whole(entry, "alloc-id"),
            v_ani=entry.get("interface-reference"),
            descriptor=cast("_Shared", self._shared).descriptors.get(profile),
            tm=self._tm(entry, own, bbf("xpongemtcont-qos", "tm-root"), "xpongemtcont-qos"),
        )


def _component(entry: Lean) -> c.Component:
    return c.Component(
        name=_name(entry),
        cls=tail(entry.get("class") or ""),
        parent=entry.get("parent"),
        position=_whole(entry, "parent-rel-pos") or None,
    )


def _gemport(entry: Lean) -> c.GemPort:
    return c.GemPort(
        name=_name(entry),
        gemport_id=_whole(entry, "gemport-id"),
        interface=entry.get("interface"),
        traffic_class=_whole(entry, "traffic-class"),
        tcont=entry.get("tcont-ref"),
    )


def _name(entry: Lean) -> str:
    return entry.get("name") or ""


def _whole(entry: Lean, name: str) -> int | None:
    found = entry.get(name)
    return None if found is None else int(found)


def _enabled(entry: Lean) -> bool:
    return entry.get("enabled") in (None, "true")


def _usage(entry: Lean) -> c.Usage | None:
    return cast("c.Usage | None", entry.get("interface-usage/interface-usage"))


def _all(kept: Kept, path: Path) -> list[Lean]:
    return list(kept.lists.get(path, {}).values())


def _sorted(items: Any) -> Any:
    return tuple(sorted(items, key=lambda item: item.name))
