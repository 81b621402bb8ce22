"""A made-up campus of switches with the flow entries that they would be programmed with, for the verifier's bench.

100 switches: 4 in the core, each to each; 16 for distribution, each on two of the core; 80 for access, each on one of
these, with 12 places. Three tables: 0 takes a frame of an access port into the VLAN and the class of its place, and on
trunks lets in the VLANs in use; 1 chooses the queue by VLAN and PCP, raises what goes to a DICOM service, and drops
what one segment may not send to another; 2 sends to the destination, and takes the tag away before a place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from intents.model.switch import (
    VID_PRESENT,
    FieldMatch,
    FlowEntry,
    Output,
    PopVlan,
    PushVlan,
    SetField,
    SetQueue,
    match,
)
from intents.verify.engine.follow import Port
from intents.verify.engine.space import Part
from intents.verify.engine.watch import Promise

CORES: Final = 4
DISTRIBUTIONS: Final = 16
ACCESSES: Final = 80
PLACES: Final = 12  # on an access switch
SEGMENTS: Final = 8  # segment s: VLAN 20 + s, 10.(20 + s).0.0/16, PCP and queue s; 0 and 1 are for guests
GUESTS: Final = 2
INTENTS: Final = 1_000
DICOM: Final = 104
_IP = FieldMatch("eth_type", 0x0800)
_TCP = FieldMatch("ip_proto", 6)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place: the port that it is on, its segment and its address."""

    port: Port
    segment: int
    address: int


@dataclass(frozen=True, slots=True)
class Campus:
    """Entries by switch, cables (each of their ends to the other), promises."""

    entries: dict[str, list[FlowEntry]]
    cables: dict[Port, Port]
    promises: list[Promise]


def made_up(seed: int = 1) -> Campus:
    """The campus; the same every time."""
    random = Random(seed)  # noqa: S311 - the same campus again is what is wanted
    cables = dict(_cables())
    spots = list(_spots(random))
    names = sorted({switch for switch, _ in cables})
    entries = {name: [*_admission(name, cables, spots), *_classes()] for name in names}
    for spot in spots:
        for name, port in _ways(spot.port, cables).items():
            entries[name].append(_to(spot, port, at_home=name == spot.port[0]))
    return Campus(entries, cables, list(_promises(spots, random)))


def _cables() -> Iterator[tuple[Port, Port]]:
    """Both ways. Ports 1 to 12 of an access switch are for places; trunks count from 101."""
    used: dict[str, int] = {}
    pairs = [(f"core-{a}", f"core-{b}") for a in range(CORES) for b in range(a)]
    pairs += [(f"dist-{d}", f"core-{(d + n) % CORES}") for d in range(DISTRIBUTIONS) for n in (0, 1)]
    pairs += [(f"access-{a}", f"dist-{a % DISTRIBUTIONS}") for a in range(ACCESSES)]
    for one, other in pairs:
        ends = []
        for name in (one, other):
            used[name] = used.get(name, 100) + 1
            ends.append((name, used[name]))
        yield ends[0], ends[1]
        yield ends[1], ends[0]


def _spots(random: Random) -> Iterator[Spot]:
    for access in range(ACCESSES):
        for number in range(1, PLACES + 1):
            segment = random.randrange(SEGMENTS)
            yield Spot((f"access-{access}", number), segment, 10 << 24 | 20 + segment << 16 | access << 8 | number)


def _ways(home: Port, cables: dict[Port, Port]) -> dict[str, int]:
    """The port of each switch by which it sends to a place: the shortest way, the first of several."""
    ways = {home[0]: home[1]}
    reached = [home[0]]
    for switch in reached:  # breadth first: it grows while it is walked through
        for (name, _), (other, port) in cables.items():
            if name == switch and other not in ways:
                ways[other] = port
                reached.append(other)
    return ways


def _admission(name: str, cables: dict[Port, Port], spots: list[Spot]) -> Iterator[FlowEntry]:
    for switch, port in cables:
        for segment in range(SEGMENTS if switch == name else 0):
            fields = match(FieldMatch("in_port", port), FieldMatch("vlan_vid", VID_PRESENT | 20 + segment))
            yield FlowEntry(table=0, priority=100, match=fields, goto=1)
    for spot in spots:
        if spot.port[0] == name:
            into = (SetField("vlan_vid", VID_PRESENT | 20 + spot.segment), SetField("vlan_pcp", spot.segment))
            by = FieldMatch("in_port", spot.port[1])
            bare, tagged = FieldMatch("vlan_vid", 0), FieldMatch("vlan_vid", VID_PRESENT)
            yield FlowEntry(table=0, priority=100, match=match(by, bare), actions=(PushVlan(), *into), goto=1)
            yield FlowEntry(table=0, priority=100, match=match(by, tagged), actions=into, goto=1)


def _classes() -> Iterator[FlowEntry]:
    for segment in range(SEGMENTS):
        vid = FieldMatch("vlan_vid", VID_PRESENT | 20 + segment)
        pcp = FieldMatch("vlan_pcp", segment)
        yield FlowEntry(table=1, priority=10, match=match(vid, pcp), actions=(SetQueue(segment),), goto=2)
        if segment >= GUESTS:
            to_server = match(vid, _IP, _TCP, FieldMatch("tcp_dst", DICOM))
            raised = (SetField("vlan_pcp", 7), SetQueue(7))
            yield FlowEntry(table=1, priority=50, match=to_server, actions=raised, goto=2)
    for guest in range(GUESTS):
        vid = FieldMatch("vlan_vid", VID_PRESENT | 20 + guest)
        for segment in range(GUESTS, SEGMENTS):
            subnet = FieldMatch("ipv4_dst", 10 << 24 | 20 + segment << 16, 0xFFFF0000)
            yield FlowEntry(table=1, priority=90, match=match(vid, _IP, subnet))


def _to(spot: Spot, port: int, *, at_home: bool) -> FlowEntry:
    actions = (PopVlan(), Output(port)) if at_home else (Output(port),)
    return FlowEntry(table=2, priority=10, match=match(_IP, FieldMatch("ipv4_dst", spot.address)), actions=actions)


def _promises(spots: list[Spot], random: Random) -> Iterator[Promise]:
    for number in range(INTENTS):
        sender, receiver = random.sample(spots, 2)
        parts: tuple[Part, ...] = (
            ("eth_type", 0x0800, 0xFFFF),
            ("ipv4_src", sender.address, 0xFFFFFFFF),
            ("ipv4_dst", receiver.address, 0xFFFFFFFF),
        )
        name, allowed = f"intent-{number}", sender.segment >= GUESTS or receiver.segment < GUESTS
        queue: int | None = None
        if allowed and sender.segment >= GUESTS and number % 2:
            parts = (*parts, ("ip_proto", 6, 0xFF), ("l4_dst", DICOM, 0xFFFF))
            queue = 7
        elif allowed and sender.segment < GUESTS:
            queue = sender.segment
        yield Promise(name=name, source=sender.port, target=receiver.port, parts=parts, allowed=allowed, queue=queue)
