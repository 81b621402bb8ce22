"""The alarms ask for metrics that there are, and each has its paragraph in the runbook."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.audit.log import AuditLog
from controller.state.store import Store
from controller.telemetry.settings import TelemetrySettings
from controller.telemetry.watched import Watched

DOCS = Path(__file__).resolve().parents[2] / "docs"
ALERTS = DOCS / "examples" / "prometheus" / "alerts.yaml"
NAME = re.compile(r"\b((?:clearway|grpc_server|process)_[a-z_]+)\b")


def alarms() -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def shown(folder: Path) -> set[str]:
    """The names of all samples that a service can show."""
    watched = Watched(TelemetrySettings())
    watched.state(Store(folder))
    names = set()
    for family in watched.meters.registry.collect():
        names |= {family.name, *(f"{family.name}{end}" for end in ("_total", "_info", "_bucket", "_count", "_sum"))}
    return names


def test_alarms_and_dashboard_ask_for_what_there_is(tmp_path: Path) -> None:
    there = shown(tmp_path)
    asked = {name for alarm in alarms() for name in NAME.findall(alarm["expr"])}
    board = json.loads((DOCS / "examples" / "grafana" / "clearway.json").read_text())
    asked |= {name for panel in board["panels"] for t in panel["targets"] for name in NAME.findall(t["expr"])}
    assert len(asked) > 15
    assert sorted(asked - there) == []


def test_every_alarm_has_its_paragraph_with_what_to_type() -> None:
    runbook = (DOCS / "runbook.md").read_text()
    for alarm in alarms():
        name = alarm["alert"]
        assert alarm["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"
        _, _, rest = runbook.partition(f"\n### {name}\n")
        paragraph = rest.partition("\n##")[0]
        assert "`" in paragraph, name


def test_every_metric_is_in_the_page_for_operators(tmp_path: Path) -> None:
    page = (DOCS / "operate.md").read_text()
    watched = Watched(TelemetrySettings())
    watched.state(Store(tmp_path))
    families = [f.name for f in watched.meters.registry.collect() if f.name.startswith("clearway_")]
    endings = [name for name in families if name not in page and f"_{name.rpartition('_bound_')[2]}" not in page]
    assert [n for n in endings if "last_load_success_timestamp" not in n] == []


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian's prometheus) is not installed")
def test_prometheus_itself_takes_the_rules() -> None:
    done = subprocess.run(["promtool", "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_head_of_the_audit_chain_is_shown_as_it_is(tmp_path: Path) -> None:
    watched = Watched(TelemetrySettings())
    watched.state(Store(tmp_path))
    registry = watched.meters.registry
    assert registry.get_sample_value("clearway_audit_records_total") == 0
    log = AuditLog(tmp_path)
    log.append("change", {"token": "t-1"})
    log.append("ended", {"token": "t-1"})
    assert registry.get_sample_value("clearway_audit_records_total") == log.head.n
    assert registry.get_sample_value("clearway_audit_head") == int(log.head.hash[:12], 16)
