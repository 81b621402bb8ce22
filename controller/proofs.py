"""The proofs of one network, for whoever judges it: each goes by what those before it found of the devices.

Never waited for: who comes while another judges does so from nothing, and says the same.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping

from controller.project import Project
from controller.proving import LARGE, prove
from intents.model.evidence import Verdict
from intents.model.state import DeviceState, Operational
from intents.verify import Prover, Task


class Proofs:
    """Any thread may judge."""

    def __init__(self) -> None:
        self._prover = Prover(prove, most=LARGE)
        self._proving = threading.Lock()

    def judge(
        self,
        project: Project,
        operational: Operational,
        applied: Mapping[str, DeviceState] | None,
        shown: Collection[str] = (),
    ) -> Verdict:
        """As `operations.judge_network`."""
        task = Task(project.checked_campus(), project.intents, operational, applied)
        if not self._proving.acquire(blocking=False):
            return prove(task, shown)
        try:
            return self._prover.verify(task, shown)
        finally:
            self._proving.release()
