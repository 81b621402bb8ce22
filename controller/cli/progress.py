"""How a change goes, on stderr for people and as JSON lines for machines.

On a terminal one line is drawn over and over, with a bar; elsewhere each phase is a line. Nothing that goes wrong in
telling may end a change.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from controller.cli import output
from controller.events import Event, Progress, as_json, words
from intents.model.diagnostic import ClearwayError, Diagnostic, Position

_BAR: Final = 20
_CLEAR: Final = "\r\x1b[K"


@contextmanager
def telling(*, as_json: bool, events: str | None) -> Iterator[Progress]:
    """Where events go. as_json: people are not told; events: a file for machines, `-` for stderr. Raises
    ClearwayError where it cannot be opened."""
    with ExitStack() as stack:
        listeners: list[Progress] = []
        if events is not None:
            listeners.append(_Lines(_said if events == "-" else _opened(events, stack)))
        if not as_json and events != "-":
            listeners.append(stack.enter_context(_for_people()))

        def tell(event: Event) -> None:
            for listener in listeners:
                listener(event)

        yield tell


def _said(line: str) -> None:
    sys.stderr.write(line)
    sys.stderr.flush()


def _opened(name: str, stack: ExitStack) -> Callable[[str], object]:
    """Writes lines to a file, each at once."""
    try:
        file = stack.enter_context(Path(name).open("ab", buffering=0))  # noqa: SIM115 - the stack closes it
    except OSError as error:
        raise ClearwayError(
            Diagnostic(
                code="events-unwritable",
                message=f"{name} cannot be written: {error.strerror}",
                hint="--events takes a file in a folder that is there, or - for stderr",
                position=Position(name),
            )
        ) from error
    return lambda line: file.write(line.encode())


class _Lines:
    """A JSON object a line. A full disk ends the telling only."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write: Callable[[str], object] | None = write

    def __call__(self, event: Event) -> None:
        if self._write is None:
            return
        try:
            self._write(json.dumps(as_json(event), ensure_ascii=False) + "\n")
        except OSError:
            self._write = None


@contextmanager
def _for_people() -> Iterator[Progress]:
    if not sys.stderr.isatty():
        yield _Phases()
        return
    try:
        yield _bar
    finally:
        sys.stderr.write(_CLEAR)
        sys.stderr.flush()


class _Phases:
    """A line a phase."""

    def __init__(self) -> None:
        self._said = ""

    def __call__(self, event: Event) -> None:
        said = words(event)
        if said and said != self._said:
            self._said = said
            output.progress(said)


def _bar(event: Event) -> None:
    """The phase, how far it is, and who was through last."""
    said = words(event)
    if not said:
        return
    full = _BAR * event.done // event.total if event.total else 0
    bar = f"[{'#' * full}{'.' * (_BAR - full)}] {event.done}/{event.total}  " if event.total else ""
    sys.stderr.write(f"{_CLEAR}  {bar}{said}{f' ({event.device})' if event.device else ''}")
    sys.stderr.flush()
