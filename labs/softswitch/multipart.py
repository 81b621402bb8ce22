"""Answers to multipart requests: what the switch is and what it holds (OpenFlow 1.4.0, 7.3.5)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from labs.softswitch import rules, wire
from labs.softswitch.pipeline import Flow, Pipeline, covers
from labs.softswitch.wire import OpenFlowError

_FLOW_STATS: Final = struct.Struct("!HBxIIHHHHH2xQQQ")
_FLOW_REQUEST: Final = struct.Struct("!B3xII4xQQ")
_CHUNK: Final = 60_000
_FRAME: Final = 1500  # bytes, as packets are counted that nobody sent
_METERS: Final = 65536
_GROUPS: Final = 0xFFFFFF00


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the switch is. Ports are always up."""

    datapath_id: int
    ports: tuple[int, ...]


def answer(identity: Identity, held: Pipeline, version: int, body: bytes) -> tuple[int, list[bytes]]:
    """(type, bodies) of the replies to a request's body; all but the last are to be followed by more.
    Raises OpenFlowError."""
    if len(body) < 8:
        raise OpenFlowError(wire.BAD_REQUEST, 6)
    (kind,) = struct.unpack_from("!H", body)
    request = body[8:]
    match kind:
        case 0:
            parts: Iterable[bytes] = [_description(identity)]
        case 1:
            parts = _flows(held, version, request)
        case 3:
            parts = _tables(held)
        case 7:
            parts = _groups(held)
        case 8:  # all four types; weights, watched ports and groups count for liveness; output and set-queue in buckets
            parts = [struct.pack("!II4I4I", 0xF, 0x3, *[_GROUPS] * 4, *[1 << 0 | 1 << 21] * 4)]
        case 10:
            parts = _meters(held, request)
        case 11:  # drop bands; rates in kbit/s and packets/s, bursts, statistics; one band
            parts = [struct.pack("!IIIBB2x", _METERS, 1 << 1, 0xF, 1, 0)]
        case 12 if not request:
            parts = _table_features()
        case 13:
            parts = (port_description(n, version) for n in identity.ports)
        case _:
            raise OpenFlowError(wire.BAD_REQUEST, 2)
    return kind, _chunks(parts)


def _groups(held: Pipeline) -> Iterator[bytes]:
    for number, (group_type, buckets) in sorted(held.groups.items()):
        yield struct.pack("!HBxI", 8 + len(buckets), group_type, number) + buckets


def _chunks(parts: Iterable[bytes]) -> list[bytes]:
    chunks = [b""]
    for part in parts:
        if len(chunks[-1]) + len(part) > _CHUNK:
            chunks.append(b"")
        chunks[-1] += part
    return chunks


def _description(identity: Identity) -> bytes:
    texts = (("Clearway", 256), ("soft switch", 256), ("1", 256), (f"{identity.datapath_id:x}", 32), ("a lab", 256))
    return b"".join(text.encode().ljust(size, b"\0") for text, size in texts)


def _flows(held: Pipeline, version: int, request: bytes) -> Iterator[bytes]:
    if len(request) < _FLOW_REQUEST.size:
        raise OpenFlowError(wire.BAD_REQUEST, 6)
    table, out_port, out_group, cookie, mask = _FLOW_REQUEST.unpack_from(request)
    loose = rules.canonical(wire.match_of(request[_FLOW_REQUEST.size :])[0])
    for flow in held.flows.values():
        if table not in {0xFF, flow.table} or (flow.cookie ^ cookie) & mask or not covers(loose, flow.match):
            continue
        if out_port != wire.ANY and not flow.goes_to(rules.OUTPUT, out_port):
            continue
        if out_group != wire.ANY and not flow.goes_to(rules.GROUP, out_group):
            continue
        yield _flow(flow, version, held.carried.get(flow.key, 0))


def _flow(flow: Flow, version: int, carried: int) -> bytes:
    body = wire.pack_match(flow.match) + flow.instructions
    head = _FLOW_STATS.pack(
        _FLOW_STATS.size + len(body),
        flow.table,
        0,
        0,
        flow.priority,
        flow.idle,
        flow.hard,
        flow.flags,
        flow.importance if version > wire.V13 else 0,
        flow.cookie,
        carried // _FRAME,
        carried,
    )
    return head + body


def _tables(held: Pipeline) -> Iterator[bytes]:
    counts = [0] * rules.TABLES
    for flow in held.flows.values():
        counts[flow.table] += 1
    for table, count in enumerate(counts):
        yield struct.pack("!B3xIQQ", table, count, 0, 0)


def _table_features() -> Iterator[bytes]:
    for table in range(rules.TABLES):
        name = f"table{table}".encode().ljust(32, b"\0")
        yield struct.pack("!HB5x32sQQII", 64, table, name, 0, 0, 0, 1_000_000)


def _meters(held: Pipeline, request: bytes) -> Iterator[bytes]:
    wanted = int.from_bytes(request[:4], "big") if len(request) >= 4 else wire.ANY
    if wanted != wire.ANY and wanted not in held.meters:
        raise OpenFlowError(wire.METER_MOD_FAILED, 3)
    for number, (flags, bands) in sorted(held.meters.items()):
        if wanted in {wire.ANY, number}:
            yield struct.pack("!HHI", 8 + len(bands), flags, number) + bands


def port_description(number: int, version: int) -> bytes:
    """A port, up, with a made-up MAC address."""
    name = f"p{number}".encode()
    mac = b"\x02\xc1\xea\xff" + number.to_bytes(2, "big")
    if version == wire.V13:
        return struct.pack("!I4x6s2x16sII24x", number, mac, name, 0, 4)
    ethernet = struct.pack("!HH4xIIIIII", 0, 32, 0, 0, 0, 0, 10_000_000, 10_000_000)
    return struct.pack("!IH2x6s2x16sII", number, 40 + len(ethernet), mac, name, 0, 4) + ethernet
