"""Operations that changed devices, or were to, beyond the life of the service: what is known of them, from the state.

An operation is written down when it is started, with the change that it makes before that touches a device, and as it
ended. Of one whose end was never written, because the service was killed, the journal of changes tells the outcome.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from controller._pb.clearway.intents.v1 import operations_pb2 as pb
from controller.events import Event
from controller.service.api.refusals import status_for
from controller.state.journal import Phase
from controller.state.store import Store
from intents.model.diagnostic import ClearwayError, Diagnostic

KIND: Final = "operation"
KEPT: Final = 100
Body = Mapping[str, Any]


class KeptOperations:
    """In the records of a state. leads: whether no other controller may be carrying one out just now. Everything
    blocks, and raises ClearwayError where the state cannot be had."""

    def __init__(self, store: Store, leads: Callable[[], bool] = lambda: True) -> None:
        self._store, self._records, self._leads = store, store.records, leads

    def started(self, told: pb.Operation) -> None:
        """It is about to wait for its turn."""
        self._records.put(KIND, told.name, _body(told))
        for name in sorted(self._records.versions(KIND))[:-KEPT]:  # a name begins with the time
            self._records.remove(KIND, name)

    def stepped(self, name: str, event: Event) -> None:
        """A step of it; the first tells by which change devices are about to be touched."""
        if event.phase is Phase.PREPARE and not event.device:
            found = self._records.get(KIND, name)
            if found is not None and found.body["change"] != event.token:
                self._records.put(KIND, name, {**found.body, "change": event.token})

    def ended(self, told: pb.Operation) -> None:
        """How it ended."""
        found = self._records.get(KIND, told.name)
        self._records.put(KIND, told.name, _body(told, found.body["change"] if found is not None else ""))

    def get(self, name: str) -> pb.Operation | None:
        """One that an earlier service began; None: none of that name did."""
        found = self._records.get(KIND, name)
        return self._as_it_is(found.body) if found is not None else None

    def all(self) -> tuple[pb.Operation, ...]:
        """All of them."""
        return tuple(self._as_it_is(record.body) for record in self._records.all(KIND))

    def _as_it_is(self, body: Body) -> pb.Operation:
        told = pb.Operation.FromString(base64.b64decode(body["told"]))
        if told.HasField("end_time"):
            return told
        phase = self._store.journal.phase_of(body["change"]) if body["change"] else None
        if phase is Phase.DONE:
            told.state = pb.Operation.STATE_SUCCEEDED
        elif phase is None and not self._leads():
            return told
        elif phase is None or phase is Phase.REVERTED:
            told.state = pb.Operation.STATE_FAILED
            told.error.CopyFrom(status_for(ClearwayError(_cut_off(body["change"], phase)), told.title))
        else:
            told.state = pb.Operation.STATE_RUNNING
        if phase is not None:
            told.progress.phase, told.progress.words = str(phase), _WORDS.get(phase, _UNFINISHED)
        return told


_UNFINISHED: Final = "the service was started anew: this is finished or taken back as soon as all devices answer"
_WORDS: Final = {
    Phase.DONE: "finished; the service was started anew before it could tell",
    Phase.REVERTED: "taken back after the service was started anew",
}


def _cut_off(change: str, phase: Phase | None) -> Diagnostic:
    done = f"its change {change} was taken back" if phase is not None else "it had not touched a device yet"
    return Diagnostic(
        code="operation-cut-off",
        message=f"the service was started anew before this was through: {done}",
        hint="start it again; where texts are in git and its commit was made by then, that is applied by itself "
        "(`clearway commits`)",
    )


def _body(told: pb.Operation, change: str = "") -> dict[str, Any]:
    """Without what it gave: the verdict on a hospital is long."""
    short = pb.Operation()
    short.CopyFrom(told)
    if short.WhichOneof("result") not in (None, "error"):
        short.ClearField(short.WhichOneof("result"))
    return {"told": base64.b64encode(short.SerializeToString()).decode(), "change": change}
