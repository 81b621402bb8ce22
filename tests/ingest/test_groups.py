"""Groups by name and by label, and examples that an editor can complete."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from intents.ingest import Loaded, load
from intents.model.diagnostic import has_errors

REPO = Path(__file__).parents[2]
CAMPUS = """apiVersion: clearway.dev/v1
kind: Campus
metadata: {name: labels}
spec:
  segments: {beds: {vlan: 10, subnet: 10.1.0.0/16}, servers: {vlan: 20, subnet: 10.2.0.0/16}}
  switches: {core-1: {datapath: 1, ports: {1: 1 Gbit/s, 2: 1 Gbit/s, 3: 1 Gbit/s, 4: 1 Gbit/s}}}
  places:
    bed-1: {port: "core-1:1", segment: beds, address: 10.1.0.2, labels: {ward: icu, floor: "3"}}
    bed-2: {port: "core-1:2", segment: beds, address: 10.1.0.3, labels: {ward: icu, floor: "4"}}
    bed-3: {port: "core-1:3", segment: beds, address: 10.1.0.4, labels: {ward: er}}
    his: {port: "core-1:4", segment: servers, address: 10.2.0.2}
  groups:
    icu: {labels: {ward: icu}}
    icu-upstairs: {labels: {ward: icu, floor: "4"}}
    everybody: [icu, bed-3]
"""


def asked(spec: str) -> Loaded:
    head = "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: x}\n"
    loaded = load({"campus.yaml": CAMPUS, "x.yaml": f"{head}spec: {spec}\n"})
    assert not has_errors(loaded.diagnostics), loaded.diagnostics
    return loaded


@pytest.mark.parametrize(
    ("group", "members"),
    [
        ("icu", ["bed-1", "bed-2"]),
        ("icu-upstairs", ["bed-2"]),
        ("everybody", ["bed-1", "bed-2", "bed-3"]),
        ("beds", ["bed-1", "bed-2", "bed-3"]),
    ],
)
def test_a_group_is_who_carries_its_labels_or_is_named(group: str, members: list[str]) -> None:
    (resolved,) = asked(f"{{from: {group}, to: his}}").intents
    assert [p.name for p in resolved.sources] == members
    (said,) = asked(f"{{say: {group.replace('-', ' ')} may reach HIS}}").intents
    assert [p.name for p in said.sources] == members


def examples() -> list[Path]:
    found = [*(REPO / "labs").rglob("*.yaml"), *(REPO / "tests" / "compile" / "refusals").glob("campus.yaml")]
    return sorted(
        p for p in found if "kind: Intent" in p.read_text(encoding="utf-8") or "kind: Campus" in p.read_text()
    )


@pytest.mark.parametrize("path", examples(), ids=lambda p: str(p.relative_to(REPO)))
def test_every_example_names_the_schema_that_completes_it(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert found, path
    assert (path.parent / found.group(1)).resolve().exists()


def test_the_schemas_are_published_with_the_package() -> None:
    folder = files("intents.ingest.schema")
    for name in ("campus.schema.json", "intent.schema.json"):
        assert folder.joinpath(name).is_file()
