"""The OLT itself: datastores, locks, commits, plant and events in one place, without a transport.

Sessions call it. Whatever changes a datastore runs alone, under one lock.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lxml import etree

from labs.faults import Faults
from labs.olt.commit import Committer, Request
from labs.olt.config import OltConfig
from labs.olt.datastore import Datastores, TestOption
from labs.olt.deviating import Limits
from labs.olt.edit import DefaultOperation
from labs.olt.errors import RpcError, refuse
from labs.olt.events import Events, now, onu_presence
from labs.olt.hook import Dataplane, DataplaneError
from labs.olt.light import Broken, Light, shine
from labs.olt.locks import DatastoreName, Locks, denied
from labs.olt.manners import Fault, Profile
from labs.olt.plant import Onu, Plant
from labs.olt.schema import Schema
from labs.olt.state import ABSENT, ABSENT_UNCLAIMED, Times, everything, expected, filtered, presence, with_state
from labs.olt.store import Store, StoreError
from labs.olt.validate import Validator, WithDefaults

_LOG = logging.getLogger(__name__)
YANG_FOLDER = Path(__file__).resolve().parent.parent / "yang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who asks: a session and its user. read_only: may not change anything."""

    session: int
    user: str
    source: str
    read_only: bool = False


class Device:
    """An OLT by name. `reboots`: whoever is to be told that all sessions are lost."""

    def __init__(
        self,
        name: str,
        dataplane: Dataplane,
        store: Store,
        plant: Plant,
        *,
        profile: Profile | None = None,
        faults: Faults[Fault] | None = None,
    ) -> None:
        self.name = name
        self.profile = profile or Profile()
        self.faults: Faults[Fault] = faults or Faults()
        self.reboots: list[Callable[[], None]] = []
        self.asked: Counter[str] = Counter()  # operations, by name, since it was started
        self.schema = Schema(YANG_FOLDER)
        self.events = Events()
        self.locks = Locks(self.profile)
        self.plant = plant
        self.broken: frozenset[Broken] = frozenset()
        self._validator = Validator(self.schema)
        self.limits = Limits(self.schema, self.profile.limits)
        self._data = Datastores(self.schema, self._validator, self.limits)
        self._store = store
        self._dataplane = dataplane
        self._commits = Committer(self.schema, self._data, dataplane, store, self.events, profile=self.profile)
        self._start = now()
        self._moved: dict[str, str] = {}  # ONUs that came or went, and when

    @property
    def config(self) -> OltConfig:
        """What is running, as the dataplane sees it."""
        return self._commits.config

    async def start(self) -> None:
        """Come up as saved. Raises StoreError, DataplaneError."""
        saved = self._store.load()
        self._dataplane.see(self._as_wired(self.light()))
        try:
            await self._commits.start(self._data.running if saved is None else self._data.whole(saved))
        except RpcError as error:
            raise StoreError(f"the saved configuration is refused: {error}") from None

    def close(self) -> None:
        """Stop; what is not confirmed is not kept."""
        self._commits.close()
        self._dataplane.close()

    async def reboot(self, *, empty: bool) -> None:
        """Lose all sessions, locks and what was not saved; come up as saved, or with nothing. Raises RpcError."""
        async with self._commits.lock:
            if empty:
                await self._commits.erase()
            self.locks.clear()
            saved = await asyncio.to_thread(self._store.load)
            await self._commits.come_up(self.schema.empty() if saved is None else self._data.whole(saved))
            for tell in self.reboots:
                tell()

    def read(self, datastore: DatastoreName) -> etree._Element:
        """A datastore's tree: not to be changed. Raises StoreError."""
        if datastore == "startup":
            saved = self._store.load()
            return self.schema.empty() if saved is None else self._data.whole(saved)
        return self._data.running if datastore == "running" else self._data.candidate

    async def operational(self, mode: WithDefaults, filter_: etree._Element | None) -> etree._Element:
        """Running and state, as much of it as the filter may select; a new tree."""
        running = await self.with_defaults("running", mode)
        shown = everything(running) if filter_ is None else filtered(running, filter_, self.schema)
        return with_state(shown, self.config, self.light(), Times(start=self._start, onus=self._moved))

    async def with_defaults(self, datastore: DatastoreName, mode: WithDefaults) -> etree._Element:
        """A datastore with default values reported or trimmed. Raises RpcError where it is not valid."""
        if mode == "explicit":
            return self.read(datastore)
        return await asyncio.to_thread(self._validator.with_defaults, self.read(datastore), mode)

    async def edit(self, client: Client, edit: etree._Element, default: DefaultOperation, test: TestOption) -> None:
        """edit-config of the candidate. Raises RpcError; then the candidate is as it was."""
        async with self._changing(client, "candidate"):
            edited = await asyncio.to_thread(self._data.edited, edit, default, values_only=test != "test-only")
            if test != "test-only":
                self._data.set_candidate(edited, client.session)

    async def edit_running(
        self, client: Client, edit: etree._Element, default: DefaultOperation, test: TestOption
    ) -> None:
        """edit-config of running (:writable-running). Raises RpcError; then running is as it was."""
        async with self._changing(client, "running"):
            edited = await asyncio.to_thread(self._data.edited, edit, default, base=self._data.running)
            if test == "test-only":
                await asyncio.to_thread(self._data.validated, edited)
                return
            await self._commits.write((client.session, client.user), edited)

    async def save(self, client: Client) -> None:
        """copy-config from running to startup. Raises RpcError."""
        async with self._changing(client, "startup"):
            await self._commits.save()

    async def erase(self, client: Client) -> None:
        """delete-config of startup. Raises RpcError."""
        async with self._changing(client, "startup"):
            await self._commits.erase()

    async def copy_to_candidate(self, client: Client, config: etree._Element | None) -> None:
        """copy-config: a whole configuration, or running, becomes the candidate."""
        async with self._changing(client, "candidate"):
            if config is None:
                self._data.discard()
                return
            self._data.set_candidate(await asyncio.to_thread(self._data.whole, config), client.session)

    async def validate(self, datastore: DatastoreName | None, config: etree._Element | None = None) -> None:
        """validate: a datastore, or a whole configuration. Raises RpcError."""
        async with self._commits.lock:
            if config is not None:
                tree = await asyncio.to_thread(self._data.whole, config)
            else:
                tree = self.read(datastore or "candidate")
            await asyncio.to_thread(self._data.validated, tree)
            if datastore == "candidate" and self.profile.deviates("forgets-validated"):
                self._data.discard()

    async def commit(self, client: Client, request: Request) -> None:
        """Commit. Raises RpcError."""
        async with self._changing(client, "running", "candidate"):
            await self._commits.commit(request)

    async def cancel_commit(self, client: Client, persist_id: str | None) -> None:
        """cancel-commit. Raises RpcError."""
        async with self._changing(client):
            await self._commits.cancel((client.session, client.user), persist_id)

    async def discard(self, client: Client) -> None:
        """discard-changes. Raises RpcError."""
        async with self._changing(client, "candidate"):
            self._data.discard()

    async def lock(self, client: Client, datastore: DatastoreName) -> None:
        """Lock. Raises RpcError lock-denied (RFC 6241 7.5: also a modified candidate, a pending confirmed commit)."""
        async with self._changing(client):
            holder = self.locks.holder(datastore)
            modified, pending = self._data.modified_by, self._commits.pending_session
            open_to_all = self.profile.deviates("locks-modified-candidate")
            if holder is None and datastore == "candidate" and modified is not None and not open_to_all:
                raise denied("the candidate has changes that are neither committed nor discarded", modified)
            if holder is None and datastore == "running" and pending not in (None, client.session):
                raise denied("a confirmed commit of another session is pending", pending or 0)
            self.locks.take(datastore, client.session)

    async def unlock(self, client: Client, datastore: DatastoreName) -> None:
        """unlock; changes of the candidate go with its lock (RFC 6241 8.3.5.2). Raises RpcError."""
        async with self._changing(client):
            self.locks.give(datastore, client.session)
            if datastore == "candidate":
                self._data.discard()

    async def session_ended(self, session: int) -> None:
        """Locks are released, the candidate that was locked is discarded, an unconfirmed commit is undone."""
        async with self._commits.lock:
            if "candidate" in self.locks.drop(session):
                self._data.discard()
            elif self._data.modified_by == session:
                self._data.modified_by = 0  # somebody who is gone
            await self._commits.session_lost(session)

    def light(self) -> Light:
        """What is seen of the plant, whatever is broken on it."""
        return shine(self.plant, self.broken, self.config)

    def set_plant(self, plant: Plant) -> None:
        """The plant is now this: subscribers hear of ONUs that came or went."""
        before, self.plant = self.light().plant, plant
        self._look_again(before)

    def set_broken(self, broken: frozenset[Broken]) -> None:
        """This is broken now, and nothing else: subscribers hear of ONUs that fall silent, come again, or come by
        another port."""
        before, self.broken = self.light().plant, broken
        self._look_again(before)

    def _as_wired(self, light: Light) -> Plant:
        """ONUs are present where they are understood, on the PONs that their fibres lead to: what stands by for a PON
        port carries the same traffic."""
        present = {onu.serial: onu.present for onu in light.plant.onus}
        return replace(self.plant, onus=tuple(replace(o, present=present[o.serial]) for o in self.plant.onus))

    def _look_again(self, before: Plant) -> None:
        light = self.light()
        plant = light.plant
        try:
            self._dataplane.see(self._as_wired(light))
        except DataplaneError:
            _LOG.exception("the dataplane does not follow the plant")
        for serial in sorted({onu.serial for onu in (*before.onus, *plant.onus)}):
            old, new = _there(before, serial), _there(plant, serial)
            if old is not None and (new is None or new.pon != old.pon):
                self._tell(old, appeared=False)
            if new is not None and (old is None or new.pon != old.pon):
                self._tell(new, appeared=True)

    def _tell(self, onu: Onu, *, appeared: bool) -> None:
        self._moved[onu.serial] = now()
        for termination in self.config.terminations:
            if termination.pon == onu.pon and termination.enabled:
                state, v_ani = presence(expected(self.config), onu, termination)
                if not appeared:
                    state = ABSENT_UNCLAIMED if v_ani is None else ABSENT
                name = None if v_ani is None else v_ani.name
                self.events.publish(onu_presence(termination, onu.serial, state, name))

    def _changing(self, client: Client, *datastores: DatastoreName) -> _Changing:
        return _Changing(self._commits.lock, self.locks, client, datastores)


class _Changing:
    """Runs alone, by a client that may change things and with no other's lock in the way."""

    def __init__(
        self, alone: asyncio.Lock, locks: Locks, client: Client, datastores: tuple[DatastoreName, ...]
    ) -> None:
        self._alone = alone
        self._locks = locks
        self._client = client
        self._datastores = datastores

    async def __aenter__(self) -> None:
        if self._client.read_only:
            raise refuse("access-denied", f"{self._client.user} may only read")
        await self._alone.acquire()
        try:
            for datastore in self._datastores:
                self._locks.check(datastore, self._client.session)
        except RpcError:
            self._alone.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._alone.release()


def _there(plant: Plant, serial: str) -> Onu | None:
    onu = plant.onu(serial)
    return onu if onu is not None and onu.present else None
