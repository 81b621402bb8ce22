"""The service as a whole: the source of intents, the network, the API, and what follows the source."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from controller.cli.commands.common import store_of
from controller.connect import Connector
from controller.service.engine import Engine
from controller.service.follow import Follower
from controller.service.server import Server
from controller.service.source import FolderSource, GitSource, Source
from controller.telemetry.build import measure_build
from controller.telemetry.endpoint import Endpoint
from controller.telemetry.liveness import Liveness
from controller.telemetry.meters import Meters


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is served. folder: of the project; with git, inside the repository, of which each commit of `branch` is
    applied if auto_apply. listen: HOST:PORT of the API. metrics: HOST:PORT of /metrics, or nowhere."""

    folder: Path
    git: Path | None = None
    branch: str = "main"
    listen: str = "127.0.0.1:50051"
    look_s: float = 2.0
    judge_s: float = 10.0
    auto_apply: bool = True
    metrics: str = ""

    def source(self) -> Source:
        """Where the texts come from."""
        if self.git is None:
            return FolderSource(self.folder)
        return GitSource(self.git, self.branch, "" if self.folder == Path() else str(self.folder))


class Service:
    """Runs from `start` to `stop`, or inside `with`."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._running = ExitStack()
        self.address = ""  # of the API, with the port that a 0 became
        self.meters = Meters()
        self.liveness = Liveness()

    def start(self) -> None:
        """Raises ClearwayError: the texts are wrong, or an address is taken; then nothing runs."""
        wanted = self._wanted
        source = wanted.source()
        first = source.snapshot()
        campus = first.project.checked_campus()
        with ExitStack() as running:
            self._watched(running)
            connector = running.enter_context(Connector(first.project.root, persistent=True))
            connector.listen(campus)
            engine = Engine(source, connector, store_of(wanted.git or wanted.folder))
            server = Server(engine, wanted.listen)
            follower = Follower(
                engine,
                look_s=wanted.look_s,
                judge_s=wanted.judge_s,
                auto_apply=wanted.auto_apply and wanted.git is not None,
            )
            server.start()
            follower.start()
            running.callback(follower.stop)
            running.callback(server.stop)
            running.callback(self.liveness.serve, serving=False)
            self.liveness.serve(serving=True)
            self.address = f"{wanted.listen.rpartition(':')[0]}:{server.port}"
            self._running = running.pop_all()

    def _watched(self, running: ExitStack) -> None:
        """Show the figures, first up and last down."""
        measure_build(self.meters)
        if self._wanted.metrics:
            endpoint = Endpoint(self._wanted.metrics, self.meters, self.liveness)
            endpoint.start()
            running.callback(endpoint.stop)

    def stop(self) -> None:
        """Let calls and the step under way finish, and end."""
        self._running.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
