"""Look-up in one flow table, for sets of packets: which entry decides for which part (OpenFlow 1.3.5, 5.3).

The highest priority that matches decides. Two entries of the same priority that both match are ambiguous ("undefined"
in the standard) unless they do the same. An entry without its prerequisites means something only its switch knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from intents.model.switch import VID_PRESENT, FieldMatch, FlowEntry
from intents.verify.packets.atoms import Atoms, Mentions
from intents.verify.packets.packet import ETH_ARP, ETH_IPV4, FIELDS, INDEX, KIND, Header, TagCut, field_of
from intents.verify.switch.index import Entry, Index

_ETH_IPV6 = 0x86DD


@dataclass(frozen=True, slots=True)
class Decision:
    """The entries that decide for a part of the packets: none (table-miss), one, or several that disagree."""

    part: Header
    winners: tuple[Entry, ...]


def mention(mentions: Mentions, part: FieldMatch) -> None:
    """Note a match's value for the atoms."""
    if part.name == "in_port":
        return
    if part.name == "vlan_vid":
        mentions.match("vid", part.value & 0xFFF, None if part.mask is None else part.mask & 0xFFF)
    elif part.name == "vlan_pcp":
        mentions.match("pcp", part.value, part.mask)
    else:
        mentions.match(KIND[field_of(part.name)], part.value, part.mask)


def _tag_cut(atoms: Atoms, by_name: Mapping[str, FieldMatch]) -> TagCut:
    vids, bare = atoms["vid"].full, True
    if (vid := by_name.get("vlan_vid")) is not None:
        mask = 0x1FFF if vid.mask is None else vid.mask
        bare = vid.value == 0
        tagged = not mask & VID_PRESENT or bool(vid.value & VID_PRESENT)
        vids = atoms["vid"].matching(vid.value & 0xFFF, mask & 0xFFF) if tagged else 0
    pcps = atoms["pcp"].full
    if (pcp := by_name.get("vlan_pcp")) is not None:
        pcps, bare = atoms["pcp"].matching(pcp.value, pcp.mask), False
    return TagCut(bare, atoms["tpid"].full if vids else 0, vids, pcps)


def _missing(by_name: Mapping[str, FieldMatch]) -> str:
    """The prerequisite that a match lacks (OpenFlow 1.3.5, table 11), or nothing."""

    def exactly(name: str, *values: int) -> bool:
        part = by_name.get(name)
        return part is not None and part.mask is None and part.value in values

    for name in by_name:
        if name.startswith("ipv4_") and not exactly("eth_type", ETH_IPV4):
            return f"{name} without eth_type IPv4"
        if name.startswith("arp_") and not exactly("eth_type", ETH_ARP):
            return f"{name} without eth_type ARP"
        if name in ("ip_proto", "ip_dscp") and not exactly("eth_type", ETH_IPV4, _ETH_IPV6):
            return f"{name} without eth_type IP"
        if name.startswith("tcp_") and not exactly("ip_proto", 6):
            return f"{name} without ip_proto TCP"
        if name.startswith("udp_") and not exactly("ip_proto", 17):
            return f"{name} without ip_proto UDP"
    if "vlan_pcp" in by_name:
        vid = by_name.get("vlan_vid")
        if vid is None or not vid.value & VID_PRESENT:
            return "vlan_pcp without a VLAN tag"
    return ""


def compile_entry(atoms: Atoms, flow: FlowEntry) -> Entry:
    """An entry's match as sets."""
    by_name: dict[str, FieldMatch] = {part.name: part for part in flow.match}
    malformed = _missing(by_name)
    box = [atoms[KIND[name]].full for name in FIELDS]
    for part in flow.match:
        if part.name in ("in_port", "vlan_vid", "vlan_pcp"):
            continue
        name = field_of(part.name)
        if malformed and name not in ("eth_src", "eth_dst", "eth_type"):
            continue  # it may match more than it says
        box[INDEX[name]] &= atoms[KIND[name]].matching(part.value, part.mask)
    port = by_name.get("in_port")
    any_tag = TagCut(True, atoms["tpid"].full, atoms["vid"].full, atoms["pcp"].full)
    tag = any_tag if malformed else _tag_cut(atoms, by_name)
    pinned = tuple(at for at, name in enumerate(FIELDS) if box[at] != atoms[KIND[name]].full)
    return Entry(flow, port.value if port is not None else None, tuple(box), pinned, tag, malformed)


class Table:
    """The entries of one table, highest priority first."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._index = Index(sorted(entries, key=lambda e: e.order))
        self._memo: dict[tuple[int, Header], tuple[Decision, ...]] = {}

    def decide(self, in_port: int, header: Header) -> tuple[Decision, ...]:
        """Cut an opened header into parts, each with what decides there."""
        key = (in_port, header)
        if key not in self._memo:
            self._memo[key] = tuple(self._decide(in_port, header))
        return self._memo[key]

    def _decide(self, in_port: int, header: Header) -> Iterator[Decision]:
        # No recursion: a trunk's packets are cut a thousand times, one part by one entry.
        pending = [(self._index.meeting(in_port, header), header)]
        while pending:
            met, header = pending.pop()
            if not met:
                yield Decision(header, ())
                continue
            # The best entry, and those of its priority: each cuts the header until it covers the part wholly or not at
            # all.
            equals = self._index.best(met)
            parts = next((parts for entry in equals if (parts := self._index.parts(met, entry, header))), [])
            if parts:
                pending += reversed(parts)
            else:
                yield Decision(header, _agreed(tuple(self._index.best(met))))


def _agreed(equals: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """One of the entries that all match, if they do the same, else all of them."""
    first = equals[0]
    same = len(equals) == 1 or all(_does(e) == _does(first) and not e.malformed for e in equals)
    return (first,) if same else equals


def _does(entry: Entry) -> tuple[object, ...]:
    return (entry.flow.actions, entry.flow.goto, entry.flow.meter)
