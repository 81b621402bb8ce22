"""The tables: flow entries, groups and meters, and what flow_mod, group_mod and meter_mod do to them.

A Pipeline is copied cheaply (its values never change), which is how a bundle is tried and taken back.
Source: OpenFlow 1.4.0, 6.4 (flow table modification), 6.5 (groups), 6.6 (meters).
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field, replace
from typing import Final

from labs.softswitch import rules, wire
from labs.softswitch.wire import (
    BAD_ACTION,
    FLOW_MOD_FAILED,
    GROUP_MOD_FAILED,
    METER_MOD_FAILED,
    Field,
    OpenFlowError,
)

_FLOW_MOD: Final = struct.Struct("!QQBBHHHIIIHH")
_GROUP_MOD: Final = struct.Struct("!HBxI")
_METER_MOD: Final = struct.Struct("!HHI")
_ALL_TABLES: Final = 0xFF
_ALL_GROUPS: Final = 0xFFFFFFFC
_ALL_METERS: Final = 0xFFFFFFFF
_FLOWS_MOST: Final = 1_000_000

FlowKey = tuple[int, int, tuple[Field, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A flow entry. Instructions stay the bytes that they were."""

    table: int
    priority: int
    match: tuple[Field, ...]
    cookie: int
    idle: int
    hard: int
    flags: int
    importance: int
    instructions: bytes

    @property
    def key(self) -> FlowKey:
        """What makes it the same entry."""
        return (self.table, self.priority, self.match)

    def actions(self) -> list[bytes]:
        """Its actions, of all instructions."""
        found: list[bytes] = []
        for instruction in wire.items(self.instructions, wire.BAD_INSTRUCTION, 7):
            if instruction[1] in {3, 4}:
                found += wire.items(instruction[8:], BAD_ACTION, 1)
        return found

    def goes_to(self, kind: int, number: int) -> bool:
        """Whether one of its actions outputs to a port, or hands to a group."""
        return any(a[:2] == struct.pack("!H", kind) and a[4:8] == struct.pack("!I", number) for a in self.actions())

    def meter(self) -> int | None:
        """Its meter."""
        for instruction in wire.items(self.instructions, wire.BAD_INSTRUCTION, 7):
            if instruction[:2] == b"\0\6":
                return int.from_bytes(instruction[4:8], "big")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowMod:
    """A flow_mod, parsed and checked as far as it can be without looking at the tables."""

    command: int
    cookie_mask: int
    out_port: int
    out_group: int
    flow: Flow


def parse_flow_mod(body: bytes, version: int) -> FlowMod:
    """The body of OFPT_FLOW_MOD. Raises OpenFlowError."""
    if len(body) < _FLOW_MOD.size:
        raise OpenFlowError(wire.BAD_REQUEST, 6)
    cookie, mask, table, command, idle, hard, priority, _, port, group, flags, importance = _FLOW_MOD.unpack_from(body)
    match, instructions = wire.match_of(body[_FLOW_MOD.size :])
    if command > 4:
        raise OpenFlowError(FLOW_MOD_FAILED, 6)
    if table >= rules.TABLES and not (table == _ALL_TABLES and command in {3, 4}):
        raise OpenFlowError(FLOW_MOD_FAILED, 2)
    fields = rules.canonical(match)
    if command < 3:
        rules.check_instructions(table, fields, instructions)
    flow = Flow(
        table=table,
        priority=priority,
        match=fields,
        cookie=cookie,
        idle=idle,
        hard=hard,
        flags=flags,
        importance=importance if version > wire.V13 else 0,
        instructions=instructions,
    )
    return FlowMod(command=command, cookie_mask=mask, out_port=port, out_group=group, flow=flow)


