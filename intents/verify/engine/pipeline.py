"""A switch's tables, entry by entry, and what they do with a set of packets (OpenFlow 1.3.5, 5).

Where what happens cannot be told (entries that overlap and disagree, an entry that lacks a prerequisite, what the
engine does not follow) the packets come out as unknown, and the caller must reckon with anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple

from intents.model.switch import (
    PORT_CONTROLLER,
    PORT_IN_PORT,
    VID_PRESENT,
    Action,
    DecTtl,
    FlowEntry,
    Output,
    PopVlan,
    SetField,
    SetQueue,
)
from intents.verify.engine.entries import FIELD_OF, Tag, Treatment, compiled, treatment
from intents.verify.engine.ported import PortedTable, Ruling
from intents.verify.engine.rewrite import TooManyTags, popped, pushed, written
from intents.verify.engine.space import WIDTHS, Match, Predicate, space
from intents.verify.engine.table import DOUBT, MISS, Delta, Rule

_LAST_REAL_PORT: Final = 0xFFFFFF00  # OFPP_MAX


class Look(NamedTuple):
    """Packets that come to a table; all have `value` in the bits of `mask`."""

    table: int
    packets: Predicate
    value: int
    mask: int


class Out(NamedTuple):
    """Packets that leave by a port, from a queue (None: the port's default)."""

    port: int
    packets: Predicate
    value: int
    mask: int
    queue: int | None


@dataclass(slots=True)
class Passage:
    """What becomes of packets in one switch. dropped: whether any leave by no port; unknown: whether of any it cannot
    be told. Unknown ones are in none of the others."""

    looks: list[Look] = field(default_factory=list)
    outs: list[Out] = field(default_factory=list)
    dropped: bool = False
    unknown: bool = False


class Change(NamedTuple):
    """What an update changed in one table: for which packets, by the port that they came by (None: those that no entry
    of the table names). match: what the entry matches but for its port, for an index."""

    table: int
    match: Match
    deltas: list[tuple[int | None, list[Delta]]]


class Pipeline:
    """The flow tables of one switch. meters: those that it has; an entry with another drops (5.7)."""

    def __init__(self, entries: Iterable[FlowEntry] = (), meters: Iterable[int] = ()) -> None:
        self.meters = set(meters)
        self.tables: dict[int, PortedTable] = {}
        self._numbers: dict[Treatment, int] = {}
        self._treatments: dict[int, Treatment] = {}
        self._sending: set[int] = set()  # tables in which any entry was ever that sends to a port
        for entry in entries:
            port, rule = self._ruling(entry)
            self._table(entry.table).load(port, rule)

    def __len__(self) -> int:
        return sum(len(table) for table in self.tables.values())

    def put(self, entry: FlowEntry) -> Change:
        """Add an entry, or replace the one of the same priority and match."""
        port, rule = self._ruling(entry)
        return Change(entry.table, rule.match, self._table(entry.table).put(port, rule))

    def remove(self, entry: FlowEntry) -> Change:
        """Take an entry away; nothing happens if it is not there."""
        port, rule = self._ruling(entry)
        return Change(entry.table, rule.match, self._table(entry.table).remove(port, rule))

    def run(self, port: int, packets: Predicate, value: int, mask: int) -> Passage:
        """What becomes of packets that come by a port; all have `value` in the bits of `mask`."""
        found = Passage()
        pending: list[tuple[Look, int | None]] = [(Look(0, packets, value, mask), None)]
        while pending:
            look, queue = pending.pop()
            found.looks.append(look)
            table = self.tables.get(look.table)
            if table is None:
                found.dropped = True
                continue
            for action, share in table.of(port).decide(look.packets, look.value, look.mask):
                if action == DOUBT:
                    found.unknown = True
                elif action == MISS:
                    found.dropped = True
                else:
                    onward = self._do(
                        found, self._treatments[action], port, Look(look.table, share, look.value, look.mask), queue
                    )
                    if onward is not None:
                        pending.append(onward)
        return found

    def sends(self, packets: Predicate, value: int, mask: int) -> set[int]:
        """Ports to which any table, looked up by itself, sends any of the packets, by whichever port they came; those
        whose way cannot be told left out."""
        found: set[int] = set()
        for number in self._sending:
            for _, own in self.tables[number].each():
                for action, _ in own.decide(packets, value, mask):
                    if action > MISS:
                        found.update(a.port for a in self._treatments[action].actions if isinstance(a, Output))
        return found

    def writes(self, *names: str) -> bool:
        """Whether any entry that was ever here sets one of these fields."""
        return any(isinstance(a, SetField) and a.name in names for t in self._treatments.values() for a in t.actions)

    def actions(self, action: int) -> tuple[Action | Tag, ...]:
        """What an action of a table's difference does; nothing for a miss or a doubt."""
        return self._treatments[action].actions if action > MISS else ()

    def rules(self) -> Iterator[Rule]:
        """Every rule of every table."""
        for table in self.tables.values():
            for _, own in table.each():
                yield from own

    def _do(
        self, found: Passage, does: Treatment, port: int, look: Look, queue: int | None
    ) -> tuple[Look, int | None] | None:
        """Do what an entry says; with what comes to which table then, and in which queue."""
        if does.unknown:
            found.unknown = True
            return None
        if does.meter is not None and does.meter not in self.meters:
            found.dropped = True
            return None
        sent = False
        for action in does.actions:
            if isinstance(action, Output):
                sent = _send(found, action.port, port, look, queue) or sent
            elif isinstance(action, SetQueue):
                queue = action.queue_id
            elif not isinstance(action, DecTtl):
                try:
                    look = _rewritten(look, action)
                except TooManyTags:
                    found.unknown = True
                    return None
        if does.goto is not None:
            return Look(does.goto, look.packets, look.value, look.mask), queue
        found.dropped |= not sent
        return None

    def _table(self, number: int) -> PortedTable:
        if number not in self.tables:
            self.tables[number] = PortedTable()
        return self.tables[number]

    def _ruling(self, entry: FlowEntry) -> tuple[int | None, Ruling]:
        if any(isinstance(action, Output) for action in entry.actions):
            self._sending.add(entry.table)
        port, match, clear, tag = compiled(entry)
        return port, Ruling(entry.priority, match, self._action(entry) if clear else DOUBT, tag)

    def _action(self, entry: FlowEntry) -> int:
        does = treatment(entry)
        number = self._numbers.get(does)
        if number is None:
            number = self._numbers[does] = len(self._numbers) + 1
            self._treatments[number] = does
        return number


def _send(found: Passage, to: int, port: int, look: Look, queue: int | None) -> bool:
    """Send packets to a port; whether they left."""
    if to == PORT_IN_PORT:
        to = port
    elif to in (port, PORT_CONTROLLER):
        return False
    elif to > _LAST_REAL_PORT:
        found.unknown = True  # flood and the like
        return True
    found.outs.append(Out(to, look.packets, look.value, look.mask, queue))
    return True


def _rewritten(look: Look, action: Action | Tag) -> Look:
    """The packets after an action, and the bits that they still have in common. Raises TooManyTags."""
    _, packets, value, mask = look
    match action:
        case Tag(vid, pcp):
            packets = pushed(packets, vid, pcp)
            vid_bits = _bits("vlan_vid", 0, 0x1FFF)[1]
            bare = mask & vid_bits == vid_bits and not value & vid_bits
            known = {"vlan_vid": vid or VID_PRESENT, "vlan_pcp": pcp or 0} if bare else {}
            value, mask = _certain(value, mask, _TAGS, known)
        case PopVlan():
            packets = popped(packets)
            value, mask = _certain(value, mask, _TAGS, {})
        case SetField(name, to):
            packets = written(packets, action)
            field = FIELD_OF.get(name, name)
            tagged = value & _bits("vlan_vid", VID_PRESENT, VID_PRESENT)[0]
            everywhere = name in _IN_ALL or (name == "vlan_pcp" and tagged)
            to = to | VID_PRESENT if name == "vlan_vid" else to
            value, mask = _certain(value, mask, (field,), {field: to} if everywhere else {})
    return Look(look.table, packets, value, mask)


def _certain(value: int, mask: int, gone: Iterable[str], known: Mapping[str, int]) -> tuple[int, int]:
    """Bits in common when some fields have changed, and some are known again."""
    for name in gone:
        _, bits = _bits(name, 0, (1 << WIDTHS[name]) - 1)
        value, mask = value & ~bits, mask & ~bits
    for name, to in known.items():
        more, bits = _bits(name, to, (1 << WIDTHS[name]) - 1)
        value, mask = value | more, mask | bits
    return value, mask


@cache
def _bits(name: str, value: int, mask: int) -> tuple[int, int]:
    return space().bits_of([(name, value, mask)])


_TAGS: Final = ("vlan_vid", "vlan_pcp", "inner_vid", "inner_pcp")
_IN_ALL: Final = ("eth_src", "eth_dst", "eth_type", "vlan_vid")  # fields of every packet once they are set
