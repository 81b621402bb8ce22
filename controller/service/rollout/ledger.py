"""The entries of all commits, kept over a restart; and approval, which is a change of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from controller.service.rollout.entry import OPEN, Entry, State, entry_of
from controller.state.records import Records
from intents.model.diagnostic import ClearwayError, Diagnostic

_COMMIT: Final = "commit"
_ROLLOUT: Final = "rollout"
KEPT: Final = 500  # commits; older ones are in git, with their notes
# What somebody who approves, or a commit's own `Clearway-Allow:`, may let pass; and of which refusal.
PERMITS: Final = {
    "mass-delete": "mass-delete",
    "disruption": "blast-radius",
    "absent-onus": "unknown-onu",
    "rewritten-history": "history-rewritten",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """accepted: the newest commit of which history and signatures are in order. in_force: the one applied last."""

    accepted: str = ""
    in_force: str = ""


class Ledger:
    """Of one branch."""

    def __init__(self, records: Records, branch: str) -> None:
        self._records, self._branch = records, branch

    def standing(self) -> Standing:
        """How far the branch is."""
        found = self._records.get(_ROLLOUT, self._branch)
        return Standing(accepted=found.body["accepted"], in_force=found.body["inForce"]) if found else Standing()

    def stand(self, standing: Standing) -> None:
        """Keep it."""
        self._records.put(_ROLLOUT, self._branch, {"accepted": standing.accepted, "inForce": standing.in_force})

    def get(self, commit: str) -> Entry | None:
        """One entry."""
        found = self._records.get(_COMMIT, commit)
        return entry_of(found.body) if found else None

    def put(self, entry: Entry) -> Entry:
        """Keep it."""
        self._records.put(_COMMIT, entry.commit, entry.record())
        return entry

    def all(self) -> tuple[Entry, ...]:
        """Every entry, the newest first."""
        found = [entry_of(r.body) for r in self._records.all(_COMMIT)]
        return tuple(sorted(found, key=lambda e: -e.number))

    def prune(self) -> None:
        """Forget the oldest that are through."""
        for entry in self.all()[KEPT:]:
            self._records.remove(_COMMIT, entry.commit)

    def named(self, prefix: str) -> Entry:
        """The commit whose id begins so. Raises ClearwayError."""
        found = [e for e in self.all() if len(prefix) >= 4 and e.commit.startswith(prefix.lower())]
        if len(found) != 1:
            many = f"{len(found)} commits begin with {prefix}" if found else f"no commit is known as {prefix}"
            raise _fault("no-commit", many, "take the id from `clearway commits`")
        return found[0]

    def approve(self, prefix: str, by: str, permits: Sequence[str], at: datetime) -> Entry:
        """Let a commit pass. Raises ClearwayError where it does not wait, or is refused for what no word allows."""
        entry = self.named(prefix)
        _refuse_permits(permits)
        known = (*entry.permits, *permits)
        codes = {str(f["code"]) for f in entry.faults}
        allowed = {PERMITS[p] for p in known}
        if entry.state is State.REFUSED and codes and codes <= allowed:
            entry = entry.to(State.SEEN, at)
        elif entry.state is State.REFUSED and codes & set(PERMITS.values()):
            words = ", ".join(sorted(p for p, code in PERMITS.items() if code in codes - allowed))
            raise _fault(
                "not-waiting",
                f"{entry.commit[:12]} was refused: {entry.faults[0]['message']}",
                f"if it is meant, say so: --allow {words}",
            )
        elif entry.state not in OPEN:
            hint = f"approve {entry.superseded[:12]} instead" if entry.superseded else "look with `clearway commits`"
            raise _fault("not-waiting", f"{entry.commit[:12]} does not wait: it is {entry.state}", hint)
        when = at.isoformat(timespec="seconds")
        return self.put(entry.to(entry.state, at, by=by, approved=when, permits=tuple(sorted({*known}))))


def _refuse_permits(permits: Sequence[str]) -> None:
    unknown = sorted({*permits} - set(PERMITS))
    if unknown:
        raise _fault("bad-permit", f"'{unknown[0]}' is nothing that can be allowed", f"one of {', '.join(PERMITS)}")


def _fault(code: str, message: str, hint: str) -> ClearwayError:
    return ClearwayError(Diagnostic(code=code, message=message, hint=hint))
