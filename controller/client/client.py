"""The client: a method a thing that one may ask of a running service."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Final, Self

from controller._pb.clearway.intents.v1 import commits_pb2 as cm
from controller._pb.clearway.intents.v1 import commits_pb2_grpc, intents_pb2_grpc, operations_pb2_grpc
from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import operations_pb2 as ops
from controller.breakglass import Hold
from controller.client import read
from controller.client.credentials import Credentials
from controller.client.faults import of_status, refusals
from controller.client.following import Following
from controller.client.resume import watch
from controller.client.values import Capacity, Changed, Judged, Planned, Proposal, Status
from controller.events import Progress, Stopped, silent
from controller.explain import Explanation
from controller.messages import plans
from controller.operations import Permit
from intents.model.diagnostic import ClearwayError

AUTHOR: Final = "x-clearway-author"
MAX_MESSAGE_BYTES: Final = 64 * 2**20  # the verdict on a hospital, with its packets
_OPTIONS: Final[list[tuple[str, int | str]]] = [("grpc.max_receive_message_length", MAX_MESSAGE_BYTES)]


class Client:
    """Speaks with the service at `address` (HOST:PORT), and with its leader where this one may not change anything,
    until it is closed. Thread safe.

    author: `Name <mail>`, for the commit, where the service does not know the caller by his certificate. timeout_s: how
    long a call may take; a change that is not made in time is undone. Every method raises ClearwayError.
    """

    def __init__(
        self, address: str, credentials: Credentials | None = None, *, author: str = "", timeout_s: float = 300
    ) -> None:
        self._timeout_s = timeout_s
        self._metadata = ((AUTHOR, author),) if author else ()
        self._channel = Following(address, credentials or Credentials(), _OPTIONS)
        self._intents = intents_pb2_grpc.IntentServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated
        self._commits = commits_pb2_grpc.CommitServiceStub(self._channel)  # type: ignore[no-untyped-call]  # too
        self._operations = operations_pb2_grpc.OperationServiceStub(self._channel)  # type: ignore[no-untyped-call]  # too

    def commits(self) -> Iterator[Mapping[str, Any]]:
        """How far each commit of the followed branch has come, the newest first, as `commits --json` has it."""
        token = ""
        while True:
            page = self._call(self._commits.ListCommits, cm.ListCommitsRequest(page_size=1000, page_token=token))
            yield from (json.loads(commit.json) for commit in page.commits)
            token = page.next_page_token
            if not token:
                return

    def approve(self, commit: str, allow: Iterable[str] = ()) -> Mapping[str, Any]:
        """Let a commit pass that waits; what became of it. allow: what it may do beyond the ordinary."""
        answer = self._call(self._commits.ApproveCommit, cm.ApproveCommitRequest(commit=commit, allow=allow))
        found: Mapping[str, Any] = json.loads(answer.commit.json)
        return found

    def revert(self, commit: str) -> Mapping[str, Any]:
        """Take back what a commit changed, by another; what became of that."""
        answer = self._call(self._commits.RevertCommit, cm.RevertCommitRequest(commit=commit))
        found: Mapping[str, Any] = json.loads(answer.commit.json)
        return found

    def intents(self) -> Iterator[pb.Intent]:
        """All intents by name, fetched page by page."""
        token = ""
        while True:
            page = self._call(self._intents.ListIntents, pb.ListIntentsRequest(page_size=1000, page_token=token))
            yield from page.intents
            token = page.next_page_token
            if not token:
                return

    def intent(self, name: str) -> pb.Intent:
        """One intent."""
        found: pb.Intent = self._call(self._intents.GetIntent, pb.GetIntentRequest(name=name)).intent
        return found

    def propose(self, intent: pb.Intent, *, permit: Permit | None = None) -> Proposal:
        """What creating or replacing the intent would come to. Nothing changes."""
        return read.proposal(
            self._call(
                self._intents.ApplyIntent,
                pb.ApplyIntentRequest(intent=intent, validate_only=True, permit=_permit(permit)),
            )
        )

    def propose_delete(self, name: str, *, etag: str = "", permit: Permit | None = None) -> Proposal:
        """What removing the intent would come to. Nothing changes."""
        return read.proposal(
            self._call(
                self._intents.DeleteIntent,
                pb.DeleteIntentRequest(name=name, etag=etag, validate_only=True, permit=_permit(permit)),
            )
        )

    def apply(
        self,
        intent: pb.Intent,
        *,
        permit: Permit | None = None,
        base: Mapping[str, str] | None = None,
        progress: Progress = silent,
    ) -> Changed:
        """Create or replace the intent and make the network so. base: of the proposal that was looked at.

        progress: is told of each step, and may raise `Stopped`: then the change is undone.
        """
        request = pb.ApplyIntentRequest(intent=intent, permit=_permit(permit), base=base)
        return read.changed(self._operate(ops.StartOperationRequest(apply=request), progress).applied)

    def delete(
        self,
        name: str,
        *,
        etag: str = "",
        permit: Permit | None = None,
        base: Mapping[str, str] | None = None,
        progress: Progress = silent,
    ) -> Changed:
        """Remove the intent and make the network so. The rest as in `apply`."""
        request = pb.DeleteIntentRequest(name=name, etag=etag, permit=_permit(permit), base=base)
        return read.changed(self._operate(ops.StartOperationRequest(delete=request), progress).deleted)

    def plan(self, *, permit: Permit | None = None) -> Planned:
        """What would change for the intents as they are written."""
        return read.planned(self._call(self._intents.PlanChanges, pb.PlanChangesRequest(permit=_permit(permit))))

    def verify(self) -> Judged:
        """The verdict now, from the devices."""
        return read.judged(self._call(self._intents.VerifyNetwork, pb.VerifyNetworkRequest()))

    def explain(self, name: str, language: str = "en") -> Explanation:
        """What one intent means, what carries it, and why it holds or not."""
        return read.explanation(
            self._call(self._intents.ExplainIntent, pb.ExplainIntentRequest(name=name, language=language))
        )

    def picture(self, name: str) -> str:
        """The intent's way as SVG."""
        request = pb.ExplainIntentRequest(name=name, picture=True)
        return str(self._call(self._intents.ExplainIntent, request).picture_svg)

    def capacity(self, *, unused: bool = False) -> Capacity:
        """What is promised and free; unused: also where nothing is promised."""
        answer = self._call(self._intents.GetCapacity, pb.GetCapacityRequest(include_unused=unused))
        return Capacity(
            rooms=tuple(map(plans.room, answer.resources)),
            stocks=tuple(map(plans.stock, answer.stocks)),
            warnings=read.told(answer.warnings),
        )

    def held(self) -> tuple[Hold, ...]:
        """The devices that somebody mends by hand (break-glass), by name."""
        answer = self._call(self._intents.ListBreakGlass, pb.ListBreakGlassRequest())
        return tuple(map(read.hold, answer.break_glass))

    def watch(self, after: int = 0, *, patience_s: float | None = None) -> Iterator[Status]:
        """The status at once (after 0) or since a revision, and each change of it; goes on where it was when the
        connection or the service was away. patience_s: how long it may be away; None: for ever."""

        def open_at(revision: int) -> Any:
            request = pb.WatchStatusRequest(after_revision=revision)
            return self._intents.WatchStatus(request, metadata=self._metadata)

        return map(read.status, watch(open_at, after, self._channel.address, patience_s))

    def _operate(self, request: ops.StartOperationRequest, progress: Progress) -> ops.Operation:
        """Start, tell of each step, and return the operation as it ended well; where another leads, there."""
        last = self._operated(request, progress)
        if last.HasField("error") and self._channel.follow(last.error):
            last = self._operated(request, progress)
        if last.HasField("error"):
            raise ClearwayError(*of_status(last.error))
        return last

    def _operated(self, request: ops.StartOperationRequest, progress: Progress) -> ops.Operation:
        """The same, as it ended."""
        started = self._call(self._operations.StartOperation, request).operation
        last: ops.Operation = started
        try:
            with self._refusals():
                watched = ops.WatchOperationRequest(name=started.name)
                for step in self._operations.WatchOperation(watched, timeout=self._timeout_s, metadata=self._metadata):
                    last = step.operation
                    if last.HasField("progress"):
                        progress(read.event(last))
        except (KeyboardInterrupt, Stopped, ClearwayError):
            last = self._given_up(started.name)
        return last

    def _given_up(self, name: str) -> ops.Operation:
        """Undo what nobody waits for any more, and say how it ended."""
        self._call(self._operations.CancelOperation, ops.CancelOperationRequest(name=name))
        ended: ops.Operation = self._call(self._operations.WaitOperation, ops.WaitOperationRequest(name=name)).operation
        return ended

    def _call(self, method: Any, request: Any) -> Any:
        with self._refusals():
            return method(request, timeout=self._timeout_s, metadata=self._metadata)

    def _refusals(self) -> AbstractContextManager[None]:
        return refusals(lambda: self._channel.address)

    def close(self) -> None:
        """End the connection."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _permit(permit: Permit | None) -> Any:
    return plans.permit_message(permit or Permit())
