"""The smallest set of objects to blame for one packet: those whose change alone makes it as owed.

Nothing is guessed: each candidate is changed and the packet followed again. Candidates are what drifted from what was
applied, put back; and each flow entry that decided on the way, taken away. What drifted comes first: where putting it
back is enough, an entry that merely stood on the way is not to blame. Where no single change is enough, what drifted is
put back together, and then one by one left out as long as the packet stays as owed: what is left is a set of which
nothing can be spared. Where that does not help either, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from intents.model.evidence import Blame, Remedy
from intents.model.state import Difference
from intents.model.switch import FlowEntry, GroupEntry, Meter, PortQueue
from intents.verify.network.network import Change, Network
from intents.verify.packets.atoms import Atoms
from intents.verify.packets.packet import FIELDS, KIND, Header, field_of
from intents.verify.packets.steps import Leaf, Step
from intents.verify.switch.text import name_text

# Whether a packet is still not as owed in a network that differs from the one as read.
Broken = Callable[[Network], bool]
MOST_TRIED: Final = 24
# Fields that no device rewrites between where a packet is sent and where it is delivered.
_KEPT: Final = ("eth_type", "ipv4_src", "ipv4_dst", "ip_proto", "l4_src", "l4_dst")


def to_blame(network: Network, packet: Header, leaf: Leaf, broken: Broken | None) -> tuple[tuple[Blame, ...], bool]:
    """The smallest set to blame, and whether all of it together is needed. broken None: it cannot be tried out."""
    if broken is None:
        return (), False
    drifted = [*_drifted(network, packet, leaf)][:MOST_TRIED]

    def enough(*changes: Change) -> bool:
        other = network.changed(changes)
        return other is not None and not broken(other)

    alone = [c for c in drifted if enough(c)] or [c for c in _decided(leaf) if enough(c)]
    if alone:
        return tuple(_blame(*c) for c in alone), False
    if len(drifted) > 1 and enough(*drifted):
        return tuple(_blame(*c) for c in _needed(drifted, enough)), True
    return (), False


def _needed(changes: list[Change], enough: Callable[..., bool]) -> list[Change]:
    """Changes that together are enough, none of which can be spared."""
    for change in list(changes):
        fewer = [c for c in changes if c is not change]
        if enough(*fewer):
            changes = fewer
    return changes


def _drifted(network: Network, packet: Header, leaf: Leaf) -> Iterator[Change]:
    """What drifted where the packet came by and has to do with it, where it ended first."""
    holders = dict.fromkeys(said.device for step in reversed(leaf.steps) for said in step.decided if said.device)
    for device in [*holders, *(d for d in sorted(network.drifted) if d not in holders)]:
        for difference in network.drifted.get(device, ()):
            things = [t for t in (difference.before, difference.after) if t is not None]
            if any(not isinstance(t, FlowEntry) or _may_match(network.atoms, t, packet) for t in things):
                yield device, difference


def _may_match(atoms: Atoms, flow: FlowEntry, packet: Header) -> bool:
    """Whether an entry may match the packet anywhere on its way, by what stays as it was sent."""
    for part in flow.match:
        if part.name in ("in_port", "vlan_vid", "vlan_pcp"):
            continue
        name = field_of(part.name)
        if name not in _KEPT or name not in FIELDS:
            continue
        if not packet.get(name) & atoms[KIND[name]].matching(part.value, part.mask):
            return False
    return True


def _decided(leaf: Leaf) -> Iterator[Change]:
    """Each flow entry that decided, to be taken away, the last first."""
    tried: set[tuple[str, object]] = set()
    for step in reversed(leaf.steps):
        for said in reversed(step.decided):
            if isinstance(said.thing, FlowEntry) and (said.device, said.thing.key) not in tried:
                tried.add((said.device, said.thing.key))
                yield said.device, Difference(key=said.thing.key, before=said.thing, after=None)


def _blame(device: str, difference: Difference) -> Blame:
    key, before, after = difference
    thing = after if after is not None else before
    match thing:
        case FlowEntry():
            name = name_text(thing)
        case PortQueue(port=port, queue_id=queue_id):
            name = f"queue {queue_id} of port {port}"
        case GroupEntry(group_id=number):
            name = f"group {number}"
        case Meter(meter_id=number):
            name = f"meter {number}"
        case _:
            name = " ".join(str(part) for part in key)
    remedy = Remedy.REMOVE if after is None else Remedy.RESTORE if before is None else Remedy.REVERT
    return Blame(device=device, name=name, key=key, remedy=remedy)


def failing_step(steps: Iterable[Step], device: str, name: str) -> int | None:
    """Which of the steps is not as owed: the one that the object to blame decided, else the last on that device."""
    found: int | None = None
    last = None
    for number, step in enumerate(steps):
        last = number
        if step.device == device and (found is None or step.blame == name):
            found = number
    return found if found is not None else last
