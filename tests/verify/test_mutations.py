"""One object of the network changed behind Clearway's back: the right intent fails, with the right property, and the
object that was changed is to blame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from intents.compile import compile_intended
from intents.model.evidence import DriftKind, Finding, Property, Verdict
from intents.model.pon import Forwarder, OltVEnet, Scheduler, SchedulerChild, TrafficDescriptorProfile
from intents.model.state import DeviceState
from intents.model.switch import FieldMatch, FlowEntry, Output, SetField, SetQueue, match
from intents.verify import verify
from tests.compile.campuses import observed, small_lab, small_lab_intents

CAMPUS = small_lab()
INTENTS = small_lab_intents(CAMPUS)
INTENDED = compile_intended(CAMPUS, INTENTS).intended
assert INTENDED is not None
STATES = INTENDED.states

Wanted = Callable[[Any], bool]


def judged(**devices: DeviceState) -> Verdict:
    """The verdict when some devices hold something else."""
    states = {name: devices.get(name.replace("-", "_"), state) for name, state in STATES.items()}
    return verify(CAMPUS, INTENTS, observed(states, CAMPUS), applied=STATES)


def without(device: str, wanted: Wanted) -> DeviceState:
    kept = [o for o in STATES[device].objects.values() if not wanted(o)]
    assert len(kept) < len(STATES[device].objects), "nothing to take away"
    return DeviceState.of(device, kept)


def changed(device: str, wanted: Wanted, change: Callable[[Any], Any]) -> DeviceState:
    objects = [change(o) if wanted(o) else o for o in STATES[device].objects.values()]
    assert objects != list(STATES[device].objects.values()), "nothing to change"
    return DeviceState.of(device, objects)


def broken(verdict: Verdict, intent: str, what: Property) -> Finding:
    """The finding that fails, with its packet; every other failing intent is looked at by the caller."""
    found = next(i for i in verdict.intents if i.intent == intent)
    finding = next((f for f in found.findings if f.property is what), None)
    assert finding is not None
    assert not finding.holds, f"{intent}: {what} holds: {finding.statement}"
    assert finding.counterexample is not None
    return finding


def kind(name: str, /, **fields: object) -> Wanted:
    return lambda o: o.key[0] == name and all(getattr(o, f) == v for f, v in fields.items())


def forwards(source: str, destination: str) -> Wanted:
    """The gateway's entry for an ordered pair."""
    ends = {"ipv4_src": source, "ipv4_dst": destination}
    wanted = {(name, int(CAMPUS.places[place].address or 0)) for name, place in ends.items()}
    return lambda o: isinstance(o, FlowEntry) and wanted <= {(m.name, m.value) for m in o.match}


def test_the_network_as_planned_holds() -> None:
    verdict = judged()
    assert verdict.holds
    assert verdict.drift == ()


