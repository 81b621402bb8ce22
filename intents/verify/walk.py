"""One packet through the whole network: switches by the reference, PONs by the verifier's own model.

Slow, and obvious: a packet at a time, nothing kept between two. A PON looks at tags and MAC addresses and changes tags
only, so what it does to one packet is one look-up in its model; there is no second model of a PON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from intents.model.campus import Campus, Endpoint
from intents.model.state import Operational
from intents.model.switch import SwitchFacts
from intents.verify.atoms import Atoms
from intents.verify.network import Network
from intents.verify.packet import FIELDS, KIND, Header, untagged
from intents.verify.packet import Tag as TagSet
from intents.verify.reference.packet import Packet, Tag
from intents.verify.reference.switch import SwitchState, run
from intents.verify.steps import Device

MAX_DEVICES: Final = 64

# Whether a packet that leaves the network by a port is as owed: nothing, or what is wrong with it.
Right = Callable[[Endpoint, Packet], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that may happen to a packet at a device: its copies, by the port that each leaves by. device: where it
    ended if there are none."""

    copies: tuple[tuple[Endpoint, Packet], ...]
    device: str
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a copy ends: it left by a port without a cable, was dropped at a device, went round, or cannot be told."""

    kind: Literal["delivered", "dropped", "loop", "doubt"]
    device: str
    port: Endpoint | None = None
    packet: Packet
    doubt: str = ""


class Walker:
    """A network as read, for one packet at a time. Raises TooManyAtoms."""

    def __init__(self, campus: Campus, operational: Operational) -> None:
        self._network = Network(campus, operational)
        self._switches: dict[str, SwitchState] = {}
        self._facts: dict[str, SwitchFacts] = {}
        self._pons: dict[str, Device] = {o.name: self._network.pons[o.pon.olt] for o in campus.onus.values()}
        self._pons |= self._network.pons
        self.objects = sum(len(o.state.objects) for o in operational.devices.values())
        for name, switch in campus.switches.items():
            seen = operational.devices.get(name)
            if seen is not None and isinstance(seen.facts, SwitchFacts):
                ports = {*switch.ports, *seen.facts.ports}
                self._switches[name] = SwitchState.of(seen.state.objects.values(), ports)
                self._facts[name] = seen.facts

    def happenings(self, port: Endpoint, packet: Packet) -> tuple[Happening, ...]:
        """Everything that may happen at the device whose port the packet enters; one of it does."""
        if port.device in self._switches:
            return self._at_switch(port, packet)
        if port.device in self._pons:
            return self._at_pon(port, packet)
        return (Happening(copies=(), device=port.device, doubt=f"{port.device} was not read"),)

    def _at_switch(self, port: Endpoint, packet: Packet) -> tuple[Happening, ...]:
        name, facts = port.device, self._facts[port.device]

        def is_up(number: int) -> bool:
            return not facts.ports or (number in facts.ports and number in facts.up)

        return tuple(
            Happening(
                copies=tuple((Endpoint(name, str(out.port)), out.packet) for out in outcome.outs if out.up),
                device=name,
                doubt=outcome.doubt,
            )
            for outcome in run(self._switches[name], packet, int(port.port), is_up)
        )

    def _at_pon(self, port: Endpoint, packet: Packet) -> tuple[Happening, ...]:
        atoms = self._network.atoms
        return tuple(
            Happening(
                copies=tuple((c.port, _retagged(atoms, packet, c.header)) for c in alternative.copies if c.now),
                device=alternative.last.device,
                doubt=alternative.doubt,
            )
            for alternative in self._pons[port.device].evaluate(port, _header(atoms, packet))
            if alternative.now
        )

    def problem(self, port: Endpoint, packet: Packet, right: Right, before: tuple[object, ...] = ()) -> str:
        """Why not always some copy of the packet leaves the network as is right; nothing: it does, whatever happens."""
        here = (port, replace(packet, ip_ttl=0))
        if here in before or len(before) >= MAX_DEVICES:
            return f"goes round at {port}"
        for happening in self.happenings(port, packet):
            if happening.doubt:
                return happening.doubt
            wrong = f"is dropped at {happening.device}"
            for out, copy in happening.copies:
                peer = self._network.peer(out)
                wrong = right(out, copy) if peer is None else self.problem(peer, copy, right, (*before, here))
                if not wrong:
                    break
            if wrong:
                return wrong
        return ""

    def ends(self, port: Endpoint, packet: Packet, before: tuple[object, ...] = ()) -> Iterator[End]:
        """Every end that any copy of the packet may have."""
        here = (port, replace(packet, ip_ttl=0))
        if here in before or len(before) >= MAX_DEVICES:
            yield End(kind="loop", device=port.device, port=port, packet=packet)
            return
        for happening in self.happenings(port, packet):
            if happening.doubt:
                yield End(kind="doubt", device=happening.device, packet=packet, doubt=happening.doubt)
            elif not happening.copies:
                yield End(kind="dropped", device=happening.device, packet=packet)
            for out, copy in happening.copies:
                peer = self._network.peer(out)
                if peer is None:
                    yield End(kind="delivered", device=out.device, port=out, packet=copy)
                else:
                    yield from self.ends(peer, copy, (*before, here))


def _header(atoms: Atoms, packet: Packet) -> Header:
    """The packet as a set of one."""
    header = untagged(atoms).put(**{name: atoms[KIND[name]].of(getattr(packet, name)) for name in FIELDS})
    for tag in reversed(packet.tags):
        header = header.push(TagSet(atoms["tpid"].of(tag.tpid), atoms["vid"].of(tag.vid), atoms["pcp"].of(tag.pcp)))
    return header


def _retagged(atoms: Atoms, packet: Packet, header: Header) -> Packet:
    tags = (
        Tag(atoms["tpid"].sample(t.tpid), atoms["vid"].sample(t.vid), atoms["pcp"].sample(t.pcp)) for t in header.tags
    )
    return replace(packet, tags=tuple(tags))
