"""Sessions of people who have logged in. In memory only: who restarts the service logs everybody out."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from controller.page.users import User, Users
from intents.model.diagnostic import ClearwayError

MOST: Final = 1000  # of all; the one that was idle for longest makes room
MOST_OF_ONE: Final = 20
_SECRET_BYTES: Final = 32


@dataclass(slots=True, kw_only=True)
class Session:
    """number: names it where its secret must not stand. csrf: what a request that changes something bears. user: as he
    was when he logged in. began, used: seconds of a monotonic clock."""

    number: str
    csrf: str
    user: User
    began: float
    used: float


class Sessions:
    """By the secret that a browser keeps in its cookie, of which the digest alone is kept here. Used in one loop."""

    def __init__(self, users: Users, idle_s: float, longest_s: float, clock: Callable[[], float]) -> None:
        self._users, self._idle_s, self._longest_s, self._clock = users, idle_s, longest_s, clock
        self._sessions: dict[bytes, Session] = {}

    def begin(self, user: User) -> tuple[str, Session]:
        """A new one, and its secret."""
        self._make_room(user)
        secret, now = secrets.token_urlsafe(_SECRET_BYTES), self._clock()
        session = Session(
            number=secrets.token_hex(8), csrf=secrets.token_urlsafe(_SECRET_BYTES), user=user, began=now, used=now
        )
        self._sessions[_digest(secret)] = session
        return secret, session

    def end(self, secret: str) -> None:
        """If there is one."""
        self._sessions.pop(_digest(secret), None)

    def of(self, secret: str) -> Session | None:
        """The session of a secret, if it goes on; it is in use."""
        key = _digest(secret)
        session = self._sessions.get(key)
        if session is None:
            return None
        if not self.goes_on(session):
            del self._sessions[key]
            return None
        self.touch(session)
        return session

    def touch(self, session: Session) -> None:
        """It is in use."""
        session.used = self._clock()

    def named(self, number: str) -> Session | None:
        """By its number."""
        return next((s for s in self._sessions.values() if s.number == number), None)

    def goes_on(self, session: Session) -> bool:
        """Whether it is not over, and its user still is who he was: no other role, no other password."""
        now = self._clock()
        if now - session.used > self._idle_s or now - session.began > self._longest_s:
            return False
        try:
            return self._users.all().get(session.user.name) == session.user
        except ClearwayError:  # nobody can be looked up just now: nobody is let in
            return False

    def left_s(self, session: Session) -> float:
        """Seconds until it ends if it is not used."""
        now = self._clock()
        return min(session.used + self._idle_s, session.began + self._longest_s) - now

    def is_open(self, session: Session) -> bool:
        """Whether nobody has logged out of it meanwhile."""
        return any(s is session for s in self._sessions.values()) and self.goes_on(session)

    def _make_room(self, user: User) -> None:
        over = [key for key, s in self._sessions.items() if not self.goes_on(s)]
        for key in over:
            del self._sessions[key]
        own = sorted((s.used, key) for key, s in self._sessions.items() if s.user.name == user.name)
        every = sorted((s.used, key) for key, s in self._sessions.items())
        for _, key in (*own[: max(0, len(own) - MOST_OF_ONE + 1)], *every[: max(0, len(every) - MOST + 1)]):
            self._sessions.pop(key, None)


def _digest(secret: str) -> bytes:
    """What is looked up: comparing digests tells nothing of the secret by the time it takes."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()
