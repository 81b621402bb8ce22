"""Sets of packets: per header field a set of atoms, and the stack of VLAN tags, to any depth.

A header stands for the cross product of its fields' sets. `tags` is the known top of the stack, outermost first;
`more` says that below them there may be anything: no tag, or tags of any kind and number. Devices look at the
outermost tag only, so the stack is opened one tag at a time (`opened`), when a pop shows what is below.

Fields that a packet does not have (ipv4_dst of an ARP packet) hold any value: no valid match looks at them, because
of prerequisites (OpenFlow 1.3.5, 7.2.3.8); an entry without its prerequisites is malformed and proves nothing.
A frame with two tags may show its inner tag as eth_type on some switches (Open vSwitch with vlan-limit 1) and its
payload's type on others; opening a tag leaves both open for that reason.
TTL is not looked at: a packet of an intent is sent with a TTL that suffices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from intents.model.switch import FieldName
from intents.verify.packets.atoms import Atoms, Kind

# Order matters for speed only: entries are told apart by what discriminates most first.
FIELDS: Final = (
    "eth_type",
    "ipv4_dst",
    "ipv4_src",
    "arp_tpa",
    "arp_spa",
    "arp_op",
    "eth_dst",
    "eth_src",
    "ip_proto",
    "l4_dst",
    "l4_src",
    "ip_dscp",
)
INDEX: Final[Mapping[str, int]] = {name: i for i, name in enumerate(FIELDS)}
KIND: Final[Mapping[str, Kind]] = {
    "eth_type": "eth_type",
    "ipv4_dst": "ip",
    "ipv4_src": "ip",
    "arp_tpa": "ip",
    "arp_spa": "ip",
    "arp_op": "arp_op",
    "eth_dst": "mac",
    "eth_src": "mac",
    "ip_proto": "proto",
    "l4_dst": "l4",
    "l4_src": "l4",
    "ip_dscp": "dscp",
}
# OXM names of layer-4 ports to the one place they have in a packet.
LAYER4: Final[Mapping[str, str]] = {
    "tcp_src": "l4_src",
    "tcp_dst": "l4_dst",
    "udp_src": "l4_src",
    "udp_dst": "l4_dst",
}

_MACS: Final = slice(INDEX["eth_dst"], INDEX["eth_src"] + 1)  # they stand side by side

ETH_IPV4: Final = 0x0800
ETH_ARP: Final = 0x0806
TPID_C: Final = 0x8100
TPID_S: Final = 0x88A8
BROADCAST: Final = 0xFFFFFFFFFFFF
BEHIND_TAG: Final = tuple(name for name in FIELDS if name not in ("eth_dst", "eth_src"))


def field_of(name: FieldName) -> str:
    """The packet's field for an OXM name (other than in_port and those of the tag)."""
    return LAYER4.get(name, name)


def mac(text: str) -> int:
    """A MAC address in colons as an integer."""
    return int(text.replace(":", ""), 16)


def mac_text(value: int) -> str:
    """An integer as a MAC address in colons."""
    return ":".join(f"{value >> shift & 0xFF:02x}" for shift in range(40, -8, -8))


def ip_text(value: int) -> str:
    """An integer as a dotted IPv4 address."""
    return ".".join(str(value >> shift & 0xFF) for shift in (24, 16, 8, 0))


class Tag(NamedTuple):
    """A VLAN tag: sets of TPIDs, VIDs and PCPs."""

    tpid: int
    vid: int
    pcp: int


class TagCut(NamedTuple):
    """What a match wants of the top of the stack."""

    untagged: bool
    tpid: int = 0
    vid: int = 0
    pcp: int = 0


