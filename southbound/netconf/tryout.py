"""What a server really does, tried out once when a device joins: its lock, and a session lost in a confirmed commit.

    lock: a second session asks for a lock that is held
    validate: whether a candidate that was validated is what a commit makes of running
    persist: a confirmed commit with persist, the session cut, running looked at from another session
    timer: whether what nobody confirms is undone when the time is up, and whether only if nobody asks anything then
    lost-session: as the first, without persist

RFC 6241 8.4.1 says what should happen; servers differ. Committed is one unused profile under a name of ours, undone
within seconds by the server, or removed where it undoes nothing. No lock is held when the session is cut:
a server that keeps locks of the dead is not to be left locked.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from lxml import etree

from intents.model.pon import NAME_PREFIX, TrafficDescriptorProfile
from intents.model.state import Difference
from southbound.netconf.family import Family
from southbound.netconf.server import (
    EXCLUSIVE,
    FIRES,
    FORGETS,
    HELD,
    KEEPS,
    LOCK,
    LOST,
    NEVER,
    PERSIST,
    REVERTS,
    SHARED,
    STAYS,
    TIMER,
    TIMES_OUT,
    VALIDATE,
    WHEN_IDLE,
    Server,
)
from southbound.netconf.session import Datastore, RpcRefused, Session
from southbound.netconf.standard.names import HOMES, NC
from southbound.netconf.standard.xml import element

TIMEOUT_S: Final = 4
_SEEN_S: Final = 0.5  # how long most servers take at most to notice that a session is gone
_NOTICED_S: Final = 2.0  # how long any may take
_STEP_S: Final = 0.05
_ALONE_S: Final = 2.5  # how long none is asked anything whose timers run only then
TRIED: Final = TrafficDescriptorProfile(
    name=f"{NAME_PREFIX}tried-out", fixed_bps=0, assured_bps=0, maximum_bps=1_000_000
)

_AWAY: Final = Difference(key=TRIED.key, before=TRIED, after=None)


def try_out(connect: Callable[[], Session], family: Family, server: Server) -> dict[str, str] | None:
    """What it does; None: not now, somebody else is at it. Raises SessionLost, DeviceUnreachable, DeviceRefused."""
    datastore: Datastore = "candidate" if server.has("candidate") else "running"
    try:
        with _session(connect) as watcher:
            found = {LOCK: _lock(connect, watcher, datastore)}
            if server.has("candidate") and server.has("confirmed-commit"):
                found |= _Commits(connect, watcher, family).manners(server)
            return found
    except RpcRefused as error:
        if error.tag in HELD:
            return None
        return {}


def _lock(connect: Callable[[], Session], watcher: Session, datastore: Datastore) -> str:
    with _session(connect) as holder:
        holder.lock(datastore)
        try:
            watcher.lock(datastore)
        except RpcRefused:
            return EXCLUSIVE
        else:
            watcher.unlock(datastore)
            return SHARED
        finally:
            with contextlib.suppress(RpcRefused):
                holder.unlock(datastore)


class _Commits:
    """Confirmed commits, seen by another session."""

    def __init__(self, connect: Callable[[], Session], watcher: Session, family: Family) -> None:
        self._connect, self._watcher, self._family = connect, watcher, family
        self._filter = _only_the_tried()

    def manners(self, server: Server) -> dict[str, str]:
        """What becomes of them. The timer comes first: a lost commit that no timer ends could never be ended."""
        found = {VALIDATE: self._validated()} if server.has("validate") else {}
        if server.persist:
            found |= self._persistent(_SEEN_S)
        if TIMER not in found:
            found[TIMER] = self._timer()
        if found[TIMER] == NEVER:
            return found
        self._commit_and_leave(None, TIMEOUT_S)
        began = time.monotonic()
        if self._gone_within(_NOTICED_S):
            found[LOST] = REVERTS
        else:
            found[LOST] = STAYS if self._timed(TIMEOUT_S) == NEVER else TIMES_OUT
        noticed_s = time.monotonic() - began
        if found.get(PERSIST) == KEEPS and found[LOST] == REVERTS and noticed_s > _SEEN_S:
            found |= self._persistent(2 * noticed_s)  # it takes its time: look again, for longer
        return found

    def _validated(self) -> str:
        """Whether what was validated is committed. The commit is confirmed by the one that takes it away."""
        with _session(self._connect) as session, _locked(session):
            self._commit(session, None, TIMEOUT_S, validate=True)
            if not self._there():
                return FORGETS
            session.edit_candidate(self._edit(_AWAY))
            session.commit()
            return KEEPS

    def _persistent(self, seen_s: float) -> dict[str, str]:
        """With persist. seen_s: how long the server is given to see that the session is gone."""
        token = f"{TRIED.name}-{time.time_ns()}"
        timeout_s = int(seen_s) + 1
        self._commit_and_leave(token, timeout_s)
        if self._gone_within(seen_s):
            return {PERSIST: REVERTS}
        fires = self._timed(timeout_s + _NOTICED_S)
        if fires != NEVER:
            return {PERSIST: KEEPS, TIMER: fires}
        with contextlib.suppress(RpcRefused):
            self._watcher.cancel(token)
        self._remove()
        return {PERSIST: KEEPS, TIMER: NEVER}

    def _timer(self) -> str:
        """Whether the time runs out on a session that is there."""
        with _session(self._connect) as session:
            with _locked(session):
                self._commit(session, None, 1)
            fires = self._timed(1 + _NOTICED_S)
            if fires != NEVER:
                return fires
            session.commit()
        self._remove()
        return NEVER

    def _commit_and_leave(self, token: str | None, timeout_s: int) -> None:
        session = self._connect()
        try:
            with _locked(session):
                self._commit(session, token, timeout_s)
        finally:
            session.abandon()

    def _commit(self, session: Session, token: str | None, timeout_s: int, *, validate: bool = False) -> None:
        try:
            session.discard()
            session.edit_candidate(self._edit(Difference(key=TRIED.key, before=None, after=TRIED)))
            if validate:
                session.validate()
            session.commit_confirmed(token, timeout_s)
        except RpcRefused:
            session.discard()
            raise

    def _timed(self, seconds: float) -> str:
        """Whether the time that runs out meanwhile has ended it."""
        if self._gone_within(seconds):
            return FIRES
        time.sleep(_ALONE_S)
        return NEVER if self._there() else WHEN_IDLE

    def _there(self) -> bool:
        return len(self._watcher.get_config(self._filter)) > 0

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self._there():
            if time.monotonic() > deadline:
                return False
            time.sleep(_STEP_S)
        return True

    def _remove(self) -> None:
        if not self._there():
            return  # some refuse to remove what is not there
        with _locked(self._watcher):
            self._watcher.discard()
            self._watcher.edit_candidate(self._edit(_AWAY))
            self._watcher.commit()

    def _edit(self, difference: Difference) -> etree._Element:
        return self._family.edit((difference,))


def _only_the_tried() -> etree._Element:
    """A filter for the one profile."""
    home = HOMES[TRIED.kind]
    chosen = element(*home.entry, element(*home.key, text=TRIED.name))
    for container in reversed(home.containers):
        chosen = element(*container, chosen)
    return element(NC, "filter", chosen)


@contextmanager
def _session(connect: Callable[[], Session]) -> Iterator[Session]:
    session = connect()
    try:
        yield session
    finally:
        session.close()


@contextmanager
def _locked(session: Session) -> Iterator[None]:
    session.lock()
    try:
        yield
    finally:
        with contextlib.suppress(RpcRefused):
            session.unlock()
