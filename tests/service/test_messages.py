"""Values to messages and back: nothing is lost on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller import present
from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.messages import diagnostics, intents, verdicts
from intents.ingest import load
from intents.model.diagnostic import NOWHERE, Diagnostic, Position, Related, Severity, has_errors
from intents.model.evidence import Verdict
from intents.model.intent import Intent, Permission
from tests.cli.test_witness_text import CASES, explained
from tests.ingest.test_sentences import INTENTS, TOPOLOGY

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
MORE = st.one_of(
    INTENTS,
    st.builds(Intent, name=st.just("x"), permission=st.just(Permission.QUARANTINE), sources=st.just(("ct-room",))),
    st.builds(
        Intent,
        name=st.just("x"),
        permission=st.just(Permission.DENY),
        sources=st.just(("ct-room", "ward-1")),
        destinations=st.just(("pacs",)),
        services=st.sampled_from([(), ("tcp/8080",)]),
    ),
)


def read(document: str) -> Intent:
    found = load({"small.clab.yml": TOPOLOGY, "intents/api/x.yaml": document})
    assert not has_errors(found.diagnostics), (document, found.diagnostics)
    return found.intents[0].intent


@given(MORE)
def test_an_intent_in_fields_is_written_and_read_as_the_same(intent: Intent) -> None:
    message = pb.Intent(name="x", spec=intents.spec(intent))
    again = read(intents.document(message))
    assert replace(again, position=NOWHERE) == intent
    assert intents.spec(again) == message.spec


@given(TEXTS, TEXTS)
def test_any_text_is_written_as_itself(key: str, text: str) -> None:
    message = pb.Intent(name="x", say="CT room to PACS gets priority", annotations={key: text})
    found = load({"small.clab.yml": TOPOLOGY, "intents/api/x.yaml": intents.document(message)})
    if not has_errors(found.diagnostics):  # YAML has no place for some control characters
        assert dict(found.intents[0].intent.annotations) == {key: text}
    assert len(found.intents) <= 1


def test_an_etag_is_of_the_intent_and_not_of_its_place() -> None:
    text = intents.document(pb.Intent(name="x", say="CT room to PACS gets priority"))
    assert intents.etag(read(text)) == intents.etag(read(f"# moved\n\n{text}"))
    assert intents.etag(read(text)) != intents.etag(read(text.replace("CT room", "Ward 1")))


@pytest.mark.parametrize("case", CASES)
def test_a_verdict_is_the_same_after_the_way(case: str) -> None:
    found = explained(case).verdict
    again = verdicts.verdict([verdicts.status(found)], [])
    assert present.verdict(again) == present.verdict(Verdict(intents=(found,)))
    assert [present.way(w) for w in again.intents[0].paths] == [present.way(w) for w in found.paths]


@pytest.mark.parametrize(
    "found",
    [
        Diagnostic(code="a-b", message="m"),
        Diagnostic(
            code="a-b",
            message="m",
            hint="h",
            position=Position("f.yaml", 3, 4),
            severity=Severity.WARNING,
            related=(Related(position=Position("g.yaml", 1, 2), message="first"),),
        ),
    ],
)
def test_a_diagnostic_is_the_same_after_the_way(found: Diagnostic) -> None:
    assert diagnostics.value(diagnostics.message(found)) == found
