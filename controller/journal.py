"""The journal of changes: each step is on disk before it happens, so that a start after kill -9 can finish or revert.

One file per change under the state folder, JSON lines, fsync after each. The first line holds the differences of
every device with both sides (so the inverse is there), later lines the phases reached. A finished change ends with
`done` or `reverted`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from controller.codec import CodecError, decode, encode
from intents.model.diagnostic import ClearwayError, Diagnostic, Position
from intents.model.state import Difference


class Phase(StrEnum):
    """How far a change has come. Before CONFIRM it is to be reverted, from CONFIRM on to be finished."""

    PLANNED = "planned"
    PREPARE = "prepare"
    COMMIT = "commit"
    CHECK = "check"
    CONFIRM = "confirm"
    REVERT = "revert"
    DONE = "done"
    REVERTED = "reverted"


ENDED = frozenset({Phase.DONE, Phase.REVERTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A change that the journal does not show the end of."""

    token: str
    phase: Phase
    differences: Mapping[str, tuple[Difference, ...]]


class Journal:
    """Append-only record of the changes made from one state folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "journal"

    def begin(self, token: str, differences: Mapping[str, tuple[Difference, ...]], about: Mapping[str, Any]) -> None:
        """Open a change. `about`: who, when and from what, for people. Raises ClearwayError."""
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True)
        self._append(token, {"phase": Phase.PLANNED, "about": dict(about), "differences": encode(differences)})
        with self._writing():
            descriptor = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)  # the new name itself must survive a power cut
            finally:
                os.close(descriptor)

    def reach(self, token: str, phase: Phase, device: str = "") -> None:
        """Note that the phase is about to begin (for DONE and REVERTED: that it is over). Raises ClearwayError."""
        self._append(token, {"phase": phase, "device": device})

    def unfinished(self) -> tuple[Unfinished, ...]:
        """Changes without an end, oldest first. Raises ClearwayError where one cannot be read."""
        found = []
        for path in sorted(self._folder.glob("*.jsonl")):
            lines = _lines(path)
            if not lines or Phase(lines[-1]["phase"]) in ENDED:
                continue
            try:
                differences = decode(lines[0]["differences"])
            except (CodecError, KeyError, TypeError) as error:
                raise _unreadable(path) from error
            # A revert that was begun is to be carried to its end.
            phases = [Phase(line["phase"]) for line in lines]
            found.append(Unfinished(token=path.stem, phase=phases[-1], differences=differences))
        return tuple(found)

    def last(self) -> Mapping[str, Any] | None:
        """What the newest change was about and how it ended, or None."""
        paths = sorted(self._folder.glob("*.jsonl"))
        if not paths:
            return None
        lines = _lines(paths[-1])
        return {"token": paths[-1].stem, "phase": lines[-1]["phase"], **lines[0]["about"]} if lines else None

    def _append(self, token: str, record: Mapping[str, Any]) -> None:
        with self._writing(), (self._folder / f"{token}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ClearwayError(
                Diagnostic(
                    code="journal-write",
                    message=f"the journal cannot be written: {error.strerror}",
                    hint="a change needs its journal: make room on the disk, then run `clearway apply` again",
                    position=Position(str(self._folder)),
                )
            ) from error


def _unreadable(path: Path) -> ClearwayError:
    return ClearwayError(
        Diagnostic(
            code="journal-unreadable",
            message=f"{path} holds an unfinished change that another version of Clearway began",
            hint="finish it with that version; or look at the devices, and move the file away when they are well",
            position=Position(str(path)),
        )
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            break  # a line that kill -9 cut short never took effect
    return lines
