"""Bounds from the devices as read: what makes a promise about time fail, at which hop, and on whom it rests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from intents.compile import compile_intended
from intents.model.campus import Campus
from intents.model.evidence import Bound, Finding, Property, Verdict
from intents.model.intent import ResolvedIntent
from intents.model.pon import OltVEnet, TrafficDescriptorProfile
from intents.model.state import DeviceState
from intents.model.switch import Meter, PortQueue
from intents.model.wire import HOSTS_US, wire_bits
from intents.verify import verify
from tests.compile.campuses import STUDY, G, M, intent, observed, small_lab, small_lab_intents

HOUR_US = 3_600 * 10**6


def asked(campus: Campus, latency_us: int = HOUR_US) -> list[ResolvedIntent]:
    """The small lab's intents, an alarm upwards and a picture downwards, both in classes with a cap."""
    timed = {"latency_us": latency_us, "one_way": True}
    return [
        *small_lab_intents(campus),
        intent(campus, "alarm", "pump-1", "his", service_class="telemetry", **timed),
        intent(campus, "picture", "his", "camera-1", service_class="video", **timed),
    ]


class Lab:
    """The small lab as planned, and judged when devices hold something else."""

    def __init__(self) -> None:
        self.campus = small_lab()
        intended = compile_intended(self.campus, asked(self.campus)).intended
        assert intended is not None
        self.states = dict(intended.states)

    def change(self, device: str, wanted: Callable[[Any], bool], change: Callable[[Any], Any]) -> None:
        objects = self.states[device].objects.values()
        assert any(wanted(o) for o in objects), "nothing to change"
        self.states[device] = DeviceState.of(device, [change(o) if wanted(o) else o for o in objects])

    def finding(self, name: str, what: Property, latency_us: int = HOUR_US) -> Finding:
        verdict = verify(self.campus, asked(self.campus, latency_us), observed(self.states, self.campus))
        return next(f for i in verdict.intents if i.intent == name for f in i.findings if f.property is what)


def latency_of(verdict: Verdict, name: str) -> Finding:
    return next(f for i in verdict.intents if i.intent == name for f in i.findings if f.property is Property.LATENCY)


def bounded(finding: Finding) -> Bound:
    assert finding.bound is not None, finding.statement
    return finding.bound


def is_queue(port: int, number: int) -> Callable[[Any], bool]:
    return lambda o: isinstance(o, PortQueue) and (o.port, o.queue_id) == (port, number)


def is_tcont_profile(name: str) -> Callable[[Any], bool]:
    """The profile of a T-CONT, by what the small lab gives it."""
    return lambda o: isinstance(o, TrafficDescriptorProfile) and o.name == name


def profile_of(lab: Lab, tcont: str) -> str:
    return next(o.profile for o in lab.states["olt-1"].objects.values() if o.key == ("tcont", tcont))  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    ("name", "hops"),
    [
        ("alarm", ["T-CONT cw.onu-6.1.tc5", "uplink up-1", "queue 5 of port 11"]),
        ("picture", ["queue 4 of port 1", "queue 4 of cw.onu-7.1", "UNI 1 on onu-7"]),
    ],
)
def test_a_delay_is_bound_hop_by_hop_from_the_port_to_the_receiver(name: str, hops: list[str]) -> None:
    bound = bounded(Lab().finding(name, Property.LATENCY))
    assert len(bound.hops) == len(hops)
    assert all(found.where.startswith(hop) for found, hop in zip(bound.hops, hops, strict=True))
    assert bound.delay_us is not None
    assert bound.delay_us > sum(h.latency_us for h in bound.hops) - len(bound.hops)


def test_a_latency_holds_at_its_bound_and_not_a_microsecond_below() -> None:
    lab = Lab()
    delay = bounded(lab.finding("alarm", Property.LATENCY)).delay_us or 0
    assert lab.finding("alarm", Property.LATENCY, delay).holds
    broken = lab.finding("alarm", Property.LATENCY, delay - 1)
    assert not broken.holds
    assert broken.counterexample is not None
    assert broken.counterexample.hops


