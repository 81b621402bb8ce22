"""The section `access` of the service's settings, as values. Its schema is that of the settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from controller.access.bucket import Rate
from controller.access.grants import Grants
from controller.access.roles import Role
from controller.access.settings import AccessSettings, Limits, ServerIdentity
from intents.ingest.report import Report
from intents.ingest.sections import secret
from intents.ingest.tree import Scalar, Sequence, Table
from intents.model.campus import SecretRef


def read_access(table: Table, beside: Path, report: Report) -> AccessSettings:
    """What the section says; files are relative to the settings' folder. What is wrong goes to the report."""
    certificate, key, ca, revoked = (_secret(table, name, beside) for name in ("certificate", "key", "ca", "revoked"))
    identity = None
    if certificate is not None and key is not None and ca is not None:
        identity = ServerIdentity(certificate=certificate, key=key, ca=ca, revoked=revoked, position=table.position)
    roles = table.table("roles")
    grants = {Role(name.text): _texts(people) for name, people in roles.items()} if roles is not None else {}
    if identity is not None and not grants.get(Role.ADMIN):
        report.error(
            "no-admin",
            table.position,
            "access: names no admin, so nobody could do everything, or give roles to others",
            "add `roles: {admin: [NAME]}` with the name in your certificate",
        )
    socket = table.text("socket")
    return AccessSettings(
        identity=identity,
        grants=Grants(roles=grants, delegates=_delegates(table)),
        limits=_limits(table.table("limits")),
        socket=beside / Path(socket.text).expanduser() if socket is not None else None,
    )


def _secret(table: Table, name: str, beside: Path) -> SecretRef | None:
    found = secret(table.table(name))
    if found is None or found.kind != "file":
        return found
    return replace(found, name=str(beside / Path(found.name).expanduser()))


def _texts(node: object) -> tuple[str, ...]:
    return tuple(i.text for i in node.items if isinstance(i, Scalar)) if isinstance(node, Sequence) else ()


def _delegates(table: Table) -> frozenset[Role]:
    found = table.entries.get("delegates")
    return Grants().delegates if found is None else frozenset(Role(text) for text in _texts(found[1]))


def _limits(table: Table | None) -> Limits:
    base = Limits()
    if table is None:
        return base

    def count(name: str, otherwise: int) -> int:
        found = table.text(name)
        return found.value if found is not None and isinstance(found.value, int) else otherwise

    calls, changes = count("calls", int(base.calls.per_s)), count("changes", int(base.changes.per_s))
    return replace(
        base,
        calls=Rate(per_s=calls, burst=2 * calls),
        changes=Rate(per_s=changes, burst=10 * changes),
        connections=count("connections", base.connections),
        streams=count("streams", base.streams),
    )
