"""Where a switch does what one does not expect: each once by name, in the words of all three.

Every case is asked of the reference, of the verifier, and where it is there of Open vSwitch itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from intents.model.state import DeviceState
from intents.model.switch import (
    LEARNT_COOKIE,
    PORT_IN_PORT,
    VID_PRESENT,
    Action,
    Bucket,
    DecTtl,
    FieldMatch,
    FlowEntry,
    GroupEntry,
    LearnNeighbour,
    Meter,
    Output,
    PopVlan,
    PortQueue,
    PushVlan,
    Resubmit,
    SetField,
    SetQueue,
    SwitchObject,
    ToGroup,
    match,
)
from intents.verify.reference.packet import ARP, IPV4, UDP, Packet, Tag
from intents.verify.reference.switch import ALL, Outcome
from tests.verify.frames import in_order, sent_by
from tests.verify.random_switches import NEIGHBOURS, PORTS
from tests.verify.test_reference import case_of, exact, of_one, outcomes

ME, OTHER, THIRD = 0x020000000001, 0x020000000002, 0x020000000003
ADDRESS = 0x0A000001
BARE = Packet(eth_src=ME, eth_dst=OTHER, eth_type=IPV4, ip_proto=UDP, ipv4_src=ADDRESS + 1, ipv4_dst=ADDRESS)
ARP_REQUEST = Packet(eth_src=ME, eth_dst=OTHER, eth_type=ARP, arp_op=1, arp_spa=ADDRESS + 1, arp_tpa=ADDRESS)
IP = FieldMatch("eth_type", IPV4)
UNTAGGED = FieldMatch("vlan_vid", 0)
ANY_TAG = FieldMatch("vlan_vid", VID_PRESENT, VID_PRESENT)
FIVE = FieldMatch("vlan_vid", VID_PRESENT | 5)


def tagged(*vids: int, pcp: int = 0) -> Packet:
    return replace(BARE, tags=tuple(Tag(0x8100, vid, pcp) for vid in vids))


def entry(*does: Action | FieldMatch, table: int = 0, priority: int = 1, goto: int | None = None) -> FlowEntry:
    fields = match(*(d for d in does if isinstance(d, FieldMatch)))
    actions = tuple(d for d in does if not isinstance(d, FieldMatch))
    return FlowEntry(table=table, priority=priority, match=fields, actions=actions, goto=goto)


def group(number: int, kind: str, *buckets: Bucket) -> GroupEntry:
    return GroupEntry(group_id=number, type=kind, buckets=buckets)  # type: ignore[arg-type]


def bucket(*actions: Action, port: int | None = None, weight: int = 0) -> Bucket:
    return Bucket(actions=actions, watch_port=port, weight=weight)


def outcome(objects: list[SwitchObject], packet: Packet, up: frozenset[int] = frozenset(PORTS)) -> Outcome:
    """What comes of a packet that enters by port 1, by the reference, when the verifier says the same."""
    at = case_of(objects, up)
    assert list(exact(at, 1, packet)) == []
    (only,) = outcomes(at, 1, packet, up)
    assert not only.doubt
    return only


Leaves = Callable[..., list[tuple[int, Packet]]]


@pytest.fixture(params=["reference and verifier", pytest.param("open vswitch", marks=pytest.mark.lab)])
def leaves(request: pytest.FixtureRequest) -> Iterator[Leaves]:
    """What leaves when a packet enters by port 1: port and packet."""

    def said(objects: list[SwitchObject], packet: Packet, down: int | None = None) -> list[tuple[int, Packet]]:
        up = frozenset(PORTS) - {down}
        found = sent_by(outcome(objects, packet, up))
        if request.param == "open vswitch":
            ovs = request.getfixturevalue("ovs")
            ovs.load(objects)
            ovs.set_up(up)
            assert in_order(ovs.sent(1, packet)) == found
        return [(sent.port, sent.packet) for sent in found]

    return said


def doubted(objects: list[SwitchObject], packet: Packet) -> bool:
    """Whether both say that it cannot be told."""
    at = case_of(objects, frozenset(PORTS))
    assert list(exact(at, 1, packet)) == []
    return all(way.doubt for way in outcomes(at, 1, packet, at.up)) and all(a.doubt for a in of_one(at, 1, packet))


@pytest.mark.parametrize(
    ("wanted", "packets"),
    [
        ((), [BARE, tagged(0), tagged(5), tagged(7)]),
        ((UNTAGGED,), [BARE]),
        ((ANY_TAG,), [tagged(0), tagged(5), tagged(7)]),
        ((FIVE,), [tagged(5)]),
        ((FieldMatch("vlan_vid", 0, VID_PRESENT),), [BARE]),
        ((FieldMatch("vlan_vid", 0, 0x0FFF),), [BARE, tagged(0)]),
        ((FieldMatch("vlan_vid", 1, 0x0001),), [tagged(5), tagged(7)]),
    ],
)
def test_untagged_any_tag_a_vid_and_no_match_are_four_things(
    leaves: Leaves, wanted: tuple[FieldMatch, ...], packets: list[Packet]
) -> None:
    told = [p for p in (BARE, tagged(0), tagged(5), tagged(7)) if leaves([entry(*wanted, Output(2))], p)]
    assert told == packets


def test_the_outermost_tag_is_the_one_that_is_matched_and_popped(leaves: Leaves) -> None:
    popped = [entry(FIVE, PopVlan(), goto=1), entry(FieldMatch("vlan_vid", VID_PRESENT | 7), Output(2), table=1)]
    assert leaves(popped, tagged(5, 7)) == [(2, tagged(7))]
    assert leaves(popped, tagged(7, 5)) == []


def test_a_tag_that_is_pushed_is_outermost_for_the_next_table(leaves: Leaves) -> None:
    pushed = [
        entry(FIVE, PushVlan(), SetField("vlan_vid", VID_PRESENT | 7), SetField("vlan_pcp", 3), goto=1),
        entry(FieldMatch("vlan_vid", VID_PRESENT | 7), Output(2), PopVlan(), Output(3), table=1),
    ]
    both = replace(BARE, tags=(Tag(0x8100, 7, 3), Tag(0x8100, 5, 0)))
    at = case_of(pushed, frozenset(PORTS))
    assert {sent_by(way)[0].packet for way in outcomes(at, 1, tagged(5), at.up)} == {both}
    assert list(exact(at, 1, tagged(5))) == []


def test_a_pushed_tag_starts_from_zero_or_from_the_tag_below_and_both_are_followed() -> None:
    at = case_of([entry(FIVE, PushVlan(), Output(2))], frozenset(PORTS))
    ways = {sent_by(way)[0].packet.tags[0] for way in outcomes(at, 1, tagged(5, pcp=3), at.up)}
    assert ways == {Tag(0x8100, vid, pcp) for vid in (0, 5) for pcp in (0, 3)}
    assert list(exact(at, 1, tagged(5, pcp=3))) == []


def test_order_of_push_set_and_output_is_that_of_the_list(leaves: Leaves) -> None:
    does = entry(UNTAGGED, Output(2), PushVlan(), SetField("vlan_vid", VID_PRESENT | 5), Output(3), PopVlan())
    assert leaves([does], BARE) == [(2, BARE), (3, tagged(5))]


def test_a_pop_of_what_is_untagged_does_nothing(leaves: Leaves) -> None:
    assert leaves([entry(ToGroup(1)), group(1, "all", bucket(PopVlan(), Output(2)))], BARE) == [(2, BARE)]


def test_entries_of_one_priority_that_overlap_and_disagree_are_a_doubt() -> None:
    assert doubted([entry(IP, Output(2)), entry(UNTAGGED, Output(3))], BARE)
    assert not doubted([entry(IP, Output(2)), entry(UNTAGGED, Output(3))], ARP_REQUEST)


def test_entries_of_one_priority_that_agree_are_none(leaves: Leaves) -> None:
    assert leaves([entry(IP, Output(2)), entry(UNTAGGED, Output(2))], BARE) == [(2, BARE)]


def test_an_entry_of_the_same_match_and_priority_replaces() -> None:
    held = DeviceState.of("s", [entry(IP, Output(2)), replace(entry(IP, Output(3)), cookie=1)])
    assert len(held.objects) == 1


def test_a_table_miss_drops(leaves: Leaves) -> None:
    assert leaves([entry(UNTAGGED, Output(2))], tagged(5)) == []
    assert leaves([entry(Output(2), goto=1)], BARE) == [(2, BARE)]


def test_a_queue_that_is_not_configured_is_named_and_holds_until_it_is_set_again() -> None:
    queue = PortQueue(port=2, queue_id=1, min_rate_bps=0, max_rate_bps=10**9, priority=1)
    outs = outcome([entry(SetQueue(1), Output(2), Output(3), SetQueue(4), Output(2)), queue], BARE).outs
    assert [(out.port, out.queue, out.there) for out in outs] == [(2, 1, True), (3, 1, False), (2, 4, False)]


def test_a_meter_counts_for_what_leaves_and_one_that_is_not_there_lets_nothing_through() -> None:
    metered = replace(entry(Output(2)), meter=3)
    assert [out.meters for out in outcome([metered, Meter(meter_id=3, rate_kbps=1)], BARE).outs] == [(3,)]
    assert outcome([metered], BARE).outs == ()


def test_output_to_the_ingress_port_is_suppressed_and_in_port_is_not(leaves: Leaves) -> None:
    assert leaves([entry(Output(1), Output(2))], BARE) == [(2, BARE)]
    assert leaves([entry(Output(PORT_IN_PORT))], BARE) == [(1, BARE)]
    into_group = [entry(ToGroup(1)), group(1, "all", bucket(Output(1)), bucket(Output(PORT_IN_PORT)))]
    assert leaves(into_group, BARE) == [(1, BARE)]


def test_in_port_is_the_real_one_though_a_table_was_looked_up_as_from_another(leaves: Leaves) -> None:
    known_as = [entry(Resubmit(1, 2)), entry(FieldMatch("in_port", 2), Output(2), Output(PORT_IN_PORT), table=1)]
    assert leaves(known_as, BARE) == [(1, BARE), (2, BARE)]


def test_output_to_all_leaves_the_ingress_port_out() -> None:
    assert [out.port for out in outcome([entry(Output(ALL))], BARE).outs] == [2, 3]


def test_a_match_without_its_prerequisites_is_a_doubt() -> None:
    assert doubted([entry(FieldMatch("ipv4_dst", ADDRESS), Output(2))], BARE)
    assert doubted([entry(FieldMatch("vlan_pcp", 0), Output(2))], BARE)
    assert doubted([entry(IP, FieldMatch("udp_dst", 53), Output(2))], BARE)


def test_a_packet_without_the_header_does_not_match(leaves: Leaves) -> None:
    wants = [entry(ANY_TAG, FieldMatch("vlan_pcp", 0), Output(2)), entry(IP, Output(3), priority=0)]
    assert leaves(wants, BARE) == [(3, BARE)]
    assert leaves(wants, replace(ARP_REQUEST, tags=tagged(5).tags)) == [(2, replace(ARP_REQUEST, tags=tagged(5).tags))]


def test_setting_a_header_that_is_not_there_does_nothing_but_a_vid_makes_a_tag(leaves: Leaves) -> None:
    sets = bucket(SetField("ip_dscp", 46), SetField("vlan_pcp", 3), Output(2))
    assert leaves([entry(ToGroup(1)), group(1, "all", sets)], ARP_REQUEST) == [(2, ARP_REQUEST)]
    vid = bucket(SetField("vlan_vid", VID_PRESENT | 5), Output(2))
    assert leaves([entry(ToGroup(1)), group(1, "all", vid)], BARE) == [(2, tagged(5))]
    for order, pcp in ((("vlan_vid", "vlan_pcp"), 3), (("vlan_pcp", "vlan_vid"), 0)):
        values = {"vlan_vid": VID_PRESENT | 5, "vlan_pcp": 3}
        sets = bucket(*(SetField(name, values[name]) for name in order), Output(2))  # type: ignore[arg-type]
        assert leaves([entry(ToGroup(1)), group(1, "all", sets)], BARE) == [(2, tagged(5, pcp=pcp))]


def test_a_bucket_is_an_action_set_and_a_list_is_none(leaves: Leaves) -> None:
    does: tuple[Action, ...] = (Output(2), SetField("eth_dst", THIRD), Output(3))
    changed = replace(BARE, eth_dst=THIRD)
    assert leaves([entry(*does)], BARE) == [(2, BARE), (3, changed)]
    assert leaves([entry(ToGroup(1)), group(1, "all", bucket(*does))], BARE) == [(3, changed)]


def test_buckets_act_on_clones(leaves: Leaves) -> None:
    one, other = bucket(SetField("eth_dst", THIRD), SetQueue(1), Output(2)), bucket(Output(3))
    assert leaves([entry(ToGroup(1), Output(3)), group(1, "all", one, other)], BARE) == [
        (2, replace(BARE, eth_dst=THIRD)),
        (3, BARE),
        (3, BARE),
    ]


def test_fast_failover_goes_by_the_port_that_is_watched(leaves: Leaves) -> None:
    pair = [entry(ToGroup(1)), group(1, "ff", bucket(Output(2), port=2), bucket(Output(3), port=3))]
    assert leaves(pair, BARE) == [(2, BARE)]
    assert leaves(pair, BARE, down=2) == [(3, BARE)]


def test_a_group_with_no_live_bucket_drops_and_what_comes_after_it_is_done(leaves: Leaves) -> None:
    dead = group(2, "ff", bucket(Output(2), port=2))
    assert leaves([entry(ToGroup(2)), dead], BARE, down=2) == []
    assert leaves([entry(ToGroup(2), Output(3)), dead], BARE, down=2) == [(3, BARE)]
    nested = group(1, "all", bucket(ToGroup(2)), bucket(Output(3)))
    assert leaves([entry(ToGroup(1)), nested, dead], BARE, down=2) == [(3, BARE)]


def test_each_bucket_of_a_select_group_that_has_a_weight_and_is_live_may_act() -> None:
    buckets = [bucket(Output(n), weight=w, port=p) for n, w, p in ((1, 1, None), (2, 0, None), (3, 2, None), (2, 1, 2))]
    at = case_of([entry(ToGroup(1)), group(1, "select", *buckets)], frozenset({1, 3}))
    assert sorted(len(way.outs) for way in outcomes(at, 1, BARE, at.up)) == [0, 1]  # one is the ingress port's
    assert list(exact(at, 1, BARE)) == []


def test_a_resubmit_comes_back_with_what_was_changed_whether_or_not_it_was_found(leaves: Leaves) -> None:
    calls = [entry(Resubmit(1), Output(2)), entry(IP, SetField("eth_dst", THIRD), table=1)]
    assert leaves(calls, BARE) == [(2, replace(BARE, eth_dst=THIRD))]
    assert leaves(calls, ARP_REQUEST) == [(2, ARP_REQUEST)]


def test_a_ttl_that_runs_out_ends_the_entry_and_not_its_caller(leaves: Leaves) -> None:
    calls = [entry(Resubmit(1), Output(2)), entry(IP, DecTtl(), Output(3), table=1)]
    lasting, last = replace(BARE, ip_ttl=64), replace(BARE, ip_ttl=1)
    assert leaves(calls, lasting) == [(2, replace(BARE, ip_ttl=63)), (3, replace(BARE, ip_ttl=63))]
    at = case_of(calls, frozenset(PORTS))
    (only,) = outcomes(at, 1, last, at.up)
    assert [out.port for out in only.outs] == [2]
    found = at.network.evaluate(at.port(1), at.header(last))
    assert any([copy.port.port for copy in a.copies] == ["2"] and not a.now for a in found)


def test_only_ipv4_is_for_a_neighbour_that_is_learnt() -> None:
    learns = entry(IP, LearnNeighbour(NEIGHBOURS, 5, arp=False), priority=0, table=2)
    named = entry(FieldMatch("eth_dst", OTHER), table=2)
    calls = [entry(Resubmit(NEIGHBOURS), Output(2)), learns, named]
    assert list(exact(case_of(calls, frozenset(PORTS)), 1, ARP_REQUEST)) == []
    known = FlowEntry(
        table=NEIGHBOURS,
        priority=5,
        match=match(IP, FieldMatch("ipv4_dst", ADDRESS)),
        actions=(SetField("eth_dst", THIRD),),
        cookie=LEARNT_COOKIE,
    )
    (before,) = outcomes(case_of([*calls, known], frozenset(PORTS)), 1, BARE, PORTS)
    told = of_one(case_of(calls, frozenset(PORTS)), 1, BARE)
    unnamed = case_of(calls, frozenset(PORTS))
    assert [unnamed.holds(before.outs[0].packet, copy.header) for a in told for copy in a.copies] == [True]


def test_a_neighbour_is_learnt_by_whatever_way_the_packet_came_to_its_table() -> None:
    learns = entry(IP, LearnNeighbour(NEIGHBOURS, 5, arp=False), priority=0, table=2)
    at = case_of(
        [
            entry(Resubmit(1), Output(2)),
            entry(table=1, goto=NEIGHBOURS),
            learns,
            entry(FieldMatch("eth_dst", OTHER), table=2),
        ],
        frozenset(PORTS),
    )
    assert list(exact(at, 1, BARE)) == []


def test_a_table_or_a_group_inside_itself_is_a_doubt_at_once() -> None:
    again = [entry(*[Resubmit(1)] * 9), entry(*[Resubmit(1)] * 9, table=1)]
    assert doubted(list(again), BARE)
    assert doubted([entry(ToGroup(1)), group(1, "all", bucket(ToGroup(2))), group(2, "all", bucket(ToGroup(1)))], BARE)
    watching = Bucket(actions=(Output(2),), watch_group=1)
    assert doubted([entry(ToGroup(1)), group(1, "ff", watching, watching)], BARE)