@dataclass(slots=True)
class Pipeline:
    """Everything that the switch holds. groups: number to (type, buckets); meters: number to (flags, bands). carried:
    bytes by flow entry, for a switch without packets to be told."""

    flows: dict[FlowKey, Flow] = field(default_factory=dict)
    groups: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    meters: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    carried: dict[FlowKey, int] = field(default_factory=dict)

    def copy(self) -> Pipeline:
        """One that can be changed apart from this."""
        return Pipeline(dict(self.flows), dict(self.groups), dict(self.meters), self.carried)

    def digest(self) -> str:
        """The same for the same entries, groups and meters, whatever the order they came in."""
        held = [sorted(map(repr, part.items())) for part in (self.flows, self.groups, self.meters)]
        return hashlib.sha256(repr(held).encode()).hexdigest()[:16]

    def carry(self, body: bytes, version: int, count: int) -> None:
        """As if so many bytes had gone by the entry that a flow_mod names. Raises KeyError where there is none."""
        flow = self.flows[parse_flow_mod(body, version).flow.key]
        self.carried[flow.key] = self.carried.get(flow.key, 0) + count

    def change(self, kind: int, body: bytes, version: int) -> None:
        """Carry out a message. Raises OpenFlowError; then nothing is changed."""
        if kind == wire.FLOW_MOD:
            self._flow_mod(parse_flow_mod(body, version))
        elif kind == wire.GROUP_MOD:
            self._group_mod(body)
        elif kind == wire.METER_MOD:
            self._meter_mod(body)
        else:
            raise OpenFlowError(wire.BAD_REQUEST, 1)

    # Flow entries

    def _flow_mod(self, mod: FlowMod) -> None:
        if mod.command == 0:
            self._check_references(mod.flow)
            if mod.flow.flags & 2 and any(_overlap(mod.flow, f) for f in self.flows.values()):
                raise OpenFlowError(FLOW_MOD_FAILED, 3)
            if len(self.flows) >= _FLOWS_MOST:
                raise OpenFlowError(FLOW_MOD_FAILED, 1)
            self.flows[mod.flow.key] = mod.flow
            return
        strict = mod.command in {2, 4} and mod.flow.table != _ALL_TABLES
        one = self.flows.get(mod.flow.key) if strict else None
        looked_at = self.flows.values() if not strict else () if one is None else (one,)
        chosen = [f for f in looked_at if _chosen(mod, f)]
        if mod.command in {1, 2}:
            self._check_references(mod.flow)
            for flow in chosen:
                self.flows[flow.key] = replace(flow, instructions=mod.flow.instructions)
        else:
            for flow in chosen:
                del self.flows[flow.key]

    def _check_references(self, flow: Flow) -> None:
        meter = flow.meter()
        if meter is not None and meter not in self.meters:
            raise OpenFlowError(METER_MOD_FAILED, 2)
        self._check_groups(flow.actions())

    def _check_groups(self, actions: list[bytes]) -> None:
        for action in actions:
            if action[:2] == b"\0\x16" and int.from_bytes(action[4:8], "big") not in self.groups:
                raise OpenFlowError(BAD_ACTION, 9)

    # Groups

    def _group_mod(self, body: bytes) -> None:
        if len(body) < _GROUP_MOD.size:
            raise OpenFlowError(wire.BAD_REQUEST, 6)
        command, kind, group_id = _GROUP_MOD.unpack_from(body)
        buckets = body[_GROUP_MOD.size :]
        if command == 2:
            self._delete_groups(group_id)
            return
        if kind > 3 or command > 2:
            raise OpenFlowError(GROUP_MOD_FAILED, 10 if kind > 3 else 11)
        if group_id > 0xFFFFFF00:
            raise OpenFlowError(GROUP_MOD_FAILED, 1)
        self._check_buckets(kind, buckets)
        if command == 0 and group_id in self.groups:
            raise OpenFlowError(GROUP_MOD_FAILED, 0)
        if command == 1 and group_id not in self.groups:
            raise OpenFlowError(GROUP_MOD_FAILED, 8)
        self.groups[group_id] = (kind, buckets)

    def _check_buckets(self, kind: int, buckets: bytes) -> None:
        found = list(wire.items(buckets, GROUP_MOD_FAILED, 12, length_at=0, smallest=16))
        if kind == 2 and len(found) != 1:
            raise OpenFlowError(GROUP_MOD_FAILED, 1)
        for bucket in found:
            _, weight, watch_port, watch_group = struct.unpack_from("!HHII", bucket)
            if kind != 1 and weight:
                raise OpenFlowError(GROUP_MOD_FAILED, 1)
            if kind == 3 and watch_port == wire.ANY and watch_group == wire.ANY:
                raise OpenFlowError(GROUP_MOD_FAILED, 1)
            rules.check_actions(None, bucket[16:])

    def _delete_groups(self, group_id: int) -> None:
        gone = set(self.groups) if group_id == _ALL_GROUPS else {group_id} & set(self.groups)
        for number in gone:
            del self.groups[number]
            self.flows = {k: f for k, f in self.flows.items() if not f.goes_to(rules.GROUP, number)}

    # Meters

    def _meter_mod(self, body: bytes) -> None:
        if len(body) < _METER_MOD.size:
            raise OpenFlowError(wire.BAD_REQUEST, 6)
        command, flags, meter_id = _METER_MOD.unpack_from(body)
        bands = body[_METER_MOD.size :]
        if command == 2:
            gone = set(self.meters) if meter_id == _ALL_METERS else {meter_id} & set(self.meters)
            self.meters = {m: v for m, v in self.meters.items() if m not in gone}
            self.flows = {k: f for k, f in self.flows.items() if f.meter() not in gone}
            return
        if not 0 < meter_id < 0xFFFF0000:
            raise OpenFlowError(METER_MOD_FAILED, 2)
        for band in wire.items(bands, METER_MOD_FAILED, 0, smallest=16):
            if band[:2] not in {b"\0\1", b"\0\2"}:
                raise OpenFlowError(METER_MOD_FAILED, 9)
            if band[4:8] == bytes(4):
                raise OpenFlowError(METER_MOD_FAILED, 6)
        if command == 0 and meter_id in self.meters:
            raise OpenFlowError(METER_MOD_FAILED, 1)
        if command == 1 and meter_id not in self.meters:
            raise OpenFlowError(METER_MOD_FAILED, 3)
        if command > 1:
            raise OpenFlowError(METER_MOD_FAILED, 4)
        self.meters[meter_id] = (flags, bands)


