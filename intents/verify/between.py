"""No packet is lost while a change is made: every state between the old and the new one is looked at.

A change is made in rounds, one after the other; what is in one round is carried out side by side. A piece of a round is
one device's part of it (of a switch: flow entries and queues apart), which the device takes whole. So within a round
the network may be in any state in which some of the pieces are made and the others are not.

In words: every packet that the network delivers before the change and after it, it delivers in each state between, to
the same place. What only one of the two delivers is owed to nobody meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from intents.model.campus import Campus
from intents.model.evidence import Counterexample
from intents.model.plan import Round
from intents.model.state import Difference, Observation, Operational, patch
from intents.verify.delivery import Box, Sent, common, lost, minus, sent_by
from intents.verify.evidence.natural import Shown, counterexample, one_packet, preferences
from intents.verify.network.models import Models
from intents.verify.network.network import Network
from intents.verify.packets.packet import Header

# Rounds of up to so many pieces are looked at in every order; larger ones with each piece alone first, each alone
# last, and as many halves.
WHOLE: Final = 6
HALVES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one device takes at once. name: for people."""

    name: str
    device: str
    differences: tuple[Difference, ...]


def pieces_of(round_: Round) -> tuple[Piece, ...]:
    """The pieces of a round, by device. A switch's queues are another session's than its flow entries."""
    found: list[Piece] = []
    for device, differences in sorted(round_.items()):
        queues = tuple(d for d in differences if d.key[0] == "queue")
        rest = tuple(d for d in differences if d.key[0] != "queue")
        if rest:
            found.append(Piece(name=device, device=device, differences=rest))
        if queues:
            found.append(Piece(name=f"{device} queues", device=device, differences=queues))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A packet that is lost in between. round: counted from 1; made: the pieces of this round that are made then.
    destination: the place that it is for, or the source itself where it asks its gateway."""

    round: int
    made: tuple[str, ...]
    source: str
    destination: str
    packet: Counterexample

    def __str__(self) -> str:
        done = ", ".join(self.made) or "nothing of it"
        return f"round {self.round}, {done} made: {self.packet.actual}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Between:
    """One state in between."""

    round: int
    made: tuple[str, ...]
    state: Operational


def unsafe_between(campus: Campus, before: Operational, rounds: Sequence[Round]) -> tuple[Loss, ...]:
    """Packets that are delivered before and after a change and not throughout: one for each place and state.

    Raises TooManyAtoms.
    """
    after = before
    ends = [before]
    pieces = [pieces_of(r) for r in rounds]
    for together in pieces:
        after = _made(after, together)
        ends.append(after)
    models = Models.of(campus, *ends)
    networks = [(b, Network(campus, b.state, models)) for b in _states(ends, pieces)]
    if not networks:
        return ()
    old, new = Network(campus, before, models), Network(campus, after, models)
    found: list[Loss] = []
    for _, place in sorted(campus.places.items()):
        for sent in sent_by(old, place):
            whole = [sent.box(sent.header)]
            owed = minus(minus(whole, lost(old, sent)), lost(new, sent))
            if owed:
                found += (_loss(at, n, sent, gone) for at, n in networks if (gone := common(owed, lost(n, sent))))
    return tuple(sorted(found, key=lambda f: (f.round, f.made, f.source, str(f))))


def _states(ends: Sequence[Operational], rounds: Sequence[Sequence[Piece]]) -> Iterator[_Between]:
    for number, pieces in enumerate(rounds):
        start = ends[number]
        if number:
            yield _Between(round=number + 1, made=(), state=start)
        for chosen in _subsets(len(pieces)):
            made = [pieces[i] for i in sorted(chosen)]
            yield _Between(round=number + 1, made=tuple(p.name for p in made), state=_made(start, made))


def _subsets(count: int) -> Iterator[frozenset[int]]:
    """Which pieces of a round may be made while others are not."""
    everything = frozenset(range(count))
    if count <= WHOLE:
        for number in range(1, 2**count - 1):
            yield frozenset(i for i in everything if number >> i & 1)
        return
    for i in range(count):
        yield frozenset({i})
        yield everything - {i}
    for number in range(HALVES):
        yield frozenset(i for i in everything if sha256(f"{number}/{i}".encode()).digest()[0] & 1)


def _made(state: Operational, pieces: Iterable[Piece]) -> Operational:
    devices: dict[str, Observation] = dict(state.devices)
    for piece in pieces:
        seen = devices[piece.device]
        devices[piece.device] = Observation(state=patch(seen.state, piece.differences), facts=seen.facts)
    return Operational(devices=devices)


def _loss(at: _Between, network: Network, sent: Sent, gone: Sequence[Box]) -> Loss:
    """One natural packet of those that are lost, and where."""
    place = sent.place
    by_address: Mapping[int, str] = {int(p.address): n for n, p in network.campus.places.items() if p.address}
    header = one_packet(
        network, sent.cut(gone[0]), lambda h: bool(lost(network, _only(sent, h))), preferences(network, place, None)
    )
    leaf = next(iter(network.follow(place.port, header, only_now=True)))
    target = network.atoms["ip"].sample(header.get("arp_tpa" if sent.asks else "ipv4_dst"))
    destination = by_address.get(target, place.name)
    to = destination if destination != place.name else "its gateway"
    what = "ARP request" if sent.asks else "packet"
    example = counterexample(
        network,
        Shown(header, leaf),
        f"the {what} of {place.name} to {to} arrives",
        f"the {what} of {place.name} to {to} is lost at {leaf.last.device}",
    )
    return Loss(round=at.round, made=at.made, source=place.name, destination=destination, packet=example)


def _only(sent: Sent, header: Header) -> Sent:
    return Sent(place=sent.place, header=header, asks=sent.asks)
