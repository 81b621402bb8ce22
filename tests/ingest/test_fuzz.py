"""Whatever is written, the answer is diagnostics, never an exception."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intents.ingest import load
from tests.conftest import examples

SMALL = Path(__file__).parents[2] / "labs" / "small"
TOPOLOGY = (SMALL / "small.clab.yml").read_text(encoding="utf-8")
INTENTS = (SMALL / "intents" / "imaging.yaml").read_text(encoding="utf-8")
FUZZ = settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORDS = st.sampled_from(
    [
        "CT",
        "room",
        "to",
        "PACS",
        "gets",
        "imaging",
        "priority",
        ",",
        "never",
        "reaches",
        "may",
        "reach",
        "with",
        "https",
        "and",
        "is",
        "guaranteed",
        "5",
        "Mbit/s",
        "at",
        "most",
        "each",
        "keeps",
        "delay",
        "under",
        "10",
        "ms",
        "1,000",
        "images",
        "of",
        "512",
        "KiB",
        "from",
        "within",
        "1",
        "second",
        "quarantine",
        "pump-17",
        "wards",
        "on",
        "weekdays",
        "8",
        "18",
        "one",
        "way",
        "everywhere",
        "between",
        "survives",
        "goes",
        "by",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from(["ct-room", "5 Mbit/s"])
YAMLISH = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["from", "to", "say", "deliver", "class", "when", "limit", "x"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)


@FUZZ
@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    load({"small.clab.yml": TOPOLOGY, "intents/x.yaml": text})


@FUZZ
@given(st.data())
def test_a_real_file_with_a_piece_taken_out_or_put_in(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([TOPOLOGY, INTENTS]))
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 40))
    piece = data.draw(st.text(alphabet=":{}[]-&*!|>'\"# \n\tabc\x00\ufeff", max_size=6))
    changed = text[:start] + piece + text[start + length :]
    if text is TOPOLOGY:
        load({"small.clab.yml": changed, "intents/x.yaml": INTENTS})
    else:
        load({"small.clab.yml": TOPOLOGY, "intents/x.yaml": changed})


@FUZZ
@given(YAMLISH)
def test_any_structure_as_the_spec_of_an_intent(spec: object) -> None:
    text = f"apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {{name: x}}\nspec: {as_yaml(spec)}\n"
    load({"small.clab.yml": TOPOLOGY, "intents/x.yaml": text})


@FUZZ
@given(st.lists(WORDS, max_size=14) | st.lists(st.text(max_size=8), max_size=6))
def test_any_words_as_a_sentence(words: list[str]) -> None:
    text = (
        f"apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {{name: x}}\nspec: {{say: {as_yaml(' '.join(words))}}}\n"
    )
    load({"small.clab.yml": TOPOLOGY, "intents/x.yaml": text})


def as_yaml(value: object) -> str:
    """Flow style, which JSON is."""
    return json.dumps(value, ensure_ascii=True)
