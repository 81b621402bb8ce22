"""What docs/language.md shows works: each example is planned for on the small lab, each sentence is understood."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from intents.compile import compile_intended
from intents.ingest import load
from intents.model.diagnostic import NOWHERE, has_errors
from intents.model.intent import Intent

REPO = Path(__file__).parents[2]
PAGE = (REPO / "docs" / "language.md").read_text(encoding="utf-8")
TOPOLOGY = (REPO / "labs" / "small" / "small.clab.yml").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
SENTENCES = re.findall(r"^\| `([^`]+)` \|", PAGE.partition("## Sentences")[2], re.MULTILINE)

PAIRS = re.findall(r"^(?:\| |- )`([^`]*[一-鿿][^`]*)` (?:\||=) `([^`]+)`", PAGE, re.MULTILINE)


def planned(text: str) -> list[str]:
    loaded = load({"small.clab.yml": TOPOLOGY, "intents/page.yaml": text})
    assert not has_errors(loaded.diagnostics), [d.message for d in loaded.diagnostics]
    assert loaded.campus is not None
    assert loaded.intents
    return [d.message for d in compile_intended(loaded.campus, loaded.intents).diagnostics if has_errors([d])]


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 3
    assert len(SENTENCES) >= 10


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda t: re.findall(r"(?:name: |spec:\n  )([\w-]+)", t)[0])
def test_an_example_can_be_planned(text: str) -> None:
    assert planned(text) == []


def meant(sentence: str) -> Intent | None:
    """The intent; None where it is understood but about nobody."""
    text = f"apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {{name: x}}\nspec: {{say: '{sentence}'}}\n"
    loaded = load({"small.clab.yml": TOPOLOGY, "intents/page.yaml": text})
    assert not has_errors(loaded.diagnostics), [d.message for d in loaded.diagnostics]
    assert loaded.intents or [d.code for d in loaded.diagnostics] == ["no-effect"]
    return replace(loaded.intents[0].intent, say=None, position=NOWHERE, positions={}) if loaded.intents else None


def test_the_page_says_everything_in_both_languages() -> None:
    assert len(PAIRS) >= 14


@pytest.mark.parametrize(("chinese", "english"), PAIRS)
def test_a_chinese_sentence_means_what_stands_beside_it(chinese: str, english: str) -> None:
    assert meant(chinese) == meant(english)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_can_be_planned(sentence: str) -> None:
    head = "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: x}\n"
    assert planned(f'{head}spec: {{say: "{sentence}"}}\n') == []
