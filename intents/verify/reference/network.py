"""Where a packet ends in a network: every end of every copy, whichever way chance goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from intents.model.campus import Endpoint
from intents.verify.reference.packet import Packet

MAX_HOPS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy that leaves a device. sure False: of several that may leave, it cannot be told which does.

    queues: the numbers of those it waits in. got: how the device treats it, in words: queues, meters, other caps.
    """

    port: Endpoint
    packet: Packet
    sure: bool = True
    queues: tuple[int, ...] = ()
    got: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that may happen to a packet at a device; none of its copies: it is dropped."""

    copies: tuple[Copy, ...] = ()
    doubt: str = ""


# Everything that may happen to a packet that enters a device by a port; one of it does.
Device = Callable[[Endpoint, Packet], tuple[Happening, ...]]
# Whether a packet that leaves the network by a port is as owed: nothing, or what is wrong with it.
Right = Callable[[Endpoint, Packet], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Devices by the name that their ports have (an ONU's is its own), and cables: each of their ends to the other."""

    devices: Mapping[str, Device]
    cables: Mapping[Endpoint, Endpoint]

    def happenings(self, port: Endpoint, packet: Packet) -> tuple[Happening, ...]:
        """Everything that may happen to a packet where it enters by a port."""
        device = self.devices.get(port.device)
        return device(port, packet) if device is not None else (Happening(doubt=f"{port.device} was not read"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a copy ends: it leaves by a port without a cable, no copy of it leaves a device, it comes again to where it
    was or crosses too many devices, or it cannot be told. port: by which it left, or entered the device of its end.

    path: the ports by which it entered devices. hops: the copy that it was as it left each of them.
    """

    kind: Literal["delivered", "dropped", "loop", "doubt"]
    port: Endpoint
    packet: Packet
    path: tuple[Endpoint, ...]
    hops: tuple[Copy, ...] = ()
    doubt: str = ""


_Before = tuple[tuple[Endpoint, Packet], ...]


def follow(network: Network, port: Endpoint, packet: Packet) -> Iterator[End]:
    """Every end that any copy of a packet may have that enters by a port."""
    return _follow(network, port, packet, (), ())


def problem(network: Network, port: Endpoint, packet: Packet, right: Right) -> str:
    """Why not always some copy of the packet leaves as is right; nothing: one does, whichever way chance goes."""
    return _problem(network, port, packet, right, ())


def _place(port: Endpoint, packet: Packet) -> tuple[Endpoint, Packet]:
    """The same packet again, but for its TTL, goes the same way again."""
    return port, replace(packet, ip_ttl=0)


def _problem(network: Network, port: Endpoint, packet: Packet, right: Right, before: _Before) -> str:
    here = _place(port, packet)
    if here in before or len(before) >= MAX_HOPS:
        return f"goes round at {port}"
    for happening in network.happenings(port, packet):
        if happening.doubt:
            return happening.doubt
        wrong = f"is dropped at {port.device}"
        for copy in happening.copies:
            if not copy.sure:
                continue
            peer = network.cables.get(copy.port)
            if peer is None:
                wrong = right(copy.port, copy.packet)
            else:
                wrong = _problem(network, peer, copy.packet, right, (*before, here))
            if not wrong:
                break
        if wrong:
            return wrong
    return ""


def _follow(network: Network, port: Endpoint, packet: Packet, before: _Before, hops: tuple[Copy, ...]) -> Iterator[End]:
    path = (*(at for at, _ in before), port)
    here = _place(port, packet)
    if here in before or len(before) >= MAX_HOPS:
        yield End(kind="loop", port=port, packet=packet, path=path, hops=hops)
        return
    for happening in network.happenings(port, packet):
        if happening.doubt:
            yield End(kind="doubt", port=port, packet=packet, path=path, hops=hops, doubt=happening.doubt)
        elif not happening.copies:
            yield End(kind="dropped", port=port, packet=packet, path=path, hops=hops)
        for copy in happening.copies:
            peer = network.cables.get(copy.port)
            if peer is not None:
                yield from _follow(network, peer, copy.packet, (*before, here), (*hops, copy))
            else:
                yield End(kind="delivered", port=copy.port, packet=copy.packet, path=path, hops=(*hops, copy))
