"""The labs' topologies are containerlab's too, and what the bench loads is there and allowed."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from controller.project import read_project
from intents.compile import compile_intended
from intents.ingest.expand import expand
from intents.ingest.report import Report
from intents.model.diagnostic import has_errors
from labs.bench.traffic import flows_of

LABS = Path(__file__).resolve().parents[2] / "labs"
TOPOLOGIES = sorted(LABS.glob("*/*.clab.yml"))


def test_there_are_labs() -> None:
    assert {p.parent.name for p in TOPOLOGIES} >= {"small", "three-tier"}


@pytest.mark.parametrize("path", TOPOLOGIES, ids=lambda p: p.parent.name)
def test_a_topology_is_valid_for_containerlab(path: Path, shared: Path) -> None:
    schema = json.loads((shared / "clab.schema.json").read_text(encoding="utf-8"))
    text = expand(path.read_text(encoding="utf-8"), path.name, {}, Report()).text  # containerlab checks what comes out
    found = jsonschema_rs.Draft7Validator(schema).iter_errors(yaml.safe_load(text))
    assert [error.message for error in found] == []


@pytest.mark.parametrize("path", TOPOLOGIES, ids=lambda p: p.parent.name)
@pytest.mark.parametrize("folder", ["intents", "baseline-intents"])
def test_its_intents_can_be_promised_and_allow_what_the_bench_loads(path: Path, folder: str) -> None:
    project = read_project(path.parent, path.parent / folder)
    campus = project.checked_campus()
    assert not has_errors(compile_intended(campus, project.intents).diagnostics)
    allowed = {(a.name, b.name) for r in project.intents for a, b in r.pairs() if r.intent.permission == "allow"}
    by_netns = {p.name: p for p in campus.places.values()}
    for upwards in (False, True):
        flows = flows_of(campus, lambda place: place, upwards=upwards)
        assert sum(f["flows"] for f in flows) == 80
        assert {(f["from"], f["to"]) for f in flows} <= allowed
        assert all(str(by_netns[f["from"]].address) == f["address"] for f in flows)
