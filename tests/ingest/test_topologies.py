"""Topologies as people publish them: each is a campus, and each goes to `containerlab deploy` as it is."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from intents.compile import compile_intended
from intents.ingest import Loaded, load
from intents.ingest.expand import expand
from intents.ingest.report import Report
from intents.model.campus import PonId, SecretRef
from intents.model.diagnostic import Severity, has_errors

HERE = Path(__file__).parent / "topologies"
NAMES = sorted(path.name for path in HERE.glob("*.clab.yml"))
SHARED = Path(os.environ.get("CLEARWAY_SHARED", Path(__file__).parents[3] / "shared"))


def read(name: str, **environment: str) -> Loaded:
    loaded = load({name: (HERE / name).read_text(encoding="utf-8")}, environment)
    assert not has_errors(loaded.diagnostics), [str(d) for d in loaded.diagnostics]
    assert loaded.campus is not None
    return loaded


@pytest.mark.parametrize("name", NAMES)
def test_a_topology_is_a_campus_that_can_be_planned(name: str) -> None:
    loaded = read(name)
    assert loaded.campus is not None
    assert compile_intended(loaded.campus, loaded.intents).intended is not None


@pytest.mark.parametrize("name", NAMES)
def test_a_topology_fits_the_schema_of_containerlab(name: str) -> None:
    schema = SHARED / "clab.schema.json"
    if not schema.exists():
        pytest.skip("containerlab's schema is not at hand (CLEARWAY_SHARED)")
    text = (HERE / name).read_text(encoding="utf-8")
    document = yaml.safe_load(expand(text, name, {}, Report()).text)  # containerlab checks what comes out, too
    validator = jsonschema_rs.Draft7Validator(json.loads(schema.read_text(encoding="utf-8")))
    assert [str(e.message) for e in validator.iter_errors(document)] == []


def test_labels_come_from_defaults_kinds_groups_and_nodes() -> None:
    campus = read("clinic.clab.yml").campus
    assert campus is not None
    assert campus.places["ct"].segment == "imaging"  # of its kind
    assert campus.places["pacs"].segment == "servers"  # its own goes before
    assert campus.onus["onu-1"].ports == {1: 10**10}  # of its group
    assert campus.groups["rooms"].members == ("ct", "x-ray")


def test_the_fibres_say_on_which_pon_an_onu_hangs_and_which_stands_in() -> None:
    campus = read("clinic.clab.yml").campus
    assert campus is not None
    assert campus.onus["onu-2"].pon == PonId("olt", "eth11")
    assert campus.onus["onu-2"].backup == PonId("olt", "eth12")


def test_variables_are_replaced() -> None:
    for environment, host in (({}, "10.0.0.1"), ({"OLT": "10.9.9.9"}, "10.9.9.9")):
        campus = read("clinic.clab.yml", **environment).campus
        assert campus is not None
        assert campus.olts["olt"].netconf.host == host
    campus = read("extended.clab.yml", SITE="").campus
    assert campus is not None
    assert campus.name == "extended-north"


def test_nodes_of_other_kinds_are_left_alone() -> None:
    loaded = read("clos.clab.yml")
    assert loaded.campus is not None
    assert set(loaded.campus.switches) == {"ward-switch"}
    assert set(loaded.campus.places) == {"desk", "printer"}
    assert loaded.campus.links == ()
    assert all(d.severity is Severity.WARNING for d in loaded.diagnostics)


def test_long_links_pseudo_nodes_and_macs_are_read() -> None:
    campus = read("extended.clab.yml").campus
    assert campus is not None
    assert campus.places["a"].mac == "52:54:00:12:34:56"
    assert str(campus.places["b"].port) == "sw:2"
    assert campus.models["box"].flows == 1000
    assert campus.switches["sw"].model == "box"


def test_a_place_may_be_called_otherwise_than_its_node_and_a_device_may_not() -> None:
    text = (HERE / "clinic.clab.yml").read_text(encoding="utf-8")
    place = text.replace("clearway.address: 10.20.0.5", "clearway.name: olt, clearway.address: 10.20.0.5")
    found = load({"c.clab.yml": place}).campus
    assert found is not None
    assert str(found.places["olt"].port) == "core:10"
    device = text.replace("clearway.serial", "clearway.name: box, clearway.serial", 1)
    assert [d.code for d in load({"c.clab.yml": device}).diagnostics] == ["bad-label"]


def test_certificates_for_switches_are_labels_of_the_whole_topology() -> None:
    text = (Path(__file__).parents[2] / "labs" / "small" / "small.clab.yml").read_text(encoding="utf-8")
    label = "".join(f'      clearway.tls.{part}: "file: tls/{part}.pem"\n' for part in ("certificate", "key", "ca"))
    found = load({"s.clab.yml": text.replace("    labels:\n", f"    labels:\n{label}", 1).replace("tcp:", "ssl:")})
    assert found.diagnostics == ()
    assert found.campus is not None and found.campus.tls is not None
    assert found.campus.tls.key == SecretRef(kind="file", name="tls/key.pem")
    assert found.campus.switches["core-1"].openflow == "ssl:127.0.0.1:6653"
