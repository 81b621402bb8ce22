"""What docs/language.md shows works: each example is planned for on the small lab, each sentence is understood."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from intents.compile import compile_intended
from intents.ingest import load
from intents.model.diagnostic import has_errors

REPO = Path(__file__).parents[2]
PAGE = (REPO / "docs" / "language.md").read_text(encoding="utf-8")
TOPOLOGY = (REPO / "labs" / "small" / "small.clab.yml").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
SENTENCES = re.findall(r"^\| `([^`]+)` \|", PAGE.partition("## Sentences")[2], re.MULTILINE)


def planned(text: str) -> list[str]:
    loaded = load({"small.clab.yml": TOPOLOGY, "intents/page.yaml": text})
    assert not has_errors(loaded.diagnostics), [d.message for d in loaded.diagnostics]
    assert loaded.campus is not None
    assert loaded.intents
    return [d.message for d in compile_intended(loaded.campus, loaded.intents).diagnostics if has_errors([d])]


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 3
    assert len(SENTENCES) >= 10


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda t: re.findall(r"name: ([\w-]+)", t)[0])
def test_an_example_can_be_planned(text: str) -> None:
    assert planned(text) == []


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_can_be_planned(sentence: str) -> None:
    head = "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: x}\n"
    assert planned(f'{head}spec: {{say: "{sentence}"}}\n') == []