class Header(NamedTuple):
    """A set of packets (see the module)."""

    fields: tuple[int, ...]
    tags: tuple[Tag, ...] = ()
    more: bool = False

    def get(self, name: str) -> int:
        """The set of one field."""
        return self.fields[INDEX[name]]

    def put(self, **sets: int) -> Header:
        """The header with some fields set."""
        fields = list(self.fields)
        for name, bits in sets.items():
            fields[INDEX[name]] = bits
        return Header(tuple(fields), self.tags, self.more)

    @property
    def untagged(self) -> bool:
        """Whether every packet of the set is untagged. The header must be opened."""
        return not self.tags and not self.more

    @property
    def top(self) -> Tag | None:
        """The outermost tag; None for untagged. The header must be opened."""
        return self.tags[0] if self.tags else None

    def retag(self, tag: Tag) -> Header:
        """With another outermost tag."""
        return Header(self.fields, (tag, *self.tags[1:]), self.more)

    def push(self, tag: Tag) -> Header:
        """With one more tag."""
        return Header(self.fields, (tag, *self.tags), self.more)

    def opened(self, atoms: Atoms) -> tuple[Header, ...]:
        """The same set in parts of which each knows whether it is tagged."""
        if self.tags or not self.more:
            return (self,)
        bare = self._replace(more=False)
        types = atoms["eth_type"].of(TPID_C) | atoms["eth_type"].of(TPID_S)
        if self.get("eth_type") & types:  # what is behind the next tag was not looked at yet
            reopened = self.put(**{name: atoms[KIND[name]].full for name in BEHIND_TAG})
        else:  # the payload's own fields: the next device sees them too, or the next tag's type
            reopened = self.put(eth_type=self.get("eth_type") | types)
        tag = Tag(atoms["tpid"].full, atoms["vid"].full, atoms["pcp"].full)
        return (bare, reopened._replace(tags=(tag,)))

    def pop(self, atoms: Atoms) -> tuple[Header, ...]:
        """Without the outermost tag; untagged packets are left as they are, as Open vSwitch does."""
        if not self.tags:
            return (self,)
        return Header(self.fields, self.tags[1:], self.more).opened(atoms)

    def carrying(self, other: Header) -> Header:
        """With tags and MAC addresses as they are, and all else as in another header."""
        fields = (*other.fields[: _MACS.start], *self.fields[_MACS], *other.fields[_MACS.stop :])
        return Header(fields, self.tags, self.more)

    def cut(self, name: str, bits: int) -> tuple[Header | None, Header | None]:
        """The parts inside and outside a set of one field."""
        i = INDEX[name]
        inside, outside = self.fields[i] & bits, self.fields[i] & ~bits
        return (self.at(i, inside) if inside else None, self.at(i, outside) if outside else None)

    def at(self, i: int, bits: int) -> Header:
        """With another set of the field of an index."""
        if self.fields[i] == bits:
            return self
        return Header((*self.fields[:i], bits, *self.fields[i + 1 :]), self.tags, self.more)

    def cut_tag(self, want: TagCut) -> tuple[Header | None, tuple[Header, ...]]:
        """The part whose top of the stack is wanted, and the parts whose is not."""
        top = self.top
        if top is None:
            return (self, ()) if want.untagged else (None, (self,))
        outside: list[Header] = []
        sets = [top.tpid, top.vid, top.pcp]
        for i, wanted in enumerate((want.tpid, want.vid, want.pcp)):
            if sets[i] & ~wanted:
                part = [*sets]
                part[i] = sets[i] & ~wanted
                outside.append(self.retag(Tag(*part)))
                sets[i] &= wanted
            if not sets[i]:
                return None, tuple(outside)
        return self.retag(Tag(*sets)), tuple(outside)


def anything(atoms: Atoms) -> Header:
    """Every packet there is, with every stack of tags. To be opened."""
    return Header(tuple(atoms[KIND[name]].full for name in FIELDS), (), more=True)


def untagged(atoms: Atoms) -> Header:
    """Every untagged packet."""
    return Header(tuple(atoms[KIND[name]].full for name in FIELDS))


def describe(atoms: Atoms, header: Header) -> dict[str, str]:
    """One packet of the set for people: the fields that it has, in words. Tags outermost first."""
    value = {name: atoms[KIND[name]].sample(header.get(name)) for name in FIELDS}
    out = {"eth_src": mac_text(value["eth_src"]), "eth_dst": mac_text(value["eth_dst"])}
    for depth, tag in enumerate(header.tags):
        mark = "" if depth == 0 else f"_{depth + 1}"
        out[f"vid{mark}"] = str(atoms["vid"].sample(tag.vid))
        out[f"pcp{mark}"] = str(atoms["pcp"].sample(tag.pcp))
        tpid = atoms["tpid"].sample(tag.tpid)
        if tpid != TPID_C:
            out[f"tpid{mark}"] = f"{tpid:#06x}"
    kind = value["eth_type"]
    if kind == ETH_IPV4:
        out |= {"eth_type": "ipv4", "ipv4_src": ip_text(value["ipv4_src"]), "ipv4_dst": ip_text(value["ipv4_dst"])}
        proto = value["ip_proto"]
        out["ip_proto"] = {1: "icmp", 6: "tcp", 17: "udp"}.get(proto, str(proto))
        if proto in (6, 17):
            prefix = "tcp" if proto == 6 else "udp"
            out |= {f"{prefix}_src": str(value["l4_src"]), f"{prefix}_dst": str(value["l4_dst"])}
        out["ip_dscp"] = str(value["ip_dscp"])
    elif kind == ETH_ARP:
        out |= {"eth_type": "arp", "arp_op": {1: "request", 2: "reply"}.get(value["arp_op"], str(value["arp_op"]))}
        out |= {"arp_spa": ip_text(value["arp_spa"]), "arp_tpa": ip_text(value["arp_tpa"])}
    else:
        out["eth_type"] = f"{kind:#06x}"
    return out
