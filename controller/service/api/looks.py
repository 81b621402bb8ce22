"""Calls that change nothing."""

from __future__ import annotations

import json

from controller import operations, present
from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.calendar import now
from controller.explain import LANGUAGES
from controller.messages import diagnostics, intents, plans, verdicts
from controller.service.api import answers, written
from controller.service.api.call import Call
from controller.service.api.paging import page
from controller.service.engine import Engine
from intents.compile import capacity_and_stock
from intents.model.diagnostic import ClearwayError, Diagnostic


class Looks:
    """One method a call, named as in the proto. They block. Thread safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ListIntents(self, request: pb.ListIntentsRequest, _: Call) -> pb.ListIntentsResponse:  # noqa: N802
        """A page, by name."""
        snapshot, at = self._engine.current(), now()
        names = list(written.all_of(snapshot))
        found, token = page(names, str, request.page_size, request.page_token)
        each = written.all_of(snapshot)
        return pb.ListIntentsResponse(
            intents=[intents.message(each[name], at) for name in found],
            next_page_token=token,
            commit=snapshot.revision,
        )

    def GetIntent(self, request: pb.GetIntentRequest, _: Call) -> pb.GetIntentResponse:  # noqa: N802
        """One intent."""
        found = written.find(self._engine.current(), request.name)
        return pb.GetIntentResponse(intent=intents.message(found, now()))

    def PlanChanges(self, request: pb.PlanChangesRequest, _: Call) -> pb.PlanChangesResponse:  # noqa: N802
        """The plan of what is written now."""
        with self._engine.exclusively():  # a change under way has written its texts already
            planned = self._engine.plan(self._engine.current().project, plans.permit(request.permit))
        return pb.PlanChangesResponse(**answers.planned(planned))

    def VerifyNetwork(self, _: pb.VerifyNetworkRequest, __: Call) -> pb.VerifyNetworkResponse:  # noqa: N802
        """The verdict now."""
        verdict = self._engine.verify()
        project = self._engine.judged()
        return pb.VerifyNetworkResponse(
            holds=verdict.holds,
            statuses=verdicts.statuses(verdict),
            drift=map(verdicts.drift_message, verdict.drift),
            resting=answers.resting(project),
            warnings=map(diagnostics.message, project.diagnostics),
        )

    def ExplainIntent(self, request: pb.ExplainIntentRequest, _: Call) -> pb.ExplainIntentResponse:  # noqa: N802
        """One intent explained."""
        language = request.language or "en"
        if language not in LANGUAGES:
            raise ClearwayError(
                Diagnostic(
                    code="unknown-language",
                    message=f"there are no sentences in {language!r}",
                    hint=f"one of {', '.join(LANGUAGES)}",
                )
            )
        explained = self._engine.explain(request.name, language)
        return pb.ExplainIntentResponse(
            sentence=explained.text,
            status=verdicts.status(explained.verdict),
            json=json.dumps(present.result(ok=explained.verdict.holds, **explained.as_json()), ensure_ascii=False),
            sources=explained.sources,
            destinations=explained.destinations,
            carriers=[pb.Carrier(device=device, summary=summary) for device, summary in explained.carriers],
            picture_svg=explained.svg() if request.picture else "",
        )

    def GetCapacity(self, request: pb.GetCapacityRequest, _: Call) -> pb.GetCapacityResponse:  # noqa: N802
        """What is promised and free."""
        project = self._engine.current().project.at(now())
        found = operations.offline_or_raise(project)
        rooms, stocks = capacity_and_stock(project.checked_campus(), project.intents)
        return pb.GetCapacityResponse(
            resources=[plans.resource(r) for r in rooms if r.promised_bps or request.include_unused],
            stocks=map(plans.stock_message, stocks),
            warnings=map(diagnostics.message, found),
        )
