"""The service as a whole: the source of intents, the network, the API, and what follows the source."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from controller.access.front import Front
from controller.access.refusals import RefusalLog
from controller.access.switches import turned_away
from controller.audit.log import AuditLog
from controller.cli.commands.common import state_folder, store_of
from controller.connect import Connector
from controller.leadership.cluster import Cluster
from controller.service.api.observed import Observed
from controller.service.engine import Engine
from controller.service.follow import Follower
from controller.service.server import Server
from controller.service.settings import Settings
from controller.service.source import FolderSource, GitSource, Source
from controller.service.succession import Succession
from controller.state.held import serving
from controller.telemetry.watched import Watched


class Service:
    """Runs from `start` to `stop`, or inside `with`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running = ExitStack()
        self.address = ""  # of the API, with the port that a 0 became
        self.warning = ""  # what whoever starts it is to know
        self.watched = Watched(settings.telemetry)

    def start(self) -> None:
        """Raises ClearwayError: the texts are wrong, or an address is taken; then nothing runs."""
        settings = self._settings
        source = _source(settings)
        first = source.snapshot()
        campus = first.project.checked_campus()
        with ExitStack() as running:
            running.enter_context(self.watched)
            cluster = self._cluster(running, first.project.root)
            place = None if cluster is None else cluster.place
            store = store_of(settings.git or settings.folder) if cluster is None else cluster.store
            if cluster is None:  # else the database knows who is alive
                running.enter_context(serving(store.folder))
            refusals = RefusalLog(AuditLog(store.folder))
            connector = running.enter_context(
                Connector(first.project.root, persistent=True, place=place, on_event=turned_away(refusals))
            )
            connector.listen(campus)
            engine = Engine(source, connector, store, self.watched.observers)
            if cluster is not None:
                engine.stand_by()
            front = Front(settings.listen, settings.access, refusals)
            server = Server(engine, front, (Observed(self.watched.calls),))
            running.callback(server.stop)
            self.watched.state(store)
            follower = Follower(
                engine,
                look_s=settings.look_s,
                judge_s=settings.judge_s,
                auto_apply=settings.auto_apply and settings.git is not None,
            )
            server.pulse(self.watched.pulse("api"))
            server.start()
            follower.start()
            running.callback(follower.stop)
            running.callback(server.stop)  # before the follower, so that nobody is let in who could not be served
            running.callback(self.watched.draining)
            self.address = f"{settings.listen.rpartition(':')[0]}:{server.port}"
            self.warning = front.warning
            if cluster is not None:
                succession = Succession(cluster.leadership, engine, lambda leads: server.lead(leads=leads))
                cluster.show(self.watched.meters)
                succession.start()
                running.callback(succession.stop)
                cluster.leadership.start(settings.controllers.address or self.address)
            self.watched.serving(self.address)
            self._running = running.pop_all()

    def _cluster(self, running: ExitStack, root: Path) -> Cluster | None:
        """This controller among others; None where it is the only one."""
        settings = self._settings.controllers
        if settings.database is None:
            return None
        cluster = Cluster(settings, settings.database, root, state_folder(self._settings.git or self._settings.folder))
        running.callback(cluster.close)
        return cluster

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
