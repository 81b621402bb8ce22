"""Every single failure: the quick way says what planning for each failure says."""

from __future__ import annotations

from collections.abc import Sequence

from intents.compile import survey, what_if
from intents.compile.failure import Failure
from intents.compile.survey import every_failure, touched
from intents.ingest import load
from intents.model.campus import Campus
from intents.model.intent import ResolvedIntent
from labs.campus import Size, generate
from tests.compile.test_failure import asked

SPECS = (
    "from: ct, to: pacs, guarantee: 4 Gbit/s",
    "from: desk, to: pacs",
    "from: [ct, desk], to: his",
    "from: ct, to: his, survive: any single link",
)


def check_all(campus: Campus, intents: Sequence[ResolvedIntent]) -> None:
    found = survey(campus, intents)
    assert [o.failures[0] for o in found.outcomes] == list(every_failure(campus))
    for each in found.outcomes:
        whole = what_if(campus, intents, each.failures)
        assert touched(each) == touched(whole), each.failures
        assert (each.cut_off, each.moved) == (whole.cut_off, whole.moved)
        assert {f.code for f in each.faults} == {f.code for f in whole.faults}


def test_it_says_what_each_failure_by_itself_says() -> None:
    loaded = asked(*SPECS)
    assert loaded.campus is not None
    check_all(loaded.campus, loaded.intents)


def test_it_says_so_of_a_hospital_too() -> None:
    loaded = load(generate(Size(sites=1, onus=24, places=90, intents=40)))
    assert loaded.campus is not None
    check_all(loaded.campus, loaded.intents)


def test_what_stands_in_is_told_apart_from_what_nobody_has_to_touch() -> None:
    loaded = asked(*SPECS)
    assert loaded.campus is not None
    found = survey(loaded.campus, loaded.intents)
    assert Failure("onu", "onu-ct") not in found.moving
    assert any(failure.kind in ("pon", "fibre", "olt") for failure in found.moving)
    assert found.survived()["i1"]["onu"][0] == found.survived()["i1"]["onu"][1] - 1
    assert str(found.worst()[0].failures[0]) == "core-1"
