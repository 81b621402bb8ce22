"""Groups of every type, whoever made them: what they do is followed, and what cannot be told is said, never skipped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intents.compile import compile_intended
from intents.model.evidence import Finding, Property
from intents.model.state import DeviceState
from intents.model.switch import (
    Action,
    Bucket,
    FlowEntry,
    GroupEntry,
    Output,
    PopVlan,
    Resubmit,
    SetField,
    SetQueue,
    SwitchFacts,
    ToGroup,
    Unmodelled,
)
from intents.verify import verify
from intents.verify.switch.group import action_set
from tests.compile.campuses import intent, observed, small_lab

CAMPUS = small_lab()
INTENTS = [intent(CAMPUS, "ct", "ct-room", "pacs", service_class="imaging", one_way=True)]
INTENDED = compile_intended(CAMPUS, INTENTS).intended
assert INTENDED is not None
STATES = INTENDED.states
PACS, HIS = Output(10), Output(11)
DOWN = frozenset({11})


def seen(*groups: GroupEntry, name: Property = Property.REACHABILITY) -> Finding:
    """The finding when the gateway hands what is for PACS to group 1 instead, and port 11 is down."""

    def handed(thing: FlowEntry) -> FlowEntry:
        return replace(thing, actions=(*thing.actions[:-1], ToGroup(1)))

    objects = [
        handed(o) if isinstance(o, FlowEntry) and PACS in o.actions else o for o in STATES["core-1"].objects.values()
    ]
    state = observed({**STATES, "core-1": DeviceState.of("core-1", [*objects, *groups])}, CAMPUS)
    ports = {number: str(number) for number in CAMPUS.switches["core-1"].ports}
    facts = SwitchFacts(ports=ports, up=frozenset(ports) - DOWN)
    state.devices["core-1"] = replace(state.devices["core-1"], facts=facts)  # type: ignore[index]
    (verdict,) = verify(CAMPUS, INTENTS, state).intents
    return next(f for f in verdict.findings if f.property is name)


def group(kind: str, *buckets: Bucket, number: int = 1) -> GroupEntry:
    return GroupEntry(group_id=number, type=kind, buckets=buckets)  # type: ignore[arg-type]


def bucket(*actions: Action, port: int | None = None, watched: int | None = None, weight: int = 0) -> Bucket:
    return Bucket(actions=actions, watch_port=port, watch_group=watched, weight=weight)


@pytest.mark.parametrize(
    "groups",
    [
        [group("all", bucket(PACS))],
        [group("all", bucket(HIS), bucket(PACS))],
        [group("indirect", bucket(PACS))],
        [group("select", bucket(PACS, weight=1))],
        [group("select", bucket(PACS, weight=1), bucket(HIS, port=11, weight=9))],
        [group("select", bucket(PACS, weight=1), bucket(HIS, weight=0))],
        [group("ff", bucket(PACS, port=10), bucket(HIS, port=11))],
        [group("ff", bucket(HIS, port=11), bucket(PACS, port=10))],
        [group("ff", bucket(PACS, port=11, watched=2)), group("all", bucket(), number=2)],
        [group("indirect", bucket(ToGroup(2))), group("indirect", bucket(PACS), number=2)],
        [group("indirect", bucket(HIS, PACS))],  # an action set has one output, the last
        [group("indirect", bucket(HIS, ToGroup(2))), group("indirect", bucket(PACS), number=2)],  # a group goes before
    ],
)
def test_what_a_group_lets_through_arrives(groups: list[GroupEntry]) -> None:
    found = seen(*groups)
    assert found.holds, found.statement


@pytest.mark.parametrize(
    "groups",
    [
        [group("all")],
        [group("indirect", bucket(HIS))],
        [group("indirect", bucket(PACS, HIS))],
        [group("select", bucket(PACS, weight=1), bucket(HIS, weight=1))],
        [group("select", bucket(PACS, port=11, weight=1))],  # nothing is live, whatever its output
        [group("select")],
        [group("ff", bucket(PACS, port=11))],
        [group("ff")],
        [group("ff", bucket(PACS, watched=2)), group("ff", bucket(port=11), number=2)],
        [group("ff", bucket(PACS, watched=2))],
        [],
    ],
)
def test_what_a_group_drops_does_not_arrive(groups: list[GroupEntry]) -> None:
    found = seen(*groups)
    assert not found.holds
    assert not found.cannot_prove


@pytest.mark.parametrize(
    ("groups", "named"),
    [
        ([group("indirect")], "group 1"),
        ([group("ff", bucket(PACS))], "group 1"),
        ([group("ff", bucket(HIS, port=0xFFFFFFFE), bucket(PACS, port=10))], "group 1"),
        ([group("ff", bucket(PACS, watched=1))], "group 1"),
        ([group("select", bucket(PACS, port=0xFFFFFFFE, weight=1))], "group 1"),
        ([group("all", bucket(PACS), bucket(Unmodelled("action type 99")))], "group 1"),
        ([group("indirect", bucket(Resubmit(1), PACS))], "group 1"),
        ([group("indirect", bucket(ToGroup(1)))], "group 1"),
    ],
)
def test_what_cannot_be_told_is_not_proven_and_named(groups: list[GroupEntry], named: str) -> None:
    found = seen(*groups)
    assert found.cannot_prove
    assert not found.holds
    assert named in found.statement


def test_a_queue_that_a_bucket_chooses_is_the_queue() -> None:
    low = group("ff", bucket(PACS, SetQueue(1), port=10))
    assert seen(low).holds
    assert not seen(low, name=Property.PRIORITY).holds


def test_an_action_set_has_its_own_order() -> None:
    actions = (PACS, SetQueue(2), SetField("vlan_pcp", 1), SetField("vlan_pcp", 3), PopVlan(), SetQueue(5))
    assert action_set(actions) == (PopVlan(), SetField("vlan_pcp", 1), SetField("vlan_pcp", 3), SetQueue(5), PACS)
    assert action_set((PACS, ToGroup(4))) == (ToGroup(4),)
    assert action_set((Resubmit(1),)) is None
