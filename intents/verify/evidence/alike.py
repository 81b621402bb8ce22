"""The packets that one packet stands for: all that the network treats just as it.

From the one packet field by field is widened to all that was looked at, as long as the packets still are not told apart
anywhere: they take the same ways, by the same entries. A device that told two of them apart would do more than one
thing with them, so this is exact; what is left out is only what it could be widened to in another order.
"""

from __future__ import annotations

from collections.abc import Iterable

from intents.model.campus import Endpoint
from intents.verify.network.network import Network
from intents.verify.packets.atoms import Atoms, Domain
from intents.verify.packets.packet import ETH_ARP, ETH_IPV4, FIELDS, KIND, Header, Tag, ip_text, mac_text
from intents.verify.packets.steps import Leaf

_MOST_NAMED = 3
_PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP"}
# What is said of the fields that are pinned, in this order.
_WORDS = {
    "ipv4_src": "from",
    "ipv4_dst": "to",
    "ip_proto": "protocol",
    "l4_src": "source port",
    "l4_dst": "destination port",
    "ip_dscp": "DSCP",
    "arp_spa": "from",
    "arp_tpa": "for",
    "eth_src": "MAC source",
    "eth_dst": "MAC destination",
}
_OF_IPV4 = ("ipv4_src", "ipv4_dst", "ip_proto", "l4_src", "l4_dst", "ip_dscp")
_OF_ARP = ("arp_spa", "arp_tpa")
_OF_ALL = ("eth_src", "eth_dst")


def alike(network: Network, port: Endpoint, packet: Header, within: Header) -> Header:
    """All packets of a set that are treated as this one of it, which enters by the port."""
    wanted = _treatment(network, port, packet)
    found = packet
    for name in FIELDS:
        if found.get(name) != within.get(name):
            wider = found.put(**{name: found.get(name) | within.get(name)})
            found = wider if _treatment(network, port, wider) == wanted else found
    return _widened_tag(network, port, found, wanted)


def _widened_tag(network: Network, port: Endpoint, found: Header, wanted: tuple[object, ...]) -> Header:
    atoms = network.atoms
    if len(found.tags) != 1:
        return found
    for name in ("vid", "pcp"):
        top = found.tags[0]
        wide = Tag(top.tpid, atoms["vid"].full, top.pcp) if name == "vid" else Tag(top.tpid, top.vid, atoms["pcp"].full)
        wider = found._replace(tags=(wide,))
        found = wider if _treatment(network, port, wider) == wanted else found
    return found


def _treatment(network: Network, port: Endpoint, header: Header) -> tuple[object, ...]:
    """Every end that the packets may have and all that decided on the way there."""
    return tuple((leaf.end, leaf.port, leaf.now, leaf.doubt, _went(leaf)) for leaf in network.follow(port, header))


def _went(leaf: Leaf) -> tuple[object, ...]:
    return tuple((s.device, s.in_port, s.out_port, s.blame, tuple(d.text for d in s.decided)) for s in leaf.steps)


def in_words(atoms: Atoms, header: Header) -> str:
    """A set of packets in a phrase: `IPv4 from 10.10.0.11 to 10.20.0.5, untagged, whatever else they say`."""
    kind = atoms["eth_type"].single(header.get("eth_type"))
    names: tuple[str, ...] = _OF_ALL
    parts = [_tagging(atoms, header)]
    match kind:
        case 0x0800:
            head, names = _ipv4_head(atoms, header), (*_OF_IPV4, *_OF_ALL)
        case 0x0806:
            head, names = "ARP requests", (*_OF_ARP, *_OF_ALL)
        case _:
            head = "frames of any type" if kind is None else f"frames of type {kind:#06x}"
    if kind == ETH_ARP and atoms["arp_op"].single(header.get("arp_op")) != 1:
        head = "ARP"
    said = [f"{_WORDS[n]} {_set(atoms[KIND[n]], n, header.get(n))}" for n in names if _is_pinned(atoms, header, n)]
    if kind == ETH_IPV4 and head != "IPv4":
        said = [s for s in said if not s.startswith("protocol")]
    ends = [s for s in said if s.startswith(("from ", "to ", "for "))]
    rest = [s for s in said if s not in ends]
    return ", ".join([" ".join([head, *ends]), *parts, *rest, "whatever else they say"])


def _ipv4_head(atoms: Atoms, header: Header) -> str:
    proto = atoms["proto"].single(header.get("ip_proto"))
    return _PROTOCOLS.get(proto, "IPv4") if proto is not None else "IPv4"


def _is_pinned(atoms: Atoms, header: Header, name: str) -> bool:
    return header.get(name) != atoms[KIND[name]].full


def _tagging(atoms: Atoms, header: Header) -> str:
    if not header.tags:
        return "untagged" if not header.more else "with any tags"
    said = []
    for tag in header.tags:
        pcp = "any PCP" if tag.pcp == atoms["pcp"].full else f"PCP {_set(atoms['pcp'], 'pcp', tag.pcp)}"
        vid = "any VID" if tag.vid == atoms["vid"].full else f"VID {_set(atoms['vid'], 'vid', tag.vid)}"
        said.append(f"{vid} and {pcp}")
    return "tagged with " + ", then ".join(said)


def _set(domain: Domain, name: str, bits: int) -> str:
    """A set of values of one field."""
    named, others = bits & ~domain.unnamed, bits & domain.unnamed
    if others and others == domain.unnamed:
        missing = [*domain.samples(domain.full & ~bits)]
        if not named:
            return "that nothing here names"
        return f"any but {_listed(name, missing)}" if len(missing) <= _MOST_NAMED else "any of many"
    values = [*domain.samples(bits)]
    if others:
        return f"like {_listed(name, values[:1])}"
    return _listed(name, values)


def _listed(name: str, values: Iterable[int]) -> str:
    texts = [_value(name, v) for v in values]
    if len(texts) > _MOST_NAMED:
        return f"{', '.join(texts[:_MOST_NAMED])} or {len(texts) - _MOST_NAMED} others"
    return " or ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def _value(name: str, value: int) -> str:
    if name in ("eth_src", "eth_dst"):
        return mac_text(value)
    if name in ("ipv4_src", "ipv4_dst", "arp_spa", "arp_tpa"):
        return ip_text(value)
    return str(value)
