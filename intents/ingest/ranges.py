"""Many alike in one line: `bed-[1-24]: {port: "onu-bed-[1-24]:1", segment: clinical, address: "10.120.1.[1-24]"}`.

A name of an ONU or place that counts stands for as many; every other count beside it counts along, by its own
numbers. `[1-6,8-24]` leaves one out. Digits are padded as those of the first number of a span are. Members of groups
count too. Written out before the schema looks, so every message about one of them names it, at the line where all are
written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from intents.ingest.report import Report
from intents.ingest.tree import Node, Scalar, Sequence, Table

RANGE: Final = re.compile(r"\[([0-9]{1,9}(?:-[0-9]{1,9})?(?:,[0-9]{1,9}(?:-[0-9]{1,9})?)*)\]")
MOST: Final = 4_096  # of one line
MOST_TOGETHER: Final = 65_536  # of one document
_COUNTING: Final = ("onus", "places")
_FREE: Final = frozenset(
    {"description", "labels"}
)  # texts of the user's own: brackets there mean nothing by themselves


def written_out(document: Table, report: Report) -> Table:
    """The document with every line that counts written out; itself where none does."""
    spec = document.table("spec")
    if spec is None:
        return document
    room = _Room(report)
    entries = {key: (name, room.section(key, body)) for key, (name, body) in spec.entries.items()}
    if all(body is spec.entries[key][1] for key, (_, body) in entries.items()):
        return document
    changed = {**document.entries, "spec": (document.entries["spec"][0], Table(entries, spec.position))}
    return Table(changed, document.position)


class _Room:
    """Counts what a document has been written out to."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._made = 0

    def section(self, name: str, body: Node) -> Node:
        if not isinstance(body, Table):
            return body
        if name == "groups":
            return self._groups(body)
        return self._entries(body) if name in _COUNTING else body

    def _entries(self, section: Table) -> Table:
        if not any("[" in name or _counts_inside(body) for name, (_, body) in section.entries.items()):
            return section
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key, body in section.items():
            lone = next(_counting(body), None)
            counts = RANGE.search(key.text)
            if lone is not None and not counts:
                message = f"'{lone.text}' counts, and the name {key.text} beside it does not"
                self._report.error("range-alone", lone.position, message, f"name them all: {key.text}-[1-8]")
            made = self._of(key, body) if counts else [(key, body)]
            for name, one in made:
                first = entries.setdefault(name.text, (name, one))[0]
                if first is not name:
                    message = f"'{name.text}' is defined twice"
                    self._report.twice("defined-twice", name.position, first.position, message, "rename one of them")
        return Table(entries, section.position)

    def _of(self, key: Scalar, body: Node) -> Iterator[tuple[Scalar, Node]]:
        """Each of the entries that one line stands for; none, and a diagnostic, where it makes no sense."""
        count = self._count(key)
        if count is None:
            return
        for written in (key, *_counting(body)):
            theirs = [_length(found) for found in RANGE.finditer(written.text)]
            if any(length != count for length in theirs):
                message = f"{key.text} counts {count}, and '{written.text}' counts {min(theirs)}"
                self._report.error("range-mismatch", written.position, message, "let both count equally many")
                return
        for index in range(count):
            yield _numbered(key, index), _body(body, index)

    def _groups(self, section: Table) -> Table:
        if not any(_counts_inside(body) for _, body in section.items()):
            return section
        entries = {name: (key, self._members(body)) for name, (key, body) in section.entries.items()}
        return Table(entries, section.position)

    def _members(self, body: Node) -> Node:
        if not isinstance(body, Sequence) or not _counts_inside(body):
            return body
        items: list[Node] = []
        for item in body.items:
            if not isinstance(item, Scalar) or not RANGE.search(item.text):
                items.append(item)
                continue
            count = self._count(item)
            items += [_numbered(item, index) for index in range(count or 0)]
        return Sequence(tuple(items), body.position)

    def _count(self, written: Scalar) -> int | None:
        """How many a name stands for; None, and a diagnostic, where there is none or too many of them."""
        found = RANGE.search(written.text)
        count = _length(found) if found else 0
        if count < 1:
            hint = "the first number comes first: [1-24]"
            self._report.error("range-mismatch", written.position, f"'{written.text}' counts nothing", hint)
            return None
        self._made += count
        if count > MOST or self._made > MOST_TOGETHER:
            message = f"'{written.text}' stands for {count:,}, and with it the document for {self._made:,}"
            hint = f"at most {MOST:,} in one line and {MOST_TOGETHER:,} in one document"
            self._report.error("range-too-long", written.position, message, hint)
            return None
        return count


def _spans(found: re.Match[str]) -> Iterator[tuple[str, int]]:
    """The first number of each span, as written, and how many it counts."""
    for span in found[1].split(","):
        first, _, last = span.partition("-")
        yield first, int(last or first) - int(first) + 1


def _length(found: re.Match[str]) -> int:
    """How many it counts; 0 where a span runs backwards."""
    lengths = [length for _, length in _spans(found)]
    return sum(lengths) if min(lengths) > 0 else 0


def _number(found: re.Match[str], index: int) -> str:
    """One of its numbers; `index` counts from 0, below its length."""
    for first, length in _spans(found):
        if index < length:
            return str(int(first) + index).zfill(len(first))
        index -= length
    return ""


def _numbered(written: Scalar, index: int) -> Scalar:
    """What a text says for one of them; `index` counts from 0."""
    text = RANGE.sub(lambda found: _number(found, index), written.text)
    return Scalar(text, text, written.position)


def _body(body: Node, index: int) -> Node:
    if isinstance(body, Scalar):
        return _numbered(body, index) if RANGE.search(body.text) else body
    if isinstance(body, Sequence):
        return Sequence(tuple(_body(item, index) for item in body.items), body.position)
    return Table({name: (key, _body(value, index)) for name, (key, value) in body.entries.items()}, body.position)


def _counting(body: Node) -> Iterator[Scalar]:
    """The texts of an entry that count."""
    if isinstance(body, Scalar):
        if "[" in body.text and RANGE.search(body.text):
            yield body
    elif isinstance(body, Sequence):
        for item in body.items:
            yield from _counting(item)
    else:
        for name, (_, value) in body.entries.items():
            if name not in _FREE:
                yield from _counting(value)


def _counts_inside(body: Node) -> bool:
    return next(_counting(body), None) is not None
