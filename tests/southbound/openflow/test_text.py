"""A switch's intended state as people read it: `clearway render`, and what a refusal names."""

from __future__ import annotations

from intents.model.state import DeviceState
from intents.model.switch import (
    PORT_IN_PORT,
    VID_PRESENT,
    ArpReply,
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
    ToGroup,
    Unmodelled,
    match,
)
from southbound.openflow import render_text

GATEWAY = 0x02C1EA000001
STATE = DeviceState.of(
    "core-1",
    [
        PortQueue(port=1, queue_id=5, min_rate_bps=4_000_000, max_rate_bps=10_000_000, priority=2),
        FlowEntry(
            table=1,
            priority=5,
            match=match(
                FieldMatch("eth_type", 0x0806), FieldMatch("arp_tpa", 0x0A0A0001), FieldMatch("vlan_vid", 0x1064)
            ),
            actions=(LearnNeighbour(2, 100, arp=True), PopVlan(), ArpReply(GATEWAY)),
        ),
        FlowEntry(
            table=1,
            priority=9,
            match=match(
                FieldMatch("eth_type", 0x0800),
                FieldMatch("ipv4_dst", 0x0A140000, 0xFFFF0000),
                FieldMatch("vlan_vid", VID_PRESENT, VID_PRESENT),
            ),
            actions=(
                SetField("eth_src", GATEWAY),
                Resubmit(2),
                Resubmit(1, 9),
                DecTtl(),
                SetQueue(5),
                Output(PORT_IN_PORT),
            ),
            meter=5,
        ),
        FlowEntry(
            table=0,
            priority=9,
            match=match(FieldMatch("in_port", 1), FieldMatch("vlan_vid", 0)),
            actions=(PushVlan(), SetField("vlan_vid", 0x1064), SetField("vlan_pcp", 5), ToGroup(7)),
            goto=1,
        ),
        FlowEntry(table=0, priority=0, match=(), actions=(Unmodelled("idle_timeout=5"),)),
        GroupEntry(group_id=7, type="ff", buckets=(Bucket(actions=(Output(2),), watch_port=2), Bucket(actions=()))),
        Meter(meter_id=5, rate_kbps=1000),
    ],
)
EXPECTED = """\
meter 5 drop rate=1000 kbit/s burst=0 kbit
group 7 type=ff bucket=weight:0,watch_port:2,actions=output:2 bucket=weight:0,watch_port:any,actions=drop
cookie=0xc1ea000000000000 flow entry table=0 priority=9 in_port=1,vlan_vid=none \
actions=push_vlan:0x8100,set_field:vlan_vid:100,set_field:vlan_pcp:5,group:7,goto_table:1
cookie=0xc1ea000000000000 flow entry table=0 priority=0 any packet actions=idle_timeout=5
cookie=0xc1ea000000000000 flow entry table=1 priority=9 eth_type=0x800,ipv4_dst=10.20.0.0/255.255.0.0,\
vlan_vid=4096/0x1000 actions=meter:5,set_field:eth_src:02:c1:ea:00:00:01,resubmit(,2),resubmit(9,1),\
dec_ttl,set_queue:5,output:IN_PORT
cookie=0xc1ea000000000000 flow entry table=1 priority=5 arp_tpa=10.10.0.1,eth_type=0x806,vlan_vid=100 \
actions=learn(table=2,priority=100,arp),pop_vlan,arp_reply:02:c1:ea:00:00:01
queue 5 of port 1 min-rate=4000000 max-rate=10000000 priority=2
"""


def test_a_state_is_rendered_one_object_a_line_in_a_fixed_order() -> None:
    assert render_text(STATE) == EXPECTED
