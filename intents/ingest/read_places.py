"""Segments, places, groups and aliases from the sections of a campus, with what makes sense between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from intents.ingest.names import suggestion
from intents.ingest.read_devices import Devices, endpoint, take
from intents.ingest.report import Report
from intents.ingest.sections import KINDS, Entry, Sections
from intents.ingest.tree import Scalar, Sequence, Table
from intents.model.campus import Group, Place, Segment
from intents.model.diagnostic import Position

_NAMED = ("segments", "groups", "places")
_MAX_PREFIX = 30  # a gateway and a place at least


def read_segments(sections: Sections, classes: Iterable[str], report: Report) -> dict[str, Segment]:
    """All segments. A VLAN and a subnet belong to one segment."""
    _unique_names(sections, report)
    known_classes = frozenset({*classes, *sections.names("classes")})
    read: dict[str, Segment] = {}
    for entry in sections.whole("segments"):
        segment = _segment(entry, known_classes, report)
        if segment is not None:
            read[segment.name] = segment
    ordered = sorted(read.values(), key=lambda s: s.position)
    vlans: dict[int, Segment] = {}
    for segment in ordered:
        first = vlans.setdefault(segment.vid, segment)
        if first is not segment:
            message = f"VLAN {segment.vid} is used twice: by {first.name} and by {segment.name}"
            at = sections.named["segments"][segment.name].table.text("vlan")
            position = at.position if at else segment.position
            report.twice("vlan-twice", position, first.position, message, "give each segment its own VLAN")
    by_address = sorted(ordered, key=lambda s: (s.subnet.network_address, s.subnet.prefixlen))
    widest = None  # the one that reaches furthest so far
    for segment in by_address:
        if widest is not None and widest.subnet.overlaps(segment.subnet):
            first, second = sorted((widest, segment), key=lambda s: s.position)
            message = f"the subnets of {first.name} ({first.subnet}) and {second.name} ({second.subnet}) overlap"
            report.twice("subnet-overlap", second.position, first.position, message, "give each segment its own subnet")
        if widest is None or segment.subnet.broadcast_address > widest.subnet.broadcast_address:
            widest = segment
    return read


def _unique_names(sections: Sections, report: Report) -> None:
    seen: dict[str, tuple[str, Position]] = {}
    for section in _NAMED:
        for name, entry in sections.named[section].items():
            kind, first = seen.setdefault(name, (KINDS[section], entry.position))
            if first != entry.position:
                message = f"the {KINDS[section]} '{name}' has the same name as a {kind}"
                hint = "an intent could not tell them apart: rename one"
                report.twice("name-twice", entry.position, first, message, hint)


def _segment(entry: Entry, classes: frozenset[str], report: Report) -> Segment | None:
    table = entry.table
    vlan, written, gateway, cls = (table.text(key) for key in ("vlan", "subnet", "gateway", "class"))
    if vlan is None or written is None or not isinstance(vlan.value, int):
        return None
    subnet = _subnet(written, report)
    if cls is not None and cls.text not in classes:
        hint = suggestion(cls.text, classes, "class")
        report.error("unknown-class", cls.position, f"there is no class '{cls.text}'", hint)
    if subnet is None:
        return None
    address = subnet.network_address + 1
    if gateway is not None:
        address = _address(gateway, subnet, entry.name, report) or address
    return Segment(
        name=entry.name,
        vid=vlan.value,
        subnet=subnet,
        gateway=address,
        service_class=cls.text if cls else None,
        position=entry.position,
    )


def _subnet(node: Scalar, report: Report) -> IPv4Network | None:
    try:
        subnet = IPv4Network(node.text)
    except ValueError:
        try:
            hint = f"did you mean {IPv4Network(node.text, strict=False)}?"
        except ValueError:
            hint = "for example: 10.10.0.0/16"
        report.error("bad-subnet", node.position, f"'{node.text}' is not an IPv4 subnet", hint)
        return None
    if subnet.prefixlen > _MAX_PREFIX:
        report.error("bad-subnet", node.position, f"{subnet} has no room for a place", f"use /{_MAX_PREFIX} or larger")
        return None
    return subnet


def _address(node: Scalar, subnet: IPv4Network, segment: str, report: Report) -> IPv4Address | None:
    try:
        address = IPv4Address(node.text)
    except (AddressValueError, ValueError):
        report.error("bad-address", node.position, f"'{node.text}' is not an IPv4 address", "for example: 10.10.0.11")
        return None
    if not int(subnet.network_address) < int(address) < int(subnet.broadcast_address):
        first, last = subnet.network_address + 1, subnet.broadcast_address - 1
        message = f"{address} is outside {segment}'s subnet {subnet}"
        report.error("address-outside", node.position, message, f"use an address from {first} to {last}")
        return None
    return address


def read_places(
    sections: Sections, devices: Devices, segments: Mapping[str, Segment], report: Report
) -> dict[str, Place]:
    """All places. A port, an address and a MAC address belong to one place."""
    read: dict[str, Place] = {}
    for entry in sections.whole("places"):
        port, segment = entry.table.text("port"), entry.table.text("segment")
        if port is None or segment is None:
            continue
        end = endpoint(port, sections, devices, ("onus", "switches"), report)
        if end is not None:
            take(end, port.position, f"the place {entry.name}", devices, report)
        if segment.text not in sections.names("segments"):
            hint = suggestion(segment.text, sections.names("segments"), "segment")
            report.error("unknown-segment", segment.position, f"there is no segment '{segment.text}'", hint)
        place_segment = segments.get(segment.text)
        address, mac, labels = (entry.table.get(key) for key in ("address", "mac", "labels"))
        place_address = None
        if isinstance(address, Scalar) and address.value is not None and place_segment is not None:
            place_address = _address(address, place_segment.subnet, place_segment.name, report)
            if place_address == place_segment.gateway:
                message = f"{place_address} is the gateway's address in {place_segment.name}"
                hint = "give the place another address, or the segment another `gateway:`"
                report.twice("address-of-gateway", address.position, place_segment.position, message, hint)
        if end is None:
            continue
        read[entry.name] = Place(
            name=entry.name,
            port=end,
            segment=segment.text,
            address=place_address,
            mac=_mac(mac, report),
            labels=_texts(labels),
            position=entry.position,
        )
    _unique_values(read, sections, report)
    return read


def _mac(node: object, report: Report) -> str | None:
    if not isinstance(node, Scalar) or node.value is None:
        return None
    mac = node.text.lower().replace("-", ":")
    if int(mac[:2], 16) & 1:
        report.error("bad-mac", node.position, f"{mac} is a multicast address, not a station's", "use a unicast one")
        return None
    return mac


def _texts(node: object) -> dict[str, str]:
    if not isinstance(node, Table):
        return {}
    return {key.text: value.text for key, value in node.items() if isinstance(value, Scalar)}


def _unique_values(places: Mapping[str, Place], sections: Sections, report: Report) -> None:
    for field, what in (("address", "address"), ("mac", "MAC address")):
        seen: dict[str, Place] = {}
        for place in sorted(places.values(), key=lambda p: p.position):
            value = getattr(place, field)
            if value is None:
                continue
            first = seen.setdefault(str(value), place)
            if first is not place:
                node = sections.named["places"][place.name].table.text(field)
                position = node.position if node else place.position
                message = f"{first.name} and {place.name} have the same {what} {value}"
                hint = f"give each place its own {what}"
                report.twice(f"{field}-twice", position, first.position, message, hint)


def read_groups(sections: Sections, report: Report) -> dict[str, Group]:
    """All groups; their members are places, segments and groups, and no group holds itself."""
    known = frozenset[str]().union(*(sections.names(section) for section in _NAMED))
    read: dict[str, Group] = {}
    for entry in sections.whole("groups"):
        if isinstance(entry.body, Table):
            labels = _texts(entry.body.get("labels"))
            read[entry.name] = Group(name=entry.name, match_labels=labels, position=entry.position)
            continue
        members = [m for m in entry.body.items if isinstance(m, Scalar)] if isinstance(entry.body, Sequence) else []
        for member in members:
            if member.text not in known:
                message = f"there is no place, group or segment '{member.text}'"
                report.error("unknown-place", member.position, message, suggestion(member.text, known, "place"))
        names = tuple(dict.fromkeys(m.text for m in members if m.text in known))
        read[entry.name] = Group(name=entry.name, members=names, position=entry.position)
    _no_rings(read, report)
    return read


def _no_rings(groups: dict[str, Group], report: Report) -> None:
    """Report groups that hold themselves, and take the ring out so that nothing runs around in it."""
    done: set[str] = set()
    for start in sorted(groups):
        stack, on_path = [(start, iter(groups[start].members))], [start]
        while stack and start not in done:
            name, members = stack[-1]
            below = next(members, None)
            if below is None:
                stack.pop()
                done.add(on_path.pop())
            elif below in on_path:
                ring = " > ".join([*on_path[on_path.index(below) :], below])
                message = f"the group {name} holds itself: {ring}"
                report.error("group-ring", groups[name].position, message, "remove one of the memberships")
                kept = tuple(m for m in groups[name].members if m != below)
                groups[name] = Group(name=name, members=kept, position=groups[name].position)
            elif below in groups and below not in done:
                stack.append((below, iter(groups[below].members)))
                on_path.append(below)


def read_aliases(sections: Sections, report: Report) -> dict[str, str]:
    """All aliases; each means a place, group or segment, and none hides a real name."""
    known = frozenset[str]().union(*(sections.names(section) for section in _NAMED))
    read: dict[str, str] = {}
    for entry in sections.whole("aliases"):
        if not isinstance(entry.body, Scalar):
            continue
        if entry.body.text not in known:
            message = f"the alias '{entry.name}' means '{entry.body.text}', which is no place, group or segment"
            hint = suggestion(entry.body.text, known, "place")
            report.error("unknown-place", entry.body.position, message, hint)
        elif entry.name in known:
            message = f"the alias '{entry.name}' is the name of something else"
            report.error("name-twice", entry.position, message, "choose another alias")
        else:
            read[entry.name] = entry.body.text
    return read
