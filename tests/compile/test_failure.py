"""What would be if something failed, and what survives it."""

from __future__ import annotations

from pathlib import Path

from intents.compile import compile_intended, failures_named, left_of, make_plan, what_if, without
from intents.compile.failure import names_of
from intents.ingest import Loaded, load
from intents.model.pon import VAni
from tests.compile.campuses import applied

CAMPUS = (Path(__file__).parent / "refusals" / "campus.yaml").read_text(encoding="utf-8")

# An ONU on the stand-in: the OLT does not move others there by itself.
SPARE = (
    "    onu-desk:",
    "    onu-spare: {pon: olt-1/pon-2, serial: CWLB00000009, ports: {1: 1 Gbit/s}}\n    onu-desk:",
)


def asked(*specs: str) -> Loaded:
    documents = (
        f"apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {{name: i{n}}}\nspec: {{{spec}}}\n"
        for n, spec in enumerate(specs)
    )
    return load({"campus.yaml": CAMPUS, "i.yaml": "---\n".join(documents)})


def codes(loaded: Loaded) -> list[str]:
    assert loaded.campus is not None
    return [d.code for d in (*loaded.diagnostics, *compile_intended(loaded.campus, loaded.intents).diagnostics)]


def states(loaded: Loaded, *failed: str) -> dict[str, str]:
    assert loaded.campus is not None
    failures, unknown = failures_named(loaded.campus, failed)
    assert not unknown
    return {o.intent.name: o.state for o in what_if(loaded.campus, loaded.intents, failures).intents}


def test_a_protected_pon_moves_its_onus_to_the_stand_in() -> None:
    loaded = asked("from: ct, to: pacs, guarantee: 4 Gbit/s", "from: desk, to: pacs", "from: [ct, desk], to: his")
    assert states(loaded, "olt-1/pon-1") == {"i0": "holds", "i1": "holds", "i2": "holds"}
    assert states(loaded, "olt-1/pon-3") == {"i0": "holds", "i1": "lost", "i2": "partly"}
    assert states(loaded, "core-1") == {"i0": "lost", "i1": "lost", "i2": "lost"}


def test_the_second_fibre_of_an_onu_carries_it_when_its_olt_fails() -> None:
    loaded = asked("from: ct, to: pacs, class: imaging")
    assert loaded.campus is not None
    failures, _ = failures_named(loaded.campus, ["olt-1"])
    after = without(loaded.campus, failures)
    assert str(after.onus["onu-ct"].pon) == "olt-2/pon-1"
    assert "onu-desk" not in after.onus
    assert "desk" not in after.places
    assert "ct" in after.places


def test_a_promise_that_does_not_fit_on_the_way_left_says_so() -> None:
    loaded = asked("from: ct, to: pacs, guarantee: 2 Gbit/s")
    assert states(loaded, "onu-ct/fibre") == {"i0": "no-room"}
    assert states(loaded, "olt-1/pon-1") == {"i0": "holds"}


def test_survive_is_promised_where_there_is_another_way_with_room() -> None:
    assert codes(asked("from: ct, to: pacs, class: imaging, survive: any single pon")) == []
    assert codes(asked("from: ct, to: pacs, class: imaging, survive: any single uplink")) == []
    assert codes(asked("from: ct, to: pacs, class: imaging, survive: any single olt")) == []
    assert codes(asked("from: ct, to: pacs, class: imaging, survive: olt-1/pon-1")) == []
    assert codes(asked("from: ct, to: pacs, class: imaging, survive: any single switch")) == []
    assert codes(asked("from: desk, to: pacs, class: imaging, survive: any single pon")) == ["no-other-way"]


def test_a_second_link_is_another_way() -> None:
    second = "    - [core-1:9, acc-1:4]\n"
    asks = "from: printer, to: his, class: clinical, survive: any single link"
    assert codes(asked(asks)) == ["no-other-way"]
    text = CAMPUS.replace("  places:\n", second + "  places:\n", 1)
    loaded = load(
        {
            "campus.yaml": text,
            "i.yaml": f"apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {{name: x}}\nspec: {{{asks}}}\n",
        }
    )
    assert codes(loaded) == []


def test_planned_without_what_failed_the_onu_is_moved() -> None:
    loaded = load(
        {
            "campus.yaml": CAMPUS.replace(*SPARE),
            "i.yaml": "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: i}\n"
            "spec: {from: ct, to: pacs, guarantee: 4 Gbit/s, survive: any single pon}\n",
        }
    )
    campus = loaded.campus
    assert campus is not None
    before = compile_intended(campus, loaded.intents).intended
    assert before is not None
    failures, _ = failures_named(campus, ["olt-1/pon-1"])
    after = without(campus, failures)
    held = applied(before, campus)
    assert compile_intended(after, loaded.intents, held).intended is None  # the stand-in has none itself
    left = [left_of(r, after) for r in loaded.intents]
    intended = compile_intended(after, left, held).intended
    assert intended is not None
    plan = make_plan(intended, after, held)
    moved = [c for c in plan.changes if isinstance(c.difference.after, VAni) and c.difference.before is not None]
    assert [c.onus for c in moved] == [("onu-ct",)]
    assert moved[0].disruptive
    assert "ct" in moved[0].places


def test_of_an_intent_lost_in_part_the_lost_pairs_are_named() -> None:
    loaded = asked("from: [ct, desk], to: his")
    assert loaded.campus is not None
    failures, _ = failures_named(loaded.campus, ["olt-1/pon-3"])
    (outcome,) = what_if(loaded.campus, loaded.intents, failures).intents
    assert outcome.lost == (("desk", "his"), ("his", "desk"))
    assert (outcome.left, outcome.pairs) == (2, 4)


def test_a_stand_in_without_room_for_those_who_come_is_no_stand_in() -> None:
    """Nobody is cut off, and yet nothing could be configured: no intent of a moved ONU holds."""
    text = CAMPUS.replace("small-olt: {onus: 3", "small-olt: {onus: 1").replace(
        "    olt-1:\n", "    olt-1:\n      model: small-olt\n"
    )
    text = text.replace(*SPARE)
    intents = "".join(
        f"apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {{name: {name}}}\n"
        f"spec: {{from: {name}, to: pacs}}\n---\n"
        for name in ("ct", "far")
    )
    loaded = load({"campus.yaml": text, "i.yaml": intents.removesuffix("---\n")})
    assert codes(loaded) == []
    assert states(loaded, "olt-1/pon-1") == {"ct": "no-room", "far": "holds"}
    assert loaded.campus is not None
    found = what_if(loaded.campus, loaded.intents, failures_named(loaded.campus, ["olt-1/pon-1"])[0])
    assert [f.message for f in found.faults] == ["olt-1/pon-2 would have 2 ONUs, and a PON has room for 1"]
    assert found.cut_off == ()


def test_everything_that_can_fail_has_a_name() -> None:
    loaded = asked()
    assert loaded.campus is not None
    names = names_of(loaded.campus)
    assert {"core-1", "olt-1", "onu-ct", "olt-1/pon-1", "core-1:1", "olt-1:up-1"} <= set(names)
    assert failures_named(loaded.campus, names)[1] == ()
    assert failures_named(loaded.campus, ["olt-1/pon-9", "core-1:99", "x"])[1] == ("olt-1/pon-9", "core-1:99", "x")
