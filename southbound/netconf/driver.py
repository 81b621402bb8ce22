"""An OLT as a driver: candidate, validate, persistent confirmed commit (RFC 6241, 8.3, 8.4, 8.6)."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Sequence
from typing import Final, NoReturn, TypeVar

from intents.model.diagnostic import Diagnostic
from intents.model.state import DeviceState, Difference, Observation, patch
from southbound.driver import Capabilities, DeviceRefused, DeviceUnreachable, OutcomeUnknown
from southbound.netconf.family import family_of
from southbound.netconf.preflight import new_faults
from southbound.netconf.session import Access, RpcRefused, Session, SessionLost
from southbound.netconf.standard.names import HOMES

Result = TypeVar("Result")

LOCK_WAIT_S: Final = 10.0
_NEEDED: Final = {
    ":candidate": "urn:ietf:params:netconf:capability:candidate:1.0",
    ":validate": "urn:ietf:params:netconf:capability:validate:1.",
    ":confirmed-commit": "urn:ietf:params:netconf:capability:confirmed-commit:1.1",
}


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
        self._seen: DeviceState | None = None  # what it held when it was read last, and what was committed since
        self._staged: tuple[Difference, ...] = ()
        self._waiting: str | None = None  # the token of what is still to be confirmed

    def probe(self) -> Capabilities:
        """Capabilities from the hello. Raises DeviceUnreachable, DeviceRefused (a needed one is missing)."""
        session = self._open()
        return Capabilities(
            device=self.device,
            protocol="netconf",
            confirmed_commit=True,
            features=session.capabilities,
        )

    def observe(self) -> Observation:
        """Running configuration and state, in one <get>."""
        data = self._reading(lambda s: s.get(self._family.filter()))
        parsed = self._family.parse(data)
        self._seen = DeviceState.of(self.device, parsed.objects)
        return Observation(state=self._seen, facts=self._family.facts(data))

    def prepare(self, differences: Sequence[Difference]) -> None:
        """Lock the candidate, edit it and have it validated; not even that where an OLT is known to refuse it."""
        if self._seen is not None and (found := new_faults(self._seen, differences)):
            raise DeviceRefused(*(f.diagnostic for f in found), object_name=found[0].name)
        session = self._open()
        self._lock(session)
        try:
            session.discard()
            session.edit_candidate(self._family.edit(differences))
            session.validate()
            self._staged = tuple(differences)
        except RpcRefused as error:
            self._let_go(session)
            self._refuse(error)
        except SessionLost as error:
            self._forget()
            self._silent(error)

    def commit(self, token: str, timeout_s: int) -> None:
        """Confirmed commit with persist."""
        session = self._session
        if session is None or not self._locked:
            raise OutcomeUnknown(self._fault("olt-silent", "the session was lost before the commit", ""))
        try:
            session.commit_confirmed(token, timeout_s, follows=self._waiting == token)
            self._waiting = token
            if self._seen is not None:
                self._seen = patch(self._seen, self._staged)
        except RpcRefused as error:
            self._let_go(session)
            self._refuse(error)
        except SessionLost as error:
            self._forget()
            raise OutcomeUnknown(
                self._fault("olt-silent", f"{error}: whether it committed is not known", "Clearway reads it back")
            ) from error

    def confirm(self, token: str) -> None:
        """Confirm by persist-id, from a new session where the first is gone."""
        try:
            session = self._open()
            session.confirm(token)
            self._waiting = None
        except RpcRefused as error:
            self._refuse(error)
        except SessionLost as error:
            self._forget()
            self._silent(error)
        self._unlock()

    def revert(self, token: str) -> None:
        """Cancel the commit if it is unconfirmed, drop what is staged."""
        session = self._open()
        self._waiting = None
        try:
            with contextlib.suppress(RpcRefused):  # nothing of that name waits: reverted already, or never committed
                session.cancel(token)
            if self._locked:
                session.discard()
        except RpcRefused as error:
            self._refuse(error)
        except SessionLost as error:
            self._forget()
            self._silent(error)
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
            missing = [n for n, uri in _NEEDED.items() if not any(c.startswith(uri) for c in session.capabilities)]
            if missing:
                session.close()
                raise DeviceRefused(
                    self._fault(
                        "olt-capability",
                        f"{self.device} lacks {', '.join(missing)}, so a change on it could not be undone by itself",
                        "enable it on the OLT",
                    )
                )
            self._session = session
        return self._session

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

    def _lock(self, session: Session) -> None:
        deadline = time.monotonic() + self._lock_wait_s
        while not self._locked:
            try:
                session.lock()
                self._locked = True
            except RpcRefused as error:
                if error.tag != "lock-denied" or time.monotonic() > deadline:
                    self._refuse(error)
                time.sleep(0.2)
            except SessionLost as error:
                self._forget()
                self._silent(error)

    def _let_go(self, session: Session) -> None:
        try:
            session.discard()
        except (RpcRefused, SessionLost):
            self._forget()
        self._unlock()

    def _unlock(self) -> None:
        if self._session is not None and self._locked:
            try:
                self._session.unlock()
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

    def _refuse(self, error: RpcRefused) -> NoReturn:
        names = re.findall(r"'([^']+)'|\"([^\"]+)\"", f"{error.path} {error.message}")
        named = [a or b for a, b in names]
        ours = [n for n in named if n.startswith("cw.")] or named
        if error.tag == "lock-denied":
            raise DeviceRefused(
                self._fault(
                    "olt-busy",
                    f"another session is changing {self.device}: {error.message}",
                    "wait until it is done, or end it on the OLT",
                )
            ) from error
        where = f" at {error.path}" if error.path else ""
        raise DeviceRefused(
            self._fault(
                "olt-refused",
                f"{self.device} refuses: {error.message or error.tag} ({error.tag}{where})",
                "nothing was changed; if the intent is right, the OLT cannot do what it asks",
            ),
            object_name=ours[0] if ours else "",
        ) from error
