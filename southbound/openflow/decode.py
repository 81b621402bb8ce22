"""What a switch says of its flow entries, groups, meters and ports, as neutral objects.

It never drops anything: what the model cannot say becomes Unmodelled, with the bytes of the action where it is one,
so that it can be written back. Flags and importance do not change what happens to packets and are left out.
Source: OpenFlow 1.4.0, 7.3.5 (multipart); frames are untrusted: Malformed is raised for what does not parse.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final, Literal, TypeVar, cast, get_args

from intents.model.switch import (
    PORT_CONTROLLER,
    PORT_IN_PORT,
    Action,
    ArpReply,
    Bucket,
    DecTtl,
    FieldName,
    FlowEntry,
    GroupEntry,
    Meter,
    Output,
    PopVlan,
    PushVlan,
    Resubmit,
    SetField,
    SetQueue,
    SwitchFacts,
    ToGroup,
    Unmodelled,
)
from southbound.openflow.dialect import OPENFLOW_13, Dialect
from southbound.openflow.dialect import dialect as dialect_of
from southbound.openflow.nicira import ARP_REPLY, NX_IN_PORT, Atom, arp_reply_mac, learn_of, load_of, plain_name
from southbound.openflow.oxm import decode_match, field_name

_MULTIPART_HEADER: Final = 16
_FLOW: Final = struct.Struct("!HBxIIHHHHHxxQQQ")  # importance is padding in OpenFlow 1.3
_GROUP: Final = struct.Struct("!HBxI")
_BUCKET: Final = struct.Struct("!HHII4x")
_METER: Final = struct.Struct("!HHI")
_BAND: Final = struct.Struct("!HHII")
_LOCAL: Final = 0xFFFFFFFE
_LAST_PORT: Final = 0xFFFFFF00
_NAMES: Final = frozenset(get_args(FieldName))
_MANY: Final = 1 << 14
_T = TypeVar("_T")


class Malformed(ValueError):
    """Bytes that are not what OpenFlow says they are."""


def _items(frame: bytes, length_at: int, smallest: int) -> Iterator[bytes]:
    """The variable-length items of a multipart reply."""
    yield from _split(frame[_MULTIPART_HEADER:], length_at, smallest)


def _split(raw: bytes, length_at: int, smallest: int) -> Iterator[bytes]:
    offset = 0
    while offset < len(raw):
        if offset + smallest > len(raw):
            raise Malformed(f"{len(raw) - offset} bytes left over")
        (length,) = struct.unpack_from("!H", raw, offset + length_at)
        if length < smallest or offset + length > len(raw):
            raise Malformed(f"an item of {length} bytes in {len(raw) - offset}")
        yield raw[offset : offset + length]
        offset += length


def decode_flows(dialect: Dialect, frames: Iterable[bytes]) -> tuple[FlowEntry, ...]:
    """Flow entries of the frames of a flow statistics reply, in the switch's order. Raises Malformed."""
    return _all(frames, 0, _FLOW.size + 8, lambda item: _flow(dialect, item))


def decode_groups(dialect: Dialect, frames: Iterable[bytes]) -> tuple[GroupEntry, ...]:
    """Groups of a group description reply. Raises Malformed."""
    return _all(frames, 0, _GROUP.size, lambda item: _group(dialect, item))


def decode_meters(dialect: Dialect, frames: Iterable[bytes]) -> tuple[Meter, ...]:
    """Meters of a meter configuration reply. One that is not a single drop band in kbit/s promises nothing that the
    model can say, and is read with rate 0. Raises Malformed."""
    return _all(frames, 0, _METER.size, lambda item: _meter(dialect, item))


def decode_ports(dialect: Dialect, frames: Iterable[bytes], *, has_nicira: bool) -> SwitchFacts:
    """Ports of a port description reply, without the switch's own. Raises Malformed."""
    ports: dict[int, str] = {}
    up: set[int] = set()
    ofproto = dialect.ofproto
    for number, name, config, state in _ports(dialect, frames):
        if number > _LAST_PORT:
            continue
        ports[number] = name
        if not config & ofproto.OFPPC_PORT_DOWN and not state & ofproto.OFPPS_LINK_DOWN:
            up.add(number)
    return SwitchFacts(ports=dict(sorted(ports.items())), up=frozenset(up), has_nicira=has_nicira)