def _chosen(mod: FlowMod, flow: Flow) -> bool:
    """Whether a modification or deletion is about this entry."""
    wanted = mod.flow
    if wanted.table not in {_ALL_TABLES, flow.table} or (flow.cookie ^ wanted.cookie) & mod.cookie_mask:
        return False
    if mod.command in {2, 4}:
        if flow.priority != wanted.priority or flow.match != wanted.match:
            return False
    elif not covers(wanted.match, flow.match):
        return False
    if mod.command < 3:
        return True
    to_port = mod.out_port in {wire.ANY, 0} or flow.goes_to(rules.OUTPUT, mod.out_port)
    return to_port and (mod.out_group in {wire.ANY, 0} or flow.goes_to(rules.GROUP, mod.out_group))


def _bits(match: tuple[Field, ...]) -> dict[tuple[int, int], tuple[int, int]]:
    return {
        (f.oxm_class, f.number): (
            f.integer,
            (1 << 8 * len(f.value)) - 1 if f.mask is None else int.from_bytes(f.mask, "big"),
        )
        for f in match
    }


def covers(loose: tuple[Field, ...], tight: tuple[Field, ...]) -> bool:
    """Whether every packet of `tight` is one of `loose`, field by field."""
    inner = _bits(tight)
    for key, (value, mask) in _bits(loose).items():
        found = inner.get(key)
        if found is None or found[1] & mask != mask or found[0] & mask != value:
            return False
    return True


def _overlap(one: Flow, other: Flow) -> bool:
    if one.table != other.table or one.priority != other.priority or one.match == other.match:
        return False
    theirs = _bits(other.match)
    return not any(
        (value ^ theirs[key][0]) & mask & theirs[key][1]
        for key, (value, mask) in _bits(one.match).items()
        if key in theirs
    )
