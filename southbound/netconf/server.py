"""What a NETCONF server says in its hello that it can do (RFC 6241, 8), and words for what it was seen to do."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

_PROTOCOL: Final = re.compile(r"urn:ietf:params:netconf:(?:capability:)?([a-z-]+):(\d+\.\d+)")

# What a server was seen to do when its manners were tried out: the keys and values of Capabilities.manners.
LOST: Final = "lost-session"  # a confirmed commit without persist, when its session is lost
PERSIST: Final = "persist"  # one with persist, when its session is lost
LOCK: Final = "lock"
TIMER: Final = "timer"
VALIDATE: Final = "validate"  # a candidate that was validated, when it is committed
REVERTS: Final = "reverts"
TIMES_OUT: Final = "times-out"  # stays until the time is up, whatever RFC 6241 8.4.1 says
STAYS: Final = "stays"  # is never undone
KEEPS: Final = "keeps"
FORGETS: Final = "forgets"  # says that it did, and changes nothing
FIRES: Final = "fires"
WHEN_IDLE: Final = "when-idle"  # not while it is asked something more than once a second or so
NEVER: Final = "never"
EXCLUSIVE: Final = "exclusive"
SHARED: Final = "shared"

# The error tags of a lock that is not given: somebody holds it, has a commit to confirm, or left the candidate changed.
# RFC 6241 7.5 has a tag for the first only; netconfd tells all three apart.
HELD: Final = frozenset({"lock-denied", "in-use", "resource-denied"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A hello. parts: capability to its versions, such as candidate to {1.0}."""

    parts: Mapping[str, frozenset[str]]
    identity: str

    @staticmethod
    def of(capabilities: Iterable[str], where: str) -> Server:
        """From the capabilities of a hello. where: address and host key, part of who it is."""
        offered = sorted(set(capabilities))
        parts: dict[str, set[str]] = {}
        for uri in offered:
            found = _PROTOCOL.match(uri)
            if found is not None:
                parts.setdefault(found[1], set()).add(found[2])
        text = "\n".join([where, *offered])
        return Server(
            parts={name: frozenset(versions) for name, versions in parts.items()},
            identity=hashlib.sha256(text.encode()).hexdigest()[:32],
        )

    def has(self, part: str, version: str | None = None) -> bool:
        """Whether it offers a capability, in a version."""
        versions = self.parts.get(part, frozenset())
        return bool(versions) if version is None else version in versions

    def without(self, part: str) -> Server:
        """The same server, as if it did not offer a capability."""
        return replace(self, parts={name: versions for name, versions in self.parts.items() if name != part})

    @property
    def persist(self) -> bool:
        """Whether a confirmed commit may outlive its session."""
        return self.has("confirmed-commit", "1.1")

    @property
    def features(self) -> frozenset[str]:
        """As RFC 6241 writes them: `:candidate:1.0`."""
        return frozenset(f":{name}:{v}" for name, versions in self.parts.items() if name != "base" for v in versions)

    @property
    def protocol(self) -> str:
        """The newest version of NETCONF that it speaks."""
        return f"netconf {max(self.parts.get('base', frozenset({'1.0'})))}"
