"""Who wrote each intent last, where a repository is followed."""

from __future__ import annotations

from collections.abc import Mapping

from controller.git.last import Written, last_changes
from controller.service.engine import Engine
from controller.service.rollout.texts import GitSource
from intents.model.diagnostic import ClearwayError


class Authors:
    """By file, as of the commit that is in force. Looked up once a commit."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: tuple[str, Mapping[str, Written]] = ("", {})

    def now(self) -> Mapping[str, Written]:
        """Nothing without git, and where the commit cannot be read."""
        source = self._engine.source
        if not isinstance(source, GitSource):
            return {}
        snapshot = self._engine.in_force or self._engine.current()
        if snapshot.revision != self._known[0]:
            try:
                with source.branch.open() as repo:
                    found = last_changes(repo, snapshot.revision, snapshot.project.files)
            except ClearwayError:
                return {}
            self._known = (snapshot.revision, found)
        return self._known[1]
