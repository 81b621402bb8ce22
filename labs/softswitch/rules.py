"""What Open vSwitch refuses of a flow entry or a list of actions by looking at it alone, and its one form of a match.

Sources: OpenFlow 1.4.0, 7.2.3.6 (prerequisites), 7.2.5 (instructions), 7.2.6 (actions); the errors are those that
Open vSwitch 3.1 was seen to give.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from labs.softswitch import wire
from labs.softswitch.wire import BAD_ACTION, BAD_INSTRUCTION, BAD_MATCH, Field, OpenFlowError

TABLES: Final = 254
ETH_TYPE: Final = 5
VLAN_VID: Final = 6
IP_PROTO: Final = 10
IPV4: Final = 0x0800
IPV6: Final = 0x86DD
ARP: Final = 0x0806
PRESENT: Final = 0x1000
# Field numbers by what a packet has to be.
_IP: Final = frozenset({8, 9, 10})
_V4: Final = frozenset({11, 12})
_TCP: Final = frozenset({13, 14})
_UDP: Final = frozenset({15, 16})
_ARP: Final = frozenset({21, 22, 23, 24, 25})
_NOT_MASKABLE: Final = frozenset({0, 1, 5, 7, 8, 9, 10, 21})
_INSTRUCTIONS: Final = frozenset({1, 2, 3, 4, 5, 6})

OUTPUT: Final = 0
PUSH_VLAN: Final = 17
POP_VLAN: Final = 18
SET_QUEUE: Final = 21
GROUP: Final = 22
DEC_TTL: Final = 24
SET_FIELD: Final = 25
EXPERIMENTER: Final = 0xFFFF
_KNOWN_ACTIONS: Final = frozenset({0, 11, 12, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, EXPERIMENTER})


def canonical(raw: bytes) -> tuple[Field, ...]:
    """The match in Open vSwitch's form: no mask where it is all ones, no field where it is zero, value within the
    mask, fields by number. Raises OpenFlowError."""
    found: dict[tuple[int, int], Field] = {}
    for field in wire.fields(raw):
        key = (field.oxm_class, field.number)
        if key in found:
            raise OpenFlowError(BAD_MATCH, 10)
        found[key] = _normal(field)
    match = tuple(found[key] for key in sorted(found, key=lambda k: (k[0] != wire.OXM_BASIC, k)))
    _check_prerequisites(match)
    return tuple(f for f in match if f.mask is None or any(f.mask))


def _normal(field: Field) -> Field:
    number = field.basic
    if number is None:
        return field
    if number > wire.LAST_FIELD:
        raise OpenFlowError(BAD_MATCH, 6)
    width = wire.WIDTHS.get(number)
    if width is None:
        return field
    size = (width + 7) // 8
    full = (1 << width) - 1
    if len(field.value) != size:
        raise OpenFlowError(BAD_MATCH, 6)
    if field.mask is None:
        if field.integer > full:
            raise OpenFlowError(BAD_MATCH, 7)
        return field
    if number in _NOT_MASKABLE:
        raise OpenFlowError(BAD_MATCH, 8)
    mask = int.from_bytes(field.mask, "big") & full
    if field.integer & full & ~mask:
        raise OpenFlowError(BAD_MATCH, 5)
    value = (field.integer & mask).to_bytes(size, "big")
    return Field(field.oxm_class, number, value, None if mask == full else mask.to_bytes(size, "big"))


def _exact(match: Iterable[Field], number: int) -> int | None:
    return next((f.integer for f in match if f.basic == number and f.mask is None), None)


def is_tagged(match: Iterable[Field]) -> bool:
    """Whether every packet of the match carries a VLAN tag."""
    return any(f.basic == VLAN_VID and f.integer & PRESENT for f in match)


def _fits(number: int, match: tuple[Field, ...], *, tagged: bool) -> bool:
    """Whether packets of the match have the field."""
    eth_type = _exact(match, ETH_TYPE)
    protocol = _exact(match, IP_PROTO)
    ip = eth_type in {IPV4, IPV6}
    if number == 7:
        return tagged
    if number in _IP:
        return ip
    if number in _V4:
        return eth_type == IPV4
    if number in _TCP | _UDP:
        return ip and protocol == (6 if number in _TCP else 17)
    return eth_type == ARP if number in _ARP else True


def _check_prerequisites(match: tuple[Field, ...]) -> None:
    tagged = is_tagged(match)
    for field in match:
        if field.basic is not None and not _fits(field.basic, match, tagged=tagged):
            raise OpenFlowError(BAD_MATCH, 9)


def check_instructions(table: int, match: tuple[Field, ...], raw: bytes) -> None:
    """Raises OpenFlowError for the first instruction that is not acceptable."""
    for instruction in wire.items(raw, BAD_INSTRUCTION, 7):
        (kind,) = struct.unpack_from("!H", instruction)
        if kind not in _INSTRUCTIONS:
            raise OpenFlowError(BAD_INSTRUCTION, 0)
        if kind == 1 and instruction[4] <= table:
            raise OpenFlowError(BAD_INSTRUCTION, 2)
        if kind in {3, 4}:
            check_actions(match, instruction[8:])


def check_actions(match: tuple[Field, ...] | None, raw: bytes) -> None:
    """Raises OpenFlowError. match None: of a group, where it is not known what packets come."""
    tagged = match is not None and is_tagged(match)
    for action in wire.items(raw, BAD_ACTION, 1):
        (kind,) = struct.unpack_from("!H", action)
        if kind not in _KNOWN_ACTIONS:
            raise OpenFlowError(BAD_ACTION, 0)
        _check_action(kind, action)
        if match is not None:
            _check_consistent(kind, action, match, tagged=tagged)
        tagged = (tagged or kind == PUSH_VLAN) and kind != POP_VLAN


def _check_action(kind: int, action: bytes) -> None:
    if kind == OUTPUT and struct.unpack_from("!I", action, 4)[0] == wire.ANY:
        raise OpenFlowError(BAD_ACTION, 4)
    if kind == PUSH_VLAN and struct.unpack_from("!H", action, 4)[0] not in {0x8100, 0x88A8}:
        raise OpenFlowError(BAD_ACTION, 5)
    if kind == EXPERIMENTER and struct.unpack_from("!I", action, 4)[0] != wire.NICIRA:
        raise OpenFlowError(BAD_ACTION, 2)
    if kind == SET_FIELD:
        field = set_field(action)
        if field.basic in {0, ETH_TYPE, IP_PROTO}:
            raise OpenFlowError(BAD_ACTION, 15)
        width = None if field.basic is None else wire.WIDTHS.get(field.basic)
        if width is not None and field.integer >> width:
            raise OpenFlowError(BAD_ACTION, 15)


def _check_consistent(kind: int, action: bytes, match: tuple[Field, ...], *, tagged: bool) -> None:
    wrong = False
    if kind == POP_VLAN:
        wrong = not tagged
    elif kind == DEC_TTL:
        wrong = _exact(match, ETH_TYPE) not in {IPV4, IPV6}
    elif kind == SET_FIELD:
        number = set_field(action).basic
        wrong = number is not None and not _fits(number, match, tagged=tagged)
        wrong = wrong or (number == VLAN_VID and not tagged)
    if wrong:
        raise OpenFlowError(BAD_ACTION, 10)


def set_field(action: bytes) -> Field:
    """The field of a set-field action. Raises OpenFlowError."""
    length = 4 + action[7]
    try:
        return next(wire.fields(action[4 : 4 + length]))
    except (OpenFlowError, StopIteration) as error:
        raise OpenFlowError(BAD_ACTION, 14) from error
