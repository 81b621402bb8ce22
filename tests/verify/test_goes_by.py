"""Where packets go by: past a waypoint, or round and round, by entries that somebody put beside ours."""

from __future__ import annotations

from dataclasses import replace

from intents.compile import compile_intended
from intents.model.evidence import Finding, Property, Verdict
from intents.model.state import DeviceState
from intents.model.switch import PORT_IN_PORT, FieldMatch, FlowEntry, Output, Unmodelled, match
from intents.verify import verify
from tests.compile.campuses import M, intent, observed, three_tier

CAMPUS = three_tier()
INTENTS = [
    intent(CAMPUS, "by-core", "ct-room", "ward-1", via="core-1"),
    intent(CAMPUS, "promised", "ct-room", "pacs", service_class="imaging", guarantee_bps=10 * M, line=2),
    intent(CAMPUS, "free", "ward-1", "diag-room", line=3),
]
INTENDED = compile_intended(CAMPUS, INTENTS).intended
assert INTENDED is not None
STATES = INTENDED.states
FOREIGN = 0x77
PROBE = 0x88B5  # an EtherType for experiments (IEEE 802, clause 9)


def with_added(**added: list[FlowEntry]) -> dict[str, DeviceState]:
    """As planned, and switches hold entries of somebody else beside ours."""
    states = dict(STATES)
    for device, entries in added.items():
        name = device.replace("_", "-")
        states[name] = DeviceState.of(name, [*states[name].objects.values(), *entries])
    return states


def judged(**added: list[FlowEntry]) -> Verdict:
    """The verdict of that."""
    return verify(CAMPUS, INTENTS, observed(with_added(**added), CAMPUS))


def finding(verdict: Verdict, intent: str, what: Property) -> Finding | None:
    found = next(i for i in verdict.intents if i.intent == intent)
    return next((f for f in found.findings if f.property is what), None)


def port(place: str) -> int:
    return int(CAMPUS.places[place].port.port)


def entry(in_port: int, out: int, eth_type: int) -> FlowEntry:
    """Untagged frames of a type that come in by a port go out by another."""
    wanted = match(FieldMatch("in_port", in_port), FieldMatch("eth_type", eth_type), FieldMatch("vlan_vid", 0))
    return FlowEntry(table=0, priority=60_000, match=wanted, actions=(Output(out),), cookie=FOREIGN)


def short_cut() -> list[FlowEntry]:
    return [entry(port("ct-room"), port("ward-1"), 0x0800)]


def test_as_planned_all_goes_by_and_nothing_round() -> None:
    verdict = judged()
    assert verdict.holds
    by = finding(verdict, "by-core", Property.WAYPOINT)
    assert by is not None
    assert by.statement == "every packet of by-core that arrives has crossed core-1"
    assert not by.vacuous
    assert finding(verdict, "free", Property.WAYPOINT) is None
    for name in ("by-core", "promised", "free"):
        loop = finding(verdict, name, Property.LOOP)
        assert loop is not None
        assert loop.holds
        assert not loop.vacuous


def test_a_short_cut_beside_the_waypoint_is_shown_and_blamed() -> None:
    found = finding(judged(acc_1=short_cut()), "by-core", Property.WAYPOINT)
    assert found is not None
    assert not found.holds
    assert found.statement == "ct-room to ward-1 goes past core-1"
    example = found.counterexample
    assert example is not None
    assert [hop.device for hop in example.hops] == ["acc-1"]
    assert example.expected == "crosses core-1"
    assert [(b.device, b.key[2]) for b in example.blames if b.key is not None] == [("acc-1", 60_000)]


def test_what_cannot_be_told_at_the_waypoint_holds_no_promise() -> None:
    strange = replace(short_cut()[0], actions=(Unmodelled("NXM_NX_REG0"),))
    found = finding(judged(acc_1=[strange]), "by-core", Property.WAYPOINT)
    assert found is not None
    assert found.cannot_prove
    assert not found.holds


def test_a_waypoint_that_no_packet_reaches_is_kept_vacuously() -> None:
    nothing = DeviceState.of("acc-1", [])
    found = finding(
        verify(CAMPUS, INTENTS, observed({**STATES, "acc-1": nothing}, CAMPUS)), "by-core", Property.WAYPOINT
    )
    assert found is not None
    assert found.holds
    assert found.vacuous


def to_each_other(eth_type: int = PROBE) -> dict[str, list[FlowEntry]]:
    """Frames of a type that pacs sends go up and down between core-1 and agg-1."""
    (cable,) = (x for x in CAMPUS.links if {x.a.device, x.b.device} == {"core-1", "agg-1"})
    core, agg = (cable.a, cable.b) if cable.a.device == "core-1" else (cable.b, cable.a)
    return {
        "core_1": [entry(port("pacs"), int(core.port), eth_type), entry(int(core.port), PORT_IN_PORT, eth_type)],
        "agg_1": [entry(int(agg.port), PORT_IN_PORT, eth_type)],
    }


def test_what_goes_round_fails_who_may_send_it_and_every_promise() -> None:
    verdict = judged(**to_each_other())
    promised = finding(verdict, "promised", Property.LOOP)
    assert promised is not None
    assert not promised.holds
    assert promised.statement.startswith("a packet from pacs (core-1:")
    example = promised.counterexample
    assert example is not None
    assert example.packet["eth_type"] == "0x88b5"
    assert {b.key[2] for b in example.blames if b.key is not None} == {60_000}
    free = finding(verdict, "free", Property.LOOP)  # promises nothing, and its places cannot send there
    assert free is not None
    assert free.holds


def test_there_and_back_once_is_no_loop() -> None:
    back = to_each_other()
    back["core_1"] = back["core_1"][:1]  # comes back to core-1, which drops it
    loop = finding(judged(**back), "promised", Property.LOOP)
    assert loop is not None
    assert loop.holds
