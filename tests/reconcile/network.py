"""The small hospital on loopback, made as its texts say, and a service's engine and reconciler that look after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from controller.connect import Connector
from controller.service.engine import Engine, StatusEvent
from controller.service.reconcile.loop import Reconciler
from controller.service.reconcile.settings import Policy, Settings
from controller.service.source import FolderSource
from controller.state.folder import store_of
from intents.model.state import DeviceObject, Difference
from labs.olt.control import ask
from labs.runner.workspace import Workspace
from southbound.openflow.change import message
from southbound.openflow.dialect import dialect
from tests.endtoend.site import Site, eventually

QUICK = Settings(policy=Policy.REPAIR, glance_s=0.1, backoff_s=0.1, most_backoff_s=0.5, most_repairs=2)


@dataclass
class Watched:
    """A network that is looked after. policies: by device, as of now. events: all statuses, oldest first."""

    site: Site
    engine: Engine
    policies: dict[str, Policy]
    events: list[StatusEvent] = field(default_factory=list)

    def applied(self, device: str = "core-1") -> list[DeviceObject]:
        """What was applied to a device, in a stable order."""
        states = self.engine.store.load_applied()
        assert states is not None
        return sorted(states[device].objects.values(), key=lambda o: repr(o.key))

    def change_switch(self, before: DeviceObject | None, after: DeviceObject | None) -> None:
        """As another controller would."""
        key = (after or before).key  # type: ignore[union-attr]
        frame = message(dialect(), Difference(key=key, before=before, after=after))
        self.order("core-1.control", cmd="change", frame=frame.hex())

    def order(self, control: str, **command: object) -> None:
        """An order to a device of the lab."""
        ask(Workspace(self.site.topology).folder / control, **command)

    def saw(self, cause: str, after: int = 0) -> StatusEvent | None:
        """The first status of this cause after a revision."""
        return next((e for e in self.events if e.cause == cause and e.revision > after), None)

    def wait_for(self, wanted: Callable[[StatusEvent], bool], after: int = 0) -> StatusEvent:
        """The first such status after a revision."""

        def found() -> StatusEvent | None:
            return next((e for e in self.events if e.revision > after and wanted(e)), None)

        assert eventually(lambda: found() is not None), [(e.cause, e.holds, e.details) for e in self.events]
        event = found()
        assert event is not None
        return event

    @property
    def last(self) -> int:
        """The newest revision."""
        return self.events[-1].revision if self.events else 0

    @property
    def changes(self) -> list[tuple[str, str]]:
        """What each change in the journal was for, and how it ended; newest only is kept by `last`."""
        last = self.engine.store.journal.last()
        assert last is not None
        return [(str(last["from"]), str(last["phase"]))]


@contextmanager
def watched(site: Site) -> Iterator[Watched]:
    """In this process, on a site that is up; as controller/service/service.py puts it together, without a server."""
    pokes: list[Callable[[str | None], None]] = []
    source = FolderSource(site.folder)
    campus = source.snapshot().project.checked_campus()
    with Connector(site.folder, persistent=True, on_event=lambda e: [p(e.device) for p in pokes] and None) as connector:
        connector.listen(campus)
        engine = Engine(source, connector, store_of(site.folder))
        policies: dict[str, Policy] = {}
        settings = replace(QUICK, policies=policies)
        reconciler = Reconciler(engine, connector.drivers, settings, Random(0))  # noqa: S311 - jitter
        pokes.append(reconciler.poke)
        made = Watched(site, engine, policies)
        engine.listen(made.events.append)
        reconciler.start()
        try:
            made.wait_for(lambda e: e.holds)
            yield made
        finally:
            reconciler.stop()


def folder_of(site: Site) -> Path:
    """The lab's own folder."""
    return Workspace(site.topology).folder
