"""The fixed lists of Nicira actions by which a switch answers ARP and learns neighbours without the controller.

Each is written once as a recipe; the encoder builds os-ken actions from it and the decoder recognises exactly it.
Sources: Open vSwitch, nicira-ext.h; ovs-actions(7). Open vSwitch reads fields back with OXM headers in moves and with
NXM headers in learn actions, whichever was sent: names are compared without os-ken's `_nxm` suffix.
"""

from __future__ import annotations

from typing import Any, Final

from intents.model.switch import LEARNT_COOKIE, PORT_IN_PORT, LearnNeighbour
from southbound.openflow.dialect import Dialect
from southbound.openflow.oxm import FIELDS, mac_text

ETH_TYPE_IPV4: Final = 0x0800
ARP_REPLY_OPERATION: Final = 2
NX_IN_PORT: Final = 0xFFF8  # 16 bits in Nicira's own messages
MAC: Final = "<mac>"

# An action as a tuple: ("set", field, value), ("move", source, destination, bits), ("output", port).
Atom = tuple[object, ...]
ARP_REPLY: Final[tuple[Atom, ...]] = (
    ("move", "eth_src", "eth_dst", 48),
    ("set", "eth_src", MAC),
    ("set", "arp_op", ARP_REPLY_OPERATION),
    ("move", "arp_sha", "arp_tha", 48),
    ("set", "arp_sha", MAC),
    ("move", "arp_tpa", "reg0", 32),
    ("move", "arp_spa", "arp_tpa", 32),
    ("move", "reg0", "arp_spa", 32),
    ("output", PORT_IN_PORT),
)


def arp_reply_actions(dialect: Dialect, mac: int) -> list[Any]:
    """The recipe with this MAC address, as os-ken actions."""
    parser = dialect.parser
    actions = []
    for atom in ARP_REPLY:
        match atom:
            case ("move", source, destination, bits):
                actions.append(parser.NXActionRegMove(src_field=source, dst_field=destination, n_bits=bits))
            case ("set", field, value):
                shown = mac_text(mac) if value == MAC else value
                actions.append(parser.OFPActionSetField(**{str(field): shown}))
            case (_, port):
                actions.append(parser.OFPActionOutput(port, 0))
    return actions


def arp_reply_mac(atoms: list[Atom]) -> int | None:
    """The MAC address, if these atoms begin with the recipe and name one address throughout."""
    if len(atoms) < len(ARP_REPLY):
        return None
    macs: set[object] = set()
    for expected, found in zip(ARP_REPLY, atoms, strict=False):
        if expected[-1] == MAC and found[:-1] == expected[:-1]:
            macs.add(found[-1])
        elif expected != found:
            return None
    only = macs.pop() if len(macs) == 1 else None
    return only if isinstance(only, int) else None


def learn_action(dialect: Dialect, learn: LearnNeighbour) -> Any:
    """Sender IPv4 and MAC of this packet to an entry of `table`: ipv4_dst -> set eth_dst."""
    parser = dialect.parser
    address, mac = ("arp_spa_nxm", "arp_sha") if learn.arp else ("ipv4_src_nxm", "eth_src_nxm")
    return parser.NXActionLearn(
        table_id=learn.table,
        priority=learn.priority,
        cookie=LEARNT_COOKIE,
        specs=[
            parser.NXFlowSpecMatch(src=ETH_TYPE_IPV4, dst=("eth_type_nxm", 0), n_bits=16),
            parser.NXFlowSpecMatch(src=(address, 0), dst=("ipv4_dst_nxm", 0), n_bits=32),
            parser.NXFlowSpecLoad(src=(mac, 0), dst=("eth_dst_nxm", 0), n_bits=48),
        ],
    )


def learn_of(action: Any) -> LearnNeighbour | None:
    """What a learn action teaches, if it is exactly one that `learn_action` makes."""
    timed = (action.idle_timeout, action.hard_timeout, action.fin_idle_timeout, action.fin_hard_timeout, action.flags)
    if action.cookie != LEARNT_COOKIE or any(timed):
        return None
    found = [_spec(s) for s in action.specs]
    for arp in (True, False):
        address, mac = ("arp_spa", "arp_sha") if arp else ("ipv4_src", "eth_src")
        expected = [
            ("NXFlowSpecMatch", ETH_TYPE_IPV4, ("eth_type", 0), 16),
            ("NXFlowSpecMatch", (address, 0), ("ipv4_dst", 0), 32),
            ("NXFlowSpecLoad", (mac, 0), ("eth_dst", 0), 48),
        ]
        if found == expected:
            return LearnNeighbour(table=action.table_id, priority=action.priority, arp=arp)
    return None


def load_of(action: Any) -> Atom | None:
    """What a load of a whole field sets: it is the same as set-field, and how learnt entries are read back."""
    name = plain_name(action.dst)
    # the offset, in the upper ten bits, is zero; the lower six are the width less one
    whole = any(name == field and action.ofs_nbits == bits - 1 for field, (_, bits) in FIELDS.items())
    return ("set", name, action.value) if whole else None


def plain_name(field: str) -> str:
    """os-ken's field name without the mark of its NXM header."""
    return field.removesuffix("_nxm")


def _spec(spec: Any) -> tuple[object, ...]:
    source = (plain_name(spec.src[0]), spec.src[1]) if isinstance(spec.src, tuple) else spec.src
    target = (plain_name(spec.dst[0]), spec.dst[1]) if isinstance(spec.dst, tuple) else spec.dst
    return (type(spec).__name__, source, target, spec.n_bits)
