"""The service as a whole: the source of intents, the network, the API, and what follows the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Self

from controller.access.front import Front
from controller.access.refusals import RefusalLog
from controller.access.switches import turned_away
from controller.audit.log import AuditLog
from controller.connect import Connector
from controller.git.branch import LocalBranch
from controller.git.remote import RemoteBranch
from controller.git.sshsig import sign
from controller.leadership.cluster import Cluster
from controller.openflow_listener import SwitchEvent
from controller.operations import Permit
from controller.page.ears import Ears
from controller.page.settings import USERS
from controller.secrets import text_of
from controller.service.api.observed import Observed
from controller.service.engine import Engine
from controller.service.follow import Follower
from controller.service.reconcile.loop import Reconciler
from controller.service.reconcile.worlds import Drivers
from controller.service.rollout.edit import GitWriter
from controller.service.rollout.ledger import Ledger
from controller.service.rollout.rollout import Demands, Rollout
from controller.service.rollout.texts import GitSource
from controller.service.server import Server
from controller.service.settings import Settings
from controller.service.source import FolderSource, Snapshot, Source
from controller.service.succession import Succession
from controller.service.writer import FolderWriter
from controller.state.folder import state_folder, store_of
from controller.state.held import serving
from controller.state.store import Store
from controller.telemetry.watched import Watched
from intents.model.campus import Campus
from intents.model.diagnostic import ClearwayError

if TYPE_CHECKING:
    from controller.page.page import Page

LONGEST_STEP_S = 1800.0  # of the reconciler: a change of a whole metro, each device at its deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What a service stands on. own: the state of this machine; store: that of the network. root: of the project."""

    own: Store
    root: Path
    store: Store
    cluster: Cluster | None
    refusals: RefusalLog


