"""Where a packet ends in a network of switches: every end of every copy, whichever way chance goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from intents.model.campus import Endpoint
from intents.verify.reference.packet import Packet
from intents.verify.reference.switch import Outcome, SwitchState, run

MAX_HOPS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Switches by name, and cables: each of their ends to the other."""

    switches: Mapping[str, SwitchState]
    cables: Mapping[Endpoint, Endpoint]
    is_up: Callable[[Endpoint], bool]

    def outcomes(self, port: Endpoint, packet: Packet) -> tuple[Outcome, ...]:
        """What may happen in the switch that the packet enters by the port."""

        def is_up(number: int) -> bool:
            return self.is_up(Endpoint(port.device, str(number)))

        return run(self.switches[port.device], packet, int(port.port), is_up)


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a copy ends: it leaves by a port without a cable, no copy of it leaves a switch, it comes again to where it
    was or crosses too many switches, or it cannot be told. path: the ports by which it entered switches."""

    kind: Literal["delivered", "dropped", "loop", "doubt"]
    port: Endpoint
    packet: Packet
    path: tuple[Endpoint, ...]
    doubt: str = ""


def follow(network: Network, port: Endpoint, packet: Packet) -> Iterator[End]:
    """Every end of a packet that enters a switch by a port."""
    return _follow(network, port, packet, ())


def arrives(network: Network, port: Endpoint, packet: Packet, accept: Callable[[Endpoint, Packet], bool]) -> bool:
    """Whether, whichever way chance goes, a copy of the packet is delivered that is accepted."""
    return _arrives(network, port, packet, accept, ())


def _arrives(
    network: Network,
    port: Endpoint,
    packet: Packet,
    accept: Callable[[Endpoint, Packet], bool],
    before: tuple[tuple[Endpoint, Packet], ...],
) -> bool:
    here = (port, replace(packet, ip_ttl=0))
    if here in before or len(before) >= MAX_HOPS:
        return False

    def copy_arrives(by: Endpoint, copy: Packet) -> bool:
        if by in network.cables:
            return _arrives(network, network.cables[by], copy, accept, (*before, here))
        return accept(by, copy)

    return all(
        not outcome.doubt
        and any(copy_arrives(Endpoint(port.device, str(out.port)), out.packet) for out in outcome.outs if out.up)
        for outcome in network.outcomes(port, packet)
    )


def _follow(
    network: Network, port: Endpoint, packet: Packet, before: tuple[tuple[Endpoint, Packet], ...]
) -> Iterator[End]:
    path = (*(at for at, _ in before), port)
    here = (port, replace(packet, ip_ttl=0))  # the same packet again, but for its TTL, goes the same way again
    if here in before or len(before) >= MAX_HOPS:
        yield End(kind="loop", port=port, packet=packet, path=path)
        return
    for outcome in network.outcomes(port, packet):
        leaving = [out for out in outcome.outs if out.up]
        if outcome.doubt:
            yield End(kind="doubt", port=port, packet=packet, path=path, doubt=outcome.doubt)
        elif not leaving:
            yield End(kind="dropped", port=port, packet=packet, path=path)
        for out in leaving:
            by = Endpoint(port.device, str(out.port))
            if by in network.cables:
                yield from _follow(network, network.cables[by], out.packet, (*before, here))
            else:
                yield End(kind="delivered", port=by, packet=out.packet, path=path)
