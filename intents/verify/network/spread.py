"""How far everything spreads that anybody may send: followed once for all senders together, and at any time.

A state is a port and a set of packets that enter there. What two senders send may come to the same state, and fields
that nobody looks at any more do not keep states apart (sight.py); so each state is looked at once, however many senders
lead there. What is told of a sender is what is told of the states that it leads to: where packets are delivered, how
high anything on the way lifts them, and what cannot be told.

A state more than MAX_STEPS devices away from every sender is a doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from intents.model.campus import Endpoint
from intents.verify.network.network import MAX_STEPS, Network
from intents.verify.network.sight import Sight
from intents.verify.packets.packet import Header
from intents.verify.packets.steps import Alternative, Copy, Step

# How high a step lifts packets, a class's priority; -1: nowhere. The flag: whether they leave the network there.
Lift = Callable[[Step, bool], int]
Sender = tuple[Endpoint, Header]  # a port, and all that is sent into it


@dataclass(slots=True)
class _State:
    """What happens to one set of packets at one device. onward: the states that it leads to, in order."""

    onward: list[int] = field(default_factory=list)
    delivered: list[tuple[Endpoint, Header]] = field(default_factory=list)
    highest: tuple[int, Step] | None = None
    doubt: str = ""
    senders: int = 0  # a set, one bit each


class Spread:
    """All that is sent by some senders. asked: the fields of packets looked at where they are delivered."""

    def __init__(self, network: Network, senders: Iterable[Sender], asked: frozenset[str], lift: Lift) -> None:
        self._network = network
        self._sight = Sight(network, asked)
        self._lift = lift
        self._states: list[_State] = []
        self._numbers: dict[Sender, int] = {}
        self._pending: list[Sender] = []
        self._first = {sender: self._enter(*sender) for sender in senders}
        self._bits = {sender: number for number, sender in enumerate(self._first)}
        self._explore()
        self._settle()

    @property
    def size(self) -> int:
        """How many states were looked at."""
        return len(self._states)

    # --- answers

    def delivered(self, sender: Sender, port: Endpoint) -> Iterator[Header]:
        """What of that which a sender sends may be delivered at a port: the fields asked for, in parts."""
        bit = 1 << self._bits[sender]
        return (header for header, senders in self._arrived.get(port, {}).items() if senders & bit)

    def reached(self, sender: Sender) -> Iterator[Endpoint]:
        """The ports at which something that a sender sends may be delivered."""
        return (port for port in self._arrived if next(self.delivered(sender, port), None) is not None)

    def highest(self, sender: Sender) -> tuple[int, Step] | None:
        """How high anything is lifted that a sender sends, and the step that does it; None: nothing goes anywhere."""
        found: tuple[int, Step] | None = None
        for number in self._first[sender]:
            found = _higher(found, self._states[number].highest)
        return found

    def doubt(self, sender: Sender) -> str:
        """What cannot be told of that which a sender sends; nothing: all can."""
        return next((self._states[n].doubt for n in self._first[sender] if self._states[n].doubt), "")

    def goes_round(self, sender: Sender) -> bool:
        """Whether something that a sender sends may come again to a state where it was."""
        return bool(self._round >> self._bits[sender] & 1)

    @property
    def any_round(self) -> bool:
        """Whether anything that anybody sends may."""
        return bool(self._round)

    @cached_property
    def _arrived(self) -> Mapping[Endpoint, Mapping[Header, int]]:
        """By port what is delivered there, and by which senders."""
        found: dict[Endpoint, dict[Header, int]] = {}
        for state in self._states:
            for port, header in state.delivered:
                here = found.setdefault(port, {})
                here[header] = here.get(header, 0) | state.senders
        return found

    @cached_property
    def _round(self) -> int:
        """The senders, one bit each, of whom something goes round."""
        found = 0
        for number in self._back:
            found |= self._states[number].senders
        return found

    # --- one step

    def _enter(self, port: Endpoint, header: Header) -> tuple[int, ...]:
        return tuple(self._number((port, part)) for part in header.opened(self._network.atoms))

    def _number(self, state: Sender) -> int:
        if state not in self._numbers:
            self._numbers[state] = len(self._numbers)
            self._pending.append(state)
        return self._numbers[state]

    def _explore(self) -> None:
        for depth in range(MAX_STEPS + 1):
            now, self._pending = self._pending, []
            for port, header in now:
                if depth == MAX_STEPS:
                    doubt = f"more than {MAX_STEPS} devices crossed at {port}"
                    self._states.append(_State(doubt=doubt))
                else:
                    self._states.append(self._look(self._network.ever(port, header)))

    def _look(self, alternatives: Iterable[Alternative]) -> _State:
        state = _State()
        for alternative in alternatives:
            if alternative.doubt:
                state.doubt = state.doubt or alternative.doubt
            if alternative.doubt or not alternative.copies:
                self._rise(state, (*alternative.lead, alternative.last), leaves=False)
            for copy in alternative.copies:
                self._go(state, copy)
        return state

    def _go(self, state: _State, copy: Copy) -> None:
        peer = self._network.peer(copy.port)
        self._rise(state, copy.steps, leaves=peer is None)
        if peer is None:
            state.delivered.append((copy.port, self._sight.leaving(copy.header)))
            return
        for part in copy.header.opened(self._network.atoms):
            state.onward.append(self._number((peer, self._sight.entering(peer, part))))

    def _rise(self, state: _State, steps: Sequence[Step], *, leaves: bool) -> None:
        for number, step in enumerate(steps, start=1):
            state.highest = _higher(state.highest, (self._lift(step, leaves and number == len(steps)), step))

    # --- all together

    def _settle(self) -> None:
        """Each state told of what it leads to, and each of who leads to it; once, but where packets go round."""
        order = self._order()
        self._back = _back(order, self._states)
        for sender, numbers in self._first.items():
            for number in numbers:
                self._states[number].senders |= 1 << self._bits[sender]
        # All of them each time, so no any().
        while sum(self._learn(number) for number in order):
            pass
        while sum(self._tell(number) for number in reversed(order)):
            pass

    def _learn(self, number: int) -> bool:
        """Take over what a state leads to; whether that was news."""
        state, news = self._states[number], False
        for n in state.onward:
            after = self._states[n]
            higher = _higher(state.highest, after.highest)
            if higher is not state.highest or (after.doubt and not state.doubt):
                state.highest, state.doubt, news = higher, state.doubt or after.doubt, True
        return news

    def _tell(self, number: int) -> bool:
        """Tell the states that one leads to who leads there; whether that was news."""
        state, news = self._states[number], False
        for n in state.onward:
            after = self._states[n]
            if state.senders & ~after.senders:
                after.senders, news = after.senders | state.senders, True
        return news

    def _order(self) -> list[int]:
        """Every state after those that it leads to, but where packets go round."""
        order: list[int] = []
        met = [False] * len(self._states)
        for start in range(len(self._states)):
            if met[start]:
                continue
            met[start] = True
            way = [(start, iter(self._states[start].onward))]
            while way:
                number, onward = way[-1]
                following = next((n for n in onward if not met[n]), None)
                if following is None:
                    order.append(number)
                    way.pop()
                else:
                    met[following] = True
                    way.append((following, iter(self._states[following].onward)))
        return order


def _back(order: Sequence[int], states: Sequence[_State]) -> tuple[int, ...]:
    """The states from which packets come back to one that led there: one at least in each round. In an order of depth
    first only such a state leads to one that is not before it."""
    place = {number: at for at, number in enumerate(order)}
    return tuple(n for n in order if any(place[m] >= place[n] for m in states[n].onward))


def _higher(one: tuple[int, Step] | None, other: tuple[int, Step] | None) -> tuple[int, Step] | None:
    """The higher of two; the first of equals."""
    return other if other is not None and (one is None or other[0] > one[0]) else one
