"""Locks on datastores (RFC 6241 section 7.5). Who holds what; no I/O."""

from __future__ import annotations

from typing import Literal

from labs.olt.errors import RpcError, refuse
from labs.olt.manners import Profile

DatastoreName = Literal["running", "candidate", "startup"]


class Locks:
    """The locks of a device, by datastore."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._holder: dict[DatastoreName, int] = {}

    def holder(self, datastore: DatastoreName) -> int | None:
        """The session that holds the lock."""
        return self._holder.get(datastore)

    def take(self, datastore: DatastoreName, session: int) -> None:
        """Lock it. Raises RpcError lock-denied with the holder's session-id."""
        holder = self._holder.get(datastore)
        if holder is not None and not self._profile.deviates("locks-nothing"):
            raise denied(f"{datastore} is locked by session {holder}", holder)
        self._holder[datastore] = session

    def give(self, datastore: DatastoreName, session: int) -> None:
        """Unlock it. Raises RpcError operation-failed where the session does not hold it."""
        holder = self._holder.get(datastore)
        if holder != session:
            owner = "nobody" if holder is None else f"session {holder}"
            raise refuse("operation-failed", f"{datastore} is locked by {owner}, not by session {session}")
        del self._holder[datastore]

    def check(self, datastore: DatastoreName, session: int) -> None:
        """Raises RpcError in-use where another session holds the lock."""
        holder = self._holder.get(datastore)
        if holder not in (None, session) and not self._profile.deviates("locks-nothing"):
            raise refuse("in-use", f"{datastore} is locked by session {holder}", info=(("session-id", str(holder)),))

    def drop(self, session: int) -> tuple[DatastoreName, ...]:
        """The session is gone: which locks it held."""
        if self._profile.deviates("keeps-locks"):
            return ()
        return self.free(session)

    def clear(self) -> None:
        """All of them, as after a reboot."""
        self._holder.clear()

    def free(self, session: int) -> tuple[DatastoreName, ...]:
        """Take a session's locks away, there or not: which it held."""
        held = tuple(sorted(datastore for datastore, holder in self._holder.items() if holder == session))
        for datastore in held:
            del self._holder[datastore]
        return held


def denied(why: str, holder: int) -> RpcError:
    """lock-denied; holder 0: no NETCONF session of now."""
    return refuse("lock-denied", why, kind="protocol", info=(("session-id", str(holder)),))
