"""The network as read back: the devices' models joined by the campus's cables, and packets followed through it.

Every port without a cable is an edge port: a place may be there, or anybody. A packet that comes back in the same
state to a port where it was, or crosses more than MAX_STEPS devices, is in a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy as shallow
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import Final

from intents.model.campus import Campus, Endpoint, Link, Place
from intents.model.state import Difference, ObjectKey, Observation, Operational, patch
from intents.verify.network.models import Models
from intents.verify.network.seen import Seen
from intents.verify.packets.flood import Flood
from intents.verify.packets.packet import Header, mac
from intents.verify.packets.steps import Alternative, Copy, Device, Leaf, Said, Step
from intents.verify.pon.evaluate import PonModel
from intents.verify.switch.evaluate import SwitchModel

MAX_STEPS: Final = 64
MAX_CHANGED: Final = 200_000  # objects read again for all that is tried with changes: some seconds

Change = tuple[str, Difference]

# Says whether a packet that is delivered at a port is what was promised: None, or what is wrong with it.
Accept = Callable[[Endpoint, Header], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """Which ends are looked for."""

    only_now: bool
    to: Endpoint | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owed:
    """Where packets are to arrive, and how."""

    accept: Accept
    to: Endpoint | None


class Network:
    """All devices, and what they do with packets. models: of a family of networks. Raises TooManyAtoms.

    drifted: what makes each device again as was applied, for evidence to say what is missing; no proof looks at it.
    """

    def __init__(self, campus: Campus, operational: Operational, models: Models | None = None) -> None:
        self.campus = campus
        self.operational = operational
        self._models = models or Models.of(campus, operational)
        self.atoms = self._models.atoms
        self.switches: dict[str, SwitchModel] = {}
        self.pons: dict[str, PonModel] = {}
        self._devices: dict[str, Device] = {}
        for name, switch in campus.switches.items():
            model = self._models.switch(switch, operational.devices.get(name))
            self.switches[name] = self._devices[name] = model
        for name, olt in campus.olts.items():
            pon = self._models.pon(olt, operational.devices.get(name))
            self.pons[name] = self._devices[name] = pon
            for onu in pon.onus.values():
                self._devices[onu.name] = pon
        self._seen = {name: self._models.seen(device) for name, device in self._devices.items()}
        self._peer: dict[Endpoint, Endpoint] = {}
        for link in campus.links:
            self._peer[link.a] = link.b
            self._peer[link.b] = link.a
        self._lost: tuple[Link, ...] = ()
        self._changed: dict[tuple[tuple[str, ObjectKey], ...], Network] = {}
        self._budget = [MAX_CHANGED]  # shared with what is made `without`
        self.drifted: Mapping[str, tuple[Difference, ...]] = {}
        self._places: dict[Endpoint, tuple[Place, ...]] = {}
        for place in sorted(campus.places.values(), key=lambda p: p.name):
            self._places[place.port] = (*self._places.get(place.port, ()), place)

    @cached_property
    def written(self) -> int:
        """The MAC addresses that are written for places, as a set."""
        macs = self.atoms["mac"]
        return reduce(or_, (macs.of(mac(p.mac)) for p in self.campus.places.values() if p.mac is not None), 0)

    def without(self, link: Link) -> Network:
        """The network just after a cable has failed: both its ends are down, and nobody has configured anything."""
        other = shallow(self)
        other._lose(link)  # noqa: SLF001 - one of its own kind
        return other

    def changed(self, changes: Sequence[Change]) -> Network | None:
        """The network with some objects changed. Kept: many packets ask for the same. None: it would take too long."""
        key = tuple((device, difference.key) for device, difference in changes)
        if key in self._changed:
            return self._changed[key]
        devices = dict(self.operational.devices)
        touched = sorted({device for device, _ in changes})
        cost = sum(len(devices[d].state.objects) for d in touched)
        if cost > self._budget[0]:
            return None
        self._budget[0] -= cost
        for name in touched:
            state = patch(devices[name].state, [d for device, d in changes if device == name])
            devices[name] = Observation(state=state, facts=devices[name].facts)
        other = Network(self.campus, Operational(devices=devices), self._models)
        for link in self._lost:
            other = other.without(link)
        self._changed[key] = other
        return other

    def _lose(self, link: Link) -> None:
        self._lost, self._changed = (*self._lost, link), {}
        self.switches, self._devices = dict(self.switches), dict(self._devices)
        ends = [end for end in (link.a, link.b) if end.device in self.switches]
        for end in ends:
            model = self.switches[end.device].without(int(end.port))
            self.switches[end.device] = self._devices[end.device] = model
        changed = {end.device for end in ends}
        self._seen = self._seen | {name: Seen(self._devices[name]) for name in changed}

    # --- the graph

    def edge_ports(self) -> tuple[Endpoint, ...]:
        """Every port without a cable, of the campus or that a switch says it has; sorted."""
        return self._edge_ports

    @cached_property
    def _edge_ports(self) -> tuple[Endpoint, ...]:
        ports = {place.port for place in self.campus.places.values()}
        ports |= {Endpoint(o.name, str(n)) for o in self.campus.onus.values() for n in o.ports}
        ports |= {Endpoint(name, str(n)) for name, model in self.switches.items() for n in model.ports}
        ports |= {Endpoint(olt.name, port) for olt in self.campus.olts.values() for port in olt.uplinks}
        return tuple(sorted(ports - set(self._peer)))

    def places_at(self, port: Endpoint) -> tuple[Place, ...]:
        """Places on a port, sorted by name."""
        return self._places.get(port, ())

    def where(self, port: Endpoint) -> str:
        """A port with its places, for people."""
        names = ", ".join(place.name for place in self.places_at(port))
        return f"{names} ({port})" if names else str(port)

    def peer(self, port: Endpoint) -> Endpoint | None:
        """The other end of a port's cable."""
        return self._peer.get(port)

    def pon_of(self, device: str) -> PonModel | None:
        """The model that an OLT, or an ONU, is part of."""
        found = self._devices.get(device)
        return found if isinstance(found, PonModel) else None

    def cabled(self) -> Iterable[Endpoint]:
        """Every port with a cable."""
        return self._peer.keys()

    # --- packets

    def evaluate(self, port: Endpoint, header: Header) -> tuple[Alternative, ...]:
        """What the device does with an opened header that enters by the port."""
        if port.device not in self._seen:
            return (_unknown(port, header),)
        return self._seen[port.device].evaluate(port, header)

    @property
    def looks(self) -> int:
        """How many sets of packets `evaluate` was asked about."""
        return sum(map(len, {id(seen): seen for seen in self._seen.values()}.values()))

    def ever(self, port: Endpoint, header: Header) -> tuple[Alternative, ...]:
        """All that the device may do at any time with an opened header that enters by the port."""
        if port.device not in self._seen:
            return (_unknown(port, header),)
        return self._seen[port.device].ever(port, header)

    def follow(
        self, port: Endpoint, header: Header, *, only_now: bool = False, to: Endpoint | None = None
    ) -> Iterator[Leaf]:
        """Every end that packets may have which enter by the port; with `only_now`, in the state as read. to: of those
        that leave the network, by this port only."""
        for part in header.opened(self.atoms):
            yield from self._follow(port, part, (), frozenset(), _Wanted(only_now=only_now, to=to), now=True)

    def _follow(
        self,
        port: Endpoint,
        header: Header,
        steps: tuple[Step, ...],
        seen: frozenset[tuple[Endpoint, Header]],
        wanted: _Wanted,
        *,
        now: bool,
    ) -> Iterator[Leaf]:
        state = (port, header)
        if state in seen:
            yield Leaf(end="loop", port=port, header=header, steps=steps, now=now)
            return
        if len(seen) >= MAX_STEPS:
            doubt = f"more than {MAX_STEPS} devices crossed at {port}"
            yield Leaf(end="doubt", port=port, header=header, steps=steps, now=now, doubt=doubt)
            return
        seen |= {state}
        for alternative in self.evaluate(port, header):
            if wanted.only_now and not alternative.now:
                continue
            at = now and alternative.now
            told = (*steps, *alternative.lead, alternative.last)
            if alternative.doubt:
                yield Leaf(
                    end="doubt", port=None, header=alternative.share, steps=told, now=at, doubt=alternative.doubt
                )
            elif not alternative.copies:
                yield Leaf(end="dropped", port=None, header=alternative.share, steps=told, now=at)
            for copy in self._toward(alternative.copies, wanted.to):
                if wanted.only_now and not copy.now:
                    continue
                after = (*steps, *copy.steps)
                peer = self._peer.get(copy.port)
                if peer is None:
                    yield Leaf(end="delivered", port=copy.port, header=copy.header, steps=after, now=at and copy.now)
                else:
                    for part in copy.header.opened(self.atoms):
                        yield from self._follow(peer, part, after, seen, wanted, now=at and copy.now)

    def _toward(self, copies: Sequence[Copy], port: Endpoint | None) -> Iterable[Copy]:
        """The copies that leave the network by a port, or do not leave it yet; in their order. port None: all."""
        if port is None:
            return copies
        if isinstance(copies, Flood):
            return copies.toward(port)
        return (copy for copy in copies if copy.port == port or copy.port in self._peer)

    def failure(
        self, port: Endpoint, header: Header, accept: Accept, to: Endpoint | None = None
    ) -> tuple[Leaf, str] | None:
        """Whether every packet of a set is delivered as `accept` wants, in the state as read: the first end that is
        not, and what is wrong with it; None if all is well. Of several copies of a packet one is enough. to: the only
        port at which any is accepted."""
        for part in header.opened(self.atoms):
            found = self._failure(port, part, (), frozenset(), _Owed(accept=accept, to=to))
            if found is not None:
                return found
        return None

    def _failure(
        self,
        port: Endpoint,
        header: Header,
        steps: tuple[Step, ...],
        seen: frozenset[tuple[Endpoint, Header]],
        owed: _Owed,
    ) -> tuple[Leaf, str] | None:
        state = (port, header)
        if state in seen or len(seen) >= MAX_STEPS:
            return Leaf(end="loop", port=port, header=header, steps=steps), f"goes in a loop at {port}"
        seen |= {state}
        for alternative in self.evaluate(port, header):
            if not alternative.now:
                continue
            told = (*steps, *alternative.lead, alternative.last)
            if alternative.doubt:
                leaf = Leaf(end="doubt", port=None, header=alternative.share, steps=told, doubt=alternative.doubt)
                return leaf, f"cannot be told: {alternative.doubt}"
            if not alternative.copies:
                leaf = Leaf(end="dropped", port=None, header=alternative.share, steps=told)
                return leaf, f"is dropped at {alternative.last.device}"
            worst = self._worst(alternative.copies, steps, seen, owed)
            if worst is not None:
                return worst
        return None

    def _worst(
        self, copies: Sequence[Copy], steps: tuple[Step, ...], seen: frozenset[tuple[Endpoint, Header]], owed: _Owed
    ) -> tuple[Leaf, str] | None:
        """None: a copy arrives. What became of the last of them stands for all."""
        found: tuple[Leaf, str] | None = None
        for copy in self._toward(copies, owed.to):
            found = self._copy_failure(copy, steps, seen, owed)
            if found is None:
                return None
        last = copies[-1]
        if owed.to is None or last.port == owed.to or last.port in self._peer:
            return found
        return self._copy_failure(last, steps, seen, owed)

    def _copy_failure(
        self, copy: Copy, steps: tuple[Step, ...], seen: frozenset[tuple[Endpoint, Header]], owed: _Owed
    ) -> tuple[Leaf, str] | None:
        port, header, after = copy.port, copy.header, (*steps, *copy.steps)
        if not copy.now:
            leaf = Leaf(end="dropped", port=port, header=header, steps=after)
            return leaf, f"does not leave {port}: {copy.steps[-1].note or 'not up'}"
        peer = self._peer.get(port)
        if peer is None:
            wrong = owed.accept(port, header)
            leaf = Leaf(end="delivered", port=port, header=header, steps=after)
            return (leaf, wrong) if wrong is not None else None
        for part in header.opened(self.atoms):
            found = self._failure(peer, part, after, seen, owed)
            if found is not None:
                return found
        return None


def _unknown(port: Endpoint, header: Header) -> Alternative:
    why = "not a device of the campus"
    step = Step(device=port.device, in_port=port.port, decided=(Said(why),), blame=port.device)
    return Alternative(share=header, copies=(), last=step, doubt=why)
