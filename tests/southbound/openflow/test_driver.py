"""The driver's contract, on every switch that we have: what is committed is what is read, or nothing changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intents.model.state import DeviceObject, Difference, ObjectKey
from intents.model.switch import (
    LEARNT_COOKIE,
    Bucket,
    FieldMatch,
    FlowEntry,
    GroupEntry,
    Meter,
    Output,
    SetQueue,
    SwitchFacts,
    ToGroup,
    match,
)
from southbound.driver import DeviceRefused, DeviceUnreachable, OutcomeUnknown
from southbound.openflow.channel import Channel, ChannelLost, Replies
from southbound.openflow.dialect import BUNDLE_COMMIT, BUNDLE_DISCARD, bundle_control
from southbound.openflow.driver import OpenFlowDriver
from tests.southbound.openflow.conftest import DATAPATH, Bench
from tests.southbound.openflow.strategies import METERS, flow_entries, groups

WAYS = (FieldMatch("in_port", 1),)
GROUP = GroupEntry(group_id=7, type="all", buckets=(Bucket(actions=(Output(1),)),))
METER = Meter(meter_id=5, rate_kbps=1000)
METERED = FlowEntry(table=0, priority=5, match=WAYS, meter=5, actions=(SetQueue(3), Output(2)))
GROUPED = FlowEntry(table=0, priority=6, match=WAYS, actions=(ToGroup(7),))
FOREIGN = FlowEntry(table=0, priority=1, match=(), actions=(Output(2),), cookie=0x1234)
BACKWARDS = FlowEntry(table=3, priority=9, match=WAYS, goto=1)  # OpenFlow forbids going to a lower table


def added(things: Iterable[DeviceObject]) -> list[Difference]:
    """Differences that add them."""
    return [Difference(key=t.key, before=None, after=t) for t in things]


def removed(things: Iterable[DeviceObject]) -> list[Difference]:
    """Differences that remove them."""
    return [Difference(key=t.key, before=t, after=None) for t in things]


def key_of(thing: DeviceObject) -> ObjectKey:
    """What makes it the same object."""
    return thing.key


def apply(driver: OpenFlowDriver, differences: Sequence[Difference], token: str = "t1") -> None:  # noqa: S107 - no password
    """Prepare and commit."""
    driver.prepare(differences)
    driver.commit(token, 10)


def held(driver: OpenFlowDriver) -> set[DeviceObject]:
    """What the switch holds."""
    return set(driver.observe().state.objects.values())


def test_a_probe_says_what_the_switch_can_do(bench: Bench) -> None:
    capabilities = bench.driver().probe()
    assert capabilities.protocol in {"openflow 1.3", "openflow 1.4"}
    assert capabilities.features >= {"bundle", "meter", "group", "nicira"}
    assert {"meters", "groups"} <= set(capabilities.limits)
    assert not capabilities.confirmed_commit
    assert held(bench.driver()) == set()


def test_ports_are_read_with_those_that_are_up(bench: Bench) -> None:
    facts = bench.driver().observe().facts
    assert isinstance(facts, SwitchFacts)
    assert set(facts.ports) == {1, 2, 10}
    assert facts.up == {1, 2, 10}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_committed_reads_back_equal(bench: Bench, data: st.DataObject) -> None:
    bench.empty()
    things: list[DeviceObject] = [
        *data.draw(st.lists(METERS, max_size=4, unique_by=key_of)),
        *data.draw(st.lists(groups(), max_size=4, unique_by=key_of)),
        *data.draw(st.lists(flow_entries(), min_size=1, max_size=25, unique_by=key_of)),
    ]
    driver = bench.driver()
    apply(driver, added(things))
    assert held(driver) == set(things)
    driver.revert("t1")
    assert held(driver) == set()


def test_a_prepared_change_is_not_in_effect(bench: Bench) -> None:
    driver = bench.driver()
    driver.prepare(added([METER, GROUP, METERED, GROUPED]))
    assert held(bench.driver()) - {METER} == set()  # a meter without an entry does nothing
    driver.revert("t1")
    assert held(driver) == set()
    driver.revert("t1")


def test_a_committed_change_can_be_undone_until_it_is_confirmed(bench: Bench) -> None:
    driver = bench.driver()
    apply(driver, added([METER, GROUP, METERED, GROUPED, FOREIGN]), "t1")
    driver.confirm("t1")
    before = held(driver)
    other_group = GroupEntry(group_id=7, type="ff", buckets=(Bucket(actions=(Output(2),), watch_port=2),))
    other_way = FlowEntry(table=0, priority=5, match=WAYS, actions=(Output(10),), cookie=METERED.cookie + 1)
    change = [
        Difference(key=GROUP.key, before=GROUP, after=other_group),
        Difference(key=METERED.key, before=METERED, after=other_way),
        *removed([GROUPED, METER]),
    ]
    apply(driver, change, "t2")
    assert held(driver) == {other_group, other_way, FOREIGN}
    driver.revert("t2")
    assert held(driver) == before
    driver.revert("t2")
    driver.revert("never heard of it")
    assert held(driver) == before
    apply(driver, change, "t3")
    driver.confirm("t3")
    driver.revert("t3")
    assert held(driver) == {other_group, other_way, FOREIGN}


def test_a_meter_is_modified_in_place_and_back(bench: Bench) -> None:
    driver = bench.driver()
    apply(driver, added([METER, METERED]))
    driver.confirm("t1")
    faster = Meter(meter_id=5, rate_kbps=9000, burst_kbit=100)
    apply(driver, [Difference(key=METER.key, before=METER, after=faster)], "t2")
    assert held(driver) == {faster, METERED}
    driver.revert("t2")
    assert held(driver) == {METER, METERED}


@pytest.mark.parametrize(
    "bad",
    [
        BACKWARDS,
        FlowEntry(table=0, priority=9, match=WAYS, meter=999),
        FlowEntry(table=0, priority=9, match=(FieldMatch("ipv4_dst", 1),)),
    ],
    ids=["lower table", "unknown meter", "prerequisite missing"],
)
def test_one_bad_entry_and_nothing_is_applied(bench: Bench, bad: FlowEntry) -> None:
    driver = bench.driver()
    apply(driver, added([FOREIGN]))
    fine = [FlowEntry(table=1, priority=n, match=WAYS, actions=(Output(2),)) for n in range(50)]
    with pytest.raises(DeviceRefused) as refused:
        apply(driver, added([METER, METERED, *fine[:25], bad, *fine[25:]]), "t2")
    assert refused.value.object_name == repr(bad.key)
    assert "core-1" in str(refused.value)
    assert f"table={bad.table} priority=9" in str(refused.value)
    assert held(driver) == {FOREIGN}
    driver.revert("t2")
    assert held(driver) == {FOREIGN}


def test_a_meter_that_is_refused_stops_the_change(bench: Bench) -> None:
    driver = bench.driver()
    apply(driver, added([METER]))
    with pytest.raises(DeviceRefused) as refused:
        driver.prepare(added([Meter(meter_id=6, rate_kbps=5), METER, METERED]))
    assert refused.value.object_name == repr(METER.key)
    assert held(driver) == {METER}


def test_an_entry_of_somebody_else_under_the_same_match_is_not_removed(bench: Bench) -> None:
    driver = bench.driver()
    apply(driver, added([FOREIGN]))
    ours = FlowEntry(table=0, priority=1, match=(), actions=(Output(2),))
    apply(driver, removed([ours]), "t2")
    assert held(driver) == {FOREIGN}


def test_a_learnt_neighbour_is_read(bench: Bench) -> None:
    learnt = FlowEntry(
        table=2,
        priority=100,
        match=match(FieldMatch("eth_type", 0x0800), FieldMatch("ipv4_dst", 0x0A0A0009)),
        cookie=LEARNT_COOKIE,
    )
    driver = bench.driver()
    apply(driver, added([learnt]))
    assert held(driver) == {learnt}


def test_a_switch_that_restarts_empty_is_seen_empty_and_can_be_filled_again(bench: Bench) -> None:
    driver = bench.driver()
    apply(driver, added([METER, METERED]))
    bench.switch.restart_empty()
    until_empty(driver)
    apply(driver, added([METER, METERED]), "t2")
    assert held(driver) == {METER, METERED}


def until_empty(driver: OpenFlowDriver) -> None:
    """The old session may still be on its way out: what matters is what is read when the switch is back."""
    for _ in range(10):
        try:
            if not held(driver):
                return
        except DeviceUnreachable:
            continue
    assert held(driver) == set()


def test_a_change_staged_before_the_switch_restarted_is_staged_again(bench: Bench) -> None:
    driver = bench.driver()
    driver.prepare(added([METER, GROUP, METERED, GROUPED]))
    bench.switch.restart_empty()
    until_empty(bench.driver())
    driver.commit("t1", 10)
    assert held(driver) == {METER, GROUP, METERED, GROUPED}


def test_a_bundle_that_the_switch_forgot_is_staged_again(bench: Bench) -> None:
    driver = bench.driver()
    driver.prepare(added([METER, METERED]))
    bench.controller.channel(DATAPATH, 1).transact(every_discard(bench), 5)
    driver.commit("t1", 10)
    assert held(driver) == {METER, METERED}


def every_discard(bench: Bench) -> list[bytes]:
    """Discards of all bundles that this session may have opened lately."""
    channel = bench.controller.channel(DATAPATH, 1)
    now = channel.next_xid()
    return [
        bundle_control(channel.version, number, BUNDLE_DISCARD, channel.next_xid()) for number in range(now - 9, now)
    ]


def committed(frame: bytes) -> tuple[int, int, int]:
    """(bundle, commit, xid) that a commit with the bundle and xid of this frame would have."""
    at = 16 if frame[1] == 4 else 8
    return int.from_bytes(frame[at : at + 4], "big"), BUNDLE_COMMIT, int.from_bytes(frame[4:8], "big")


class CutAfterCommit:
    """The real session, cut when the bundle's commit has gone out: its answer never arrives."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.cut = False

    def channel(self, datapath_id: int, deadline_s: float) -> Channel:
        """A session that may be cut."""
        real = self._bench.controller.channel(datapath_id, deadline_s)
        outer = self

        class Cut:
            datapath_id = real.datapath_id
            version = real.version
            alive = True
            next_xid = staticmethod(real.next_xid)

            def transact(self, frames: Sequence[bytes], deadline_s: float) -> Replies:
                replies = real.transact(frames, deadline_s)
                if outer.cut and frames and frames[0] == bundle_control(real.version, *committed(frames[0])):
                    raise ChannelLost("cut")
                return replies

        return Cut()


def test_the_outcome_of_a_commit_without_answer_is_unknown_and_can_be_undone(bench: Bench) -> None:
    provider = CutAfterCommit(bench)
    driver = OpenFlowDriver("core-1", DATAPATH, provider)
    apply(driver, added([GROUP]))
    driver.confirm("t1")
    driver.prepare([*removed([GROUP]), *added([METER, METERED])])
    provider.cut = True
    with pytest.raises(OutcomeUnknown):
        driver.commit("t2", 10)
    provider.cut = False
    driver.revert("t2")
    assert held(driver) == {GROUP}


def test_a_switch_that_is_not_there_is_unreachable(bench: Bench) -> None:
    absent = OpenFlowDriver("core-9", 0x999, bench.controller, deadline_s=0.1)
    with pytest.raises(DeviceUnreachable, match="0x999"):
        absent.observe()
