"""A real network on loopback, a real repository, and a rollout between them, in the test's own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from controller.connect import Connector
from controller.git.branch import Branch, LocalBranch
from controller.git.remote import RemoteBranch
from controller.git.settings import GitSettings
from controller.service.engine import Engine
from controller.service.rollout.edit import GitWriter
from controller.service.rollout.entry import Entry
from controller.service.rollout.ledger import Ledger
from controller.service.rollout.rollout import Demands, Rollout
from controller.service.rollout.texts import GitSource
from controller.state.store import Store
from labs.runner import lab
from tests.endtoend.site import Site, site_in
from tests.git.witness import Witness, made

NIGHT = datetime(2026, 11, 25, 23, 0, tzinfo=UTC)  # a Wednesday
VISIT = (
    "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: visit}\nspec: {say: Ward 2 visit may reach updates}\n"
)


@dataclass
class Network:
    """site: the lab. The clock is the test's."""

    site: Site
    connector: Connector
    clock: datetime = NIGHT
    demands: Demands = field(default_factory=Demands)

    def now(self) -> datetime:
        return self.clock

    def wait(self, **much: float) -> None:
        self.clock += timedelta(**much)

    def repository(self, folder: Path) -> Witness:
        """A repository that holds the lab's texts as its first commit; the lab's keys stay where they are."""
        repo = made(folder)
        for path in sorted(self.site.folder.rglob("*.y*ml")):
            inside = path.relative_to(self.site.folder)
            if ".lab" not in inside.parts:
                repo.write(str(inside), path.read_text())
        repo.commit("The small hospital")
        return repo

    def rollout(self, repo: Witness, state: Path, *, url: str | None = None, demands: Demands | None = None) -> Rollout:
        """A service's, as after a start; asked again with the same state, as after a restart."""
        store = Store(state)
        settings = GitSettings(repository=url or str(repo.folder), fetch_s=0)
        branch: Branch = RemoteBranch(settings, state) if url else LocalBranch(str(repo.folder), "main")
        source = GitSource(branch, "", self.site.folder)
        engine = Engine(source, self.connector, store)
        return Rollout(source, engine, Ledger(store.records, "main"), demands or self.demands, self.now)


@contextmanager
def network(folder: Path) -> Iterator[Network]:
    """Up until the end."""
    with site_in(folder) as site:
        lab.up(site.folder, lambda _: None, without_packets=True)
        with Connector(site.folder, persistent=True) as connector:
            yield Network(site, connector)


def states(rollout: Rollout) -> list[tuple[str, str]]:
    """(subject, state) of each commit, the oldest first."""
    return [(e.subject, str(e.state)) for e in reversed(rollout.ledger.all())]


def newest(rollout: Rollout) -> Entry:
    return rollout.ledger.all()[0]


def writer(rollout: Rollout) -> GitWriter:
    return GitWriter(rollout)
