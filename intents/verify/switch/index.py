"""Which entries of a flow table a set of packets may meet, found without looking at each.

Entries are numbered by rank, the best first, and a set of them is an integer with one bit each. By field and by what
entries want there, such sets are kept; what a header may meet is what all of its fields leave. Where a header is cut,
only the field that was cut is asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from intents.model.switch import FlowEntry
from intents.verify.packets.packet import FIELDS, Header, Tag, TagCut
from intents.verify.switch.text import entry_text, name_text


@dataclass(frozen=True, eq=False)
class Entry:
    """A flow entry with its match as sets. box: a set per field of FIELDS; pinned: the indices of those that it looks
    at. malformed: what is missing, or empty."""

    flow: FlowEntry
    in_port: int | None
    box: tuple[int, ...]
    pinned: tuple[int, ...]
    tag: TagCut
    malformed: str

    @cached_property
    def order(self) -> tuple[int, str]:
        """The best first; of one priority in an order that is always the same."""
        return -self.flow.priority, repr(self.flow.match)

    @cached_property
    def name(self) -> str:
        """Table, priority and match, for people."""
        return name_text(self.flow)

    @cached_property
    def text(self) -> str:
        """With what it does."""
        return entry_text(self.flow)


class _OfField:
    """The entries of a table by what they want of one field."""

    def __init__(self) -> None:
        self._of_one: dict[int, int] = {}  # a set of one atom -> entries that want just that
        self._of_many: dict[int, int] = {}  # other sets
        self._met: dict[int, int] = {}

    def add(self, wanted: int, entry: int) -> None:
        kept = self._of_many if wanted & (wanted - 1) else self._of_one
        kept[wanted] = kept.get(wanted, 0) | entry

    def meeting(self, bits: int) -> int:
        """The entries that want some value of a set."""
        if bits not in self._met:
            found = self._among(bits)
            for wanted, entries in self._of_many.items():
                if wanted & bits:
                    found |= entries
            self._met[bits] = found
        return self._met[bits]

    def leaving(self, gone: int, left: int) -> int:
        """The entries that want nothing of what is left of a set, when some of it is gone."""
        found = self._among(gone)
        for wanted, entries in self._of_many.items():
            if not wanted & left:
                found |= entries
        return found

    def _among(self, bits: int) -> int:
        """Entries that want one value of a set, and nothing else."""
        found = 0
        if bits.bit_count() > len(self._of_one):
            for wanted, entries in self._of_one.items():
                if wanted & bits:
                    found |= entries
            return found
        while bits:
            lowest = bits & -bits
            found |= self._of_one.get(lowest, 0)
            bits ^= lowest
        return found


class Index:
    """The entries of one table, the best first."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._fields = tuple(_OfField() for _ in FIELDS)
        self._ports: dict[int | None, int] = {}
        self._tags: dict[TagCut, int] = {}
        self._tops: dict[Tag | None, int] = {}
        self._equals: dict[int, int] = {}
        for rank, entry in enumerate(entries):
            bit = 1 << rank
            self._ports[entry.in_port] = self._ports.get(entry.in_port, 0) | bit
            self._tags[entry.tag] = self._tags.get(entry.tag, 0) | bit
            self._equals[entry.flow.priority] = self._equals.get(entry.flow.priority, 0) | bit
            for of_field, wanted in zip(self._fields, entry.box, strict=True):
                of_field.add(wanted, bit)

    def meeting(self, in_port: int, header: Header) -> int:
        """The entries that may match packets of an opened header which come by a port."""
        found = (self._ports.get(None, 0) | self._ports.get(in_port, 0)) & self._tagged(header.top)
        for of_field, bits in zip(self._fields, header.fields, strict=True):
            if not found:
                break
            found &= of_field.meeting(bits)
        return found

    def best(self, met: int) -> Iterator[Entry]:
        """Of some entries those of the highest priority, in order."""
        first = (met & -met).bit_length() - 1
        equals = met & self._equals[self._entries[first].flow.priority]
        while equals:
            lowest = equals & -equals
            yield self._entries[lowest.bit_length() - 1]
            equals ^= lowest

    def parts(self, met: int, entry: Entry, header: Header) -> list[tuple[int, Header]]:
        """The parts that an entry which is met cuts a header into, its own first, each with the entries that it may
        meet; none where the entry covers the header wholly."""
        tagged, outside = header.cut_tag(entry.tag)
        found = [(met & self._tagged(part.top), part) for part in outside]
        if tagged is None:
            return found
        inside, header = met & self._tagged(tagged.top) if found else met, tagged
        for at in entry.pinned:
            bits, of_field = header.fields[at], self._fields[at]
            own = bits & entry.box[at]
            if own == bits:
                continue
            rest = bits ^ own
            header, other = header.at(at, own), header.at(at, rest)
            found.append((inside & ~of_field.leaving(own, rest), other))
            inside &= of_field.meeting(own)
        return [(inside, header), *found] if found else []

    def _tagged(self, top: Tag | None) -> int:
        """The entries that may match packets of an outermost tag, or of none."""
        if top not in self._tops:
            found = 0
            for want, entries in self._tags.items():
                if _meets(want, top):
                    found |= entries
            self._tops[top] = found
        return self._tops[top]


def _meets(want: TagCut, top: Tag | None) -> bool:
    if top is None:
        return want.untagged
    return bool(top.vid & want.vid and top.pcp & want.pcp and top.tpid & want.tpid)
