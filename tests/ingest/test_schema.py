"""The schemas: published with the package, named by every example, and right about what they describe."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

REPO = Path(__file__).parents[2]
SCHEMAS = ("campus.schema.json", "intent.schema.json", "intents.schema.json")
KIND = re.compile(r"^kind: (Campus|Intents?)$", re.MULTILINE)
LINE = re.compile(r"^# yaml-language-server: \$schema=(\S+)$", re.MULTILINE)
EXAMPLES = sorted(p for p in (REPO / "labs").rglob("*.yaml") if KIND.search(p.read_text(encoding="utf-8")))
PAGES = [REPO / "README.md", REPO / "docs" / "language.md"]
BLOCKS = [(p, text) for p in PAGES for text in re.findall(r"```yaml\n(.*?)```", p.read_text("utf-8"), re.DOTALL)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_in_the_package_and_is_one(name: str) -> None:
    Draft202012Validator.check_schema(json.loads(files("intents.ingest.schema").joinpath(name).read_text("utf-8")))
    assert '"*.json"' in (REPO / "pyproject.toml").read_text(encoding="utf-8").replace("'", '"')


@pytest.mark.parametrize("name", SCHEMAS)
def test_everything_that_can_be_written_has_a_title(name: str) -> None:
    schema = json.loads(files("intents.ingest.schema").joinpath(name).read_text("utf-8"))
    bare = [path for path, value in properties(schema, "") if not {"title", "$ref"} & value.keys()]
    assert bare == []


def properties(schema: Any, path: str) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    if isinstance(schema, dict):
        for key, value in schema.get("properties", {}).items():
            if isinstance(value, dict):
                found.append((f"{path}/{key}", value))
        for key, value in schema.items():
            found += properties(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            found += properties(value, f"{path}/{index}")
    return found


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 6
    assert len(BLOCKS) >= 4


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: str(p.relative_to(REPO)))
def test_an_example_names_the_schema_that_an_editor_is_to_use(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    (line,) = LINE.findall(text)
    named = (path.parent / line).resolve()
    assert named.is_file(), f"{path} names {line}, which is not there"
    assert {named.name} == {f"{kind.lower()}.schema.json" for kind in KIND.findall(text)}


@pytest.mark.parametrize(("page", "text"), BLOCKS, ids=lambda v: v.name if isinstance(v, Path) else "")
def test_an_example_of_a_page_has_the_line(page: Path, text: str) -> None:
    assert LINE.search(text), f"{page.name}: {text[:60]}"
