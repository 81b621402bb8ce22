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

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from intents.model.campus import Endpoint, Place
from intents.model.evidence import Finding, Property
from intents.model.intent import ResolvedIntent
from intents.verify.claims import Way, anything_of, service_sets, ways
from intents.verify.natural import Shown, counterexample, one_packet, preferences
from intents.verify.network import Network
from intents.verify.packet import TPID_C, TPID_S, Header, anything
from intents.verify.steps import Leaf
from intents.verify.treatment import Treatment


def check_deny(treatment: Treatment, resolved: ResolvedIntent) -> Finding:
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
        found = _leak_on(treatment, resolved, way)
        if found is not None:
            return found
    statement = f"no packet of any header goes where {resolved.name} denies it, {checked} ordered pairs"
    return Finding(property=Property.ISOLATION, holds=True, statement=statement, vacuous=not checked)


def _leak_on(treatment: Treatment, resolved: ResolvedIntent, way: Way) -> Finding | None:
    network = treatment.network
    sets = service_sets(network, way)
    for sent in anything_of(network, way.source, sets):
        whole = sent == anything(network.atoms)
        leaves = network.flood(way.source.port) if whole else network.follow(way.source.port, sent)
        found = leak(
            network,
            Property.ISOLATION,
            leaves,
            (way.source.port, sent),
            partial(_denied, treatment, way, _is_pinned(network, sent)),
            f"{resolved.name}: {way}",
            (way.source, way.destination),
        )
        if found is not None:
            return found
    return None


def _is_pinned(network: Network, sent: Header) -> bool:
    """Whether what is sent says what its payload is; behind a tag that nobody looked at it may be anything."""
    atoms = network.atoms
    return not sent.get("eth_type") & (atoms["eth_type"].of(TPID_C) | atoms["eth_type"].of(TPID_S))


def _denied(treatment: Treatment, way: Way, is_pinned: bool, port: Endpoint, header: Header) -> bool:  # noqa: FBT001
    """Whether what is delivered at a port is what the way must not carry."""
    if port != way.destination.port or treatment.belongs_to_another(way, header):
        return False
    return is_pinned or treatment.may_be_of(way, header)


def check_quarantine(network: Network, resolved: ResolvedIntent) -> Finding:
    """A quarantine intent."""
    for place in resolved.sources:
        for port in network.edge_ports():
            own = port == place.port

            def bad(at: Endpoint, _: Header, *, own: bool = own, home: Endpoint = place.port) -> bool:
                return (at != home) if own else (at == home)

            others = network.places_at(port)
            source = place if own else (others[0] if others else None)
            found = leak(
                network,
                Property.QUARANTINE,
                network.flood(port),
                (port, anything(network.atoms)),
                bad,
                f"{resolved.name}: from {network.where(port)} with {place.name} in quarantine",
                (source, None if own else place),
            )
            if found is not None:
                return found
    names = ", ".join(place.name for place in resolved.sources)
    statement = f"no packet of any header reaches or leaves {names or 'nobody'}"
    return Finding(property=Property.QUARANTINE, holds=True, statement=statement, vacuous=not resolved.sources)


def leak(
    network: Network,
    what: Property,
    leaves: Iterable[Leaf],
    sent: tuple[Endpoint, Header],
    bad: Callable[[Endpoint, Header], bool],
    who: str,
    between: tuple[Place | None, Place | None],
) -> Finding | None:
    """The finding for packets that are delivered where `bad` says they must not be, or for a doubt; else None."""
    doubt = ""
    leaked = False
    for leaf in leaves:
        if leaf.end == "doubt":
            doubt = doubt or leaf.doubt
        if leaf.end == "delivered" and leaf.port is not None and bad(leaf.port, leaf.header):
            leaked = True
            break
    if leaked:
        return _leaked(network, what, sent, bad, who, between)
    if doubt:
        return Finding(
            property=what, holds=False, cannot_prove=True, statement=f"{who}: cannot be proven apart: {doubt}"
        )
    return None


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
    later = "" if leaf.now else " once the state of a port, an ONU or a neighbour changes"
    blame = next(((s.device, s.blame) for s in reversed(leaf.steps) if s.device in network.switches), None)

    def still(other: Network) -> bool:
        ends_there = (x for x in other.follow(port, packet) if x.end == "delivered" and x.port is not None)
        return any(x.port is not None and bad(x.port, x.header) for x in ends_there)

    shown = Shown(packet, leaf, header)
    return Finding(
        property=what,
        holds=False,
        statement=f"{who}: a packet reaches {reached}{later}",
        counterexample=counterexample(network, shown, "is dropped", f"is delivered at {reached}", blame, still),
    )
