"""A datastore to OltConfig. It must be valid YANG; what YANG leaves open is None in the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar, cast

from lxml import etree

from labs.olt import config as c
from labs.olt.entries import Entry, Step
from labs.olt.names import HW, IF, bbf
from labs.olt.parse_l2 import forwarders
from labs.olt.parse_tm import TmProfiles
from labs.olt.parse_vlan import Policies, sub_interface
from labs.olt.reading import enabled, integer, name_of, nested, tail, value

_INTERFACE: Final = f"{{{IF}}}interface"
_INTERFACES: Final = (f"{{{IF}}}interfaces", _INTERFACE)
_LOWER: Final = nested("sub-interfaces", "subif-lower-layer", "interface")
_OWN: Final = frozenset({"v-ani", "ani", "ethernetCsmacd", "olt-v-enet", "vlan-sub-interface"})  # of no concern to many


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Item = TypeVar("_Item", bound=_Named)


def parse(root: etree._Element) -> c.OltConfig:
    """Everything that is configured, sorted by name."""
    return _Parser(root, c.OltConfig(), None).config()


def parse_after(step: Step, known: c.OltConfig) -> c.OltConfig:
    """The same after a step from what is known: what it did not touch is not read again. Both ends are valid."""
    if any(_is_shared(entry, step) for entry in step.touched):
        return parse(step.after.root)
    names = {entry.keys[0] for entry in step.touched}
    names |= {s.name for s in known.sub_interfaces if s.lower in names}
    interfaces = [step.after.get(Entry(_INTERFACES, (name,))) for name in sorted(names)]
    below = {value(item, _LOWER) for item in interfaces} - {None, *names}
    interfaces += [step.after.get(Entry(_INTERFACES, (name or "",))) for name in sorted(below, key=str)]
    linked = any(entry.path[-1] == bbf("link-table", "link-table") for entry in step.touched)
    again = _Again(names, [item for item in interfaces if item is not None], linked=linked)
    return _Parser(step.after.root, known, again).config()


@dataclass(frozen=True, slots=True)
class _Again:
    """What is to be read again: entries of these names, with the interfaces among them and those that their
    sub-interfaces sit on, and links or not."""

    names: set[str]
    interfaces: list[etree._Element]
    linked: bool


def _is_shared(entry: Entry, step: Step) -> bool:
    """Whether what others resolve to changed. A profile that is new or gone is named by none that was not touched."""
    ends = [found for found in (step.before.get(entry), step.after.get(entry)) if found is not None]
    if entry.path == _INTERFACES:
        return any(tail(value(found, f"{{{IF}}}type") or "") not in _OWN for found in ends)
    own = entry.path[-1] in (f"{{{HW}}}component", bbf("xpongemtcont", "tcont"), bbf("xpongemtcont", "gemport"))
    return not own and len(ends) == 2


class _Parser:
    """again: what to read, the rest is taken from `known`; None: read all."""

    def __init__(self, root: etree._Element, known: c.OltConfig, again: _Again | None) -> None:
        self._root = root
        self._known = known
        self._again = again
        self._names = frozenset() if again is None else frozenset(again.names)
        self._interfaces: dict[str, list[etree._Element]] = {}
        for item in root.iterfind("/".join(_INTERFACES)) if again is None else again.interfaces:
            kind = tail(value(item, f"{{{IF}}}type") or "")
            self._interfaces.setdefault(kind, []).append(item)
        profiles = root.find(bbf("qos-traffic-mngt", "tm-profiles"))
        self._tm = TmProfiles(profiles)
        self._policies = Policies(root)
        self._descriptors = {d.name: d for d in map(_descriptor, self._gemtcont("traffic-descriptor-profile"))}

    def config(self) -> c.OltConfig:
        known, each, again = self._known, self._each, self._again
        terminations = (
            tuple(sorted(self._terminations(), key=lambda t: t.name)) if again is None else known.terminations
        )
        usages = {
            name_of(item): usage
            for kind in ("ethernetCsmacd", "olt-v-enet")
            for item in self._of(kind)
            if (usage := _usage(item)) is not None
        }
        return c.OltConfig(
            components=each(self._root.iterfind(f"{{{HW}}}hardware/{{{HW}}}component"), known.components, _component),
            terminations=terminations,
            v_anis=each(self._of("v-ani"), known.v_anis, lambda item: self._v_ani(item, terminations)),
            anis=each(self._of("ani"), known.anis, lambda item: c.Ani(name=name_of(item), hardware=_hardware(item))),
            ethernets=each(self._of("ethernetCsmacd"), known.ethernets, self._ethernet),
            olt_v_enets=each(self._of("olt-v-enet"), known.olt_v_enets, self._v_enet),
            sub_interfaces=each(
                self._of("vlan-sub-interface"),
                known.sub_interfaces,
                lambda item: sub_interface(item, usages, _usage(item), self._policies),
            ),
            descriptors=tuple(sorted(self._descriptors.values(), key=lambda d: d.name)),
            tconts=each(self._gemtcont("tcont"), known.tconts, self._tcont),
            gemports=each(self._gemtcont("gemport"), known.gemports, _gemport),
            policers=tuple(sorted(self._policies.policers.values(), key=lambda p: p.name)),
            forwarders=tuple(sorted(forwarders(self._root), key=lambda f: f.name)),
            links=tuple(sorted(self._links())) if again is None or again.linked else known.links,
        )

    def _each(
        self, items: Iterable[etree._Element], known: tuple[_Item, ...], make: Callable[[etree._Element], _Item]
    ) -> tuple[_Item, ...]:
        if self._again is None:
            made = [make(item) for item in items]
        else:
            made = [make(item) for item in items if item[0].text in self._names]  # an entry's key comes first
            made += [item for item in known if item.name not in self._names]
        return tuple(sorted(made, key=lambda item: item.name))

    def _of(self, kind: str) -> list[etree._Element]:
        return self._interfaces.get(kind, [])

    def _gemtcont(self, name: str) -> Iterator[etree._Element]:
        return self._root.iterfind(nested("xpongemtcont", "xpongemtcont", f"{name}s", name))

    def _terminations(self) -> Iterator[c.ChannelTermination]:
        partition = {
            name_of(pair): value(pair, nested("xpon", "channel-pair", "channel-partition-ref"))
            for pair in self._of("channel-pair")
        }
        for item in self._of("channel-termination"):
            body = item.find(bbf("xpon", "channel-termination"))
            pair = value(body, bbf("xpon", "channel-pair-ref"))
            yield c.ChannelTermination(
                name=name_of(item),
                pon=_hardware(item),
                technology=_technology(value(body, bbf("xpon", "channel-termination-type"))),
                channel_pair=pair,
                channel_partition=partition.get(pair or ""),
                enabled=enabled(item),
            )

    def _v_ani(self, item: etree._Element, terminations: tuple[c.ChannelTermination, ...]) -> c.VAni:
        body = item.find(bbf("xponvani", "v-ani"))
        pair = value(body, bbf("xponvani", "preferred-channel-pair"))
        partition = value(body, bbf("xponvani", "channel-partition"))
        mine = [t for t in terminations if pair is not None and t.channel_pair == pair] or [
            t for t in terminations if pair is None and partition is not None and t.channel_partition == partition
        ]
        return c.VAni(
            name=name_of(item),
            onu_id=integer(body, bbf("xponvani", "onu-id")),
            serial=value(body, bbf("xponvani", "expected-serial-number")),
            channel_partition=partition,
            channel_pair=pair,
            termination=mine[0].name if mine else None,
            technology=mine[0].technology if mine else "unknown",
            enabled=enabled(item),
        )

    def _ethernet(self, item: etree._Element) -> c.Ethernet:
        return c.Ethernet(
            name=name_of(item),
            usage=_usage(item),
            hardware=_hardware(item),
            tm=self._tm.root(item.find(bbf("qos-traffic-mngt", "tm-root"))),
            enabled=enabled(item),
        )

    def _v_enet(self, item: etree._Element) -> c.OltVEnet:
        return c.OltVEnet(
            name=name_of(item),
            v_ani=value(item, nested("xponvani", "olt-v-enet", "lower-layer-interface")) or "",
            tm=self._tm.root(item.find(bbf("qos-traffic-mngt", "tm-root"))),
            enabled=enabled(item),
        )

    def _tcont(self, item: etree._Element) -> c.TCont:
        module = "xpongemtcont"
        return c.TCont(
            name=item.findtext(bbf(module, "name"), default=""),
            alloc_id=integer(item, bbf(module, "alloc-id")),
            v_ani=value(item, bbf(module, "interface-reference")),
            descriptor=self._descriptors.get(value(item, bbf(module, "traffic-descriptor-profile-ref")) or ""),
            tm=self._tm.root(item.find(bbf("xpongemtcont-qos", "tm-root")), "xpongemtcont-qos"),
        )

    def _links(self) -> Iterator[tuple[str, str]]:
        for item in self._root.iterfind(nested("link-table", "link-table", "link-table")):
            begin = item.findtext(bbf("link-table", "from-interface"), default="")
            for end in item.iterfind(bbf("link-table", "to-interface")):
                yield begin, end.text or ""


def _component(item: etree._Element) -> c.Component:
    return c.Component(
        name=item.findtext(f"{{{HW}}}name", default=""),
        cls=tail(value(item, f"{{{HW}}}class") or ""),
        parent=value(item, f"{{{HW}}}parent"),
        position=int(value(item, f"{{{HW}}}parent-rel-pos") or 0) or None,
    )


def _descriptor(item: etree._Element) -> c.TrafficDescriptor:
    m = "xpongemtcont"
    eligibility = value(item, bbf(m, "additional-bw-eligibility-indicator")) or "none"
    return c.TrafficDescriptor(
        name=item.findtext(bbf(m, "name"), default=""),
        fixed_bps=integer(item, bbf(m, "fixed-bandwidth"), 0),
        assured_bps=integer(item, bbf(m, "assured-bandwidth"), 0),
        maximum_bps=integer(item, bbf(m, "maximum-bandwidth"), 0),
        priority=integer(item, bbf(m, "priority"), 8),
        weight=integer(item, bbf(m, "weight"), 1),
        eligibility=eligibility,  # type: ignore[arg-type]  # an enumeration of the model
    )


def _gemport(item: etree._Element) -> c.GemPort:
    m = "xpongemtcont"
    return c.GemPort(
        name=item.findtext(bbf(m, "name"), default=""),
        gemport_id=integer(item, bbf(m, "gemport-id")),
        interface=value(item, bbf(m, "interface")),
        traffic_class=integer(item, bbf(m, "traffic-class")),
        tcont=value(item, bbf(m, "tcont-ref")),
    )


def _usage(item: etree._Element) -> c.Usage | None:
    return cast("c.Usage | None", value(item, nested("interface-usage", "interface-usage", "interface-usage")))


def _hardware(item: etree._Element) -> str | None:
    return value(item, nested("hardware", "hardware-component", "port-layer-if"))


def _technology(identity: str | None) -> c.Technology:
    known: dict[str, c.Technology] = {"xgs": "xgs-pon", "gpon": "gpon"}
    return known.get(tail(identity or ""), "unknown")
