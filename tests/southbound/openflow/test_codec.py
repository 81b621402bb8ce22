"""decode(encode(x)) == x, in memory: the message as os-ken makes it, read as a switch would report it."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.model.switch import (
    GROUP_IDS,
    ArpReply,
    Bucket,
    FieldMatch,
    FlowEntry,
    GroupEntry,
    LearnNeighbour,
    Meter,
    Output,
    SetField,
    Unmodelled,
    match,
)
from southbound.openflow.decode import Malformed, decode_flows, decode_groups, decode_meters
from southbound.openflow.dialect import OPENFLOW_13, OPENFLOW_14, Dialect, dialect, serialise
from southbound.openflow.encode import Op
from southbound.openflow.frame import encode
from southbound.openflow.oxm import CannotEncode
from tests.southbound.openflow.oracle import flow_message
from tests.southbound.openflow.strategies import METERS, flow_entries, groups

BOTH = [dialect(OPENFLOW_13), dialect(OPENFLOW_14)]
HEADER = b"\0" * 16
ARP = match(FieldMatch("eth_type", 0x0806))


def reported(entry: FlowEntry, talk: Dialect = BOTH[1]) -> bytes:
    """The flow statistics reply of a switch that holds what the flow_mod says."""
    frame = encode(talk, entry, Op.PUT)
    cookie, _, table, _, _, _, priority = struct.unpack_from("!QQBBHHH", frame, 8)
    body = frame[48:]
    head = struct.pack("!HBxIIHHHHHxxQQQ", 48 + len(body), table, 0, 0, priority, 0, 0, 0, 0, cookie, 0, 0)
    return HEADER + head + body


def one(entry: FlowEntry) -> FlowEntry:
    """What is read back of it."""
    (found,) = decode_flows(BOTH[1], [reported(entry)])
    return found


@pytest.mark.parametrize("talk", BOTH, ids=lambda t: t.name)
@given(entry=flow_entries())
def test_a_flow_entry_reads_back_as_it_was_written(talk: Dialect, entry: FlowEntry) -> None:
    assert decode_flows(talk, [reported(entry, talk)]) == (entry,)


@pytest.mark.parametrize("talk", BOTH, ids=lambda t: t.name)
@given(entry=flow_entries(), op=st.sampled_from([Op.PUT, Op.REMOVE]))
def test_a_frame_is_that_of_os_ken(talk: Dialect, entry: FlowEntry, op: Op) -> None:
    assert encode(talk, entry, op) == serialise(flow_message(talk, entry, op))


def test_a_bucket_that_watches_a_group_says_so() -> None:
    bucket = Bucket(actions=(Output(1),), watch_port=3, watch_group=9)
    group = GroupEntry(group_id=GROUP_IDS[1], type="ff", buckets=(bucket,))
    body = encode(BOTH[1], group, Op.PUT)[16:]
    item = struct.pack("!HBxI", 8 + len(body), 3, group.group_id) + body
    assert decode_groups(BOTH[1], [HEADER + item]) == (group,)


@given(group=groups())
def test_a_group_reads_back_as_it_was_written(group: GroupEntry) -> None:
    frame = encode(BOTH[1], group, Op.PUT)
    kind, group_id = struct.unpack_from("!BxI", frame, 10)
    body = frame[16:]
    item = struct.pack("!HBxI", 8 + len(body), kind, group_id) + body
    assert decode_groups(BOTH[1], [HEADER + item]) == (group,)


@given(meter=METERS)
def test_a_meter_reads_back_as_it_was_written(meter: Meter) -> None:
    frame = encode(BOTH[1], meter, Op.PUT)
    flags, meter_id = struct.unpack_from("!HI", frame, 10)
    body = frame[16:]
    item = struct.pack("!HHI", 8 + len(body), flags, meter_id) + body
    assert decode_meters(BOTH[1], [HEADER + item]) == (meter,)


def test_a_full_mask_is_exact_and_an_empty_one_is_no_match() -> None:
    loose = match(FieldMatch("eth_dst", 5, 2**48 - 1), FieldMatch("eth_src", 0, 0))
    assert one(FlowEntry(table=0, priority=1, match=loose)).match == match(FieldMatch("eth_dst", 5))


def test_an_arp_reply_with_two_addresses_is_not_an_arp_reply() -> None:
    frame = reported(FlowEntry(table=0, priority=1, match=ARP, actions=(ArpReply(0x02C1EA000001),)))
    wrong = frame.replace(bytes.fromhex("02c1ea000001"), bytes.fromhex("020000000009"), 1)
    (found,) = decode_flows(BOTH[1], [wrong])
    assert ArpReply not in {type(a) for a in found.actions}
    assert SetField("eth_src", 0x020000000009) in found.actions
    assert any(isinstance(a, Unmodelled) for a in found.actions)


def test_an_arp_reply_among_other_actions_is_found() -> None:
    actions = (LearnNeighbour(2, 100, arp=True), ArpReply(7), Output(1))
    entry = FlowEntry(table=1, priority=1, match=ARP, actions=actions)
    assert one(entry) == entry


def test_a_learn_action_under_another_cookie_is_not_ours() -> None:
    frame = reported(FlowEntry(table=1, priority=1, match=ARP, actions=(LearnNeighbour(2, 100, arp=True),)))
    (found,) = decode_flows(BOTH[1], [frame.replace(bytes.fromhex("c1eb000000000000"), b"\0" * 8)])
    (action,) = found.actions
    assert isinstance(action, Unmodelled)


def foreign(match_fields: bytes, instructions: bytes = b"", idle: int = 0) -> bytes:
    """A flow statistics reply made by hand."""
    length = 4 + len(match_fields)
    body = struct.pack("!HH", 1, length) + match_fields + bytes(-length % 8) + instructions
    head = struct.pack("!HBxIIHHHHHxxQQQ", 48 + len(body), 0, 0, 0, 5, idle, 0, 0, 0, 0, 0, 0)
    return HEADER + head + body


def test_entries_that_differ_in_a_field_that_we_lack_stay_apart() -> None:
    tunnel = [struct.pack("!HBBQ", 0x8000, 38 << 1, 8, n) for n in (1, 2)]
    found = decode_flows(BOTH[1], [foreign(t) for t in tunnel])
    assert len({f.key for f in found}) == 2
    assert all(isinstance(f.actions[-1], Unmodelled) for f in found)


@pytest.mark.parametrize(
    ("instructions", "idle", "said"),
    [
        (struct.pack("!HH4xQQ", 2, 24, 1, 1), 0, "instruction 2"),  # write-metadata
        (b"", 30, "idle_timeout=30"),
        (struct.pack("!HH4x", 4, 24) + struct.pack("!HHIH6x", 0, 16, 0xFFFFFFFA, 0), 0, "output 4294967290"),  # NORMAL
    ],
)
def test_what_the_model_lacks_is_kept_as_unmodelled(instructions: bytes, idle: int, said: str) -> None:
    (found,) = decode_flows(BOTH[1], [foreign(b"", instructions, idle)])
    assert any(isinstance(a, Unmodelled) and said in a.text for a in found.actions)


def test_an_unmodelled_action_goes_back_as_the_bytes_it_was() -> None:
    (found,) = decode_flows(BOTH[1], [foreign(b"", struct.pack("!HH4xHHIH6x", 4, 24, 0, 16, 0xFFFFFFFA, 0))])
    assert one(replace(found, cookie=1)).actions == found.actions


@pytest.mark.parametrize("thing", [Unmodelled("idle_timeout=5"), Unmodelled("instruction 2 #00")])
def test_an_entry_that_was_not_understood_is_not_written(thing: Unmodelled) -> None:
    with pytest.raises(CannotEncode):
        encode(BOTH[1], FlowEntry(table=0, priority=1, match=(), actions=(thing,)), Op.PUT)


@pytest.mark.parametrize(
    "entry",
    [
        FlowEntry(table=300, priority=1, match=()),
        FlowEntry(table=0, priority=1, match=match(FieldMatch("vlan_pcp", 8))),
        FlowEntry(table=0, priority=1, match=(), actions=(SetField("vlan_vid", 0x2000),)),
    ],
)
def test_a_value_out_of_range_is_not_written(entry: FlowEntry) -> None:
    with pytest.raises(CannotEncode):
        encode(BOTH[1], entry, Op.PUT)


@pytest.mark.parametrize("meter", [struct.pack("!HHI", 8, 1, 7), struct.pack("!HHIHHIIBxxx", 24, 1, 7, 2, 16, 9, 0, 1)])
def test_a_meter_of_another_kind_promises_nothing(meter: bytes) -> None:
    (found,) = decode_meters(BOTH[1], [HEADER + meter])
    assert found == Meter(meter_id=7, rate_kbps=0)


@pytest.mark.parametrize("cut", [1, 7, 8, 30])
def test_a_reply_cut_short_is_malformed(cut: int) -> None:
    frame: Any = reported(FlowEntry(table=0, priority=1, match=ARP, actions=(Output(1),)))
    with pytest.raises(Malformed):
        decode_flows(BOTH[1], [frame[:-cut]])
