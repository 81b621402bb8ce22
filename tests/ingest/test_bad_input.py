"""Every kind of bad input, and word for word what an engineer reads. CLEARWAY_GOLDEN=write renews the page."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

from intents.ingest import load
from intents.model.diagnostic import Diagnostic

HERE = Path(__file__).parent
PAGE = HERE / "bad_input.txt"
SMALL = HERE.parents[1] / "labs" / "small" / "small.clab.yml"
ROOM = HERE.parents[1] / "intents" / "ingest"
CASES = sorted([*(HERE / "bad").glob("*.yaml"), *(HERE / "bad").glob("*.yml")])
SILENT = ("empty.yaml",)
REPORTERS = ("error", "warning", "twice", "refuse")
# Codes that are not written out where they are reported: (file, expression) to what it can be.
MADE: dict[tuple[str, str], set[str]] = {
    ("read_intent.py", "code"): set(),  # passed on: written at the callers
    ("report.py", "code"): set(),
    ("yaml12.py", "refused.code"): set(),
    ("validate.py", "code"): set(),  # of the schemas
    ("read_intent.py", "f'bad-{kind}'"): {"bad-rate", "bad-size", "bad-duration"},
    ("sense.py", "f'bad-{kind}'"): {"bad-rate", "bad-size", "bad-duration", "bad-number"},
    ("read_places.py", "f'{field}-twice'"): {"address-twice", "mac-twice"},
}
# A place whose name reads as two others, and two whose names are said alike.
AMBIGUOUS = """
    stretcher: {kind: linux, labels: {clearway.segment: clinical, clearway.address: 10.120.9.1}}
    lift: {kind: linux, labels: {clearway.segment: clinical, clearway.address: 10.120.9.2}}
    stretcher-and-lift: {kind: linux, labels: {clearway.segment: clinical, clearway.address: 10.120.9.3}}
    x-ray-9: {kind: linux, labels: {clearway.segment: clinical, clearway.address: 10.120.9.4}}
    xray-9: {kind: linux, labels: {clearway.segment: clinical, clearway.address: 10.120.9.5}}
  links:
    - endpoints: [core-1:eth33, x-ray-9:eth0]
    - endpoints: [core-1:eth34, xray-9:eth0]
    - endpoints: [core-1:eth30, stretcher:eth0]
    - endpoints: [core-1:eth31, lift:eth0]
    - endpoints: [core-1:eth32, stretcher-and-lift:eth0]
"""


def shown(d: Diagnostic) -> str:
    lines = [f"{d.position}: {d.severity}: {d.message} [{d.code}]"]
    lines += [f"    {r.position}: {r.message}" for r in d.related]
    return "\n".join([*lines, f"    {d.hint}"])


def found_in(path: Path) -> tuple[Diagnostic, ...]:
    """A campus or a topology stands alone; any other file is an intent of the small lab."""
    text = path.read_text(encoding="utf-8")
    if path.name.startswith("campus") or path.name.endswith(".clab.yml"):
        files = {path.name: text}
    else:
        topology = SMALL.read_text(encoding="utf-8").replace("\n  links:\n", AMBIGUOUS, 1)
        files = {"small.clab.yml": topology, f"intents/{path.name}": text}
    return load(files).diagnostics


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


def test_what_is_said_of_bad_input_is_as_on_the_page() -> None:
    page = "".join(f"== {path.name}\n{chr(10).join(map(shown, found_in(path)))}\n\n" for path in CASES)
    page += "".join(f"== {name}\n{told}\n\n" for name, told in sorted(made().items()))
    if os.environ.get("CLEARWAY_GOLDEN") == "write":
        PAGE.write_text(page, encoding="utf-8")
    assert page == PAGE.read_text(encoding="utf-8")


def test_every_message_says_where_what_and_what_to_do() -> None:
    for path in CASES:
        found = found_in(path)
        assert found or path.name in SILENT, path.name
        for d in found:
            assert d.position.line > 0
            assert d.hint, f"{path.name}: {d.message}"
            assert d.code


def test_every_code_that_reading_can_give_is_on_the_page() -> None:
    page = set(re.findall(r"\[([a-z-]+)\]$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert sorted(codes() - page) == []


def codes() -> set[str]:
    """The codes that the source of the room gives to its reports, and its schemas to values."""
    found = {"bad-value"}
    for path in sorted(ROOM.rglob("*.json")):
        found |= set(re.findall(r'"x-code": "([a-z-]+)"', path.read_text(encoding="utf-8")))
    for path in sorted(ROOM.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in REPORTERS:
                found |= written(call.args[0], path.name)
    return found


def written(code: ast.expr, file: str) -> set[str]:
    """A code as it stands in a call; one that is put together must be in MADE."""
    if isinstance(code, ast.Constant):
        return {str(code.value)}
    made = MADE.get((file, ast.unparse(code)))
    assert made is not None, f"{file}: say in MADE what codes {ast.unparse(code)} can be"
    return made
