"""The files of a log: one that grows, and those that it was turned into when it was large.

    audit/audit-000001.jsonl   the oldest
    audit/audit-000002.jsonl
    audit/audit.jsonl          grows

The chain goes on from file to file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from controller.audit.chain import BEFORE_FIRST, Head, NotARecord, read

FOLDER: Final = "audit"
CURRENT: Final = "audit.jsonl"
MOST_LINE_BYTES: Final = 2**20
_CLOSED: Final = re.compile(r"audit-([0-9]{6,})\.jsonl")


class Damaged(ValueError):
    """The last record is not as it was written, so nothing can follow it. Says why."""


def closed(folder: Path) -> list[Path]:
    """The files that do not grow any more, oldest first."""
    found = [(int(m[1]), p) for p in folder.glob("audit-*.jsonl") if (m := _CLOSED.fullmatch(p.name))]
    return [path for _, path in sorted(found)]


def every(folder: Path) -> list[Path]:
    """All files of the log, oldest first."""
    current = folder / CURRENT
    return [*closed(folder), *([current] if current.exists() else [])]


def next_closed(folder: Path) -> Path:
    """What the growing file is called when it stops to grow."""
    names = [_CLOSED.fullmatch(p.name) for p in closed(folder)]
    last = max((int(m[1]) for m in names if m), default=0)
    return folder / f"audit-{last + 1:06}.jsonl"


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, each with its line feed where it has one; one that is too long comes in pieces."""
    with path.open("rb") as file:
        while line := file.readline(MOST_LINE_BYTES):
            yield line


def tail(file: IO[bytes], folder: Path) -> tuple[Head, int]:
    """The last whole record of the growing file (or, where that has none, of the closed one before it), and where it
    ends. Raises Damaged."""
    size = os.fstat(file.fileno()).st_size
    start = max(0, size - 2 * MOST_LINE_BYTES)
    file.seek(start)
    piece = file.read(size - start)
    end = piece.rfind(b"\n") + 1
    if end == 0 and start == 0:
        return _last_closed(folder), 0
    begin = piece.rfind(b"\n", 0, end - 1) + 1
    try:
        return read(piece[begin:end]).head, start + end
    except NotARecord as error:
        raise Damaged(f"the last line of {file.name}: {error}") from error


def _last_closed(folder: Path) -> Head:
    for path in reversed(closed(folder)):
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - MOST_LINE_BYTES))
            last = file.read().splitlines(keepends=True)[-1:]
        if last:
            try:
                return read(last[0]).head
            except NotARecord as error:
                raise Damaged(f"the last line of {path}: {error}") from error
    return BEFORE_FIRST
