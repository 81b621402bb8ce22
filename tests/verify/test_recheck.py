"""Findings that single packets look at again: on the right way they agree, on a wrong one they contradict."""

from __future__ import annotations

from controller import present
from intents.model.state import DeviceState
from intents.verify import verify
from intents.verify.recheck import Looked, Outcome, Recheck
from intents.verify.reference.as_read import network_as_read
from tests.compile.campuses import observed
from tests.verify.test_goes_by import CAMPUS, INTENTS, STATES, short_cut, to_each_other, with_added

ARP = 0x0806


def looked(states: dict[str, DeviceState], intent: str, what: str) -> Looked:
    """A certificate says that it holds; these are the states in it."""
    seen = observed(states, CAMPUS)
    objects = sum(len(o.state.objects) for o in seen.devices.values())
    recheck = Recheck(CAMPUS, INTENTS, network_as_read(CAMPUS, seen), objects)
    return recheck.look(intent, {"property": what, "holds": True})


def test_as_planned_packets_go_by_the_waypoint_and_none_goes_round() -> None:
    by = looked(dict(STATES), "by-core", "waypoint")
    assert (by.outcome, by.why) == (Outcome.AGREED, "")
    for name in ("by-core", "promised", "free"):
        found = looked(dict(STATES), name, "loop")
        assert (found.outcome, found.why) == (Outcome.AGREED, "")
        assert found.packets >= 10


def test_a_packet_past_the_waypoint_contradicts() -> None:
    found = looked(with_added(acc_1=short_cut()), "by-core", "waypoint")
    assert (found.outcome, found.why) == (Outcome.DISAGREED, "ct-room to ward-1: a packet goes past core-1")


def test_an_arp_request_that_goes_round_contradicts() -> None:
    found = looked(with_added(**to_each_other(ARP)), "promised", "loop")
    assert found.outcome is Outcome.DISAGREED
    assert found.why.startswith("a packet from core-1:")
    assert looked(with_added(**to_each_other(ARP)), "free", "loop").outcome is Outcome.AGREED


def test_a_packet_that_is_shown_to_go_astray_is_walked_again_to_where_it_does() -> None:
    for states in (with_added(**to_each_other(ARP)), with_added(acc_1=short_cut())):
        seen = observed(states, CAMPUS)
        verdict = present.verdict(verify(CAMPUS, INTENTS, seen))
        recheck = Recheck(CAMPUS, INTENTS, network_as_read(CAMPUS, seen), objects=1)
        fails = [(i["name"], f) for i in verdict["intents"] for f in i["evidence"] if not f["holds"]]
        assert len(fails) == 2
        assert {recheck.look(name, finding).outcome for name, finding in fails} == {Outcome.AGREED}
