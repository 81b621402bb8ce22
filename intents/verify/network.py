"""The network as read back: the devices' models joined by the campus's cables, and packets followed through it.

Every port without a cable is an edge port: a place may be there, or anybody. A packet that comes back in the same
state to a port where it was, or crosses more than MAX_STEPS devices, is in a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy as shallow
from typing import Final

from intents.model.campus import Campus, Endpoint, Link, Place
from intents.model.classes import ICMP, TCP, UDP
from intents.model.pon import ForwardingDatabase, VlanSubInterface
from intents.model.state import Operational
from intents.model.switch import ArpReply, FlowEntry, GroupEntry, PushVlan, SetField
from intents.verify.atoms import Atoms, Mentions
from intents.verify.packet import BROADCAST, ETH_ARP, ETH_IPV4, KIND, TPID_C, TPID_S, Header, anything, field_of, mac
from intents.verify.pon_eval import PonModel
from intents.verify.steps import Alternative, Device, Leaf, Step
from intents.verify.switch_eval import SwitchModel
from intents.verify.switch_table import mention

MAX_STEPS: Final = 64
_ETH_IPV6: Final = 0x86DD

# Says whether a packet that is delivered at a port is what was promised: None, or what is wrong with it.
Accept = Callable[[Endpoint, Header], str | None]


def mentions_of(campus: Campus, operational: Operational) -> Mentions:
    """Every value and mask that devices, campus and protocols speak of."""
    out = Mentions()
    for value in (ETH_IPV4, ETH_ARP, _ETH_IPV6, TPID_C, TPID_S):
        out.value("eth_type", value)
    for value in (ICMP, TCP, UDP):
        out.value("proto", value)
    for value in (TPID_C, TPID_S):
        out.value("tpid", value)
    for value in range(8):
        out.value("pcp", value)
    for value in (1, 2):
        out.value("arp_op", value)
    out.value("vid", 0)
    out.value("mac", BROADCAST)
    out.value("ip", 0)
    for segment in campus.segments.values():
        out.value("vid", segment.vid)
        out.value("ip", int(segment.gateway))
    for place in campus.places.values():
        if place.address is not None:
            out.value("ip", int(place.address))
        if place.mac is not None:
            out.value("mac", mac(place.mac))
    for service in campus.services.values():
        out.value("proto", service.protocol)
        for port in service.ports:
            out.value("l4", port)
    for observation in operational.devices.values():
        for item in observation.state.objects.values():
            _mention(out, item)
    return out


def _mention(out: Mentions, item: object) -> None:
    if isinstance(item, FlowEntry):
        for part in item.match:
            mention(out, part)
        _mention_actions(out, item.actions)
    elif isinstance(item, GroupEntry):
        for bucket in item.buckets:
            _mention_actions(out, bucket.actions)
    elif isinstance(item, VlanSubInterface):
        for rule in item.rules:
            if rule.match.vid is not None:
                out.value("vid", rule.match.vid)
        for rewrite in (item.egress, *(rule.rewrite for rule in item.rules)):
            for push in rewrite.push if rewrite is not None else ():
                out.value("vid", push.vid)
    elif isinstance(item, ForwardingDatabase):
        for entry in item.static:
            out.value("mac", mac(entry.mac))


def _mention_actions(out: Mentions, actions: tuple[object, ...]) -> None:
    for action in actions:
        if isinstance(action, SetField):
            if action.name == "vlan_vid":
                out.value("vid", action.value & 0xFFF)
            elif action.name == "vlan_pcp":
                out.value("pcp", action.value)
            elif action.name != "in_port":
                out.value(KIND[field_of(action.name)], action.value)
        elif isinstance(action, ArpReply):
            out.value("mac", action.mac)
        elif isinstance(action, PushVlan):
            out.value("tpid", action.ethertype)


class Network:
    """All devices, and what they do with packets. Raises TooManyAtoms."""

    def __init__(self, campus: Campus, operational: Operational) -> None:
        self.campus = campus
        self.operational = operational
        self.atoms = Atoms(mentions_of(campus, operational))
        self.switches: dict[str, SwitchModel] = {}
        self.pons: dict[str, PonModel] = {}
        self._devices: dict[str, Device] = {}
        for name, switch in campus.switches.items():
            model = SwitchModel(switch, operational.devices.get(name), self.atoms)
            self.switches[name] = self._devices[name] = model
        for name, olt in campus.olts.items():
            pon = PonModel(campus, olt, operational.devices.get(name), self.atoms)
            self.pons[name] = self._devices[name] = pon
            for onu in pon.onus.values():
                self._devices[onu.name] = pon
        self._peer: dict[Endpoint, Endpoint] = {}
        for link in campus.links:
            self._peer[link.a] = link.b
            self._peer[link.b] = link.a
        self._memo: dict[tuple[Endpoint, Header], tuple[Alternative, ...]] = {}
        self._floods: dict[Endpoint, tuple[Leaf, ...]] = {}
        self._places: dict[Endpoint, tuple[Place, ...]] = {}
        for place in sorted(campus.places.values(), key=lambda p: p.name):
            self._places[place.port] = (*self._places.get(place.port, ()), place)

    def without(self, link: Link) -> Network:
        """The network just after a cable has failed: both its ends are down, and nobody has configured anything."""
        other = shallow(self)
        other._lose(link)  # noqa: SLF001 - one of its own kind
        return other

    def _lose(self, link: Link) -> None:
        self.switches, self._devices = dict(self.switches), dict(self._devices)
        ends = [end for end in (link.a, link.b) if end.device in self.switches]
        for end in ends:
            model = self.switches[end.device].without(int(end.port))
            self.switches[end.device] = self._devices[end.device] = model
        changed = {end.device for end in ends}
        self._memo = {key: found for key, found in self._memo.items() if key[0].device not in changed}
        self._floods = {}

    # --- the graph

    def edge_ports(self) -> tuple[Endpoint, ...]:
        """Every port without a cable, of the campus or that a switch says it has; sorted."""
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

    # --- packets

    def evaluate(self, port: Endpoint, header: Header) -> tuple[Alternative, ...]:
        """What the device does with an opened header that enters by the port."""
        key = (port, header)
        if key not in self._memo:
            device = self._devices.get(port.device)
            if device is None:
                step = Step(
                    device=port.device, in_port=port.port, entry="not a device of the campus", blame=port.device
                )
                self._memo[key] = (Alternative(share=header, copies=(), last=step, doubt=step.entry),)
            else:
                self._memo[key] = tuple(device.evaluate(port, header))
        return self._memo[key]

    def follow(self, port: Endpoint, header: Header, *, only_now: bool = False) -> Iterator[Leaf]:
        """Every end that packets may have which enter by the port; with `only_now`, in the state as read."""
        for part in header.opened(self.atoms):
            yield from self._follow(port, part, (), frozenset(), now=True, only_now=only_now)

    def flood(self, port: Endpoint) -> tuple[Leaf, ...]:
        """Every end of every packet that anybody may send into a port, at any time."""
        if port not in self._floods:
            self._floods[port] = tuple(self.follow(port, anything(self.atoms)))
        return self._floods[port]

    def _follow(
        self,
        port: Endpoint,
        header: Header,
        steps: tuple[Step, ...],
        seen: frozenset[tuple[Endpoint, Header]],
        *,
        now: bool,
        only_now: bool,
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
            if only_now and not alternative.now:
                continue
            at = now and alternative.now
            told = (*steps, *alternative.lead, alternative.last)
            if alternative.doubt:
                yield Leaf(
                    end="doubt", port=None, header=alternative.share, steps=told, now=at, doubt=alternative.doubt
                )
            elif not alternative.copies:
                yield Leaf(end="dropped", port=None, header=alternative.share, steps=told, now=at)
            for copy in alternative.copies:
                if only_now and not copy.now:
                    continue
                after = (*steps, *copy.steps)
                peer = self._peer.get(copy.port)
                if peer is None:
                    yield Leaf(end="delivered", port=copy.port, header=copy.header, steps=after, now=at and copy.now)
                else:
                    for part in copy.header.opened(self.atoms):
                        yield from self._follow(peer, part, after, seen, now=at and copy.now, only_now=only_now)

    def failure(self, port: Endpoint, header: Header, accept: Accept) -> tuple[Leaf, str] | None:
        """Whether every packet of a set is delivered as `accept` wants, in the state as read: the first end that is
        not, and what is wrong with it; None if all is well. Of several copies of a packet one is enough."""
        for part in header.opened(self.atoms):
            found = self._failure(port, part, (), frozenset(), accept)
            if found is not None:
                return found
        return None

    def _failure(
        self,
        port: Endpoint,
        header: Header,
        steps: tuple[Step, ...],
        seen: frozenset[tuple[Endpoint, Header]],
        accept: Accept,
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
            worst: tuple[Leaf, str] | None = (
                Leaf(end="dropped", port=None, header=alternative.share, steps=told),
                f"is dropped at {alternative.last.device}",
            )
            for copy in alternative.copies:
                after = (*steps, *copy.steps)
                if not copy.now:
                    worst = (
                        Leaf(end="dropped", port=copy.port, header=copy.header, steps=after),
                        (f"does not leave {copy.port}: {copy.steps[-1].note or 'not up'}"),
                    )
                    continue
                worst = self._copy_failure(copy.port, copy.header, after, seen, accept)
                if worst is None:
                    break
            if worst is not None:
                return worst
        return None

    def _copy_failure(
        self,
        port: Endpoint,
        header: Header,
        steps: tuple[Step, ...],
        seen: frozenset[tuple[Endpoint, Header]],
        accept: Accept,
    ) -> tuple[Leaf, str] | None:
        peer = self._peer.get(port)
        if peer is None:
            wrong = accept(port, header)
            leaf = Leaf(end="delivered", port=port, header=header, steps=steps)
            return (leaf, wrong) if wrong is not None else None
        for part in header.opened(self.atoms):
            found = self._failure(peer, part, steps, seen, accept)
            if found is not None:
                return found
        return None
