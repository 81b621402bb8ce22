"""Roles, and which call needs which. Pure: no certificate is read and no call is answered here.

A role holds what those that it implies hold. Operator and approver are apart, so that who changes the network and who
lets a change pass can be two people; admin is both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody may do, from looking to everything."""

    VIEWER = "viewer"  # look, plan, verify: nothing changes
    OPERATOR = "operator"  # change intents, and the network with them
    APPROVER = "approver"  # let a change pass that somebody else made
    ADMIN = "admin"  # all of it, break-glass, and speaking for others


_IMPLIES: Final[Mapping[Role, frozenset[Role]]] = {
    Role.VIEWER: frozenset({Role.VIEWER}),
    Role.OPERATOR: frozenset({Role.VIEWER, Role.OPERATOR}),
    Role.APPROVER: frozenset({Role.VIEWER, Role.APPROVER}),
    Role.ADMIN: frozenset(Role),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a call needs. role None: anybody, also without a certificate. tried: what is enough where the request
    changes nothing: it says `validate_only`, or starts what only looks."""

    role: Role | None
    tried: Role | None = None

    def needs(self, *, validate_only: bool) -> Role | None:
        """The role that is needed for this request."""
        return self.tried if validate_only and self.tried is not None else self.role


_SERVICE: Final = "/clearway.intents.v1.IntentService/"
_OPERATIONS: Final = "/clearway.intents.v1.OperationService/"
_COMMITS: Final = "/clearway.intents.v1.CommitService/"
_LOOKS: Final = Rule(role=Role.VIEWER)
_CHANGES: Final = Rule(role=Role.OPERATOR, tried=Role.VIEWER)
# Each call of each service has a row: tests/access/test_roles.py compares this with what the server offers.
RULES: Final[Mapping[str, Rule]] = {
    f"{_SERVICE}ListIntents": _LOOKS,
    f"{_SERVICE}GetIntent": _LOOKS,
    f"{_SERVICE}ApplyIntent": _CHANGES,
    f"{_SERVICE}DeleteIntent": _CHANGES,
    f"{_SERVICE}PlanChanges": _LOOKS,
    f"{_SERVICE}VerifyNetwork": _LOOKS,
    f"{_SERVICE}ExplainIntent": _LOOKS,
    f"{_SERVICE}ListBreakGlass": _LOOKS,
    f"{_SERVICE}OpenBreakGlass": Rule(role=Role.ADMIN),
    f"{_SERVICE}EndBreakGlass": Rule(role=Role.ADMIN),
    f"{_SERVICE}GetCapacity": _LOOKS,
    f"{_SERVICE}WatchStatus": _LOOKS,
    f"{_OPERATIONS}StartOperation": _CHANGES,
    f"{_OPERATIONS}GetOperation": _LOOKS,
    f"{_OPERATIONS}ListOperations": _LOOKS,
    f"{_OPERATIONS}CancelOperation": Rule(role=Role.OPERATOR),
    f"{_OPERATIONS}WaitOperation": _LOOKS,
    f"{_OPERATIONS}WatchOperation": _LOOKS,
    f"{_COMMITS}ListCommits": _LOOKS,
    f"{_COMMITS}ApproveCommit": Rule(role=Role.APPROVER),
    f"{_COMMITS}RevertCommit": Rule(role=Role.OPERATOR),
    "/grpc.health.v1.Health/Check": Rule(role=None),  # asked by load balancers and service managers
    "/grpc.health.v1.Health/Watch": Rule(role=None),
    "/grpc.health.v1.Health/List": Rule(role=None),
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": _LOOKS,
}

READ_AUDIT: Final = "/clearway.page/ReadAudit"
# What is shown beside the API, and has no call there.
SHOWN: Final[Mapping[str, Rule]] = {READ_AUDIT: Rule(role=Role.APPROVER)}


def rule_of(method: str) -> Rule:
    """The rule for a call by its full name (`/package.Service/Method`). What has no row needs an admin."""
    return RULES.get(method) or SHOWN.get(method, Rule(role=Role.ADMIN))


def holds(roles: frozenset[Role], needed: Role | None) -> bool:
    """Whether these roles, with what they imply, are enough."""
    return needed is None or any(needed in _IMPLIES[role] for role in roles)
