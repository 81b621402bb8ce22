"""A cable fails and the switches are on their own: what was changed behind Clearway's back is found, and blamed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from intents.compile import compile_intended, failures_named, left_of, make_plan, without
from intents.model.evidence import Finding, Property, Verdict
from intents.model.state import DeviceState, Operational
from intents.model.switch import (
    Bucket,
    FieldMatch,
    FlowEntry,
    GroupEntry,
    Output,
    PortQueue,
    SetQueue,
    SwitchFacts,
    ToGroup,
)
from intents.verify import verify
from tests.compile.campuses import M, intent, observed, twin_links

CAMPUS = twin_links()
UPPER = 0xC1EA0002  # of core-1's port 2; port 1 is beside it
INTENTS = [
    intent(CAMPUS, "ct", "ct-room", "pacs", service_class="imaging", guarantee_bps=100 * M, survive="any single link"),
    intent(CAMPUS, "named", "ct-room", "pacs", services=("dicom",), survive="core-1:2", line=2),
    intent(CAMPUS, "ward", "ward-1", "diag-room", line=3),
]
INTENDED = compile_intended(CAMPUS, INTENTS).intended
assert INTENDED is not None
STATES = INTENDED.states

Change = Callable[[Any], Any]


def network(**devices: DeviceState) -> Operational:
    return observed({name: devices.get(name.replace("-", "_"), state) for name, state in STATES.items()}, CAMPUS)


def judged(**devices: DeviceState) -> Verdict:
    return verify(CAMPUS, INTENTS, network(**devices))


def finding(verdict: Verdict, name: str, what: Property = Property.SURVIVAL) -> Finding | None:
    found = next(i for i in verdict.intents if i.intent == name)
    return next((f for f in found.findings if f.property is what), None)


def changed(device: str, wanted: Callable[[Any], bool], change: Change) -> DeviceState:
    """change: to another object, or None to take it away."""
    objects = [change(o) if wanted(o) else o for o in STATES[device].objects.values()]
    assert objects != list(STATES[device].objects.values()), "nothing to change"
    return DeviceState.of(device, [o for o in objects if o is not None])


def is_group(thing: Any) -> bool:
    return isinstance(thing, GroupEntry) and thing.group_id == UPPER


def buckets(change: Callable[[tuple[Bucket, ...]], tuple[Bucket, ...]]) -> DeviceState:
    return changed("core-1", is_group, lambda group: replace(group, buckets=change(group.buckets)))


def second(**fields: Any) -> DeviceState:
    return buckets(lambda held: (held[0], replace(held[1], **fields)))


def test_as_planned_every_cable_that_is_to_be_survived_is() -> None:
    verdict = judged()
    assert verdict.holds
    said = finding(verdict, "ct")
    assert said is not None
    assert said.statement == "holds by itself without any one of the cables acc-1:8 to agg-1:3, agg-1:8 to core-1:2"
    named = finding(verdict, "named")
    assert named is not None
    assert named.statement.endswith("agg-1:8 to core-1:2")
    assert finding(verdict, "ward") is None


@pytest.mark.parametrize(
    ("state", "said", "blame"),
    [
        (second(actions=(Output(10),)), "is dropped at core-1", f"group {UPPER}"),
        (second(actions=(Output(9),)), "does not arrive", f"group {UPPER}"),
        (buckets(lambda held: held[:1]), "is dropped at core-1", f"group {UPPER}"),
        (second(watch_port=2), "is dropped at core-1", f"group {UPPER}"),
        (second(actions=(SetQueue(1), Output(1))), "queue of a lower class", f"group {UPPER}"),
        (second(actions=(Output(1), SetQueue(1))), "queue of a lower class", f"group {UPPER}"),
        (second(actions=(SetQueue(6), Output(1))), "queue that is not there", "queue 6 of port 1"),
        (changed("core-1", lambda o: o.key == ("queue", 1, 3), lambda _: None), "not there", "queue 3 of port 1"),
        (
            changed("core-1", lambda o: o.key == ("queue", 1, 3), lambda q: replace(q, max_rate_bps=M)),
            "is promised 100 Mbit/s on the wire, 1 Mbit/s is left",
            "queue 3 of port 1",
        ),
        (
            changed("core-1", lambda o: FieldMatch("in_port", 1) in getattr(o, "match", ()), lambda _: None),
            "is dropped at core-1",
            "table 0",
        ),
        (
            changed(
                "core-1",
                lambda o: isinstance(o, FlowEntry) and ToGroup(UPPER) in o.actions,
                lambda o: replace(o, actions=(*o.actions[:-1], Output(2))),
            ),
            "does not leave core-1:2",
            "table 1",
        ),
    ],
    ids=[
        "wrong port",
        "port of nobody",
        "no second bucket",
        "the second watches the first",
        "wrong queue",
        "wrong queue, written after the output",
        "a queue of no class",
        "no queue at the second port",
        "a queue too narrow",
        "the second cable is not let in",
        "no group",
    ],
)
def test_what_shows_only_when_a_cable_fails_is_found(state: DeviceState, said: str, blame: str) -> None:
    verdict = judged(core_1=state)
    for what in (Property.REACHABILITY, Property.PRIORITY, Property.GUARANTEE):
        now = finding(verdict, "ct", what)
        assert now is not None
        assert now.holds, now.statement
    broken = finding(verdict, "ct")
    assert broken is not None
    assert not broken.holds
    assert broken.statement.startswith("ct: when the cable agg-1:8 to core-1:2 fails, ")
    assert said in broken.statement
    assert broken.counterexample is not None
    assert broken.counterexample.blame_device == "core-1"
    assert blame in broken.counterexample.blame_object


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (changed("core-1", is_group, lambda _: None), f"group {UPPER} is not there"),
        (buckets(lambda held: (replace(held[0], actions=(Output(10),)), held[1])), "does not arrive"),
    ],
    ids=["no such group", "wrong port in the first bucket"],
)
def test_what_shows_at_once_is_found_at_once(state: DeviceState, said: str) -> None:
    broken = finding(judged(core_1=state), "ct", Property.REACHABILITY)
    assert broken is not None
    assert not broken.holds
    assert said in broken.statement + str(broken.counterexample)


def test_a_queue_too_low_in_the_first_bucket_is_found_at_once() -> None:
    wrong = buckets(lambda held: (replace(held[0], actions=(SetQueue(1), Output(2))), held[1]))
    broken = finding(judged(core_1=wrong), "ct", Property.PRIORITY)
    assert broken is not None
    assert not broken.holds


@pytest.mark.parametrize("lost", [2, 1])
def test_when_one_of_two_has_failed_the_intent_holds_and_nothing_more_is_asked(lost: int) -> None:
    """The cable between agg-1 and core-1 in use, or the one beside it, is down at both ends."""
    state = network()
    for name, port in (("core-1", lost), ("agg-1", {2: 8, 1: 9}[lost])):
        ports = {number: str(number) for number in CAMPUS.switches[name].ports}
        facts = SwitchFacts(ports=ports, up=frozenset(ports) - {port})
        state.devices[name] = replace(state.devices[name], facts=facts)  # type: ignore[index]
    verdict = verify(CAMPUS, INTENTS, state)
    assert verdict.holds
    said = finding(verdict, "ct")
    assert said is not None
    assert said.statement.endswith("acc-1:8 to agg-1:3")
    assert finding(verdict, "named") is None


def test_of_all_objects_none_can_be_taken_away_but_what_drops_and_what_nobody_is_queued_in() -> None:
    alone = INTENTS[:1]
    intended = compile_intended(CAMPUS, alone).intended
    assert intended is not None
    for device, state in intended.states.items():
        for thing in state.objects.values():
            drops = isinstance(thing, FlowEntry) and not thing.match
            unused = isinstance(thing, PortQueue) and thing.queue_id == CAMPUS.classes["default"].priority
            left = DeviceState.of(device, [o for o in state.objects.values() if o is not thing])
            verdict = verify(CAMPUS, alone, observed({**intended.states, device: left}, CAMPUS))
            assert verdict.holds == (drops or unused), f"{thing} of {device}"


@pytest.mark.parametrize("failed", ["agg-1:8", "acc-1:8"])
def test_planning_again_after_the_switches_moved_disturbs_nobody_on_the_way(failed: str) -> None:
    """Device by device in the order of the plan, with the cable down, everything arrives."""
    link = next(k for k in CAMPUS.links if failed in (str(k.a), str(k.b)))
    after = without(CAMPUS, failures_named(CAMPUS, [failed])[0])
    left = [left_of(r, after) for r in INTENTS]
    moved = network()
    for end in (link.a, link.b):
        ports = {number: str(number) for number in CAMPUS.switches[end.device].ports}
        facts = SwitchFacts(ports=ports, up=frozenset(ports) - {int(end.port)})
        moved.devices[end.device] = replace(moved.devices[end.device], facts=facts)  # type: ignore[index]
    intended = compile_intended(after, left, moved).intended
    assert intended is not None
    for device in dict.fromkeys(c.device for c in make_plan(intended, after, moved).changes):
        moved.devices[device] = replace(moved.devices[device], state=intended.states[device])  # type: ignore[index]
        verdict = verify(CAMPUS, left, moved)
        assert verdict.holds, (device, [f.statement for i in verdict.intents for f in i.findings if not f.holds])
