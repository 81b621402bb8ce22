"""What several controllers keep of their logs in PostgreSQL is asked by `clearway audit verify --config`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from controller.audit import anchors
from controller.audit.log import AuditLog
from controller.backup.reached import reached_by
from labs.runner.postgres import Server
from tests.commandline import clearway

SETTINGS = """\
apiVersion: clearway.dev/v1
kind: Service
spec:
  git: {repository: hospital.git, branch: main}
  controllers: {database: {file: database}}
"""


def test_a_log_that_was_cut_off_shows_against_what_the_database_knows(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEARWAY_STATE", str(tmp_path / "state"))
    config = tmp_path / "service.yaml"
    config.write_text(SETTINGS)
    (tmp_path / "database").write_text(postgres.database())
    store = reached_by(Path(), config)
    log = AuditLog(store.folder)
    for number in range(3):
        log.append("change-ended", {"token": f"t{number}", "outcome": "done"})
    anchors.keep(store, log)
    log.close()

    sound = clearway("audit", "verify", "--config", str(config), "--json")
    assert (sound.code, json.loads(sound.out)["anchored"]) == (0, 4)
    log.path.write_bytes(b"".join(log.path.read_bytes().splitlines(keepends=True)[:-1]))
    cut = clearway("audit", "verify", "--config", str(config), "--json")
    assert (cut.code, [f["fault"] for f in json.loads(cut.out)["found"]]) == (1, ["truncated"])
