"""Calls about the commits of the branch that is followed."""

from __future__ import annotations

import json

from controller._pb.clearway.intents.v1 import commits_pb2 as pb
from controller.messages import plans, verdicts
from controller.service.api.call import Call
from controller.service.api.paging import page
from controller.service.rollout.entry import Entry
from controller.service.writer import Made, Writer, writable
from controller.shown import shown


class Commits:
    """One method a call, named as in the proto. They block."""

    def __init__(self, writer: Writer | None) -> None:
        self._writer = writer

    def ListCommits(self, request: pb.ListCommitsRequest, call: Call) -> pb.ListCommitsResponse:  # noqa: N802, ARG002
        """The newest first, a page of them."""
        found = writable(self._writer).commits()
        # The page token names the last one shown; numbers only grow, so the key falls as they do.
        some, token = page(found, lambda e: f"{_MOST - e.number:012}", request.page_size, request.page_token)
        return pb.ListCommitsResponse(commits=[message(e) for e in some], next_page_token=token)

    def ApproveCommit(self, request: pb.ApproveCommitRequest, call: Call) -> pb.ApproveCommitResponse:  # noqa: N802
        """Let it pass."""
        entry = writable(self._writer).approve(request.commit, call.author, tuple(request.allow))
        return pb.ApproveCommitResponse(commit=message(entry))

    def RevertCommit(self, request: pb.RevertCommitRequest, call: Call) -> pb.RevertCommitResponse:  # noqa: N802
        """By its inverse."""
        made: Made = writable(self._writer).revert(request.commit, call.author, call.still_wanted)
        return pb.RevertCommitResponse(
            commit=message(made.entry) if made.entry is not None else None,
            changes=map(plans.message, shown(made.plan.changes)),
            statuses=verdicts.statuses(made.done.verdict) if made.done is not None else [],
        )


_MOST = 10**12 - 1


def message(entry: Entry) -> pb.Commit:
    """How far a commit has come."""
    return pb.Commit(
        id=entry.commit,
        author=entry.author,
        subject=entry.subject,
        state=pb.Commit.State.Value(f"STATE_{entry.state.name}"),  # type: ignore[arg-type]  # as its stub has it
        approved_by=entry.by,
        json=json.dumps(entry.record(), ensure_ascii=False),
    )
