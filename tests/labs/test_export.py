"""A campus written as a containerlab topology is valid there, and is read back as the same campus."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from controller.project import Project, read_project
from intents.ingest.expand import expand
from intents.ingest.report import Report
from intents.model.diagnostic import Severity
from labs.campus import HOSPITAL, Size, generate
from labs.campus.written import export

LABS = Path(__file__).resolve().parents[2] / "labs"
TOPOLOGIES = Path(__file__).resolve().parents[1] / "ingest" / "topologies"

EVERYTHING = """
apiVersion: clearway.dev/v1
kind: Campus
metadata: {name: all}
spec:
  segments:
    imaging: {vlan: 100, subnet: 10.10.0.0/16, gateway: 10.10.9.9, class: imaging}
    servers: {vlan: 20, subnet: 10.20.0.0/16}
  switches:
    core-1: {datapath: 0x1, gateway: true, openflow: "ssl:10.0.0.1:6653", ovsdb: "ssl:10.0.0.11:6640", model: box,
             ports: {1: 10 Gbit/s, 2: 10 Gbit/s, 3: 1234567890 bit/s, 10: 1 Gbit/s}}
    edge-1: {datapath: 0x22, ports: {1: 10 Gbit/s, 2: 1 Gbit/s}}
  olts:
    olt-1:
      netconf: {address: "[fd00::1]:8301", username: me, key: {env: CLEARWAY_OLT_KEY}, host-key: {file: "$keys/a"}}
      uplinks: {up-1: 10 Gbit/s}
      pons: {pon-1: {technology: xgs-pon, protected-by: olt-1/pon-2}, pon-2: {technology: xgs-pon}}
    olt-2:
      netconf: {address: "10.0.0.3:830", username: me, key: {file: key}}
      uplinks: {up-1: 10 Gbit/s}
      pons: {pon-1: {technology: gpon}}
  onus:
    onu-a: {pon: olt-1/pon-1, serial: CWLB00000001, ports: {1: 10 Gbit/s, 2: 1 Gbit/s}}
    onu-b: {pon: olt-2/pon-1, serial: CWLB00000002, ports: {1: 1 Gbit/s}}
  links:
    - [core-1:1, olt-1:up-1]
    - [core-1:2, edge-1:1]
    - [core-1:3, olt-2:up-1]
  places:
    ct: {port: "onu-a:1", segment: imaging, address: 10.10.0.11, mac: "52:54:00:12:34:56",
         labels: {floor: "2", who: "a b"}}
    desk: {port: "onu-b:1", segment: imaging}
    onu-a: {port: "edge-1:2", segment: imaging}
    pacs: {port: "core-1:10", segment: servers, address: 10.20.0.5}
  groups:
    second-floor: {labels: {floor: "2"}}
    all-of-it: [second-floor, servers, desk]
  classes:
    imaging: {cap: 300 Mbit/s}
    video: {cap: none}
  services:
    viewer: {protocol: tcp, ports: [8080, 9090]}
    any-udp: {protocol: udp}
  aliases: {scanner: ct}
  models: {box: {flows: 1000, meters: 5}}
  posture: {within imaging: all, imaging to servers: [viewer, dns]}
  policy: {max-disrupted-places: 7}
  openflow: {first-table: 10, priority: 100, role: equal}
  tls: {certificate: {file: c.pem}, key: {env: KEY}, ca: {file: ca.pem}}
"""


def exported(source: Path, folder: Path) -> Project:
    """What Clearway reads from the topology that the project in `source` was written as."""
    folder.mkdir(exist_ok=True)
    (folder / "exported.clab.yml").write_text(export(source), encoding="utf-8")
    return read_project(folder)


def valid(path: Path, shared: Path) -> list[str]:
    """What containerlab's schema finds wrong, after its replacing of variables."""
    schema = json.loads((shared / "clab.schema.json").read_text(encoding="utf-8"))
    text = expand(path.read_text(encoding="utf-8"), path.name, {}, Report()).text
    return [str(e.message) for e in jsonschema_rs.Draft7Validator(schema).iter_errors(yaml.safe_load(text))]


def sources() -> list[Path]:
    """Everything in the repository that is a campus of its own."""
    return [*sorted(LABS.glob("*/*.clab.yml")), *sorted(TOPOLOGIES.glob("*.clab.yml"))]


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    source = tmp_path / "everything"
    source.mkdir()
    (source / "campus.yaml").write_text(EVERYTHING, encoding="utf-8")
    return source


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.name)
def test_a_topology_survives_being_written_anew(path: Path, tmp_path: Path, shared: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    found = exported(source, tmp_path / "there")
    assert found.campus == read_project(source).checked_campus()
    assert valid(tmp_path / "there" / "exported.clab.yml", shared) == []


def test_whatever_a_campus_can_say_is_in_its_topology(everything: Path, tmp_path: Path, shared: Path) -> None:
    found = exported(everything, tmp_path / "there")
    before = read_project(everything)
    assert [d for d in found.diagnostics if d.severity is Severity.ERROR] == []
    assert found.campus == before.checked_campus()
    postures = [[(r.intent.name, r.services, r.pairs()) for r in p.intents] for p in (before, found)]
    assert postures[0] == postures[1] != []
    assert valid(tmp_path / "there" / "exported.clab.yml", shared) == []


@pytest.mark.parametrize(
    "size",
    [Size(sites=2, onus=8, places=30, intents=5), pytest.param(HOSPITAL, marks=pytest.mark.slow)],
    ids=["two sites", "hospital"],
)
def test_a_campus_of_many_sites_is_read_back(size: Size, tmp_path: Path, shared: Path) -> None:
    source = tmp_path / "source"
    for name, text in generate(size).items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text, encoding="utf-8")
    found = exported(source, tmp_path / "there")
    assert found.campus == read_project(source).checked_campus()
    assert len(found.checked_campus().onus) == size.onus * size.sites
    assert valid(tmp_path / "there" / "exported.clab.yml", shared) == []
