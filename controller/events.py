"""What is told of a change while it is made: an event as each phase begins, and as each device is through with it.

Whoever listens may stop the change by raising `Stopped`, as Ctrl-C does: then it is undone, or where everything had
been proven already, finished.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from controller.state.journal import Phase
from intents.model.diagnostic import Diagnostic

STOPPED: Final = Diagnostic(
    code="stopped",
    message="stopped by hand: every device holds what it held before",
    hint="run `clearway apply` when it may go on",
)


class Stopped(Exception):
    """Whoever asked for the change does not want it any more."""


class Cause(StrEnum):
    """Why a change is being undone."""

    FAULT = "fault"
    STOPPED = "stopped"
    UNFINISHED = "unfinished"  # an earlier process left it behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A phase begins (device is empty), or a device is through with it.

    devices: who takes part. done, total: sessions through, of all of the phase; a switch has two. round: of `rounds`,
    of a commit. `done` and `reverted` are the last of a change.
    """

    token: str
    phase: Phase
    device: str = ""
    devices: tuple[str, ...] = ()
    done: int = 0
    total: int = 0
    round: int = 0
    rounds: int = 0
    cause: Cause | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


Progress = Callable[[Event], None]


def silent(_: Event) -> None:
    """No progress wanted."""


def unstoppable(progress: Progress) -> Progress:
    """The same listener, who is told and is not asked any more."""

    def tell(event: Event) -> None:
        with suppress(Stopped):
            progress(event)

    return tell


class Teller:
    """Tells of one change; counts the sessions that are through."""

    def __init__(self, token: str, progress: Progress) -> None:
        self._token = token
        self._progress = progress
        self._now = Event(token=token, phase=Phase.PLANNED)

    def begin(self, phase: Phase, devices: Sequence[str] = (), *, total: int = 0, cause: Cause | None = None) -> None:
        """A phase begins; total: how many sessions take part, those of all rounds."""
        names = tuple(sorted(set(devices)))
        self._tell(Event(token=self._token, phase=phase, devices=names, total=total or len(devices), cause=cause))

    def round(self, number: int, rounds: int, devices: Sequence[str], total: int) -> None:
        """A round of the commit begins."""
        done = self._now.done if self._now.phase is Phase.COMMIT else 0
        names = tuple(sorted(set(devices)))
        self._tell(
            Event(
                token=self._token,
                phase=Phase.COMMIT,
                devices=names,
                done=done,
                total=total,
                round=number,
                rounds=rounds,
            )
        )

    def through(self, device: str) -> None:
        """A device is through with its part of what began last."""
        now = self._now
        self._tell(
            Event(
                token=self._token,
                phase=now.phase,
                device=device,
                devices=now.devices,
                done=now.done + 1,
                total=now.total,
                round=now.round,
                rounds=now.rounds,
                cause=now.cause,
            )
        )

    def _tell(self, event: Event) -> None:
        self._now = event
        self._progress(event)


def words(event: Event) -> str:
    """The phase that an event is of, for people."""
    match event.phase:
        case Phase.PREPARE:
            return f"preparing {', '.join(event.devices)}"
        case Phase.COMMIT:
            where = f", round {event.round} of {event.rounds}" if event.rounds > 1 else ""
            return f"committing{where}, to be undone unless confirmed"
        case Phase.CHECK:
            return "reading back and verifying"
        case Phase.CONFIRM:
            return "confirming"
        case Phase.REVERT:
            return _REVERTING[event.cause or Cause.FAULT].format(token=event.token)
        case _:
            return ""


_REVERTING: Final = {
    Cause.FAULT: "something is not as it must be: reverting every device",
    Cause.STOPPED: "stopped: reverting every device",
    Cause.UNFINISHED: "an earlier change ({token}) did not finish: reverting it",
}


def as_json(event: Event) -> dict[str, Any]:
    """One line of `--events`."""
    found: dict[str, Any] = {
        "schemaVersion": 1,
        "time": event.at.isoformat(timespec="milliseconds"),
        "token": event.token,
        "phase": str(event.phase),
        "device": event.device or None,
        "devices": list(event.devices),
        "done": event.done,
        "total": event.total,
    }
    if event.rounds:
        found |= {"round": event.round, "rounds": event.rounds}
    if event.cause is not None:
        found["cause"] = str(event.cause)
    return found
