"""Break-glass of the IntentService: requests to the engine, values to messages. They block."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from google.protobuf import timestamp_pb2

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.breakglass import BreakGlass, Ending, Hold, check_device
from controller.service.api.call import Call
from controller.service.engine import Engine
from intents.model.diagnostic import ClearwayError, Diagnostic

_ENDINGS: Final = {
    pb.EndBreakGlassRequest.ENDING_REVERT: Ending.REVERT,
    pb.EndBreakGlassRequest.ENDING_ADOPT: Ending.ADOPT,
}


class BreakGlassCalls:
    """One method a call, named as in the proto. Thread safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._glass = BreakGlass(engine.store)

    def ListBreakGlass(self, _request: pb.ListBreakGlassRequest, _: Call) -> pb.ListBreakGlassResponse:  # noqa: N802
        """All of them."""
        return pb.ListBreakGlassResponse(break_glass=[_message(h) for _, h in sorted(self._glass.holds().items())])

    def OpenBreakGlass(self, request: pb.OpenBreakGlassRequest, _: Call) -> pb.OpenBreakGlassResponse:  # noqa: N802
        """Hold a device."""
        asked = request.break_glass
        check_device(self._engine.current().project.checked_campus(), asked.device)
        until = asked.until.ToDatetime(tzinfo=UTC)
        hold = Hold(device=asked.device, owner=asked.owner, why=asked.why, since=datetime.now(UTC), until=until)
        self._glass.open(hold)
        return pb.OpenBreakGlassResponse(break_glass=_message(hold))

    def EndBreakGlass(self, request: pb.EndBreakGlassRequest, _: Call) -> pb.EndBreakGlassResponse:  # noqa: N802
        """Put back, or adopt."""
        ending = _ENDINGS.get(request.ending)
        if ending is None:
            raise ClearwayError(
                Diagnostic(
                    code="break-glass-terms", message="nothing is said of how it ends", hint="set ending to one of them"
                )
            )
        return pb.EndBreakGlassResponse(objects=self._engine.end_break_glass(request.device, ending))


def _message(hold: Hold) -> pb.BreakGlass:
    return pb.BreakGlass(
        device=hold.device,
        owner=hold.owner,
        why=hold.why,
        since=_stamp(hold.since),
        until=_stamp(hold.until),
        refused=hold.refused,
    )


def _stamp(instant: datetime) -> timestamp_pb2.Timestamp:
    found = timestamp_pb2.Timestamp()
    found.FromDatetime(instant)
    return found
