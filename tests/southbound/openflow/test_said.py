"""What a switch said before is not decoded again, and no change of it is overlooked."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.model.switch import FlowEntry
from southbound.openflow.decode import Malformed, decode_flows
from southbound.openflow.dialect import OPENFLOW_13, OPENFLOW_14, Dialect, dialect
from southbound.openflow.digest import flows_digest
from southbound.openflow.said import Decoded
from tests.southbound.openflow.strategies import flow_entries
from tests.southbound.openflow.test_codec import HEADER, reported

NEW = dialect(OPENFLOW_14)


def reply(entries: Sequence[FlowEntry], packets: int = 0, talk: Dialect = NEW) -> bytes:
    """One frame with all of them, of that age and with so many packets."""
    items = [bytearray(reported(entry, talk)[len(HEADER) :]) for entry in entries]
    for item in items:
        struct.pack_into("!II", item, 4, packets, packets)
        struct.pack_into("!QQ", item, 32, packets, 64 * packets)
    return HEADER + b"".join(items)


@given(readings=st.lists(st.lists(flow_entries(), max_size=4), min_size=1, max_size=4))
def test_reading_after_reading_is_what_decoding_each_from_nothing_gives(readings: list[list[FlowEntry]]) -> None:
    decoded = Decoded()
    for packets, entries in enumerate(readings):
        assert decoded.flows(NEW, [reply(entries, packets)]) == tuple(entries)
        assert decoded.flows(NEW, [reply(entries, packets + 1)]) == tuple(entries)


@given(entries=st.lists(flow_entries(), min_size=1, max_size=3))
def test_packets_change_neither_the_digest_nor_the_entries_that_were_made(entries: list[FlowEntry]) -> None:
    decoded = Decoded()
    before = decoded.flows(NEW, [reply(entries)])
    after = decoded.flows(NEW, [reply(entries, 7)])
    assert all(one is other for one, other in zip(before, after, strict=True))
    assert flows_digest([reply(entries)]) == flows_digest([reply(entries, 7)])


@given(entry=flow_entries())
def test_a_switch_that_comes_back_with_another_version_is_read_anew(entry: FlowEntry) -> None:
    decoded, old = Decoded(), dialect(OPENFLOW_13)
    decoded.flows(NEW, [reply([entry])])
    frame = reply([entry], talk=old)
    assert decoded.flows(old, [frame]) == decode_flows(old, [frame])


@pytest.mark.parametrize("cut", [1, 8, 40])
def test_what_is_cut_off_is_refused_and_the_next_reading_is_whole(cut: int) -> None:
    entry = FlowEntry(table=1, priority=5, match=(), actions=())
    decoded, frame = Decoded(), reply([entry])
    with pytest.raises(Malformed):
        decoded.flows(NEW, [frame[:-cut]])
    assert decoded.flows(NEW, [frame]) == (entry,)
