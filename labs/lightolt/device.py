"""One light OLT: candidate and running, locks, confirmed commits (RFC 6241, 8.3 and 8.4), and what it sees.

It refuses what labs/olt refuses but for conditions (must, when) that look into other entries, and leafrefs that do not
lead to a list's key. What it holds is gone with its process.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from lxml import etree

from labs.faults import Faults
from labs.lightolt.kept import Editor, Kept
from labs.lightolt.meaning import Meaning
from labs.lightolt.references import Named
from labs.lightolt.reply import Answers
from labs.lightolt.shapes import Shapes
from labs.lightolt.values import Values
from labs.olt.checks import check
from labs.olt.commit import Pending, Request, check_may_confirm
from labs.olt.config import OltConfig
from labs.olt.datastore import TestOption
from labs.olt.deviating import Limits
from labs.olt.device import YANG_FOLDER, Client
from labs.olt.difference import Change
from labs.olt.edit import DefaultOperation
from labs.olt.errors import refuse
from labs.olt.events import Events, config_change, confirmed_commit
from labs.olt.light import shine
from labs.olt.locks import DatastoreName, Locks, denied
from labs.olt.manners import Fault, Profile
from labs.olt.plant import Plant
from labs.olt.schema import Schema
from labs.olt.validate import Validator, WithDefaults

_NOBODY = (0, "")


class Models:
    """What all light OLTs of a process share: the schema, and what is known of shapes and values."""

    def __init__(self) -> None:
        self.schema = Schema(YANG_FOLDER)
        self.shapes = Shapes(self.schema)
        self.values = Values(self.shapes, Validator(self.schema))
        self.editor = Editor(self.shapes, self.values, Named(self.schema))


class LightOlt:
    """See labs.olt.served.Served."""

    def __init__(self, name: str, models: Models, plant: Plant) -> None:
        self.name = name
        self.profile = Profile()
        self.faults: Faults[Fault] = Faults()
        self.reboots: list[Callable[[], None]] = []
        self.asked: Counter[str] = Counter()
        self.schema = models.schema
        self.events = Events()
        self.locks = Locks(self.profile)
        self.limits = Limits(self.schema, self.profile.limits)
        self.plant = plant
        self._models = models
        self._meaning = Meaning(models.shapes)
        self._answers = Answers(models.shapes)
        self._alone = asyncio.Lock()
        self._running = self._candidate = self._saved = Kept({})
        self._good: Kept | None = self._running  # what was found good last
        self._modified_by: int | None = None
        self._pending: Pending[Kept] | None = None

    @property
    def config(self) -> OltConfig:
        """What is running."""
        return self._meaning.of(self._running)

    async def reboot(self, *, empty: bool) -> None:
        """See Served."""
        async with self._alone:
            self._forget()
            self.locks.clear()
            self._saved = Kept({}) if empty else self._saved
            self._running = self._saved
            self._discard()
            for tell in self.reboots:
                tell()

    async def operational(self, mode: WithDefaults, filter_: etree._Element | None) -> etree._Element:
        """See Served."""
        self._explicit(mode)
        return self._answers.operational(self._running, self.config, shine(self.plant, (), self.config), filter_)

    async def with_defaults(self, datastore: DatastoreName, mode: WithDefaults) -> etree._Element:
        """See Served."""
        self._explicit(mode)
        return self._answers.tree(self._running if datastore == "running" else self._candidate)

    async def edit(self, client: Client, edit: etree._Element, default: DefaultOperation, test: TestOption) -> None:
        """See Served."""
        async with self._changing(client, "candidate"):
            edited = self._models.editor.edited(self._candidate, edit, default)
            if test == "test-only":
                self._validate(edited)
                return
            self._candidate, self._modified_by = edited, client.session

    async def edit_running(
        self,
        client: Client,  # noqa: ARG002 - it is not offered, whoever asks for whatever
        edit: etree._Element,  # noqa: ARG002
        default: DefaultOperation,  # noqa: ARG002
        test: TestOption,  # noqa: ARG002
    ) -> None:
        """Not offered."""
        raise refuse("operation-not-supported", "running changes by commit only", kind="protocol")

    async def save(self, client: Client) -> None:  # noqa: ARG002 - the same
        """Not offered: every commit is saved."""
        raise refuse("operation-not-supported", "there is no startup", kind="protocol")

    async def erase(self, client: Client) -> None:  # noqa: ARG002 - the same
        """Not offered."""
        raise refuse("operation-not-supported", "there is no startup", kind="protocol")

    async def copy_to_candidate(self, client: Client, config: etree._Element | None) -> None:
        """See Served."""
        async with self._changing(client, "candidate"):
            if config is None:
                self._discard()
                return
            self._candidate = self._models.editor.edited(Kept({}), config, "merge")
            self._modified_by = client.session

    async def validate(self, datastore: DatastoreName | None, config: etree._Element | None = None) -> None:
        """See Served."""
        async with self._alone:
            if config is not None:
                self._validate(self._models.editor.edited(Kept({}), config, "merge"))
            else:
                self._validate(self._running if datastore == "running" else self._candidate)

    async def commit(self, client: Client, request: Request) -> None:
        """See Served."""
        async with self._changing(client, "running", "candidate"):
            check_may_confirm(self._pending, client.session, request.persist_id)
            self._validate(self._candidate)
            before, after, pending = self._running, self._candidate, self._pending
            self._running = self._good = self._candidate = Kept(after.lists)
            self._meaning.same(after, self._running)
            self._modified_by = None
            self._forget()
            self._tell_change(request.user, after)
            if request.confirmed:
                self._wait(request, before if pending is None else pending.before)
                self._tell("start" if pending is None else "extend", request.user, request.timeout_s)
            else:
                self._saved = self._running
                if pending is not None:
                    self._tell("complete", request.user)

    async def cancel_commit(self, client: Client, persist_id: str | None) -> None:
        """See Served."""
        async with self._changing(client):
            if self._pending is None:
                raise refuse("operation-failed", "no confirmed commit is pending", kind="protocol")
            check_may_confirm(self._pending, client.session, persist_id)
            self._revert("cancel", (client.session, client.user))

    async def discard(self, client: Client) -> None:
        """See Served."""
        async with self._changing(client, "candidate"):
            self._discard()

    async def lock(self, client: Client, datastore: DatastoreName) -> None:
        """See Served (RFC 6241, 7.5)."""
        async with self._changing(client):
            free = self.locks.holder(datastore) is None
            if free and datastore == "candidate" and self._modified_by is not None:
                raise denied("the candidate has changes that are neither committed nor discarded", self._modified_by)
            if free and datastore == "running" and self._pending and self._pending.session != client.session:
                raise denied("a confirmed commit of another session is pending", self._pending.session)
            self.locks.take(datastore, client.session)

    async def unlock(self, client: Client, datastore: DatastoreName) -> None:
        """See Served (RFC 6241, 8.3.5.2)."""
        async with self._changing(client):
            self.locks.give(datastore, client.session)
            if datastore == "candidate":
                self._discard()

    async def session_ended(self, session: int) -> None:
        """See Served: a lock goes with what it guarded, an unconfirmed commit without persist is undone."""
        async with self._alone:
            if "candidate" in self.locks.drop(session):
                self._discard()
            elif self._modified_by == session:
                self._modified_by = 0
            if self._pending is not None and self._pending.session == session and self._pending.persist is None:
                self._revert("cancel", _NOBODY)

    def _explicit(self, mode: WithDefaults) -> None:
        if mode != "explicit":
            raise refuse("operation-not-supported", "a light OLT reports no defaults", kind="protocol")

    def _validate(self, config: Kept) -> None:
        """Entries whole, references met, and the OLT's own rules. Raises RpcError."""
        if config is self._good:
            return
        self._models.editor.check(config, self._good)
        check(self._meaning.of(config), self.schema.prefixes)
        self._good = config

    def _wait(self, request: Request, before: Kept) -> None:
        timer = asyncio.get_running_loop().call_later(request.timeout_s, lambda: self._revert("timeout", _NOBODY))
        self._pending = Pending(session=request.user[0], persist=request.persist, before=before, timer=timer)

    def _revert(self, event: str, user: tuple[int, str]) -> None:
        """Back to what was before the first commit that was not confirmed."""
        if self._pending is None:
            return
        after, before = self._running, self._pending.before
        self._forget()
        self._running = self._good = before
        if self._modified_by is None:
            self._candidate = before
        self._tell(event, user)
        places = {
            (path, key)
            for path in {*after.lists, *before.lists}
            for key in {*after.lists.get(path, {}), *before.lists.get(path, {})}
            if after.get((path, key)) != before.get((path, key))
        }
        self._tell_change(user, Kept(before.lists, frozenset(places)))

    def _discard(self) -> None:
        self._candidate, self._modified_by = self._running, None

    def _forget(self) -> None:
        if self._pending is not None:
            self._pending.timer.cancel()
        self._pending = None

    def _tell(self, event: str, user: tuple[int, str], timeout_s: int | None = None) -> None:
        self.events.publish(confirmed_commit(event, user[1], user[0], timeout_s))

    def _tell_change(self, user: tuple[int, str], after: Kept) -> None:
        changed = tuple(
            Change(path=self._answers.path_of(place), operation="delete" if after.get(place) is None else "replace")
            for place in after.touched
        )
        if changed:
            self.events.publish(config_change(user[1], user[0], changed, self.schema))

    @asynccontextmanager
    async def _changing(self, client: Client, *datastores: DatastoreName) -> AsyncIterator[None]:
        """Alone, by a client that may change things and with no other's lock in the way."""
        if client.read_only:
            raise refuse("access-denied", f"{client.user} may only read")
        async with self._alone:
            for datastore in datastores:
                self.locks.check(datastore, client.session)
            yield
