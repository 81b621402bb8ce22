"""Which header fields may still tell packets apart, from a port on: what is looked at there, and by all that follow.

Two packets that come to a port and differ only in what nobody looks at any more meet the same from there on. With such
fields set to all values they are one set, so that what many senders send is followed once from where it becomes alike.

In sets: for a port p let L(p) be the fields that the device behind p matches on, or needs to know for a rewrite, those
asked for where packets leave the network, and L of each port that the device may send on to; where it copies a field
into another that is in L there, the field that it copies from. L is the least solution. An OLT looks at MAC addresses
where its databases hold any (TR-383), and at tags. Tags are never left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from intents.model.campus import Endpoint
from intents.verify.network.network import Network
from intents.verify.packets.packet import FIELDS, INDEX, KIND, Header
from intents.verify.switch.sight import Glance, glance

_TYPE: Final = INDEX["eth_type"]


class Sight:
    """The fields that matter in a network. asked: those looked at where packets leave it."""

    def __init__(self, network: Network, asked: frozenset[str]) -> None:
        self._full = tuple(network.atoms[KIND[name]].full for name in FIELDS)
        self._outside = self._blind(asked)
        self._at = {port: self._blind(fields) for port, fields in _live(network, asked).items()}

    def _blind(self, seen: frozenset[str]) -> tuple[int, ...]:
        return tuple(0 if name in seen else full for name, full in zip(FIELDS, self._full, strict=True))

    def entering(self, port: Endpoint, header: Header) -> Header:
        """An opened header that comes to a port by a cable, whatever nobody looks at from there on set to all."""
        blind = self._at[port]
        fields = tuple(bits | more for bits, more in zip(header.fields, blind, strict=True))
        if header.more:  # what a tag hides is opened by the type that is seen now (packet.py)
            fields = (*fields[:_TYPE], header.fields[_TYPE], *fields[_TYPE + 1 :])
        return Header(fields, header.tags, header.more)

    def leaving(self, header: Header) -> Header:
        """What is asked for of a header that leaves the network; without its tags."""
        return Header(tuple(bits | more for bits, more in zip(header.fields, self._outside, strict=True)))


def _live(network: Network, asked: frozenset[str]) -> Mapping[Endpoint, frozenset[str]]:
    glances = {port: _glance(network, port) for port in network.cabled()}
    live = {port: asked | seen.fields for port, seen in glances.items()}
    while True:
        wider = {port: _through(network, seen, live) | live[port] for port, seen in glances.items()}
        if wider == live:
            return live
        live = wider


def _glance(network: Network, port: Endpoint) -> Glance:
    if port.device in network.switches and port.port.isdigit():
        return glance(network.switches[port.device], port)
    pon = network.pon_of(port.device)
    if pon is None:  # what cannot be told, wherever packets come by
        return Glance(fields=frozenset(), outs=frozenset())
    macs = frozenset({"eth_dst", "eth_src"}) if pon.looks_at_macs() else frozenset()
    return Glance(fields=macs, outs=pon.cabled() - {port})


def _through(network: Network, seen: Glance, live: Mapping[Endpoint, frozenset[str]]) -> frozenset[str]:
    """The fields that matter before a device since they matter after it."""
    peers = (network.peer(out) for out in seen.outs)
    after = frozenset().union(*(live[peer] for peer in peers if peer is not None))
    return after | {source for name, source in seen.copied if name in after}
