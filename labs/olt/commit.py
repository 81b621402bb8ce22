"""commit, confirmed commit, cancel, revert (RFC 6241 sections 8.3.4 and 8.4): how a configuration takes effect.

    idle --commit--> idle
    idle --confirmed--> pending --commit--> idle
    pending --confirmed--> pending (the time starts anew, the way back stays)
    pending --time is up, cancel-commit, or session lost without persist--> idle, as before

What a start finds on disk is the last configuration that needs no confirmation. Calls are serialised by `lock`,
which whoever changes a datastore takes.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Generic, TypeVar

from lxml import etree

from labs.olt.config import OltConfig
from labs.olt.datastore import Datastores
from labs.olt.difference import Change, changes, changes_of
from labs.olt.errors import refuse
from labs.olt.events import Events, config_change, confirmed_commit
from labs.olt.hook import Dataplane, DataplaneError
from labs.olt.manners import Profile
from labs.olt.parse import parse
from labs.olt.schema import Schema
from labs.olt.store import Store, StoreError

_LOG = logging.getLogger(__name__)

SERVER = (0, "")
NEVER_S = 10**7
Config = TypeVar("Config")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The parameters of a commit. user: session-id and name."""

    user: tuple[int, str]
    confirmed: bool = False
    timeout_s: int = 600
    persist: str | None = None
    persist_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending(Generic[Config]):
    """A commit that waits to be confirmed. before: what is restored otherwise."""

    session: int
    persist: str | None
    before: Config
    timer: asyncio.TimerHandle


def check_may_confirm(pending: Pending[Config] | None, session: int, persist_id: str | None) -> None:
    """RFC 6241 8.4.1: without persist only the same session, with persist only with its persist-id. Raises RpcError."""
    if persist_id is not None and (pending is None or pending.persist != persist_id):
        raise refuse("invalid-value", "persist-id is not that of a pending confirmed commit", kind="protocol")
    if pending is None or persist_id is not None:
        return
    if pending.persist is not None:
        raise refuse("in-use", "a confirmed commit is pending: its persist-id is needed", kind="protocol")
    if pending.session != session:
        why = f"a confirmed commit of session {pending.session} is pending"
        raise refuse("in-use", why, kind="protocol", info=(("session-id", str(pending.session)),))


