"""An OLT as a driver (RFC 6241): one session, one lock, and a way to change it that its server offers (ways.py)."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final, NoReturn, TypeVar

from lxml import etree

from intents.model.diagnostic import Diagnostic
from intents.model.state import Difference, Observation
from southbound.driver import Capabilities, DeviceRefused, DeviceUnreachable, OutcomeUnknown
from southbound.netconf.family import family_of
from southbound.netconf.library import deviations_of, lacks, modules_of, rooms
from southbound.netconf.preflight import new_faults
from southbound.netconf.server import HELD, NEVER, TIMER, Server
from southbound.netconf.session import Access, RpcRefused, Session, SessionLost
from southbound.netconf.sight import Sight
from southbound.netconf.standard.names import HOMES
from southbound.netconf.tryout import try_out
from southbound.netconf.ways import Way, way_of

Result = TypeVar("Result")

LOCK_WAIT_S: Final = 10.0
ASK_EVERY_S: Final = 5.0  # whether it is still there, where nothing else is asked


class NetconfDriver:
    """See southbound.driver.Driver. The session is opened when it is needed and again when it was lost."""

    def __init__(
        self, device: str, access: Access, *, family: str = "standard", lock_wait_s: float = LOCK_WAIT_S
    ) -> None:
        self.device = device
        self.kinds = frozenset(HOMES)
        self._access = access
        self._family = family_of(device, family)
        self._lock_wait_s = lock_wait_s
        self._session: Session | None = None
        self._locked = False
        self._server: Server | None = None
        self._way: Way | None = None
        self._known: Capabilities | None = None
        self._sight = Sight(device, self._family)
        self._staged: Sequence[Difference] = ()
        self._asked_at = 0.0

    def probe(self) -> Capabilities:
        """What the device says of itself: capabilities, modules, limits. Asked once for each software that it runs.
        Raises DeviceUnreachable, DeviceRefused (it takes no configuration)."""
        return self._reading(self._asked)

    def recall(self, known: Capabilities) -> None:
        """See Learner. For before the first session."""
        self._known = known

    def learn(self) -> Capabilities:
        """See Learner. Nothing is tried out while somebody else is changing the device: `manners` is empty then."""
        said = self.probe()
        if said.manners:
            return said
        try:
            found = try_out(lambda: Session(self.device, self._access), self._family, self._served(self._open())[0])
        except SessionLost as error:
            self._silent(error)
        self._known = replace(said, manners=found or {})
        server, _ = self._served(self._open())
        self._way = way_of(self._family, server, self._known.manners)
        return self.probe()

    def _asked(self, session: Session) -> Capabilities:
        server, way = self._served(session)
        if self._known is None:
            modules = modules_of(session)
            deviated = deviations_of(session, modules)
            kinds = self.kinds - self._family.elsewhere
            room = rooms(deviated, kinds)
            self._known = Capabilities(
                device=self.device,
                protocol=server.protocol,
                confirmed_commit=way.timer,
                features=server.features,
                limits={r.what: r.most for r in room},
                identity=server.identity,
                lacks=lacks(modules, deviated, sorted(kinds)),
                rooms=room,
            )
        undoes = way.timer and self._known.manners.get(TIMER) != NEVER
        return replace(self._known, confirmed_commit=undoes)

    def observe(self) -> Observation:
        """Running configuration and state; after a commit only what may have changed is read again (sight.py)."""
        return self._reading(lambda session: self._sight.read(session, self._served(session)[0]))

    def glance(self) -> str | None:
        """See Glancer. It asks the OLT nothing, but now and then whether it is still there."""
        return self._reading(self._glanced)

    def observe_and_glance(self) -> tuple[Observation, str | None]:
        """See Glancer. What the OLT told before the reading: what it tells during it is news at the next glance."""
        mark = self.glance()
        return self.observe(), mark

    def _glanced(self, session: Session) -> str | None:
        if time.monotonic() - self._asked_at > ASK_EVERY_S:
            session.get_config(etree.Element("filter"))  # an empty filter chooses nothing (RFC 6241, 6.4.2)
            self._asked_at = time.monotonic()
        return self._sight.told(session, self._served(session)[0])

    def prepare(self, differences: Sequence[Difference]) -> None:
        """Lock the candidate, edit it and have it validated; not even that where an OLT is known to refuse it."""
        seen = self._sight.seen
        if seen is not None and (found := new_faults(seen, differences)):
            raise DeviceRefused(*(f.diagnostic for f in found), object_name=found[0].name)
        session = self._open()
        self._lock(session)
        way = self._served(session)[1]
        try:
            way.stage(session, differences)
            self._staged = differences
        except RpcRefused as error:
            self._let_go(session)
            self._refuse(error)
        except SessionLost as error:
            self._forget()
            self._silent(error)

    def commit(self, token: str, timeout_s: int) -> None:
        """With a timer where the server has one."""
        session = self._session
        if session is None or not self._locked:
            raise OutcomeUnknown(self._fault("olt-silent", "the session was lost before the commit", ""))
        way = self._served(session)[1]
        if way.timer:
            self._sight.commits(session, self._staged)
        try:
            way.commit(session, token, timeout_s)
            self._sight.committed(self._staged)
        except RpcRefused as error:
            self._sight.refused()
            self._let_go(session)
            self._refuse(error)
        except SessionLost as error:
            self._forget()
            raise OutcomeUnknown(
                self._fault("olt-silent", f"{error}: whether it committed is not known", "Clearway reads it back")
            ) from error

    def confirm(self, token: str) -> None:
        """Confirm, from a new session where the first is gone, and have the device come up with it (:startup)."""
        self._sight.settled()
        try:
            session = self._open()
            server, way = self._served(session)
            try:
                way.confirm(session, token)
            finally:
                # Also where nothing waits: a process that was killed between the two has confirmed it already.
                if server.has("startup") and session.alive:
                    session.save()
        except RpcRefused as error:
            self._refuse(error)
        except SessionLost as error:
            self._forget()
            self._silent(error)
        self._unlock()

    def revert(self, token: str) -> None:
        """Take back what was committed and not confirmed, drop what is staged."""
        self._sight.settled()
        session = self._open()
        way = self._served(session)[1]
        if way.owes(token):
            self._lock(session)
        with self._told():
            way.undo(session, token)
            if self._locked:
                way.drop(session)
        self._unlock()

    @property
    def session(self) -> str:
        """See Fencing: the session-id."""
        return self._session.number if self._session is not None else ""

    def fence(self, past: Collection[str]) -> None:
        """See Fencing. Where a session of `past` has the lock still, its controller stands still or is cut off: it is
        killed, and what it staged is dropped. One without the lock can commit nothing that it staged before."""
        if not past:
            return
        session = self._open()
        with self._told():
            self._lock(session, past)
            self._served(session)[1].drop(session)
        self._unlock()

    def close(self) -> None:
        """End the session; a lock ends with it."""
        if self._session is not None:
            self._session.close()
        self._forget()

    def _open(self) -> Session:
        if self._session is None or not self._session.alive:
            self._forget()
            session = Session(self.device, self._access)
            server = Server.of(session.capabilities, f"{self._access.host}:{self._access.port} {self._access.host_key}")
            if self._server is None or self._server.identity != server.identity:  # else what the way knows still holds
                if self._known is not None and self._known.identity != server.identity:
                    self._known = None  # it is another device, or runs other software
                manners = self._known.manners if self._known is not None else {}
                self._server, self._way = server, way_of(self._family, server, manners)
            if self._way is None:
                session.close()
                raise DeviceRefused(
                    self._fault(
                        "olt-capability",
                        f"{self.device} has neither :candidate nor :writable-running, so it takes no configuration",
                        "enable one of them on the OLT",
                    )
                )
            self._session = session
        return self._session

    def _served(self, session: Session) -> tuple[Server, Way]:
        """What is known of the open session's server."""
        if self._server is None or self._way is None:  # pragma: no cover - `_open` sets both
            raise AssertionError(session)
        return self._server, self._way

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong inside, in the words of a driver. Raises DeviceRefused, DeviceUnreachable."""
        try:
            yield
        except RpcRefused as error:
            self._refuse(error)
        except SessionLost as error:
            self._forget()
            self._silent(error)

    def _reading(self, job: Callable[[Session], Result]) -> Result:
        """A read may be tried once more on a new session: it changes nothing."""
        for attempt in (1, 2):
            try:
                return job(self._open())
            except RpcRefused as error:
                self._refuse(error)
            except SessionLost as error:
                self._forget()
                if attempt == 2:
                    self._silent(error)
        raise AssertionError  # pragma: no cover

    def _lock(self, session: Session, past: Collection[str] = ()) -> None:
        """past: sessions that need not be waited for, but are ended."""
        deadline = time.monotonic() + self._lock_wait_s
        while not self._locked:
            try:
                session.lock(self._served(session)[1].datastore)
                self._locked = True
            except RpcRefused as error:
                if error.tag not in HELD:
                    self._refuse(error)
                if error.holder in past:
                    self._end(session, error.holder)
                if time.monotonic() > deadline:
                    self._busy(error)
                time.sleep(0.2)
            except SessionLost as error:
                self._forget()
                self._silent(error)

    def _end(self, session: Session, other: str) -> None:
        with contextlib.suppress(RpcRefused):  # gone by itself, or we may not: then the lock tells
            session.kill(other)

    def _let_go(self, session: Session) -> None:
        try:
            self._served(session)[1].drop(session)
        except (RpcRefused, SessionLost):
            self._forget()
        self._unlock()

    def _unlock(self) -> None:
        if self._session is not None and self._locked:
            try:
                self._session.unlock(self._served(self._session)[1].datastore)
            except (RpcRefused, SessionLost):
                self._forget()
        self._locked = False

    def _forget(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = None
        self._locked = False

    def _fault(self, code: str, message: str, hint: str) -> Diagnostic:
        return Diagnostic(code=code, message=message, hint=hint)

    def _silent(self, error: SessionLost) -> NoReturn:
        raise DeviceUnreachable(
            self._fault("olt-silent", str(error), "check the OLT; nothing was left half done there")
        ) from error

    def _busy(self, error: RpcRefused) -> NoReturn:
        raise DeviceRefused(
            self._fault(
                "olt-busy",
                f"another session is changing {self.device}: {error.message}",
                "wait until it is done, or end it on the OLT and discard there what it left in the candidate",
            )
        ) from error

    def _refuse(self, error: RpcRefused) -> NoReturn:
        names = re.findall(r"'([^']+)'|\"([^\"]+)\"", f"{error.path} {error.message}")
        named = [a or b for a, b in names]
        ours = [n for n in named if n.startswith("cw.")] or named
        where = f" at {error.path}" if error.path else ""
        raise DeviceRefused(
            self._fault(
                "olt-refused",
                f"{self.device} refuses: {error.message or error.tag} ({error.tag}{where})",
                "nothing was changed; if the intent is right, the OLT cannot do what it asks",
            ),
            object_name=ours[0] if ours else "",
        ) from error
