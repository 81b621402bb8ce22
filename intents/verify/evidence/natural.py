"""From a set of packets that breaks a promise to one packet that does, as natural as there is.

Field by field the set is cut down to one atom, a natural value first, and the network asked again whether the packet
still breaks the promise. So the packet that is shown has been followed itself; nothing is guessed from the set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import chain

from intents.model.campus import Endpoint, Place
from intents.model.classes import ICMP
from intents.model.evidence import Counterexample
from intents.verify.evidence.alike import alike, in_words
from intents.verify.evidence.blame import Broken, failing_step, to_blame
from intents.verify.evidence.show import hops
from intents.verify.network.network import Network
from intents.verify.packets.packet import ETH_IPV4, FIELDS, KIND, TPID_C, Header, Tag, describe, mac
from intents.verify.packets.steps import Leaf

_EPHEMERAL = 49152


@dataclass(frozen=True, slots=True)
class Shown:
    """One packet, where it ends, and the set that it was taken from."""

    packet: Header
    leaf: Leaf
    within: Header | None = None


def preferences(
    network: Network, source: Place | None, destination: Place | None, proto: int = ICMP
) -> Mapping[str, tuple[int, ...]]:
    """Natural values per field, best first: a ping from the source to the destination."""
    found: dict[str, tuple[int, ...]] = {
        "eth_type": (ETH_IPV4,),
        "ip_proto": (proto, ICMP, 6, 17),
        "ip_dscp": (0,),
        "l4_src": (_EPHEMERAL,),
        "l4_dst": (_EPHEMERAL,),
        "arp_op": (1,),
    }
    for place, address, hardware in ((source, "ipv4_src", "eth_src"), (destination, "ipv4_dst", "eth_dst")):
        if place is not None and place.address is not None:
            found[address] = (int(place.address),)
        if place is not None and place.mac is not None:
            found[hardware] = (mac(place.mac),)
    if source is not None:
        segment = network.campus.segments.get(source.segment)
        if segment is not None:
            found["arp_tpa"] = (int(segment.gateway),)
        if source.address is not None:
            found["arp_spa"] = (int(source.address),)
    return found


def one_packet(
    network: Network, header: Header, breaks: Callable[[Header], bool], prefer: Mapping[str, tuple[int, ...]]
) -> Header:
    """One packet of the set that still breaks. Where no single atom does (the set was too wide), a field stays wide."""
    for shape in _shapes(network, header):
        if breaks(shape):
            header = shape
            break
    for name in FIELDS:
        domain = network.atoms[KIND[name]]
        bits = header.get(name)
        wanted = [domain.of(v) for v in prefer.get(name, ())]
        for option in chain((b for b in wanted if b & bits), map(domain.of, domain.samples(bits))):
            narrowed = header.put(**{name: option})
            if narrowed == header or breaks(narrowed):
                header = narrowed
                break
    return header


def _shapes(network: Network, header: Header) -> Iterator[Header]:
    """The header with its stack of tags made definite: untagged, then tagged, then double-tagged."""
    atoms = network.atoms
    pending = [header]
    for _ in range(3):
        deeper: list[Header] = []
        for part in pending:
            if part.more:
                yield from _tags(network, part._replace(more=False))
                tag = Tag(atoms["tpid"].of(TPID_C), atoms["vid"].full, atoms["pcp"].full)
                deeper.append(part._replace(tags=(*part.tags, tag)))
            else:
                yield from _tags(network, part)
        pending = deeper


def _tags(network: Network, header: Header) -> Iterator[Header]:
    atoms = network.atoms
    if not header.tags:
        yield header
        return
    tags = header.tags
    for depth, tag in enumerate(tags):
        for vid in atoms["vid"].samples(tag.vid):
            for pcp in reversed([*atoms["pcp"].samples(tag.pcp)]):
                tpid = atoms["tpid"].of(TPID_C)
                one = Tag(tpid if tpid & tag.tpid else tag.tpid, atoms["vid"].of(vid), atoms["pcp"].of(pcp))
                others = tuple(_first(network, t) for t in tags)
                yield header._replace(tags=(*others[:depth], one, *others[depth + 1 :]))


def _first(network: Network, tag: Tag) -> Tag:
    atoms = network.atoms
    tpid = atoms["tpid"].of(TPID_C)
    vid, pcp = atoms["vid"].of(atoms["vid"].sample(tag.vid)), atoms["pcp"].of(atoms["pcp"].sample(tag.pcp))
    return Tag(tpid if tpid & tag.tpid else tag.tpid, vid, pcp)


def counterexample(
    network: Network,
    shown: Shown,
    expected: str,
    actual: str,
    blame: tuple[str, str] | None = None,
    broken: Broken | None = None,
) -> Counterexample:
    """The packet, its way and whom to blame: by default the step that decided last.

    broken: whether this packet is still not as owed in a network that is changed in an object or two.
    """
    packet, leaf, atoms = shown.packet, shown.leaf, network.atoms
    last = leaf.steps[-1] if leaf.steps else None
    device, name = blame or ((last.device, last.blame) if last is not None else ("", ""))
    blames, together = to_blame(network, packet, leaf, broken)
    first = leaf.steps[0] if leaf.steps else None
    if first is not None and shown.within is not None:
        everyone = alike(network, Endpoint(first.device, first.in_port), packet, shown.within)
    else:
        everyone = packet
    return Counterexample(
        packet=describe(atoms, packet),
        hops=hops(network, leaf.steps),
        blame_device=device,
        blame_object=name,
        expected=expected,
        actual=actual,
        failing=failing_step(leaf.steps, device, name),
        alike=in_words(atoms, everyone),
        blames=blames,
        together=together,
    )


def address_of(place: Place) -> IPv4Address | None:
    """A place's address."""
    return place.address
