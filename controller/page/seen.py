"""The network of one moment, as far as the service knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from controller.project import Project
from intents.model.diagnostic import Diagnostic
from intents.model.evidence import Verdict
from intents.model.state import Operational
from intents.trouble import Trouble, troubles


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What states are found from. project: as of an instant. answers: by device, whether it answers. faults: why there
    is no verdict."""

    project: Project
    verdict: Verdict | None = None
    operational: Operational | None = None
    answers: Mapping[str, bool]
    faults: tuple[Diagnostic, ...] = ()

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What OLTs tell of their fibres."""
        if self.operational is None:
            return ()
        return troubles(self.project.checked_campus(), self.operational, self.project.intents, self.verdict)
