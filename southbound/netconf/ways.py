"""The ways to change a device and to take it back, by what its server can do. The driver holds session and lock.

    Confirmed   candidate, confirmed commit: the device itself undoes what is not confirmed
    Plain       candidate, commit for good: undone by the inverse
    Running     running is written (:writable-running), undone by the inverse

An inverse is the same differences with their sides exchanged, kept before anything is sent. A lost reply leaves it
standing: merge, replace and remove give the same result on a device that never took the edit. A process that starts
after kill -9 has no inverse here; the journal has both sides of every difference.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from intents.model.state import Difference
from southbound.netconf.family import Family
from southbound.netconf.server import FORGETS, LOST, NEVER, STAYS, TIMER, VALIDATE, Server
from southbound.netconf.session import Datastore, RpcRefused, Session


class Way(Protocol):
    """Staging, committing and undoing. Raises RpcRefused and SessionLost, as the session does."""

    @property
    def datastore(self) -> Datastore:
        """What is edited, and locked."""

    @property
    def timer(self) -> bool:
        """Whether the device undoes by itself what is not confirmed."""

    def stage(self, session: Session, differences: Sequence[Difference]) -> None:
        """Have the device check the change; nothing takes effect."""

    def drop(self, session: Session) -> None:
        """Forget what is staged."""

    def commit(self, session: Session, token: str, timeout_s: int) -> None:
        """Make it take effect."""

    def confirm(self, session: Session, token: str) -> None:
        """Keep it."""

    def owes(self, token: str) -> bool:
        """Whether taking it back needs an edit, and so the lock."""

    def undo(self, session: Session, token: str) -> None:
        """Take back what was committed under that token, as far as it is known here."""


class Confirmed:
    """Candidate and confirmed commit (RFC 6241, 8.3 and 8.4), with persist where the server has it.

    :confirmed-commit:1.0 (RFC 4741) has no cancel-commit either: the inverse is committed, which ends the timer too.
    """

    datastore: Final[Datastore] = "candidate"
    timer: Final = True

    def __init__(self, family: Family, server: Server) -> None:
        self._family, self._server = family, server
        self._staged: Sequence[Difference] = ()
        self._waiting: tuple[str, Session] | None = None

    def stage(self, session: Session, differences: Sequence[Difference]) -> None:
        """Edit and validate the candidate."""
        _stage_candidate(session, self._family, self._server, differences)
        self._staged = tuple(differences)

    def drop(self, session: Session) -> None:
        """Discard."""
        session.discard()

    def commit(self, session: Session, token: str, timeout_s: int) -> None:
        """Confirmed commit."""
        self._waiting = (token, session)
        session.commit_confirmed(token if self._server.persist else None, timeout_s)

    def confirm(self, session: Session, token: str) -> None:
        """By persist-id, from any session; without persist only the session that committed can."""
        if self._server.persist:
            session.confirm(token)
        elif self._waiting == (token, session):
            session.commit()
        else:
            raise RpcRefused("operation-failed", "the session that could confirm it is gone", "", "")
        self._waiting = None

    def owes(self, token: str) -> bool:  # noqa: ARG002 - cancel-commit is no edit
        """It does not: an inverse is for the session alone that has the lock."""
        return False

    def undo(self, session: Session, token: str) -> None:
        """Cancel what waits. Without persist, the end of its session was its undoing."""
        with contextlib.suppress(RpcRefused):  # nothing of that name waits: reverted already, or never committed
            if self._server.persist:
                session.cancel(token)
            elif self._waiting == (token, session):
                _commit_inverse(session, self._family, inverse(self._staged))
        self._waiting = None


class Plain:
    """Candidate, but commits are for good."""

    datastore: Final[Datastore] = "candidate"
    timer: Final = False

    def __init__(self, family: Family, server: Server) -> None:
        self._family, self._server = family, server
        self._staged: Sequence[Difference] = ()
        self._inverse: tuple[str, Sequence[Difference]] | None = None

    def stage(self, session: Session, differences: Sequence[Difference]) -> None:
        """Edit and validate the candidate."""
        _stage_candidate(session, self._family, self._server, differences)
        self._staged = tuple(differences)

    def drop(self, session: Session) -> None:
        """Discard."""
        self._staged = ()
        session.discard()

    def commit(self, session: Session, token: str, timeout_s: int) -> None:  # noqa: ARG002 - no timer here
        """Commit."""
        self._inverse = (token, inverse(self._staged))
        try:
            session.commit()
        except RpcRefused:
            self._inverse = None
            raise

    def confirm(self, session: Session, token: str) -> None:  # noqa: ARG002 - the same
        """It is kept already."""
        self._inverse, self._staged = None, ()

    def owes(self, token: str) -> bool:
        """Whether it was committed, or may have been."""
        return self._inverse is not None and self._inverse[0] == token

    def undo(self, session: Session, token: str) -> None:
        """Commit the inverse of what was committed."""
        if self._inverse is not None and self._inverse[0] == token:
            _commit_inverse(session, self._family, self._inverse[1])
            self._inverse = None


class Running:
    """No candidate: running is edited, all or nothing where the server has :rollback-on-error."""

    datastore: Final[Datastore] = "running"
    timer: Final = False

    def __init__(self, family: Family, server: Server) -> None:
        self._family, self._server = family, server
        self._staged: Sequence[Difference] = ()
        self._inverse: tuple[str, Sequence[Difference]] | None = None

    def stage(self, session: Session, differences: Sequence[Difference]) -> None:
        """Have the edit tested where the server can (:validate:1.1)."""
        if self._server.has("validate", "1.1"):
            session.test_running(self._family.edit(differences))
        self._staged = tuple(differences)

    def drop(self, session: Session) -> None:  # noqa: ARG002 - nothing is on the device
        """Forget it."""
        self._staged = ()

    def commit(self, session: Session, token: str, timeout_s: int) -> None:  # noqa: ARG002 - no timer here
        """Edit running. A server that is stopped half-way by an error is brought back at once."""
        self._inverse = (token, inverse(self._staged))
        try:
            session.edit_running(self._family.edit(self._staged))
        except RpcRefused:
            if self._server.has("rollback-on-error"):
                self._inverse = None
            else:
                with contextlib.suppress(RpcRefused):  # then `undo` tries it again
                    session.edit_running(self._family.edit(self._inverse[1]))
                    self._inverse = None
            raise

    def confirm(self, session: Session, token: str) -> None:  # noqa: ARG002 - the same
        """It is kept already."""
        self._inverse, self._staged = None, ()

    def owes(self, token: str) -> bool:
        """Whether it was sent."""
        return self._inverse is not None and self._inverse[0] == token

    def undo(self, session: Session, token: str) -> None:
        """Edit running with the inverse of what was committed."""
        if self._inverse is not None and self._inverse[0] == token:
            session.edit_running(self._family.edit(self._inverse[1]))
            self._inverse = None


def way_of(family: Family, server: Server, manners: Mapping[str, str]) -> Way | None:
    """The safest way that the server offers and that it was seen to keep to; None: it takes no configuration."""
    if server.has("candidate"):
        if manners.get(VALIDATE) == FORGETS:
            server = server.without("validate")  # an edit-config tests before it sets, and a commit validates
        # Without persist, what a lost session left could be neither confirmed nor cancelled by another.
        leaves = manners.get(LOST) == STAYS or manners.get(TIMER) == NEVER
        if server.persist or (server.has("confirmed-commit") and not leaves):
            return Confirmed(family, server)
        return Plain(family, server)
    return Running(family, server) if server.has("writable-running") else None


def inverse(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """What takes the differences back, in the opposite order."""
    return tuple(Difference(key=d.key, before=d.after, after=d.before) for d in reversed(differences))


def _stage_candidate(session: Session, family: Family, server: Server, differences: Sequence[Difference]) -> None:
    session.discard()
    session.edit_candidate(family.edit(differences))
    if server.has("validate"):
        session.validate()


def _commit_inverse(session: Session, family: Family, differences: Sequence[Difference]) -> None:
    session.discard()
    session.edit_candidate(family.edit(differences))
    session.commit()
