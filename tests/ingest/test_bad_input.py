"""Every kind of bad input, and word for word what an engineer reads. CLEARWAY_GOLDEN=write renews the page."""

from __future__ import annotations

import os
import re
from pathlib import Path

from intents.ingest import load
from intents.model.diagnostic import Diagnostic

HERE = Path(__file__).parent
PAGE = HERE / "bad_input.txt"
SMALL = HERE.parents[1] / "labs" / "small" / "small.clab.yml"
# A place whose name reads as two others.
AMBIGUOUS = """
    stretcher: {kind: linux, labels: {clearway.segment: clinical, clearway.address: 10.120.9.1}}
    lift: {kind: linux, labels: {clearway.segment: clinical, clearway.address: 10.120.9.2}}
    stretcher-and-lift: {kind: linux, labels: {clearway.segment: clinical, clearway.address: 10.120.9.3}}
  links:
    - endpoints: [core-1:eth30, stretcher:eth0]
    - endpoints: [core-1:eth31, lift:eth0]
    - endpoints: [core-1:eth32, stretcher-and-lift:eth0]
"""


def shown(d: Diagnostic) -> str:
    lines = [f"{d.position}: {d.severity}: {d.message} [{d.code}]"]
    lines += [f"    {r.position}: {r.message}" for r in d.related]
    return "\n".join([*lines, f"    {d.hint}"])


def said(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.name.startswith("campus") or path.name.endswith(".clab.yml"):
        files = {path.name: text}
    else:
        topology = SMALL.read_text(encoding="utf-8").replace("\n  links:\n", AMBIGUOUS, 1)
        files = {"small.clab.yml": topology, f"intents/{path.name}": text}
    return "\n".join(shown(d) for d in load(files).diagnostics)


def made() -> dict[str, str]:
    """What is too large or too much to be kept as a file."""
    head = "apiVersion: clearway.dev/v1\nkind: Campus\nmetadata: {name: c}\nspec:\n"
    aliases = f"a: &a x\nb: [{', '.join(['*a'] * 1001)}]\n"
    empty = {"i.yaml": "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: x}\nspec: {from: g, to: p}\n"}
    campus = f"""{head}  segments: {{a: {{vlan: 10, subnet: 10.1.0.0/16}}}}
  switches: {{core-1: {{datapath: 1, ports: {{1: 1 Gbit/s}}}}}}
  places: {{p: {{segment: a, port: "core-1:1"}}}}
  groups: {{g: {{labels: {{floor: "9"}}}}}}
"""
    texts = {
        "aliases": {"campus.yaml": aliases},
        "no campus": {"intents/a.yaml": ""},
        "no places": {"campus.yaml": campus, **empty},
        "too large": {"campus.yaml": "# " + "x" * 33 * 2**20},
    }
    return {name: "\n".join(shown(d) for d in load(files).diagnostics) for name, files in texts.items()}


def test_every_code_of_the_reader_is_on_the_page() -> None:
    room = HERE.parents[1] / "intents" / "ingest"
    text = "".join(path.read_text(encoding="utf-8") for path in room.glob("*.py"))
    codes = set(re.findall(r'(?:error|warning|twice|refuse)\(\s*"([a-z-]+)"', text))
    schemas = "".join(path.read_text(encoding="utf-8") for path in (room / "schema").glob("*.json"))
    codes |= set(re.findall(r'"x-code": "([a-z-]+)"', schemas))
    on_page = set(re.findall(r"\[([a-z-]+)\]$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert codes - on_page == set()


def test_what_is_said_of_bad_input_is_as_on_the_page() -> None:
    page = "".join(f"== {path.name}\n{said(path)}\n\n" for path in sorted((HERE / "bad").glob("*.y*ml")))
    page += "".join(f"== {name}\n{told}\n\n" for name, told in sorted(made().items()))
    if os.environ.get("CLEARWAY_GOLDEN") == "write":
        PAGE.write_text(page, encoding="utf-8")
    assert page == PAGE.read_text(encoding="utf-8")


def test_every_message_says_where_what_and_what_to_do() -> None:
    for path in sorted((HERE / "bad").glob("*.yaml")):
        if path.name == "empty.yaml" or path.name.startswith("campus-"):
            continue
        topology = SMALL.read_text(encoding="utf-8")
        found = load({"small.clab.yml": topology, f"intents/{path.name}": path.read_text(encoding="utf-8")}).diagnostics
        assert found, path.name
        for d in found:
            assert d.position.line > 0
            assert d.hint, f"{path.name}: {d.message}"
            assert d.code
