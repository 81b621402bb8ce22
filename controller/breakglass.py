"""Break-glass: somebody mends a device by hand, in an emergency, and Clearway keeps its hands off what he changed.

A hold is of one device, has an owner, a reason and an end, and stands in the network's state, so that it outlives
restarts and binds the command line and every controller alike. What it means for a change: controller/held.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from controller.access.caller import caller_fields
from controller.audit import anchors
from controller.audit.log import AuditLog
from controller.state.store import Store
from intents.ingest import nearest
from intents.model.campus import Campus
from intents.model.diagnostic import ClearwayError, Diagnostic

KIND: Final = "break-glass"
LONGEST: Final = timedelta(days=7)


class Ending(StrEnum):
    """How a hold ends."""

    REVERT = "revert"  # the device is put back to what was applied
    ADOPT = "adopt"  # the texts say what was done by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Of a device, from `since` until `until` (both with a time zone). ending: how its owner wants it to end, now.
    refused: why that could not be."""

    device: str
    owner: str
    why: str
    since: datetime
    until: datetime
    ending: Ending | None = None
    refused: str = ""

    @property
    def statement(self) -> str:
        """In a sentence."""
        until = self.until.astimezone()
        return f"{self.device} is held by {self.owner} until {until:%Y-%m-%d %H:%M} ({self.why})"

    def as_json(self) -> dict[str, str]:
        """For `--json`."""
        return {
            "device": self.device,
            "owner": self.owner,
            "why": self.why,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "refused": self.refused,
        }


class BreakGlass:
    """The holds of a network. Everything raises ClearwayError where its state cannot be read or written: nobody is
    overwritten because of that. That somebody opens or ends one is in the audit log before it is so. by: who does it,
    where it is nobody who called."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._records = store.records

    def holds(self) -> Mapping[str, Hold]:
        """By device, those whose time is over too: they end when they are ended."""
        return {record.name: _decoded(record.name, record.body) for record in self._records.all(KIND)}

    def open(self, hold: Hold, *, by: str = "") -> None:
        """Hold a device, or go on holding it under new terms. Raises ClearwayError: somebody else holds it, or the
        terms are none."""
        if not hold.owner.strip() or not hold.why.strip():
            raise _fault(
                "break-glass-terms", "break-glass needs an owner and a reason", "give --owner NAME and --why TEXT"
            )
        if not hold.since < hold.until <= hold.since + LONGEST:
            raise _fault(
                "break-glass-terms",
                f"break-glass is for at least a moment and at most {LONGEST.days} days",
                "give --for 4h; it can be opened again when the time is over",
            )
        found = self._records.get(KIND, hold.device)
        if found is not None and found.body["owner"] != hold.owner:
            other = _decoded(hold.device, found.body)
            raise _fault("break-glass-held", other.statement, f"talk to {other.owner}, who can end it")
        self._note("break-glass-opened", hold, by, until=hold.until.isoformat(timespec="seconds"))
        self._records.put(KIND, hold.device, _encoded(hold), expected=0 if found is None else found.version)

    def end(self, device: str, ending: Ending, *, by: str = "") -> Hold:
        """Its owner wants it to end so: whoever reaches the device next does it. Raises ClearwayError where it is not
        held."""
        self._note("break-glass-to-end", self.of(device), by, ending=ending)
        return self._changed(device, ending=ending, refused="")

    def refuse(self, device: str, why: str) -> Hold:
        """It could not end so, and goes on."""
        return self._changed(device, ending=None, refused=why)

    def close(self, device: str, ending: Ending, *, by: str = "") -> Hold:
        """Hold it no more: it has ended so. Raises ClearwayError where it is not held."""
        found = self.of(device)
        self._note("break-glass-ended", found, by, ending=ending)
        self._records.remove(KIND, device)
        return found

    def _note(self, kind: str, hold: Hold, by: str, **more: str) -> None:
        who = caller_fields() or {"by": by or hold.owner}
        log = AuditLog(self._store.folder)
        log.append(kind, {"device": hold.device, "owner": hold.owner, "why": hold.why, **more, **who})
        anchors.keep(self._store, log)
        log.close()

    def _changed(self, device: str, **changed: Any) -> Hold:
        hold = replace(self.of(device), **changed)
        self._records.put(KIND, device, _encoded(hold))
        return hold

    def of(self, device: str) -> Hold:
        """Of this device. Raises ClearwayError where it is not held."""
        found = self._records.get(KIND, device)
        if found is None:
            raise _fault(
                "break-glass-not-open", f"{device} is not held by anybody", "`clearway break-glass` says what is"
            )
        return _decoded(device, found.body)


def check_device(campus: Campus, device: str) -> None:
    """Raise ClearwayError where the campus has no such switch or OLT."""
    known = {*campus.switches, *campus.olts}
    if device not in known:
        near = nearest(device, known)
        hint = f"did you mean '{near}'?" if near else f"there are: {', '.join(sorted(known))}"
        raise _fault("unknown-device", f"there is no switch or OLT '{device}'", hint)


def _fault(code: str, message: str, hint: str) -> ClearwayError:
    return ClearwayError(Diagnostic(code=code, message=message, hint=hint))


def _encoded(hold: Hold) -> dict[str, Any]:
    return {
        "owner": hold.owner,
        "why": hold.why,
        "since": hold.since.isoformat(),
        "until": hold.until.isoformat(),
        "ending": hold.ending,
        "refused": hold.refused,
    }


def _decoded(device: str, body: Mapping[str, Any]) -> Hold:
    return Hold(
        device=device,
        owner=body["owner"],
        why=body["why"],
        since=datetime.fromisoformat(body["since"]),
        until=datetime.fromisoformat(body["until"]),
        ending=None if body["ending"] is None else Ending(body["ending"]),
        refused=body["refused"],
    )
