"""What a counterexample says beside its packet: the hop that fails, what it stands for, what alone would mend it, and
the line that traces it in Open vSwitch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from intents.model.evidence import Blame, Counterexample, Property, Remedy, Verdict
from intents.model.state import DeviceState, Operational
from intents.model.switch import FieldMatch, FlowEntry, Output, SetField, match
from intents.verify import verify
from tests.compile.campuses import observed
from tests.verify.test_mutations import CAMPUS, INTENTS, STATES, broken, changed, forwards, judged, kind, without


def example(verdict: Verdict, intent: str, what: Property = Property.REACHABILITY) -> Counterexample:
    found = broken(verdict, intent, what).counterexample
    assert found is not None
    return found


def blamed(found: Counterexample) -> list[tuple[str, Remedy, str]]:
    return [(b.device, b.remedy, str(b.key[0]) if b.key else "") for b in found.blames]


def foreign(priority: int, *actions: Any, **fields: int) -> FlowEntry:
    """An entry that somebody else put on the gateway."""
    named = tuple(FieldMatch(name, value) for name, value in fields.items())  # type: ignore[arg-type]
    return FlowEntry(table=1, priority=priority, match=match(*named), actions=actions, cookie=0)


def with_flow(*flows: FlowEntry) -> DeviceState:
    return DeviceState.of("core-1", [*STATES["core-1"].objects.values(), *flows])


def test_the_entry_that_is_gone_is_named_as_it_was_applied() -> None:
    found = example(judged(core_1=without("core-1", forwards("ct-room", "pacs"))), "ct-to-pacs")
    assert blamed(found) == [("core-1", Remedy.RESTORE, "flow")]
    assert "ipv4_dst=10.20.0.5" in found.blames[0].name
    assert (found.hops[found.failing or 0].device, found.failing) == ("core-1", len(found.hops) - 1)


def test_a_changed_entry_is_to_be_made_as_applied() -> None:
    def elsewhere(o: FlowEntry) -> FlowEntry:
        return replace(o, actions=tuple(Output(11) if isinstance(a, Output) else a for a in o.actions))

    found = example(judged(core_1=changed("core-1", forwards("ct-room", "pacs"), elsewhere)), "ct-to-pacs")
    assert blamed(found) == [("core-1", Remedy.REVERT, "flow")]


def test_a_foreign_entry_that_takes_the_packet_is_the_one_to_remove() -> None:
    found = example(judged(core_1=with_flow(foreign(900, eth_type=0x0800, in_port=1))), "ct-to-pacs")
    assert [(b.remedy, b.name) for b in found.blames] == [(Remedy.REMOVE, "table 1 priority 900 ip,in_port=1")]


def test_a_pon_object_that_is_gone_is_blamed_on_the_olt() -> None:
    found = example(judged(olt_1=without("olt-1", kind("gemport", name="cw.onu-ct.1.tc3"))), "ct-to-pacs")
    assert blamed(found) == [("olt-1", Remedy.RESTORE, "gemport")]
    assert found.hops[found.failing or 0].device == "onu-ct"


def test_where_no_single_change_is_enough_the_smallest_set_is_named() -> None:
    verdict = judged(
        core_1=without("core-1", forwards("ct-room", "pacs")),
        olt_1=without(
            "olt-1",
            lambda o: o.key in {("gemport", "cw.onu-ct.1.tc3"), ("gemport", "cw.onu-diag.1.tc3")},
        ),
    )
    gem = example(verdict, "ct-to-pacs")  # the ARP request needs the GEM port only
    assert (blamed(gem), gem.together) == ([("olt-1", Remedy.RESTORE, "gemport")], False)
    assert "cw.onu-ct" in gem.blames[0].name
    pair = {("tcont", "cw.onu-ct.1.tc3"), ("gemport", "cw.onu-ct.1.tc3"), ("gemport", "cw.onu-diag.1.tc3")}
    both = example(judged(olt_1=without("olt-1", lambda o: o.key in pair)), "ct-to-pacs")
    assert both.together
    assert sorted(b.name for b in both.blames) == ["gemport cw.onu-ct.1.tc3", "tcont cw.onu-ct.1.tc3"]


def test_without_what_was_applied_nothing_is_claimed_of_what_is_missing() -> None:
    held = {**STATES, "core-1": without("core-1", forwards("ct-room", "pacs"))}
    found = example(verify(CAMPUS, INTENTS, observed(held, CAMPUS)), "ct-to-pacs")
    assert found.blames == ()
    assert found.blame_device == "core-1"


def mended(held: dict[str, DeviceState], blames: tuple[Blame, ...]) -> Operational:
    """The network with what is blamed put back or taken away."""
    for blame in blames:
        assert blame.key is not None
        objects = dict(held[blame.device].objects)
        objects.pop(blame.key, None)
        wanted = STATES[blame.device].objects.get(blame.key)
        things = [*objects.values(), *([wanted] if wanted is not None and blame.remedy is not Remedy.REMOVE else [])]
        held = {**held, blame.device: DeviceState.of(blame.device, things)}
    return observed(held, CAMPUS)


@pytest.mark.parametrize("name", ["cw.onu-ct.1.v100", "cw.up-1.v100", "cw.onu-ct.uni1.v100"])
def test_what_is_blamed_mends_it_when_it_is_done(name: str) -> None:
    held = {**STATES, "olt-1": without("olt-1", lambda o: o.key[0] == "vlan-sub-interface" and o.name == name)}
    found = example(verify(CAMPUS, INTENTS, observed(held, CAMPUS), applied=STATES), "ct-to-pacs")
    assert found.blames
    assert verify(CAMPUS, INTENTS, mended(held, found.blames)).holds


def test_what_a_packet_stands_for_is_said_and_no_field_that_matters_is_left_out() -> None:
    web = foreign(900, eth_type=0x0800, in_port=1, ip_proto=6, tcp_dst=443)
    found = example(judged(core_1=with_flow(web)), "ct-to-pacs")
    assert found.packet["tcp_dst"] == "443"
    assert found.alike.startswith("TCP from 10.100.0.11 to 10.20.0.5, untagged, ")
    assert "destination port 443" in found.alike
    assert "source port" not in found.alike


def test_the_line_to_trace_is_the_packet_as_it_comes_to_the_switch() -> None:
    found = example(judged(core_1=without("core-1", forwards("ct-room", "pacs"))), "ct-to-pacs")
    assert [bool(h.trace) for h in found.hops] == [False, False, True]
    assert found.hops[-1].trace == (
        "in_port=1,dl_src=02:00:00:00:00:11,dl_dst=02:c1:ea:00:00:01,dl_vlan=100,dl_vlan_pcp=3,icmp,"
        "nw_src=10.100.0.11,nw_dst=10.20.0.5,nw_tos=0,nw_ttl=64,icmp_type=8,icmp_code=0"
    )


def test_a_leak_is_marked_where_it_was_let_through() -> None:
    ward = CAMPUS.places["ward-1"]
    hole = foreign(
        500,
        SetField("vlan_vid", 0x1000 | CAMPUS.segments[ward.segment].vid),
        SetField("vlan_pcp", 2),
        SetField("eth_dst", 0x020000000031),
        Output(0xFFFFFFF8),
        in_port=1,
        eth_type=0x0800,
        ipv4_src=int(CAMPUS.places["guests"].address or 0),
    )
    found = example(judged(core_1=with_flow(hole)), "no-guests", Property.ISOLATION)
    assert [(b.remedy, b.name.split()[3]) for b in found.blames] == [(Remedy.REMOVE, "500")]
    failing = found.hops[found.failing or 0]
    assert (failing.device, failing.vid_before, failing.vid, failing.pcp) == ("core-1", 190, 110, 2)


def test_the_way_of_what_holds_is_told_in_the_same_form() -> None:
    verdict = verify(CAMPUS, INTENTS, observed(STATES, CAMPUS), shown={"ct-to-pacs"})
    way = next(i for i in verdict.intents if i.intent == "ct-to-pacs").paths[0]
    assert (way.source, way.destination, way.packet["ip_proto"]) == ("ct-room", "pacs", "icmp")
    assert [(h.device, h.vid_before, h.vid) for h in way.hops] == [
        ("onu-ct", None, 100),
        ("olt-1", 100, 100),
        ("core-1", 100, None),
    ]
    assert {d.table for h in way.hops for d in h.decided} == {None, 0, 1}
