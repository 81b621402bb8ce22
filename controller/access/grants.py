"""Which roles an identity has: the settings' list of names and patterns.

    roles:
      viewer: ["*@hospital.example"]              # `*`: anything but `/` and `@`
      operator: ["spiffe://hospital.example/ops/*", "ou:Network"]
      admin: [alice@hospital.example]

`ou:` names an organisational unit of the certificate's subject, exactly; `user:` a user of this machine, who comes by a
unix socket. Names are compared as they are written; only e-mail addresses and DNS names without regard to case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from controller.access.identity import Identity
from controller.access.roles import Role, Rule, holds
from intents.model.diagnostic import ClearwayError, Diagnostic

_UNIT: Final = "ou:"
_USER: Final = "user:"
_NO_CASE: Final = frozenset({"email", "dns"})


class NotAllowed(ClearwayError):
    """Somebody who is known has not the role that the call needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """Who has which roles. delegates: the roles whose holders may act in the name of others."""

    roles: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    delegates: frozenset[Role] = frozenset({Role.ADMIN})

    def of(self, who: Identity) -> frozenset[Role]:
        """The roles of somebody; none where no pattern is about him."""
        return frozenset(role for role, patterns in self.roles.items() if any(matches(p, who) for p in patterns))


def matches(pattern: str, who: Identity) -> bool:
    """Whether a pattern of the settings is about somebody."""
    if pattern.startswith(_UNIT):
        return pattern.removeprefix(_UNIT) in who.units
    if who.kind == "loopback":
        return False
    if pattern.startswith(_USER) or who.kind == "user":
        return who.kind == "user" and pattern == f"{_USER}{who.name}"
    wild = "".join("[^/@]*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", pattern))
    return re.fullmatch(wild, who.name, re.IGNORECASE if who.kind in _NO_CASE else 0) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who makes a call. behalf: for whom he says that he does, `Name <address>`, or empty."""

    identity: Identity
    roles: frozenset[Role]
    behalf: str = ""

    @property
    def author(self) -> str:
        """Whose change it is, as git writes it."""
        return self.behalf or self.identity.author

    @property
    def by(self) -> str:
        """Who made it, for the journal and the audit log."""
        return f"{self.identity.name} for {self.behalf}" if self.behalf else self.identity.name


def admitted(caller: Caller, method: str, rule: Rule, grants: Grants, *, validate_only: bool) -> Caller:
    """The caller, if he may. Raises NotAllowed, which says what is needed and who can give it."""
    needed = rule.needs(validate_only=validate_only)
    call = method.rpartition("/")[2]
    if not holds(caller.roles, needed):
        has = f"has only: {', '.join(sorted(caller.roles))}" if caller.roles else "has no role here"
        raise _refused(
            f"{caller.identity.name} {has}; {call} needs the role {needed}",
            f"{_givers(grants)} can add a line under access.roles.{needed} of the service's settings",
        )
    if caller.behalf and not any(holds(caller.roles, role) for role in grants.delegates):
        raise _refused(
            f"{caller.identity.name} may not act in the name of {caller.behalf}",
            f"leave out x-clearway-author, or ask {_givers(grants)}: access.delegates says which roles may",
        )
    return caller


def _givers(grants: Grants) -> str:
    """Who can give a role."""
    admins = grants.roles.get(Role.ADMIN, ())
    more = f" and {len(admins) - 5} more" if len(admins) > 5 else ""
    return f"an admin ({', '.join(admins[:5])}{more})" if admins else "whoever keeps the service's settings"


def _refused(message: str, hint: str) -> NotAllowed:
    return NotAllowed(Diagnostic(code="not-allowed", message=message, hint=hint))
