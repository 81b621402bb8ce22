"""What a client is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.calendar import Rests
from controller.shown import ShownChange
from intents.compile import Room, Stock
from intents.model.diagnostic import Diagnostic
from intents.model.evidence import IntentVerdict, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan. base: by device, the fingerprint of what it does there; sent along, exactly this is made or nothing."""

    changes: tuple[ShownChange, ...]
    base: Mapping[str, str]
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal(Planned):
    """What an intent would come to. intent: as it is understood; None: it is to go. resources: where it would be
    promised a share. expected: what is proven of it on devices that hold the plan; None: nothing is."""

    intent: pb.Intent | None
    resources: tuple[Room, ...]
    expected: IntentVerdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The network's verdict."""

    verdict: Verdict
    resting: tuple[Rests, ...]
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed(Planned):
    """A change that was made. intent: as it is now; None: it is gone. token: the change's name in the journal."""

    intent: pb.Intent | None
    verdict: Verdict
    resting: tuple[Rests, ...]
    token: str
    recovered: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What is promised and free."""

    rooms: tuple[Room, ...]
    stocks: tuple[Stock, ...]
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The network's status as of one revision. verdict: None where it could not be judged, for `faults`."""

    revision: int
    time: datetime
    cause: str
    commit: str
    verdict: Verdict | None
    faults: tuple[Diagnostic, ...]

    @property
    def holds(self) -> bool:
        """Whether all intents are known to hold."""
        return self.verdict is not None and self.verdict.holds
