"""Isolation and quarantine: what must not arrive does not, whatever the headers and at any time.

In words: no packet that anybody sends into the sender's port - any tags, any addresses, any payload - is delivered at
the receiver's port, neither now nor when a port, an ONU or a neighbour comes or goes. With services named, no packet
of those services, but what may as well be the request or the answer of another service that an intent allows the pair
(source and destination port both well known: no stateless network can tell). Quarantine: nothing from any other port
is delivered at the place, and nothing from the place at any other port.

In sets: T*(anything at sender's port) and {anything at receiver's port} are disjoint, with T* the union of the
network's transfer functions over all states of ports, neighbours and ONUs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Final

from intents.model.campus import Endpoint, Place
from intents.model.evidence import Finding, Property
from intents.model.intent import Permission, ResolvedIntent
from intents.verify.claims import Way, anything_of, service_sets, ways
from intents.verify.evidence.natural import Shown, counterexample, one_packet, preferences
from intents.verify.network.network import Network
from intents.verify.network.spread import Sender, Spread
from intents.verify.packets.packet import TPID_C, TPID_S, Header, anything
from intents.verify.packets.steps import Leaf
from intents.verify.properties.trust import lifting
from intents.verify.treatment import Treatment

# What is asked for of packets that are delivered: enough to tell whether they may be of services.
OF_ANYTHING: Final = frozenset({"eth_type"})
_OF_SERVICES: Final = frozenset({"eth_type", "ip_proto", "l4_src", "l4_dst"})


def senders_of(treatment: Treatment) -> Iterator[Sender]:
    """What intents deny of any service: who sends, and all that he may send."""
    for resolved in treatment.intents:
        if resolved.intent.permission is Permission.DENY and not resolved.services:
            yield from _senders(treatment.network, resolved)


def _senders(network: Network, resolved: ResolvedIntent) -> Iterator[Sender]:
    for way in ways(resolved):
        for sent in anything_of(network, way.source, service_sets(network, way)):
            yield way.source.port, sent


class Isolation:
    """What must not arrive. everything: all that anybody may send, and that of `senders_of`."""

    def __init__(self, treatment: Treatment, everything: Spread) -> None:
        self._treatment = treatment
        self._everything = everything

    @cached_property
    def _of_services(self) -> Spread:
        """All that is sent of services which intents deny."""
        network = self._treatment.network
        denied = [r for r in self._treatment.intents if r.intent.permission is Permission.DENY and r.services]
        senders = dict.fromkeys(sender for resolved in denied for sender in _senders(network, resolved))
        return Spread(network, senders, _OF_SERVICES, lifting(network))

    def check_deny(self, resolved: ResolvedIntent) -> Finding:
        """A deny intent."""
        checked = 0
        for way in ways(resolved):
            checked += 1
            if way.source.port == way.destination.port:
                return Finding(
                    property=Property.ISOLATION,
                    holds=False,
                    statement=f"{resolved.name}: {way} share {way.source.port}: the network cannot keep them apart",
                )
            found = self._leak_on(resolved, way)
            if found is not None:
                return found
        statement = f"no packet of any header goes where {resolved.name} denies it, {checked} ordered pairs"
        return Finding(property=Property.ISOLATION, holds=True, statement=statement, vacuous=not checked)

    def _leak_on(self, resolved: ResolvedIntent, way: Way) -> Finding | None:
        treatment, to = self._treatment, way.destination.port
        network, who = treatment.network, f"{resolved.name}: {way}"
        spread = self._of_services if resolved.services else self._everything
        for sent in anything_of(network, way.source, service_sets(network, way)):
            sender = (way.source.port, sent)
            bad = partial(_denied, treatment, way, _is_pinned(network, sent))
            if any(bad(to, header) for header in spread.delivered(sender, to)):
                return _leaked(network, Property.ISOLATION, sender, bad, who, (way.source, way.destination))
            if doubt := spread.doubt(sender):
                return _unknown(Property.ISOLATION, who, doubt)
        return None

    def check_quarantine(self, resolved: ResolvedIntent) -> Finding:
        """A quarantine intent."""
        network = self._treatment.network
        for place in resolved.sources:
            for port in network.edge_ports():
                found = self._escape(resolved, place, port)
                if found is not None:
                    return found
        names = ", ".join(place.name for place in resolved.sources)
        statement = f"no packet of any header reaches or leaves {names or 'nobody'}"
        return Finding(property=Property.QUARANTINE, holds=True, statement=statement, vacuous=not resolved.sources)

    def _escape(self, resolved: ResolvedIntent, place: Place, port: Endpoint) -> Finding | None:
        """What gets from a place to another port, or from another port to it."""
        network, own = self._treatment.network, port == place.port
        sender = (port, anything(network.atoms))
        who = f"{resolved.name}: from {network.where(port)} with {place.name} in quarantine"

        def bad(at: Endpoint, _: Header) -> bool:
            return (at != place.port) if own else (at == place.port)

        if own:
            escaped = any(at != port for at in self._everything.reached(sender))
        else:
            escaped = any(True for _ in self._everything.delivered(sender, place.port))
        if escaped:
            others = network.places_at(port)
            source = place if own else (others[0] if others else None)
            return _leaked(network, Property.QUARANTINE, sender, bad, who, (source, None if own else place))
        doubt = self._everything.doubt(sender)
        return _unknown(Property.QUARANTINE, who, doubt) if doubt else None


def _is_pinned(network: Network, sent: Header) -> bool:
    """Whether what is sent says what its payload is; behind a tag that nobody looked at it may be anything."""
    atoms = network.atoms
    return not sent.get("eth_type") & (atoms["eth_type"].of(TPID_C) | atoms["eth_type"].of(TPID_S))


def _denied(treatment: Treatment, way: Way, is_pinned: bool, port: Endpoint, header: Header) -> bool:  # noqa: FBT001
    """Whether what is delivered at a port is what the way must not carry."""
    if port != way.destination.port or treatment.belongs_to_another(way, header):
        return False
    return is_pinned or treatment.may_be_of(way, header)


def _unknown(what: Property, who: str, doubt: str) -> Finding:
    statement = f"{who}: cannot be proven apart: {doubt}"
    return Finding(property=what, holds=False, cannot_prove=True, statement=statement)


def _leaked(
    network: Network,
    what: Property,
    sent: tuple[Endpoint, Header],
    bad: Callable[[Endpoint, Header], bool],
    who: str,
    between: tuple[Place | None, Place | None],
) -> Finding:
    port, header = sent

    def ends(candidate: Header) -> Iterator[Leaf]:
        for leaf in network.follow(port, candidate):
            if leaf.end == "delivered" and leaf.port is not None and bad(leaf.port, leaf.header):
                yield leaf

    def breaks(candidate: Header) -> bool:
        return next(ends(candidate), None) is not None

    packet = one_packet(network, header, breaks, preferences(network, *between))
    leaf = next(ends(packet))
    reached = network.where(leaf.port) if leaf.port is not None else ""
    blame = next(((s.device, s.blame) for s in reversed(leaf.steps) if s.device in network.switches), None)

    def still(other: Network) -> bool:
        ends_there = (x for x in other.follow(port, packet) if x.end == "delivered" and x.port is not None)
        return any(x.port is not None and bad(x.port, x.header) for x in ends_there)

    shown = Shown(packet, leaf, header)
    return Finding(
        property=what,
        holds=False,
        statement=f"{who}: a packet reaches {reached}{leaf.later}",
        counterexample=counterexample(network, shown, "is dropped", f"is delivered at {reached}", blame, still),
    )
