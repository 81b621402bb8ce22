"""How far one commit has come, as a value; and as a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from controller import present
from intents.model.diagnostic import Diagnostic
from intents.model.evidence import Verdict
from intents.model.plan import Plan

Json = Mapping[str, Any]


class State(StrEnum):
    """Of one commit."""

    SEEN = "seen"  # on the branch; nothing is decided yet
    REFUSED = "refused"  # texts, signature or history are wrong, or it takes away too much: nothing was touched
    PLANNED = "planned"  # to be carried out at the next look
    APPROVAL = "waiting-for-approval"
    WINDOW = "waiting-for-window"
    APPLYING = "applying"
    HOLDING = "applied-and-holding"
    NOT_HOLDING = "applied-but-not-holding"
    FAILED = "failed"  # the change was undone: the network is as before
    SUPERSEDED = "superseded"  # a newer commit came before it was carried out
    SKIPPED = "skipped"  # it changes no text of the project


OPEN: Final = frozenset({State.SEEN, State.PLANNED, State.APPROVAL, State.WINDOW, State.APPLYING})
APPLIED: Final = frozenset({State.HOLDING, State.NOT_HOLDING})
WORDS: Final[Mapping[State, str]] = {
    State.SEEN: "seen",
    State.REFUSED: "refused",
    State.PLANNED: "planned",
    State.APPROVAL: "waiting for approval",
    State.WINDOW: "waiting for the window of the policy",
    State.APPLYING: "being applied",
    State.HOLDING: "applied and holding",
    State.NOT_HOLDING: "applied but not holding",
    State.FAILED: "failed, and undone on every device",
    State.SUPERSEDED: "superseded by a newer commit",
    State.SKIPPED: "skipped: it changes no text of the project",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """number: counts commits as they were seen. faults: diagnostics as in `--json`. changes: objects by device.
    interrupts: places. intents: how many hold of how many, and the names of those that do not. by: who approved it,
    permits: beyond the ordinary. api: made by Clearway for somebody. noted: whether the note on it says so."""

    commit: str
    number: int
    author: str
    subject: str
    state: State = State.SEEN
    history: tuple[tuple[str, str], ...] = ()  # (state, when), oldest first
    faults: tuple[Json, ...] = ()
    changes: Mapping[str, int] = field(default_factory=dict)
    interrupts: tuple[str, ...] = ()
    intents: Json = field(default_factory=dict)
    by: str = ""
    approved: str = ""
    permits: tuple[str, ...] = ()
    superseded: str = ""
    api: bool = False
    noted: bool = False

    def to(self, state: State, at: datetime, faults: Iterable[Diagnostic] = (), **more: Any) -> Entry:
        """In another state from now on."""
        when = at.isoformat(timespec="seconds")
        said = tuple(present.diagnostic(d) for d in faults)
        moved = (*self.history, (str(state), when)) if state != self.state or not self.history else self.history
        return replace(self, state=state, history=moved[-_KEPT:], faults=said, noted=False, **more)

    def record(self) -> dict[str, Any]:
        """As an object of JSON; also what people and programs are shown."""
        return {
            "commit": self.commit,
            "number": self.number,
            "author": self.author,
            "subject": self.subject,
            "state": str(self.state),
            "history": [{"state": state, "at": at} for state, at in self.history],
            "errors": [dict(f) for f in self.faults],
            "changes": dict(self.changes),
            "interrupts": list(self.interrupts),
            "intents": dict(self.intents),
            "approvedBy": self.by,
            "approvedAt": self.approved,
            "permits": list(self.permits),
            "supersededBy": self.superseded,
            "byApi": self.api,
            "noted": self.noted,
        }


_KEPT: Final = 20


def entry_of(found: Json) -> Entry:
    """The entry in a record."""
    return Entry(
        commit=found["commit"],
        number=found["number"],
        author=found["author"],
        subject=found["subject"],
        state=State(found["state"]),
        history=tuple((h["state"], h["at"]) for h in found["history"]),
        faults=tuple(found["errors"]),
        changes=found["changes"],
        interrupts=tuple(found["interrupts"]),
        intents=found["intents"],
        by=found["approvedBy"],
        approved=found["approvedAt"],
        permits=tuple(found["permits"]),
        superseded=found["supersededBy"],
        api=found["byApi"],
        noted=found["noted"],
    )


def of_plan(plan: Plan) -> dict[str, Any]:
    """What an entry keeps of a plan."""
    changes = {device: sum(1 for c in plan.changes if c.device == device) for device in plan.devices}
    return {
        "changes": changes,
        "interrupts": tuple(sorted({p for c in plan.changes if c.disruptive for p in c.places})),
    }


def of_verdict(verdict: Verdict) -> dict[str, Any]:
    """What an entry keeps of a verdict."""
    broken = sorted(i.intent for i in verdict.intents if not i.holds)
    return {"intents": {"hold": len(verdict.intents) - len(broken), "of": len(verdict.intents), "broken": broken}}
