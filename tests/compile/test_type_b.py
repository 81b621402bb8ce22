"""A PON whose stand-in is a free port of the same OLT is protected by the OLT itself (Type B)."""

from __future__ import annotations

from pathlib import Path

import pytest

from intents.compile import compile_intended, failures_named, left_of, make_plan, without
from intents.ingest import Loaded, load
from intents.model.plan import Intended
from intents.model.pon import ChannelPair, ChannelTermination, VAni
from tests.compile.campuses import applied

CAMPUS = (Path(__file__).parent / "refusals" / "campus.yaml").read_text(encoding="utf-8")
INTENT = """\
apiVersion: clearway.dev/v1
kind: Intent
metadata: {name: ct}
spec: {from: ct, to: pacs, class: imaging, survive: any single pon}
"""
BUSY = ("    onu-desk:", "    onu-spare: {pon: olt-1/pon-2, serial: CWLB00000009, ports: {1: 1 Gbit/s}}\n    onu-desk:")
TWICE = ("pon-3: {technology: gpon}", "pon-3: {technology: xgs-pon, protected-by: olt-1/pon-2}")
ELSEWHERE = ("protected-by: olt-1/pon-2", "protected-by: olt-2/pon-1")


def loaded(*edits: tuple[str, str]) -> Loaded:
    text = CAMPUS
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return load({"campus.yaml": text, "i.yaml": INTENT})


def planned(found: Loaded) -> Intended:
    assert found.campus is not None
    compiled = compile_intended(found.campus, found.intents)
    assert compiled.intended is not None, compiled.diagnostics
    return compiled.intended


def terminations(found: Loaded) -> dict[str, ChannelTermination]:
    things = planned(found).states["olt-1"].objects.values()
    return {t.hardware: t for t in things if isinstance(t, ChannelTermination)}


def test_both_ports_serve_one_channel_pair() -> None:
    found = loaded()
    ports = terminations(found)
    assert (ports["pon-1"].type_b, ports["pon-2"].type_b, ports["pon-3"].type_b) == ("primary", "secondary", None)
    assert ports["pon-1"].channel_pair == ports["pon-2"].channel_pair
    assert ports["pon-1"].pon_id != ports["pon-2"].pon_id
    things = planned(found).states["olt-1"].objects.values()
    pairs = {o.name for o in things if isinstance(o, ChannelPair)}
    assert pairs == {ports["pon-1"].channel_pair, ports["pon-3"].channel_pair}
    assert {o.channel_pair for o in things if isinstance(o, VAni)} <= pairs


@pytest.mark.parametrize("edit", [BUSY, TWICE, ELSEWHERE])
def test_a_port_that_has_something_else_to_do_does_not_stand_by(edit: tuple[str, str]) -> None:
    ports = terminations(loaded(edit)).values()
    assert {t.type_b for t in ports} == {None}
    assert len({t.channel_pair for t in ports}) == len(ports)


def test_nothing_is_to_be_done_when_the_olt_has_moved_the_pon() -> None:
    found = loaded()
    assert found.campus is not None
    held = applied(planned(found), found.campus)
    failures, _ = failures_named(found.campus, ["olt-1/pon-1"])
    after = without(found.campus, failures)
    compiled = compile_intended(after, found.intents, held)
    assert compiled.intended is not None
    assert make_plan(compiled.intended, after, held).changes == ()


def test_a_stand_in_that_failed_costs_the_protection_and_nothing_else() -> None:
    found = loaded()
    assert found.campus is not None
    held = applied(planned(found), found.campus)
    failures, _ = failures_named(found.campus, ["olt-1/pon-2"])
    after = without(found.campus, failures)
    compiled = compile_intended(after, [left_of(r, after) for r in found.intents], held)
    assert compiled.intended is not None
    changed = [c.difference for c in make_plan(compiled.intended, after, held).changes]
    assert {d.key for d in changed} >= {("channel-termination", "cw.pon-1.termination")}
    assert not any(isinstance(d.before, VAni) for d in changed)