class Committer:
    """Makes configurations take effect, and undoes what is not confirmed."""

    def __init__(
        self,
        schema: Schema,
        datastores: Datastores,
        dataplane: Dataplane,
        store: Store,
        events: Events,
        *,
        profile: Profile,
    ) -> None:
        self._profile = profile
        self._schema = schema
        self._data = datastores
        self._dataplane = dataplane
        self._store = store
        self._events = events
        self._pending: Pending[etree._Element] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.lock = asyncio.Lock()
        self.config = OltConfig()

    @property
    def pending_session(self) -> int | None:
        """The session whose confirmed commit is pending; None without one."""
        return None if self._pending is None else self._pending.session

    async def start(self, config: etree._Element) -> None:
        """Come up with what was saved. Raises RpcError, DataplaneError."""
        parsed = await asyncio.to_thread(self._data.validated, config)
        await asyncio.to_thread(self._dataplane.apply, parsed)
        self.config = parsed
        self._data.set_running(config)

    async def commit(self, request: Request) -> None:
        """The candidate becomes running. Raises RpcError; then running is as it was."""
        check_may_confirm(self._pending, request.user[0], request.persist_id)
        await self._make_running(request, self._data.candidate)

    async def write(self, user: tuple[int, str], after: etree._Element) -> None:
        """Running is written directly (:writable-running). Raises RpcError; then running is as it was."""
        check_may_confirm(self._pending, user[0], None)
        await self._make_running(Request(user=user), after)

    async def _make_running(self, request: Request, after: etree._Element) -> None:
        before = self._data.running
        step = self._data.step(before, after)
        parsed = await asyncio.to_thread(self._data.validated, after)
        await self._take_effect(parsed)
        pending = self._pending
        if not request.confirmed and not self._profile.has("startup"):
            try:
                await asyncio.to_thread(self._store.save, after)
            except StoreError as error:
                await self._restore(before)
                raise refuse("operation-failed", str(error)) from None
        if after is self._data.candidate:
            self._data.modified_by = None
        self._data.set_running(after)
        self._forget()
        self._tell_change(request.user, changes_of(step, self._schema) if step else self._changes(before, after))
        if request.confirmed:
            self._wait(request, before if pending is None else pending.before)
            self._tell("start" if pending is None else "extend", request.user, request.timeout_s)
        elif pending is not None:
            self._tell("complete", request.user)

    async def cancel(self, user: tuple[int, str], persist_id: str | None) -> None:
        """cancel-commit. Raises RpcError."""
        if self._pending is None:
            raise refuse("operation-failed", "no confirmed commit is pending", kind="protocol")
        check_may_confirm(self._pending, user[0], persist_id)
        await self._revert("cancel", user)

    async def session_lost(self, session: int) -> None:
        """A pending commit of that session without persist is undone; or as this OLT deviates."""
        pending = self._pending
        if pending is None or pending.session != session:
            return
        if pending.persist is None:
            undone = not self._profile.deviates("keeps-lost-commit")
        else:
            undone = self._profile.deviates("reverts-despite-persist")
        if undone:
            await self._revert("cancel", SERVER)

    async def save(self) -> None:
        """Running is what the next start finds. Raises RpcError."""
        await self._to_disk(self._data.running)

    async def erase(self) -> None:
        """The next start finds nothing. Raises RpcError."""
        await self._to_disk(self._schema.empty())

    async def _to_disk(self, config: etree._Element) -> None:
        try:
            await asyncio.to_thread(self._store.save, config)
        except StoreError as error:
            raise refuse("operation-failed", str(error)) from None

    async def come_up(self, config: etree._Element) -> None:
        """As after a reboot with this configuration: nothing waits to be confirmed, nothing is staged."""
        self._forget()
        self._data.discard()
        await self.start(config)

    def close(self) -> None:
        """Stop waiting; what is pending is not confirmed."""
        self._forget()
        for task in self._tasks:
            task.cancel()

    async def _take_effect(self, parsed: OltConfig) -> None:
        try:
            await asyncio.to_thread(self._dataplane.apply, parsed)
        except DataplaneError as error:
            await self._reapply(self.config)
            raise refuse("operation-failed", f"the dataplane refuses: {error}") from None
        except Exception as error:  # noqa: BLE001 - a dataplane is a plug-in: its faults are not to end the OLT
            _LOG.exception("the dataplane failed")
            await self._reapply(self.config)
            raise refuse("operation-failed", f"the dataplane failed: {type(error).__name__}") from None
        self.config = parsed

    async def _reapply(self, parsed: OltConfig) -> None:
        try:
            await asyncio.to_thread(self._dataplane.apply, parsed)
        except Exception:  # noqa: BLE001 - as above; there is nothing left to go back to
            _LOG.exception("the dataplane does not go back to what was running")
        self.config = parsed

    async def _restore(self, before: etree._Element) -> None:
        await self._reapply(await asyncio.to_thread(parse, before))

    def _wait(self, request: Request, before: etree._Element) -> None:
        timeout_s = NEVER_S if self._profile.deviates("never-reverts") else request.timeout_s
        timer = asyncio.get_running_loop().call_later(timeout_s, self._time_is_up)
        self._pending = Pending(session=request.user[0], persist=request.persist, before=before, timer=timer)

    def _time_is_up(self) -> None:
        pending = self._pending

        async def revert() -> None:
            async with self.lock:
                if pending is not None and self._pending is pending:
                    await self._revert("timeout", SERVER)

        task = asyncio.get_running_loop().create_task(revert())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _revert(self, event: str, user: tuple[int, str]) -> None:
        pending = self._pending
        if pending is None:
            return
        self._forget()
        after = self._data.running
        await self._restore(pending.before)
        self._data.set_running(pending.before)
        self._tell(event, user)
        self._tell_change(user if event == "cancel" else SERVER, self._changes(after, pending.before))

    def _forget(self) -> None:
        if self._pending is not None:
            self._pending.timer.cancel()
        self._pending = None

    def _tell(self, event: str, user: tuple[int, str], timeout_s: int | None = None) -> None:
        self._events.publish(confirmed_commit(event, user[1], user[0], timeout_s))

    def _changes(self, before: etree._Element, after: etree._Element) -> tuple[Change, ...]:
        return changes(before, after, self._schema)

    def _tell_change(self, user: tuple[int, str], changed: tuple[Change, ...]) -> None:
        if changed:
            self._events.publish(config_change(user[1], user[0], changed, self._schema))
