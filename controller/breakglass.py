"""Break-glass: somebody mends a device by hand, in an emergency, and Clearway keeps its hands off what he changed.

A hold is of one device, has an owner, a reason and an end, and stands in the state folder, so that it outlives restarts
and binds the command line and the service alike. What it means for a change: controller/held.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from intents.model.diagnostic import ClearwayError, Diagnostic, Position

FILE: Final = "break-glass.json"
LONGEST: Final = timedelta(days=7)
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Of a device, from `since` until `until` (both with a time zone). ending: its owner wants it reverted now."""

    device: str
    owner: str
    why: str
    since: datetime
    until: datetime
    ending: bool = False

    @property
    def statement(self) -> str:
        """In a sentence."""
        until = self.until.astimezone()
        return f"{self.device} is held by {self.owner} until {until:%Y-%m-%d %H:%M} ({self.why})"


class BreakGlass:
    """The holds of a state folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def holds(self) -> Mapping[str, Hold]:
        """By device, those whose time is over too: they end when they are ended. Raises ClearwayError where the file
        cannot be read: nobody is overwritten because of that."""
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
            if document["schemaVersion"] != _VERSION:
                raise ValueError("it is of another version")
            return {entry["device"]: _decoded(entry) for entry in document["holds"]}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._fault(
                "break-glass-unreadable",
                f"{self.path} cannot be read: {error}",
                "find out who works by hand on which device; then move the file away",
            ) from error

    def open(self, hold: Hold) -> None:
        """Hold a device, or go on holding it under new terms. Raises ClearwayError."""
        if not hold.owner.strip() or not hold.why.strip():
            raise self._fault(
                "break-glass-terms", "break-glass needs an owner and a reason", "give --owner NAME and --why TEXT"
            )
        if not hold.since < hold.until <= hold.since + LONGEST:
            raise self._fault(
                "break-glass-terms",
                f"break-glass is for at least a moment and at most {LONGEST.days} days",
                "give --for 4h; it can be opened again when the time is over",
            )
        other = self.holds().get(hold.device)
        if other is not None and other.owner != hold.owner:
            raise self._fault(
                "break-glass-held",
                other.statement,
                f"talk to {other.owner}, who ends it: `clearway break-glass end {hold.device} --revert`",
            )
        self._write({**self.holds(), hold.device: hold})

    def end(self, device: str) -> Hold:
        """Its owner wants it reverted: whoever runs next does it. Raises ClearwayError where it is not held."""
        held = self.holds()
        if device not in held:
            raise self._not_open(device)
        ended = replace(held[device], ending=True)
        self._write({**held, device: ended})
        return ended

    def close(self, device: str) -> Hold:
        """Hold it no more. Raises ClearwayError where it is not held."""
        held = dict(self.holds())
        found = held.pop(device, None)
        if found is None:
            raise self._not_open(device)
        self._write(held)
        return found

    def _write(self, holds: Mapping[str, Hold]) -> None:
        text = json.dumps(
            {"schemaVersion": _VERSION, "holds": [_encoded(hold) for _, hold in sorted(holds.items())]}, indent=1
        )
        temporary = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except OSError as error:
            raise self._fault(
                "state-folder",
                f"{self.path} cannot be written: {error.strerror}",
                "make the folder writable, or name another in CLEARWAY_STATE",
            ) from error

    def _not_open(self, device: str) -> ClearwayError:
        return self._fault(
            "break-glass-not-open", f"{device} is not held by anybody", "`clearway break-glass list` says what is"
        )

    def _fault(self, code: str, message: str, hint: str) -> ClearwayError:
        return ClearwayError(Diagnostic(code=code, message=message, hint=hint, position=Position(str(self.path))))


def _encoded(hold: Hold) -> dict[str, Any]:
    return {
        "device": hold.device,
        "owner": hold.owner,
        "why": hold.why,
        "since": hold.since.isoformat(),
        "until": hold.until.isoformat(),
        "ending": hold.ending,
    }


def _decoded(entry: Mapping[str, Any]) -> Hold:
    return Hold(
        device=entry["device"],
        owner=entry["owner"],
        why=entry["why"],
        since=datetime.fromisoformat(entry["since"]),
        until=datetime.fromisoformat(entry["until"]),
        ending=bool(entry["ending"]),
    )
