"""Changes and judgements in the log."""

from __future__ import annotations

import logging
from typing import Any, Final

from controller.events import Event
from controller.state.journal import Phase
from controller.telemetry.observer import Begun, Ended, Judged, Observer, Outcome, State, state_of
from intents.model.diagnostic import Diagnostic

LOG: Final = logging.getLogger("clearway.change")
NETWORK: Final = logging.getLogger("clearway.network")
_WELL: Final = frozenset({Outcome.DONE, Outcome.UNCHANGED, Outcome.STOPPED})


class Told(Observer):
    """One line for each beginning, phase and end of a change; one for each intent or network that turned."""

    def __init__(self) -> None:
        self._broken: frozenset[str] = frozenset()
        self._drifted: frozenset[str] = frozenset()

    def begun(self, begun: Begun) -> None:
        """change.begun."""
        LOG.info(
            "change.begun",
            extra={"token": begun.token, "person": begun.by, "cause": begun.cause, "commit": begun.commit},
        )

    def heard(self, event: Event) -> None:
        """change.phase where one begins."""
        if event.device:
            LOG.debug("change.device", extra={"token": event.token, "phase": str(event.phase), "device": event.device})
            return
        LOG.log(
            logging.WARNING if event.phase is Phase.REVERT else logging.INFO,
            "change.phase",
            extra={
                "token": event.token,
                "phase": str(event.phase),
                "devices": event.devices,
                "round": event.round or None,
                "why": str(event.cause or ""),
            },
        )

    def ended(self, ended: Ended) -> None:
        """change.ended, and change.fault for each reason why it did not go well."""
        begun = ended.begun
        about = {"token": begun.token, "person": begun.by, "commit": begun.commit}
        for fault in ended.faults:
            LOG.warning("change.fault", extra={**about, **_fault(fault)})
        LOG.log(
            logging.INFO if ended.outcome in _WELL else logging.WARNING,
            "change.ended",
            extra={
                **about,
                "outcome": str(ended.outcome),
                "changes": len(ended.applied.plan.changes) if ended.applied else 0,
                "intents": ended.intents,
                "holds": ended.applied.verdict.holds if ended.applied else None,
                "recovered": ended.applied.recovered if ended.applied else (),
                "seconds": round(ended.seconds, 3),
            },
        )

    def judged(self, judged: Judged) -> None:
        """intent.broken, intent.holds-again, device.drifted, device.as-applied-again; network.unread."""
        if judged.verdict is None:
            for fault in judged.faults:
                NETWORK.warning("network.unread", extra=_fault(fault))
            return
        broken = {i.intent: i for i in judged.verdict.intents if state_of(i) is State.BROKEN}
        for name in sorted(set(broken) - self._broken):
            said = next(f.statement for f in broken[name].findings if not f.holds and not f.cannot_prove)
            NETWORK.warning("intent.broken", extra={"intent": name, "at": str(broken[name].position), "fault": said})
        holds = {i.intent for i in judged.verdict.intents if i.holds}
        for name in sorted(self._broken & holds):
            NETWORK.info("intent.holds-again", extra={"intent": name})
        drifted = frozenset(d.device for d in judged.verdict.drift)
        for device in sorted(drifted - self._drifted):
            objects = [d.name for d in judged.verdict.drift if d.device == device]
            NETWORK.warning("device.drifted", extra={"device": device, "objects": len(objects), "first": objects[0]})
        for device in sorted(self._drifted - drifted):
            NETWORK.info("device.as-applied-again", extra={"device": device})
        self._broken, self._drifted = frozenset(broken) | (self._broken - holds), drifted


def _fault(fault: Diagnostic) -> dict[str, Any]:
    return {"code": fault.code, "at": str(fault.position), "fault": fault.message, "hint": fault.hint}