def half_queue(lab: Lab) -> None:
    lab.change("core-1", is_queue(11, 5), lambda q: replace(q, min_rate_bps=0, max_rate_bps=q.max_rate_bps // 2))


def half_tcont(lab: Lab) -> None:
    name = profile_of(lab, "cw.onu-6.1.tc5")

    def lower(p: TrafficDescriptorProfile) -> TrafficDescriptorProfile:
        return replace(p, assured_bps=p.assured_bps // 2, maximum_bps=p.maximum_bps // 2)

    lab.change("olt-1", is_tcont_profile(name), lower)


def swapped(lab: Lab) -> None:
    """The queue of the alarms of a port goes behind all others."""
    lab.change("core-1", is_queue(11, 5), lambda q: replace(q, priority=7, min_rate_bps=1_000_000))


def slow_downstream(lab: Lab) -> None:
    """The queue of pictures at the OLT has a shaper of less than a meter lets through."""
    shaper = next(o for o in lab.states["olt-1"].objects.values() if o.key[0] == "shaper-profile")
    slow = replace(shaper, name="cw.slow", pir_kbps=2_000)  # type: ignore[type-var]
    lab.states["olt-1"] = DeviceState.of("olt-1", [*lab.states["olt-1"].objects.values(), slow])

    def slower(venet: OltVEnet) -> OltVEnet:
        assert venet.tm is not None
        queues = tuple(replace(q, shaper="cw.slow") if q.queue_id == 4 else q for q in venet.tm.queues)
        return replace(venet, tm=replace(venet.tm, queues=queues))

    lab.change("olt-1", lambda o: o.key == ("olt-v-enet", "cw.onu-7.1"), slower)


@pytest.mark.parametrize(
    ("name", "mutate", "hop"),
    [
        ("alarm", half_queue, "queue 5 of port 11"),
        ("alarm", half_tcont, "T-CONT cw.onu-6.1.tc5"),
        ("alarm", swapped, "queue 5 of port 11"),
        ("picture", slow_downstream, "queue 4 of cw.onu-7.1"),
    ],
)
def test_what_makes_a_hop_slower_breaks_the_latency_there(name: str, mutate: Callable[[Lab], None], hop: str) -> None:
    """What was promised is as tight as could be proven. The hop that was changed is told."""
    lab = Lab()
    delay = bounded(lab.finding(name, Property.LATENCY)).delay_us or 0
    mutate(lab)
    broken = lab.finding(name, Property.LATENCY, delay)
    assert not broken.holds
    assert hop in broken.statement
    assert broken.counterexample is not None
    assert hop in broken.counterexample.blame_object


def test_a_class_without_a_cap_before_it_leaves_no_bound_and_is_told() -> None:
    lab = Lab()
    lab.change("core-1", is_queue(11, 1), lambda q: replace(q, priority=0))
    lab.change("core-1", is_queue(11, 5), lambda q: replace(q, min_rate_bps=0))
    broken = lab.finding("alarm", Property.LATENCY)
    assert not broken.holds
    assert (
        "cannot be bounded: queue 5 of port 11 on core-1, because nothing is left for it at worst" in broken.statement
    )


def test_a_sender_who_may_send_anything_else_by_the_same_tcont_has_no_bound() -> None:
    campus = small_lab()
    more = intent(campus, "web", "pump-1", "pacs", services=("https",))
    intended = compile_intended(campus, [*small_lab_intents(campus), more]).intended
    assert intended is not None
    verdict = verify(campus, [*asked(campus), more], observed(intended.states, campus))
    finding = latency_of(verdict, "alarm")
    assert not finding.holds
    assert "pump-1 itself may send more into it, without promise, limit or cap" in finding.statement


def test_whom_a_tcont_holds_is_not_relied_on() -> None:
    """pump-2 shares the queue to his; its T-CONT holds it to what it is bound to."""
    alarm = Lab().finding("alarm", Property.LATENCY)
    assert bounded(alarm).relies == ()
    assert "while pump-1 sends at most 20 Mbit/s in all by the same queues, a frame at a time;" in alarm.statement


def test_whom_no_device_holds_is_named() -> None:
    """Two servers, each on a port of the switch, are promised a rate to the same place: each relies on the other."""
    campus = small_lab()
    pages = intent(
        campus,
        "pages",
        ("his", "pacs"),
        "nurses",
        service_class="telemetry",
        guarantee_bps=5 * M,
        latency_us=HOUR_US,
        one_way=True,
    )
    intended = compile_intended(campus, [pages]).intended
    assert intended is not None
    finding = latency_of(verify(campus, [pages], observed(intended.states, campus)), "pages")
    bound = bounded(finding)
    assert {bound.source, *bound.relies} == {"his", "pacs"}
    assert f"and {bound.relies[0]} keeps to what intents say of them" in finding.statement


def test_a_delivery_takes_its_bits_at_the_rate_left_and_what_the_network_delays() -> None:
    lab = Lab()
    bound = bounded(lab.finding("study", Property.DELIVER))
    bits = wire_bits(STUDY.payload_bits)
    least = HOSTS_US + bits * 10**6 // bound.rate_bps
    assert bound.completion_us is not None
    assert least < bound.completion_us <= STUDY.within_us
    assert bound.completion_us - least < 10_000


def test_a_delivery_whose_rate_is_left_but_comes_too_late_does_not_hold() -> None:
    """Bursts of two milliseconds became some of a second: no rate is less, and yet the last image is late."""
    lab = Lab()
    lab.change("olt-1", lambda o: o.key[0] == "shaper-profile", lambda s: replace(s, pbs_bytes=s.pir_kbps * 125))
    broken = lab.finding("study", Property.DELIVER)
    assert not broken.holds
    assert "are owed within 1 s, and may take" in broken.statement
    assert broken.bound is not None


def test_a_meter_is_reckoned_with_at_the_burst_that_was_read() -> None:
    """Two wards with lines as fast as the port itself share a queue with an alarm. Meters hold them, and what those let
    through at once is waited for."""
    campus = small_lab()
    lines = [
        intent(campus, f"bulk-{n}", name, "his", service_class="imaging", limit_bps=limit * M, one_way=True)
        for n, (name, limit) in enumerate({"ward-1": 300, "ward-2": 300}.items())
    ]
    alarm = intent(
        campus,
        "alarm",
        "ct-room",
        "his",
        service_class="imaging",
        guarantee_bps=100 * M,
        latency_us=HOUR_US,
        one_way=True,
    )
    intents = [*lines, alarm]
    intended = compile_intended(campus, intents).intended
    assert intended is not None

    def delay(burst_kbit: int) -> int:
        def burst(o: Any) -> Any:
            return replace(o, burst_kbit=burst_kbit) if isinstance(o, Meter) else o

        core = DeviceState.of("core-1", map(burst, intended.states["core-1"].objects.values()))
        verdict = verify(campus, intents, observed({**intended.states, "core-1": core}, campus))
        return bounded(latency_of(verdict, "alarm")).delay_us or 0

    assert delay(10) < delay(100) < delay(200)


def test_uplinks_that_pons_can_fill_bound_nothing() -> None:
    campus = small_lab()
    intents = [intent(campus, "alarm", "pump-1", "his", service_class="telemetry", latency_us=HOUR_US)]
    intended = compile_intended(campus, intents).intended
    assert intended is not None
    narrow = replace(campus, olts={"olt-1": replace(campus.olts["olt-1"], uplinks={"up-1": 8 * G})})
    finding = latency_of(verify(narrow, intents, observed(intended.states, narrow)), "alarm")
    assert not finding.holds
    assert "uplink up-1 on olt-1, because up to 8.67 Gbit/s come in, and it carries 8 Gbit/s" in finding.statement
