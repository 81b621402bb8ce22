"""Match fields and their values: neutral integers to what os-ken wants (text for addresses) and back from raw OXM.

Source: OpenFlow 1.4.0, 7.2.3 (OXM). The order of OXM numbers puts every prerequisite before what needs it.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Final, cast, get_args

from intents.model.switch import FieldMatch, FieldName, Match, match
from southbound.openflow.dialect import Dialect

# Field to (OXM number in class 0x8000, width in bits).
FIELDS: Final[dict[FieldName, tuple[int, int]]] = {
    "in_port": (0, 32),
    "eth_dst": (3, 48),
    "eth_src": (4, 48),
    "eth_type": (5, 16),
    "vlan_vid": (6, 13),
    "vlan_pcp": (7, 3),
    "ip_dscp": (8, 6),
    "ip_proto": (10, 8),
    "ipv4_src": (11, 32),
    "ipv4_dst": (12, 32),
    "tcp_src": (13, 16),
    "tcp_dst": (14, 16),
    "udp_src": (15, 16),
    "udp_dst": (16, 16),
    "arp_op": (21, 16),
    "arp_spa": (22, 32),
    "arp_tpa": (23, 32),
}
_MAC: Final = frozenset({"eth_src", "eth_dst"})
_IPV4: Final = frozenset({"ipv4_src", "ipv4_dst", "arp_spa", "arp_tpa"})
_NAMES: Final = frozenset(get_args(FieldName))


def full_mask(name: FieldName) -> int:
    """The mask that means "exact"."""
    return (1 << FIELDS[name][1]) - 1


def mac_text(mac: int) -> str:
    """A MAC address, lower case with colons."""
    return mac.to_bytes(6, "big").hex(":")


class CannotEncode(ValueError):
    """A value out of range, or an object read from a switch that the model knows too little of to write it again."""


def checked(name: FieldName, value: int) -> int:
    """A value that fits its field. Raises CannotEncode."""
    if value < 0 or value > full_mask(name):
        raise CannotEncode(f"{name}={value} does not fit in {FIELDS[name][1]} bits")
    return value


def user_value(name: FieldName, value: int) -> int | str:
    """A value as os-ken's message classes take it, which cut off what is too large without a word."""
    value = checked(name, value)
    if name in _MAC:
        return mac_text(value)
    return str(IPv4Address(value)) if name in _IPV4 else value


def field_name(dialect: Dialect, number: object) -> str:
    """os-ken's name of a field; it knows all standard and Nicira ones, and raises for other experimenters'."""
    try:
        return str(dialect.ofproto.oxm_to_user_header(number))
    except KeyError:
        return f"oxm {number}"


def decode_match(dialect: Dialect, raw: bytes) -> tuple[Match, str]:
    """The match in these OXM fields, and as text the fields that the model lacks."""
    fields: list[FieldMatch] = []
    residue: list[str] = []
    offset = 0
    while offset + 4 <= len(raw):
        number, value, mask, length = dialect.ofproto.oxm_parse(raw, offset)
        name = field_name(dialect, number)
        if name in _NAMES:
            fields.append(_field(cast("FieldName", name), value, mask))
        else:
            shown = f"0x{value.hex()}" + (f"/0x{mask.hex()}" if mask is not None else "")
            residue.append(f"{name}={shown}")
        offset += length
    return match(*fields), ",".join(sorted(residue))


def _field(name: FieldName, value: bytes, mask: bytes | None) -> FieldMatch:
    full = full_mask(name)
    number = int.from_bytes(value, "big") & full
    bits = full if mask is None else int.from_bytes(mask, "big") & full
    return FieldMatch(name, number & bits, None if bits == full else bits)
