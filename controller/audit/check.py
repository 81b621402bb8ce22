"""Whether a log is as it was written: every record, in its place, up to what is known from elsewhere.

Found by the log alone: a record that was altered, deleted, put in, or moved. Not found by it alone: that records at the
end are gone, or that everything from some record on was written anew with new hashes. That takes anchors: the number
and hash of a record as somebody else keeps them (the journal of changes, a git note, a collected system log, paper).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from controller.audit.chain import BEFORE_FIRST, FIRST, Head, NotARecord, Record, read
from controller.audit.files import lines

Fault = Literal["altered", "deleted", "out-of-place", "torn", "truncated", "rewritten", "begins-late"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that is not as it was written. where: file:line, or the anchor."""

    fault: Fault
    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was looked at. head: the last record that is as it was written."""

    records: int
    head: Head
    found: tuple[Found, ...]
    anchors: int = 0
    anchored: int = 0  # the highest number that an anchor vouches for

    @property
    def sound(self) -> bool:
        """Nothing was found."""
        return not self.found


def check(
    paths: Iterable[Path], anchors: Mapping[str, Collection[Head]] | None = None, *, whole: bool = True
) -> Checked:
    """Read the files of a log, oldest first. anchors: by where they are known from. whole: all files are given, so that
    the first record must be there."""
    wanted = {head.n for heads in (anchors or {}).values() for head in heads}
    walk = _Walk(wanted, whole=whole)
    for path in paths:
        for number, line in enumerate(lines(path), 1):
            walk.step(f"{path}:{number}", line)
    found = [*walk.found]
    vouched = 0
    for source, heads in sorted((anchors or {}).items()):
        for head in sorted(heads):
            fault = walk.against(head, source)
            if fault is None:
                vouched = max(vouched, head.n)
            else:
                found.append(fault)
    return Checked(
        records=walk.records,
        head=walk.head,
        found=tuple(found),
        anchors=sum(len(heads) for heads in (anchors or {}).values()),
        anchored=vouched,
    )


def records(paths: Iterable[Path]) -> Iterator[Record]:
    """The records of a log, oldest first; what is none is passed over (`check` tells of it)."""
    for path in paths:
        for line in lines(path):
            try:
                yield read(line)
            except NotARecord:
                continue


class _Walk:
    """Along the chain. After a fault it goes on from where it is, so that each is told once."""

    def __init__(self, wanted: set[int], *, whole: bool) -> None:
        self._whole = whole
        self.found: list[Found] = []
        self.records = 0
        self.head = BEFORE_FIRST
        self._wanted = wanted
        self._hashes: dict[int, str] = {}
        self._highest = 0
        self._doubtful = False  # what stood before could not be read: the link to it says nothing

    def step(self, where: str, line: bytes) -> None:
        """The next line."""
        if not line.endswith(b"\n"):
            self._tell("torn", where, "the last record was cut short, as when a process is killed while it writes")
            return
        try:
            record = read(line)
        except NotARecord as error:
            self._tell("altered", where, f"this is not as it was written: {error}")
            self._doubtful = True
            return
        self.records += 1
        self._place(where, record)
        if record.n in self._wanted:
            self._hashes[record.n] = record.hash
        self._highest = max(self._highest, record.n)
        self.head = record.head
        self._doubtful = False

    def _place(self, where: str, record: Record) -> None:
        expected = self.head.n + 1
        follows = record.prev == self.head.hash
        if record.n == expected and follows:
            return
        if self.head == BEFORE_FIRST and not self._doubtful:
            if self._whole:
                self._tell("begins-late", where, f"records {FIRST} to {record.n - 1} are not here")
        elif record.n < expected:
            self._tell("out-of-place", where, f"record {record.n} stands behind record {self.head.n}")
        elif self._doubtful and record.n == expected + 1:
            return  # only the one that could not be read stood between
        elif record.n > expected:
            gone = f"record {expected} is" if record.n == expected + 1 else f"records {expected} to {record.n - 1} are"
            self._tell("deleted", where, f"{gone} missing before record {record.n}")
        else:
            self._tell("altered", where, f"record {record.n} does not follow record {self.head.n} as it stands here")

    def against(self, anchor: Head, source: str) -> Found | None:
        """What an anchor shows, if it shows a fault."""
        if anchor.n == 0:
            return None
        if anchor.n > self._highest:
            what = f"it knows record {anchor.n}, and the log ends with record {self._highest}"
            return Found(fault="truncated", where=source, what=what)
        if (has := self._hashes.get(anchor.n)) is not None and has != anchor.hash:
            what = f"record {anchor.n} has another hash here than it knows: it or one before it was written anew"
            return Found(fault="rewritten", where=source, what=what)
        return None

    def _tell(self, fault: Fault, where: str, what: str) -> None:
        self.found.append(Found(fault=fault, where=where, what=what))
