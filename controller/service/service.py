"""The service as a whole: the source of intents, the network, the API, and what follows the source."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from controller.cli.commands.common import store_of
from controller.connect import Connector
from controller.service.api.observed import Observed
from controller.service.engine import Engine
from controller.service.follow import Follower
from controller.service.server import Server
from controller.service.settings import Settings
from controller.service.source import FolderSource, GitSource, Source
from controller.telemetry.watched import Watched


class Service:
    """Runs from `start` to `stop`, or inside `with`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running = ExitStack()
        self.address = ""  # of the API, with the port that a 0 became
        self.watched = Watched(settings.telemetry)

    def start(self) -> None:
        """Raises ClearwayError: the texts are wrong, or an address is taken; then nothing runs."""
        settings = self._settings
        source = _source(settings)
        first = source.snapshot()
        campus = first.project.checked_campus()
        with ExitStack() as running:
            running.enter_context(self.watched)
            connector = running.enter_context(Connector(first.project.root, persistent=True))
            connector.listen(campus)
            store = store_of(settings.git or settings.folder)
            engine = Engine(source, connector, store, self.watched.observers)
            server = Server(engine, settings.listen, (Observed(self.watched.calls),))
            self.watched.state(store)
            follower = Follower(
                engine,
                look_s=settings.look_s,
                judge_s=settings.judge_s,
                auto_apply=settings.auto_apply and settings.git is not None,
            )
            server.start()
            follower.start()
            running.callback(follower.stop)
            running.callback(server.stop)
            running.callback(self.watched.liveness.serve, serving=False)
            self.watched.liveness.serve(serving=True)
            self.address = f"{settings.listen.rpartition(':')[0]}:{server.port}"
            self._running = running.pop_all()

    def stop(self) -> None:
        """Let calls and the step under way finish, and end."""
        self._running.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def _source(settings: Settings) -> Source:
    """Where the texts come from."""
    if settings.git is None:
        return FolderSource(settings.folder)
    return GitSource(settings.git, settings.branch, "" if settings.folder == Path() else str(settings.folder))
