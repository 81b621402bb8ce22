"""What a text's form may not change: the order of files and keys, comments, labels, where a thing is written."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from intents.compile import compile_intended, make_plan
from intents.ingest import load
from intents.model.campus import Campus
from intents.model.plan import Intended
from tests.compile.campuses import applied

CAMPUS = (Path(__file__).parent / "refusals" / "campus.yaml").read_text(encoding="utf-8")
HEAD = "apiVersion: clearway.dev/v1\nkind: Intent\n"
Files = dict[str, str]

FILES: Files = {
    "campus.yaml": CAMPUS,
    "intents/study.yaml": HEAD + "metadata: {name: study}\nspec: {from: ct, to: pacs, guarantee: 2 Gbit/s}\n",
    "intents/desks.yaml": HEAD
    + "metadata: {name: desks}\nspec: {from: [desk, far, printer], to: his, class: clinical}\n---\n"
    + HEAD
    + "metadata: {name: slow}\nspec: {from: desk, to: printer, limit: 4 Mbit/s}\n",
    "intents/no.yaml": HEAD + "metadata: {name: no}\nspec: {deny: true, from: far, to: pacs}\n",
}


def made(files: Files) -> tuple[Campus, Intended]:
    loaded = load(files)
    assert loaded.campus is not None, loaded.diagnostics
    assert not loaded.diagnostics
    intended = compile_intended(loaded.campus, loaded.intents).intended
    assert intended is not None
    return loaded.campus, intended


def in_text(name: str, before: str, after: str) -> Callable[[Files], Files]:
    def edit(files: Files) -> Files:
        assert before in files[name]
        return {**files, name: files[name].replace(before, after, 1)}

    return edit


def moved(files: Files) -> Files:
    """One intent to a folder of its own, two others into one file."""
    left = {"campus.yaml": files["campus.yaml"], "intents/a/b.yaml": files["intents/study.yaml"]}
    return {**left, "intents/all.yaml": files["intents/no.yaml"] + "---\n" + files["intents/desks.yaml"]}


def divided(files: Files) -> Files:
    """The places in a campus document of their own."""
    network, _, places = files["campus.yaml"].partition("  places:\n")
    head = "apiVersion: clearway.dev/v1\nkind: Campus\nmetadata: {name: refusals}\nspec:\n  places:\n"
    return {**files, "campus.yaml": network, "places.yaml": head + places}


@pytest.mark.parametrize(
    "edit",
    [
        in_text("intents/study.yaml", "{name: study}", "{name: study, labels: {owner: radiology}}"),
        in_text("intents/study.yaml", "{name: study}", "{name: study, annotations: {ticket: CHG-7}}"),
        in_text("intents/desks.yaml", "spec:", "# the wards asked for it\nspec:"),
        in_text("campus.yaml", "serial: CWLB00000002", "description: under the desk, serial: CWLB00000002"),
        in_text("campus.yaml", "{name: refusals}", "{name: refusals, annotations: {site: north}}"),
        in_text("campus.yaml", "segment: offices, address: 10.30.0.11", "address: 10.30.0.11, segment: offices"),
        in_text("campus.yaml", "  models:\n", "\n\n  models:\n"),
        in_text("campus.yaml", "  places:\n", "  policy: {max-disrupted-places: 1}\n  places:\n"),
        in_text("campus.yaml", "small-ont: {queues: 2", "small-ont: {queues: 3"),
        moved,
        divided,
    ],
)
def test_an_edit_that_says_nothing_new_plans_nothing(edit: Callable[[Files], Files]) -> None:
    campus, before = made(FILES)
    edited = load(edit(FILES))
    assert edited.campus is not None and not edited.diagnostics, edited.diagnostics
    held = applied(before, campus)
    after = compile_intended(edited.campus, edited.intents, held).intended
    assert after is not None
    assert make_plan(after, edited.campus, held).changes == ()


def shuffled(value: Any, by: random.Random) -> Any:
    """The same, its keys in another order; lists as they are, for their order may say something."""
    if isinstance(value, list):
        return [shuffled(item, by) for item in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    by.shuffle(keys)
    return {key: shuffled(value[key], by) for key in keys}


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_files_documents_and_keys_changes_no_object(seed: int) -> None:
    by = random.Random(seed)  # noqa: S311 - not a secret
    documents = [
        shuffled(document, by) for text in FILES.values() for document in yaml.load_all(text, Loader=yaml.BaseLoader)
    ]
    by.shuffle(documents)
    files = {f"{by.random()}.yaml": _written(document) for document in documents}
    _, wanted = made(FILES)
    _, found = made(files)
    assert {d: dict(s.objects) for d, s in found.states.items()} == {
        d: dict(s.objects) for d, s in wanted.states.items()
    }


_WORDS = {"true": True, "false": False}


def _written(value: Any) -> str:
    """As JSON, which is YAML: BaseLoader gives every scalar as text, so numbers and truth are put back."""

    def typed(item: Any) -> Any:
        if isinstance(item, dict):
            return {key: typed(inner) for key, inner in item.items()}
        if isinstance(item, list):
            return [typed(inner) for inner in item]
        return int(item) if item.isdigit() else _WORDS.get(item, item)

    return json.dumps(typed(value))