def _ports(dialect: Dialect, frames: Iterable[bytes]) -> Iterator[tuple[int, str, int, int]]:
    for frame in frames:
        if dialect.version == OPENFLOW_13:  # fixed size, no length
            body = frame[_MULTIPART_HEADER:]
            items: Iterable[bytes] = (body[at : at + 64] for at in range(0, len(body) - 63, 64))
            layout = struct.Struct("!I4x6x2x16sII")
        else:
            items = _items(frame, 4, 40)
            layout = struct.Struct("!IH2x6x2x16sII")
        for item in items:
            fields = layout.unpack_from(item)
            yield fields[0], fields[-3].rstrip(b"\0").decode(errors="replace"), fields[-2], fields[-1]


def _all(frames: Iterable[bytes], length_at: int, smallest: int, one: Callable[[bytes], _T]) -> tuple[_T, ...]:
    try:
        return tuple(one(item) for frame in frames for item in _items(frame, length_at, smallest))
    except (struct.error, IndexError, KeyError, AssertionError, ZeroDivisionError) as error:
        raise Malformed(str(error)) from error


def _flow(dialect: Dialect, item: bytes) -> FlowEntry:
    _, table, _, _, priority, idle, hard, _, _, cookie, _, _ = _FLOW.unpack_from(item)
    _, match_length = struct.unpack_from("!HH", item, _FLOW.size)
    match_end = _FLOW.size + match_length
    match, residue = decode_match(dialect, item[_FLOW.size + 4 : match_end])
    actions: list[Action] = []
    goto: int | None = None
    meter: int | None = None
    odd = [f"match {residue}"] if residue else []
    odd += [f"{name}={value}" for name, value in (("idle_timeout", idle), ("hard_timeout", hard)) if value]
    ofproto = dialect.ofproto
    for raw in _split(item[_FLOW.size + (match_length + 7) // 8 * 8 :], 2, 8):
        (kind,) = struct.unpack_from("!H", raw)
        if kind == ofproto.OFPIT_APPLY_ACTIONS:
            actions.extend(decode_actions(dialect, raw[8:]))
        elif kind == ofproto.OFPIT_GOTO_TABLE:
            goto = raw[4]
        elif kind == ofproto.OFPIT_METER:
            (meter,) = struct.unpack_from("!I", raw, 4)
        else:
            odd.append(f"instruction {kind} #{raw.hex()}")
    actions.extend(Unmodelled(text) for text in odd)
    return FlowEntry(
        table=table,
        priority=priority,
        match=match,
        actions=tuple(actions),
        goto=goto,
        meter=meter,
        cookie=cookie,
        match_residue=residue,
    )


def decode_actions(dialect: Dialect, raw: bytes) -> tuple[Action, ...]:
    """A list of actions; the recipe of an ARP reply becomes one. Raises Malformed."""
    return _actions(dialect.version, raw)


@lru_cache(maxsize=_MANY)
def _actions(version: int, raw: bytes) -> tuple[Action, ...]:
    dialect = dialect_of(version)
    raws = list(_split(raw, 2, 8))
    atoms = [_atom(dialect, r) for r in raws]
    actions: list[Action] = []
    at = 0
    while at < len(raws):
        mac = arp_reply_mac(atoms[at : at + len(ARP_REPLY)])
        if mac is not None:
            actions.append(ArpReply(mac))
            at += len(ARP_REPLY)
            continue
        actions.append(_action(atoms[at], raws[at]))
        at += 1
    return tuple(actions)


def _action(atom: Atom, raw: bytes) -> Action:
    match atom:
        case ("set", str(name), int(value)) if name in _NAMES:
            return SetField(cast("FieldName", name), value)
        case ("output", int(port)) if port <= _LAST_PORT or port in {PORT_IN_PORT, PORT_CONTROLLER, _LOCAL}:
            return Output(port)
        case ("is", action):
            return cast("Action", action)
        case _:
            shown = " ".join(str(part) for part in atom)
            return Unmodelled(f"action {shown} #{raw.hex()}")


def _atom(dialect: Dialect, raw: bytes) -> Atom:
    """One action as a small tuple. `("is", x)` is an action of the model already."""
    ofproto = dialect.ofproto
    (kind,) = struct.unpack_from("!H", raw)
    if kind == ofproto.OFPAT_OUTPUT:
        return ("output", struct.unpack_from("!I", raw, 4)[0])
    if kind == ofproto.OFPAT_SET_FIELD:
        number, value, mask, _ = ofproto.oxm_parse(raw, 4)
        name = field_name(dialect, number)
        return ("set", name, int.from_bytes(value, "big")) if mask is None else ("set masked", name)
    if kind == ofproto.OFPAT_PUSH_VLAN:
        return ("is", PushVlan(struct.unpack_from("!H", raw, 4)[0]))
    if kind == ofproto.OFPAT_POP_VLAN:
        return ("is", PopVlan())
    if kind == ofproto.OFPAT_DEC_NW_TTL:
        return ("is", DecTtl())
    if kind == ofproto.OFPAT_SET_QUEUE:
        return ("is", SetQueue(struct.unpack_from("!I", raw, 4)[0]))
    if kind == ofproto.OFPAT_GROUP:
        return ("is", ToGroup(struct.unpack_from("!I", raw, 4)[0]))
    return _nicira_atom(dialect, raw) if kind == ofproto.OFPAT_EXPERIMENTER else (f"type {kind}",)


def _nicira_atom(dialect: Dialect, raw: bytes) -> Atom:
    parser = dialect.parser
    try:
        action = parser.OFPAction.parser(raw, 0)
    except Exception:  # noqa: BLE001 - os-ken raises what it likes on what it does not know; the bytes are kept
        return ("experimenter",)
    name = type(action).__name__
    if name == "NXActionRegMove" and action.src_ofs == 0 and action.dst_ofs == 0:
        return ("move", plain_name(action.src_field), plain_name(action.dst_field), action.n_bits)
    if name == "NXActionResubmitTable" and action.table_id != 0xFF:
        return ("is", Resubmit(action.table_id, None if action.in_port == NX_IN_PORT else action.in_port))
    if name == "NXActionLearn":
        learnt = learn_of(action)
        return (name,) if learnt is None else ("is", learnt)
    return (name,) if name != "NXActionRegLoad" else load_of(action) or (name,)


def _group(dialect: Dialect, item: bytes) -> GroupEntry:
    _, kind, group_id = _GROUP.unpack_from(item)
    ofproto = dialect.ofproto
    names: dict[int, Literal["all", "select", "indirect", "ff"]] = {
        ofproto.OFPGT_ALL: "all",
        ofproto.OFPGT_SELECT: "select",
        ofproto.OFPGT_INDIRECT: "indirect",
        ofproto.OFPGT_FF: "ff",
    }
    buckets = tuple(_bucket(dialect, raw) for raw in _split(item[_GROUP.size :], 0, _BUCKET.size))
    return GroupEntry(group_id=group_id, type=names[kind], buckets=buckets)


def _bucket(dialect: Dialect, raw: bytes) -> Bucket:
    _, weight, watch_port, watch_group = _BUCKET.unpack_from(raw)
    return Bucket(
        actions=decode_actions(dialect, raw[_BUCKET.size :]),
        watch_port=None if watch_port == dialect.ofproto.OFPP_ANY else watch_port,
        watch_group=None if watch_group == dialect.ofproto.OFPG_ANY else watch_group,
        weight=weight,
    )


def _meter(dialect: Dialect, item: bytes) -> Meter:
    _, flags, meter_id = _METER.unpack_from(item)
    bands = [_BAND.unpack_from(raw) for raw in _split(item[_METER.size :], 2, _BAND.size)]
    ofproto = dialect.ofproto
    if len(bands) != 1 or bands[0][0] != ofproto.OFPMBT_DROP or flags & ofproto.OFPMF_PKTPS:
        return Meter(meter_id=meter_id, rate_kbps=0)
    burst = bands[0][3] if flags & ofproto.OFPMF_BURST else 0
    return Meter(meter_id=meter_id, rate_kbps=bands[0][2], burst_kbit=burst)
