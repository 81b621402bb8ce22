"""Which intents a change of the switches can touch: reachability and priority of the others are as they were.

Why it is sound. Neither a switch nor a PON writes IPv4 or ARP addresses (where an entry or bucket does, every intent is
touched; a reply that Clearway's gateway makes of an ARP request swaps the request's own). So wherever in the network a
packet of an intent is, and however it is tagged and addressed below, it bears the addresses of the pair that it is
between, and the place's ARP packets bear the place's. An entry that comes, goes or changes does something else to the
packets in its table's difference, and to no others. Where the difference has no packet with the addresses of an intent,
none of the intent's packets meets anything else than before, on any way, with any ports up or down.

In doubt, touched: whatever is not a flow entry (groups, meters, queues, anything of a PON, what a device says of
itself) touches every intent, and so does an entry that learns, that the model cannot represent, or that does not say
clearly what it matches. What looks at anybody's packets (isolation, quarantine, trust) or at who shares a queue
(guarantee, deliver, limit, survival) can change with any packet: see `Touch.any`. It speaks of what the network does,
and not of what the prover gives up on (TooManyAtoms).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from intents.model.campus import Campus, Place
from intents.model.intent import Permission, ResolvedIntent
from intents.model.state import Observation, Operational, diff
from intents.model.switch import Action, FlowEntry, GroupEntry, LearnNeighbour, SetField, Unmodelled
from intents.verify.claims import ways
from intents.verify.engine.entries import lacks_prerequisite
from intents.verify.engine.overlaps import Overlaps
from intents.verify.engine.pipeline import Change, Pipeline
from intents.verify.engine.space import Part, space
from intents.verify.engine.table import DOUBT

_IPV4: Final = ("eth_type", 0x0800, 0xFFFF)
_ARP: Final = ("eth_type", 0x0806, 0xFFFF)
_FULL: Final = 0xFFFFFFFF
_ADDRESSES: Final = ("ipv4_src", "ipv4_dst", "arp_spa", "arp_tpa", "arp_op", "eth_type")


@dataclass(frozen=True, slots=True)
class Touch:
    """What a change can touch. own: intents of whose own packets any is treated otherwise. any: whether any packet is
    at all; if not, nothing that is proven of the network has changed."""

    own: frozenset[str]
    any: bool


class Touched:
    """The switches of a campus as they were read, and the packets of its intents; kept up to date with `read`."""

    def __init__(self, campus: Campus, intents: Sequence[ResolvedIntent], operational: Operational) -> None:
        self._everything = Touch(frozenset(r.name for r in intents), any=True)
        self._seen = {name: operational.devices.get(name) for name in (*campus.switches, *campus.olts)}
        self._pipelines = {name: Pipeline(_entries(self._seen[name])) for name in campus.switches}
        self._packets: Overlaps[tuple[str, tuple[Part, ...]]] = Overlaps()
        for name, parts in {*_packets(intents)}:
            self._packets.add(*space().bits_of(parts), (name, parts))
        # Of a denied pair, or a place in quarantine, every packet that anybody sends is looked at.
        self._unbound = frozenset(r.name for r in intents if r.intent.permission is not Permission.ALLOW)

    def read(self, device: str, now: Observation | None) -> Touch:
        """What can have changed for intents since a device was read before."""
        before, self._seen[device] = self._seen.get(device), now
        pipeline = self._pipelines.get(device)
        if pipeline is None or before is None or now is None:
            if pipeline is not None:
                self._pipelines[device] = Pipeline(_entries(now))
            return self._everything if before != now else Touch(frozenset(), any=False)
        doubt = before.facts != now.facts or any(_writes_addresses(o) for o in _holders(before, now))
        own: set[str] = set()
        changed = False
        for _, old, new in diff(before.state, now.state):
            flows = [entry for entry in (old, new) if isinstance(entry, FlowEntry)]
            doubt = doubt or not flows or any(_unclear(entry) for entry in flows)
            if isinstance(new, FlowEntry):
                change = pipeline.put(new)
            elif isinstance(old, FlowEntry):
                change = pipeline.remove(old)
            else:
                continue
            if any(deltas for _, deltas in change.deltas):
                changed = True
                doubt = doubt or _odd_treatment(pipeline, change)
                own |= self._meeting(change)
        if doubt:
            return self._everything
        return Touch(frozenset(own) | self._unbound, any=True) if changed else Touch(frozenset(), any=False)

    def _meeting(self, change: Change) -> set[str]:
        """The intents of whose packets any is in a difference."""
        false = space().false
        found: set[str] = set()
        for name, parts in self._packets.meeting(change.match.value, change.match.mask):
            if name not in found:
                packets = space().match(parts).yes
                if any(packets & part != false for _, deltas in change.deltas for _, _, part in deltas):
                    found.add(name)
        return found


def _packets(intents: Iterable[ResolvedIntent]) -> Iterator[tuple[str, tuple[Part, ...]]]:
    """Of each intent, the IPv4 packets of its ways, and all ARP packets that say or ask for its places' addresses."""
    for resolved in intents:
        for way in ways(resolved):
            source, destination = _address(way.source), _address(way.destination)
            if source is not None and destination is not None:
                yield resolved.name, (_IPV4, ("ipv4_dst", destination, _FULL), ("ipv4_src", source, _FULL))
            for address in (source, destination):
                if address is not None:
                    yield resolved.name, (("arp_spa", address, _FULL), _ARP)
                    yield resolved.name, (("arp_tpa", address, _FULL), _ARP)


def _address(place: Place) -> int | None:
    return None if place.address is None else int(place.address)


def _entries(observation: Observation | None) -> list[FlowEntry]:
    return [o for o in observation.state.objects.values() if isinstance(o, FlowEntry)] if observation else []


def _holders(*observations: Observation) -> Iterator[tuple[Action, ...]]:
    """The action lists of all that switches hold."""
    for observation in observations:
        for item in observation.state.objects.values():
            if isinstance(item, FlowEntry):
                yield item.actions
            elif isinstance(item, GroupEntry):
                for bucket in item.buckets:
                    yield bucket.actions


def _writes_addresses(actions: tuple[Action, ...]) -> bool:
    return any(isinstance(action, SetField) and action.name in _ADDRESSES for action in actions)


def _unclear(entry: FlowEntry) -> bool:
    return bool(entry.match_residue) or lacks_prerequisite(entry)


def _odd_treatment(pipeline: Pipeline, change: Change) -> bool:
    """Whether what was done before or is done now is in doubt, or more than a treatment of the packet itself."""
    actions = {action for _, deltas in change.deltas for old, new, _ in deltas for action in (old, new)}
    return any(
        action == DOUBT or any(isinstance(a, LearnNeighbour | Unmodelled) for a in pipeline.actions(action))
        for action in actions
    )


def touched_by(campus: Campus, intents: Sequence[ResolvedIntent], before: Operational, after: Operational) -> Touch:
    """What can have changed for intents between two readings of the network."""
    touched = Touched(campus, intents, before)
    names = sorted({*campus.switches, *campus.olts})
    found = [touched.read(name, after.devices.get(name)) for name in names]
    return Touch(frozenset[str]().union(*(touch.own for touch in found)), any(touch.any for touch in found))