@pytest.mark.parametrize(
    ("device", "wanted", "intent", "what", "blame"),
    [
        ("core-1", forwards("ct-room", "pacs"), "ct-to-pacs", Property.REACHABILITY, "table 1"),
        ("olt-1", kind("gemport", name="cw.onu-ct.1.tc3"), "ct-to-pacs", Property.REACHABILITY, "GEM port"),
        ("olt-1", kind("tcont", name="cw.onu-ct.1.tc3"), "ct-to-pacs", Property.REACHABILITY, "cw.onu-ct.1.tc3"),
        ("olt-1", kind("link", name="cw.onu-ct.uni1"), "ct-to-pacs", Property.REACHABILITY, "cw.onu-ct"),
        ("olt-1", kind("v-ani", name="cw.onu-ct"), "ct-to-pacs", Property.REACHABILITY, "CWLB"),
        ("core-1", kind("queue", port=10, queue_id=3), "ct-to-pacs", Property.PRIORITY, "queue 3 of port 10"),
        ("core-1", kind("meter"), "cameras", Property.REACHABILITY, "meter"),
        (
            "olt-1",
            lambda o: isinstance(o, TrafficDescriptorProfile) and o.assured_bps == 228_000_000,
            "study",
            Property.REACHABILITY,
            "cw.onu-diag.1.tc3",
        ),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_taken_away_is_blamed(device: str, wanted: Wanted, intent: str, what: Property, blame: str) -> None:
    verdict = judged(**{device.replace("-", "_"): without(device, wanted)})
    assert blame in str(broken(verdict, intent, what).counterexample.blame_object)  # type: ignore[union-attr]
    assert verdict.drift
    assert {d.kind for d in verdict.drift} == {DriftKind.MISSING}


def test_a_flow_that_queues_too_low_breaks_the_priority() -> None:
    def lower(o: FlowEntry) -> FlowEntry:
        return replace(o, actions=tuple(SetQueue(1) if isinstance(a, SetQueue) else a for a in o.actions))

    finding = broken(
        judged(core_1=changed("core-1", forwards("ct-room", "pacs"), lower)), "ct-to-pacs", Property.PRIORITY
    )
    assert "queue of a lower class" in finding.statement


def test_a_flow_that_marks_too_low_finds_no_queue_at_the_olt() -> None:
    def lower(o: FlowEntry) -> FlowEntry:
        low = SetField("vlan_pcp", 0)
        return replace(o, actions=tuple(low if getattr(a, "name", "") == "vlan_pcp" else a for a in o.actions))

    wrong = changed("core-1", forwards("pacs", "diag-room"), lower)
    finding = broken(judged(core_1=wrong), "study", Property.REACHABILITY)
    assert finding.counterexample is not None
    assert finding.counterexample.hops[0].pcp == 0
    assert finding.counterexample.blame_device == "olt-1"


def test_a_queue_that_stands_behind_a_lower_one_breaks_the_priority() -> None:
    wrong = changed("core-1", kind("queue", port=10, queue_id=3), lambda q: replace(q, priority=7))
    finding = broken(judged(core_1=wrong), "ct-to-pacs", Property.PRIORITY)
    assert "waits behind a lower class" in finding.statement


def test_a_promise_is_broken_by_a_lower_min_rate_and_the_queue_is_blamed() -> None:
    wrong = changed(
        "core-1", kind("queue", port=1, queue_id=2), lambda q: replace(q, min_rate_bps=1, max_rate_bps=10**6)
    )
    finding = broken(judged(core_1=wrong), "wards", Property.GUARANTEE)
    assert finding.counterexample is not None
    assert (finding.counterexample.blame_device, finding.counterexample.blame_object) == ("core-1", "queue 2 of port 1")
    assert "is left at worst" in finding.statement


def test_a_promise_is_broken_by_a_lower_assured_bandwidth() -> None:
    wrong = changed(
        "olt-1",
        lambda o: isinstance(o, TrafficDescriptorProfile) and o.assured_bps == 10_000_000,
        lambda p: replace(p, assured_bps=1_000_000),
    )
    finding = broken(judged(olt_1=wrong), "wards", Property.GUARANTEE)
    assert finding.counterexample is not None
    assert finding.counterexample.blame_device == "olt-1"
    assert "T-CONT" in finding.counterexample.blame_object


def test_a_delivery_is_broken_by_a_lower_shaper_on_the_way() -> None:
    wrong = changed("olt-1", kind("olt-v-enet", name="cw.onu-diag.1"), lambda v: replace(v, tm=_slow(v.tm)))
    finding = broken(judged(olt_1=wrong), "study", Property.DELIVER)
    assert "cw.onu-diag.1" in finding.statement


def nested(o: OltVEnet) -> OltVEnet:
    assert o.tm is not None
    node = Scheduler(name="another", level=1, queues=o.tm.queues)
    top = (SchedulerChild(name="another", priority=0, weight=1),)
    return replace(o, tm=replace(o.tm, queues=(), schedulers=(node,), top=top))


def test_queues_under_schedulers_carry_packets_and_promise_nothing() -> None:
    verdict = judged(olt_1=changed("olt-1", kind("olt-v-enet", name="cw.onu-diag.1"), nested))
    assert "0 bit/s is left" in broken(verdict, "study", Property.DELIVER).statement
    assert "0 bit/s is left" in broken(verdict, "wards", Property.GUARANTEE).statement
    study = next(i for i in verdict.intents if i.intent == "study")
    assert [f.holds for f in study.findings if f.property is Property.REACHABILITY] == [True]


def _slow(tm: Any) -> Any:
    shaper = next(o.name for o in STATES["olt-1"].objects.values() if o.key[0] == "shaper-profile")
    return replace(tm, shaper=shaper)


def test_a_limit_is_broken_by_a_larger_meter() -> None:
    wrong = changed("core-1", kind("meter", rate_kbps=4000), lambda m: replace(m, rate_kbps=40_000))
    wrong = DeviceState.of("core-1", wrong.objects.values())
    loose = changed(
        "olt-1",
        lambda o: isinstance(o, TrafficDescriptorProfile) and o.maximum_bps == 4_000_000,
        lambda p: replace(p, maximum_bps=40_000_000),
    )
    assert "may get at most 4 Mbit/s" in broken(judged(core_1=wrong, olt_1=loose), "cameras", Property.LIMIT).statement


def test_a_flow_that_lets_guests_through_breaks_the_isolation() -> None:
    guests, ward = CAMPUS.places["guests"], CAMPUS.places["ward-1"]
    hole = FlowEntry(
        table=1,
        priority=500,
        match=match(
            FieldMatch("in_port", 1), FieldMatch("eth_type", 0x0800), FieldMatch("ipv4_src", int(guests.address or 0))
        ),
        actions=(
            SetField("vlan_vid", 0x1000 | CAMPUS.segments[ward.segment].vid),
            SetField("vlan_pcp", 2),
            SetField("eth_dst", 0x020000000031),
            Output(0xFFFFFFF8),
        ),
        cookie=0,
    )
    wrong = DeviceState.of("core-1", [*STATES["core-1"].objects.values(), hole])
    finding = broken(judged(core_1=wrong), "no-guests", Property.ISOLATION)
    assert finding.counterexample is not None
    assert finding.counterexample.blame_device == "core-1"
    assert "priority 500" in finding.counterexample.blame_object


def test_a_guest_whose_own_mark_is_kept_breaks_the_trust() -> None:
    """The UNI's rule for priority-tagged frames passes the guest's PCP on instead of the port's."""

    def trusting(subif: Any) -> Any:
        rules = tuple(
            replace(
                r,
                rewrite=replace(r.rewrite, push=tuple(replace(p, pbit_from="tag") for p in r.rewrite.push)),
            )
            if r.match.tagging == "priority-tagged"
            else r
            for r in subif.rules
        )
        return replace(subif, rules=rules)

    wrong = changed(
        "olt-1", lambda o: o.key[0] == "vlan-sub-interface" and o.name.startswith("cw.onu-8.uni1"), trusting
    )
    finding = broken(judged(olt_1=wrong), "ct-to-pacs", Property.TRUST)
    assert "guests" in finding.statement
    assert finding.counterexample is not None
    assert finding.counterexample.packet["pcp"] in {"3", "4", "5", "6", "7"}


def test_another_object_under_our_name_is_drift_and_breaks_no_intent() -> None:
    extra = replace(next(o for o in STATES["olt-1"].objects.values() if o.key[0] == "tc-map"), name="cw.nobodys")
    verdict = judged(olt_1=DeviceState.of("olt-1", [*STATES["olt-1"].objects.values(), extra]))
    assert verdict.holds
    assert [d.statement for d in verdict.drift] == ["tc-map cw.nobodys on olt-1 is there and was not applied"]


def test_drift_says_which_attributes_were_and_are() -> None:
    def slower(o: OltVEnet) -> OltVEnet:
        assert o.tm is not None
        queues = tuple(replace(q, priority=0) if q.queue_id == 3 else q for q in o.tm.queues)
        return replace(o, tm=replace(o.tm, queues=queues))

    (drift,) = judged(olt_1=changed("olt-1", kind("olt-v-enet", name="cw.onu-diag.1"), slower)).drift
    assert (drift.kind, drift.ours) == (DriftKind.CHANGED, True)
    assert [(d.attribute, d.found) for d in drift.differs] == [("tm.queues[3].priority", "0")]


def test_drift_of_a_flow_is_told_in_the_words_of_the_switch_and_whose_mark_it_bears() -> None:
    def taken(o: FlowEntry) -> FlowEntry:
        actions = tuple(Output(11) if isinstance(a, Output) else a for a in o.actions)
        return replace(o, actions=actions, cookie=7)

    (drift,) = judged(core_1=changed("core-1", forwards("ct-room", "pacs"), taken)).drift
    by_name = {d.attribute: (d.applied, d.found) for d in drift.differs}
    assert by_name.pop("cookie")[1] == "0x7"
    assert list(by_name.values()) == [("output 10", "output 11")]
    assert not drift.ours


def test_a_port_that_a_forwarder_lost_is_named() -> None:
    def shorter(o: Forwarder) -> Forwarder:
        return replace(o, ports=tuple(p for p in o.ports if p[0] == "network"))

    (drift,) = judged(olt_1=changed("olt-1", kind("forwarder", name="cw.v190"), shorter)).drift
    assert [(d.attribute, d.applied, d.found) for d in drift.differs] == [("ports[onu-8.1]", "cw.onu-8.1.v190", "none")]
