"""Secrets in a text: found wherever they stand, told by place and never by content. Fault 19."""

from __future__ import annotations

from pathlib import Path

import pytest

from intents.ingest import load

SECRETS = [
    ("tls: {key: |\n    -----BEGIN PRIVATE KEY-----\n    MIGH\n}", 2, 5),
    ("# -----BEGIN OPENSSH PRIVATE KEY-----", 1, 3),
    ("# -----BEGIN RSA PRIVATE KEY-----", 1, 3),
    ("spec:\n  annotations: {password: hunter2}", 2, 17),
    ("  Password: 'hunter2'", 1, 3),
    ("olt_password: hunter2", 1, 5),
    ("db-secret: hunter2 # of the database", 1, 4),
    ("api-key: hunter2", 1, 1),
    ("# old token: hunter2", 1, 7),
    ("x: ghp_hunter2hunter2hunter2hunter2hunter2hunter2", 1, 4),
    ("x: glpat-hunter2hunter2hunter2", 1, 4),
    ("x: AKIAHUNTER2HUNTER2AA", 1, 4),
    ("x: eyJhunter2hunter2.eyJhunter2hunter2.hunter2hunter2", 1, 4),
    ("remote: https://alice:hunter2@git.example/x.git", 1, 9),
    ("state: postgresql://clearway:hunter2@db/x", 1, 8),
]
HARMLESS = [
    "key: {file: .lab/client_key}",
    "password: {env: OLT_PASSWORD}",
    "password: {keyring: clearway/olt-1}",
    'clearway.key: "{file: .lab/client_key}"',
    "password: ${OLT_PASSWORD}",
    "header: PRIVATE-TOKEN: $OLT_TOKEN",
    'password: "${OLT_PASSWORD}"',
    'token: "{env: TOKEN}"',
    "token: null",
    'password: ""',
    "password:",
    "say: Ward 1 may reach the secret archive with https",
    "description: the token ring of old",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ",
    "-----BEGIN CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----",
    "x: https://git.example/alice:x",
    "x: ssl:10.0.0.1:6653",
    "remote: https://${USER}:${PASSWORD}@git.example/x.git",
]


@pytest.mark.parametrize(("text", "line", "column"), SECRETS)
def test_a_secret_is_told_by_its_place_alone(text: str, line: int, column: int) -> None:
    found = load({"campus.yaml": text, "intents/other.yaml": "password: {env: X}"}).diagnostics
    assert [(d.code, d.position.line, d.position.column) for d in found] == [("secret-in-text", line, column)]
    assert "hunter2" not in str(found).casefold()


@pytest.mark.parametrize("text", HARMLESS)
def test_a_reference_or_a_word_is_none(text: str) -> None:
    assert "secret-in-text" not in {d.code for d in load({"campus.yaml": text}).diagnostics}


def test_the_texts_of_the_repository_hold_none() -> None:
    repo = Path(__file__).resolve().parents[2]
    for path in [p for p in repo.rglob("*.y*ml") if "node_modules" not in p.parts and ".venv" not in p.parts]:
        text = path.read_text(encoding="utf-8", errors="replace")
        assert "secret-in-text" not in {d.code for d in load({path.name: text}).diagnostics} or "bad" in path.parts, (
            path
        )