class Service:
    """Runs from `start` to `stop`, or inside `with`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running = ExitStack()
        self.address = ""  # of the API, with the port that a 0 became
        self.warning = ""  # what whoever starts it is to know
        self.page = ""  # where the page is shown
        self._ears = Ears()
        self.watched = Watched(settings.telemetry, (self._ears,) if settings.page.listen else ())

    def start(self) -> None:
        """Raises ClearwayError: the texts are wrong, or an address is taken; then nothing runs."""
        own = store_of(self._settings.home)
        source = _source(self._settings, own.folder)
        project = _first(source).project
        campus = project.checked_campus()
        with ExitStack() as running:
            running.enter_context(self.watched)
            ground = self._ground(running, own, project.root)
            engine, reconciler, drivers = self._network(running, ground, source, campus)
            rollout = self._rollout(source, engine, ground.store) if isinstance(source, GitSource) else None
            server, front, page = self._doors(running, ground, engine, rollout, drivers)
            self.watched.state(ground.store)
            follower = Follower(engine, look_s=self._settings.look_s, rollout=rollout)
            server.start()
            for part in (reconciler, follower):
                part.start()
                running.callback(part.stop)
            running.callback(server.stop)  # before the follower, so that nobody is let in who could not be served
            running.callback(self.watched.draining)
            self.address = f"{self._settings.listen.rpartition(':')[0]}:{server.port}"
            self.page = page.address if page is not None else ""
            self.warning = "\n".join(filter(None, (front.warning, page.warning if page is not None else "")))
            if ground.cluster is not None:
                self._stand(running, ground.cluster, engine, server)
            self.watched.serving(self.address)
            self._running = running.pop_all()

    def _ground(self, running: ExitStack, own: Store, root: Path) -> _Ground:
        """Where state is kept, and whether others keep it too. own: the state of this machine."""
        cluster = self._cluster(running, root)
        store = own if cluster is None else cluster.store
        if cluster is None:  # else the database knows who is alive
            running.enter_context(serving(store.folder))
        return _Ground(own=own, root=root, store=store, cluster=cluster, refusals=RefusalLog(AuditLog(store.folder)))

    def _network(
        self, running: ExitStack, ground: _Ground, source: Source, campus: Campus
    ) -> tuple[Engine, Reconciler, Drivers]:
        """Switches are let in; the engine that changes the network, who looks after it, how others reach devices."""
        settings = self._settings
        place = None if ground.cluster is None else ground.cluster.place
        heard: list[Callable[[SwitchEvent], None]] = [turned_away(ground.refusals)]
        connector = running.enter_context(
            Connector(ground.root, persistent=True, place=place, on_event=lambda event: _tell(heard, event))
        )
        connector.listen(campus)
        engine = Engine(source, connector, ground.store, self.watched.observers)
        engine.permit = Permit(absent_onus=settings.reconcile.absent_onus)
        reconciler = Reconciler(
            engine,
            connector.drivers,
            settings.reconcile,
            Random(),  # noqa: S311 - jitter
            self.watched.pulse("reconcile", LONGEST_STEP_S),
        )
        heard.append(partial(_poke, reconciler))
        if ground.cluster is not None:
            engine.stand_by()
        return engine, reconciler, connector.drivers

    def _doors(
        self, running: ExitStack, ground: _Ground, engine: Engine, rollout: Rollout | None, drivers: Drivers
    ) -> tuple[Server, Front, Page | None]:
        """The API, and the page where it is wanted; nobody is let in before the server starts."""
        settings = self._settings
        writer = GitWriter(rollout) if rollout is not None else FolderWriter(FolderSource(settings.folder), engine)
        front = Front(settings.listen, settings.access, ground.refusals)
        page = self._page(engine, ground, drivers) if settings.page.listen else None
        server = Server(engine, front, (Observed(self.watched.calls),), writer, page)
        running.callback(server.stop)
        server.pulse(self.watched.pulse("api"))
        return server, front, page

    def _stand(self, running: ExitStack, cluster: Cluster, engine: Engine, server: Server) -> None:
        """Stand for leading, among the others."""
        succession = Succession(cluster.leadership, engine, lambda leads: server.lead(leads=leads))
        cluster.show(self.watched.meters)
        succession.start()
        running.callback(succession.stop)
        cluster.leadership.start(self._settings.controllers.address or self.address)

    def _page(self, engine: Engine, ground: _Ground, drivers: Drivers) -> Page:
        """The same service in a browser. Loads the HTTP server, so only where it is wanted."""
        from controller.page.page import Page  # noqa: PLC0415 - a fifth of a second that others spare

        settings = self._settings
        shown = replace(settings.page, users=settings.page.users or ground.own.folder / USERS)
        made = (shown, settings.access, engine, ground.refusals, self._ears, drivers)
        return Page(*made, git=settings.git is not None)

    def _cluster(self, running: ExitStack, root: Path) -> Cluster | None:
        """This controller among others; None where it is the only one."""
        settings = self._settings.controllers
        if settings.database is None:
            return None
        cluster = Cluster(settings, settings.database, root, state_folder(self._settings.home))
        running.callback(cluster.close)
        return cluster

    def _rollout(self, source: GitSource, engine: Engine, store: Store) -> Rollout:
        """Which commit is wanted, and how many are in which state."""
        git = self._settings.git
        if git is None:
            raise RuntimeError("a GitSource is of a repository")
        key = text_of(git.signing_key, "the key that signs Clearway's commits", git.root) if git.signing_key else None
        signer = (lambda message: sign(message, key.encode())) if key is not None else None
        demands = Demands(policy=self._settings.policy, signers=git.allowed_signers, signer=signer)
        ledger = Ledger(store.records, git.branch)
        made = Rollout(source, engine, ledger, demands, lambda: engine.now())  # noqa: PLW0108 - a clock to be exchanged
        said = "Commits of the followed branch by state."
        self.watched.meters.gauge("clearway_commits", said, made.counts, labels=("state",))
        return made

    def stop(self) -> None:
        """Let calls and the step under way finish, and end."""
        self._running.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def _tell(heard: Sequence[Callable[[SwitchEvent], None]], event: SwitchEvent) -> None:
    """Everybody who hears what switches say of themselves."""
    for hear in heard:
        hear(event)


def _poke(reconciler: Reconciler, event: SwitchEvent) -> None:
    """What a switch says of itself makes it be looked at."""
    if event.device:
        reconciler.poke(event.device)


def _source(settings: Settings, state: Path) -> Source:
    """Where the texts come from."""
    git = settings.git
    if git is None:
        return FolderSource(settings.folder)
    branch = RemoteBranch(git, state) if git.remote else LocalBranch(git.repository, git.branch)
    return GitSource(branch, git.folder, git.root if git.remote else Path(git.repository) / git.folder)


def _first(source: Source) -> Snapshot:
    """The texts to begin with. A repository elsewhere may be away: then what was fetched last."""
    if isinstance(source, GitSource):
        try:
            source.branch.refresh()
        except ClearwayError as error:
            with suppress(ClearwayError):
                return source.snapshot()
            raise ClearwayError(*error.diagnostics) from error
    return source.snapshot()
