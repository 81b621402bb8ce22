"""Hears what the service does: the newest of what it judged and read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime

from controller.page.seen import Seen
from controller.project import Project
from controller.service.engine import StatusEvent
from controller.telemetry.observer import Judged, Looked, Observer


class Ears(Observer):
    """What the service tells while it works, from any thread: the newest of each. news: is called then, and must not
    wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._judged: Judged | None = None
        self._verdict: Judged | None = None
        self._read: Judged | None = None
        self._answers: Mapping[str, bool] = {}
        self._proven: datetime | None = None
        self.news: Callable[[], None] = lambda: None

    def judged(self, judged: Judged) -> None:
        """See Observer."""
        with self._lock:
            self._judged = judged
            if judged.verdict is not None:
                self._verdict, self._proven = judged, judged.at
            if judged.operational is not None:
                self._read = judged
        self.news()

    def looked(self, looked: Looked) -> None:
        """See Observer."""
        with self._lock:
            same = self._answers == looked.answers
            self._answers = looked.answers
            if looked.same and self._verdict is not None:
                self._proven = looked.at
        if not same:
            self.news()

    def seen(self, project: Project, event: StatusEvent | None) -> tuple[Seen, datetime | None]:
        """All of it. project: where nothing was judged yet; event: whose faults say why there is no verdict."""
        with self._lock:
            judged, read, proven = self._verdict, self._read, self._proven
            answers = self._answers
        faults = event.faults if event is not None else ()
        if judged is None:
            return Seen(project=project, answers=answers, faults=faults), None
        return (
            Seen(
                project=judged.project,
                verdict=None if faults else judged.verdict,
                operational=read.operational if read is not None else None,
                answers=answers,
                faults=faults,
            ),
            proven,
        )
