"""The section `access` of the settings: what it says, and what is wrong in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.access.bucket import Rate
from controller.access.grants import Grants
from controller.access.roles import Role
from controller.service.settings import read_settings
from intents.model.campus import SecretRef
from intents.model.diagnostic import ClearwayError

HEAD = "apiVersion: clearway.dev/v1\nkind: Service\nspec:\n  access:\n"


def written(folder: Path, text: str) -> Path:
    file = folder / "service.yaml"
    file.write_text(HEAD + "".join(f"    {line}\n" for line in text.splitlines()))
    return file


def test_every_key_is_heard(tmp_path: Path) -> None:
    found = read_settings(
        written(
            tmp_path,
            """certificate: {file: pki/a.pem}
key: {env: KEY}
ca: {file: /etc/ca.pem}
revoked: {file: crl.pem}
socket: api.sock
roles: {viewer: ["*@h"], admin: [alice@h, "ou:IT"]}
delegates: [admin, operator]
limits: {calls: 10, changes: 2, connections: 30, streams: 4}""",
        )
    ).access
    assert found.identity is not None
    assert found.identity.certificate == SecretRef(kind="file", name=str(tmp_path / "pki/a.pem"))
    assert found.identity.key == SecretRef(kind="env", name="KEY")
    assert found.identity.ca == SecretRef(kind="file", name="/etc/ca.pem")
    assert found.identity.revoked == SecretRef(kind="file", name=str(tmp_path / "crl.pem"))
    assert found.socket == tmp_path / "api.sock"
    assert found.grants == Grants(
        roles={Role.VIEWER: ("*@h",), Role.ADMIN: ("alice@h", "ou:IT")},
        delegates=frozenset({Role.ADMIN, Role.OPERATOR}),
    )
    assert (found.limits.calls, found.limits.changes) == (Rate(per_s=10, burst=20), Rate(per_s=2, burst=20))
    assert (found.limits.connections, found.limits.streams) == (30, 4)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("certificate: {file: a}", "bad-value", 5),
        ("certificate: {file: a}\nkey: {file: b}\nca: {file: c}", "no-admin", 5),
        ("certificate: {file: a}\nkey: hunter2\nca: {file: c}", "secret-in-text", 6),
        ("roles: {king: [a]}", "unknown-key", 5),
        ("roles: {admin: alice}", "bad-value", 5),
        ("delegates: [everybody]", "bad-value", 5),
        ("limits: {calls: 0}", "bad-value", 5),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, code: str, line: int) -> None:
    with pytest.raises(ClearwayError) as refused:
        read_settings(written(tmp_path, text))
    assert [(d.code, d.position.line) for d in refused.value.diagnostics] == [(code, line)]
    assert "hunter2" not in str(refused.value)
