"""A campus as its devices were read, for the reference."""

from __future__ import annotations

from collections.abc import Iterable

from intents.model.campus import Campus, Endpoint
from intents.model.state import Observation, Operational
from intents.model.switch import PortQueue, SwitchFacts
from intents.verify.reference.doubt import Doubt
from intents.verify.reference.network import Copy, Device, Happening, Network
from intents.verify.reference.packet import Packet
from intents.verify.reference.pon import run as run_pon
from intents.verify.reference.pon_ports import PonState
from intents.verify.reference.switch import Out, SwitchState
from intents.verify.reference.switch import run as run_switch


def network_as_read(campus: Campus, operational: Operational) -> Network:
    """The network, for one packet at a time. A device that was not read is not in it, and a doubt where it is met."""
    devices: dict[str, Device] = {}
    for name, seen in operational.devices.items():
        if name in campus.switches:
            devices[name] = switch_device(name, campus.switches[name].ports, seen)
        elif name in campus.olts:
            onus = {onu.name: onu.serial for onu in campus.onus.values() if onu.pon.olt == name}
            uplinks = campus.olts[name].uplinks
            state = PonState.of(name, seen.state.objects.values(), onus, uplinks, seen.facts)
            devices |= dict.fromkeys((name, *onus), pon_device(state))
    cables = {end: other for link in campus.links for end, other in ((link.a, link.b), (link.b, link.a))}
    return Network(devices=devices, cables=cables)


def switch_device(name: str, ports: Iterable[int], seen: Observation) -> Device:
    """A switch, its ports up as they were seen. ports: those that the campus names."""
    facts = seen.facts if isinstance(seen.facts, SwitchFacts) else SwitchFacts()
    state = SwitchState.of(seen.state.objects.values(), {*ports, *facts.ports})
    queues = {(o.port, o.queue_id): o for o in seen.state.objects.values() if isinstance(o, PortQueue)}

    def is_up(number: int) -> bool:
        return not facts.ports or (number in facts.ports and number in facts.up)

    def got(out: Out) -> tuple[str, ...]:
        meters = (f"meter of {state.meters[number].rate_kbps} kbit/s" for number in out.meters)
        queue = queues.get((out.port, out.queue or 0))
        served = (
            "no queue"
            if queue is None
            else (f"queue of priority {queue.priority}, {queue.min_rate_bps} to {queue.max_rate_bps} bit/s")
        )
        return (*meters, served)

    def device(port: Endpoint, packet: Packet) -> tuple[Happening, ...]:
        return tuple(
            Happening(
                copies=tuple(
                    Copy(port=Endpoint(name, str(out.port)), packet=out.packet, got=got(out))
                    for out in outcome.outs
                    if out.up
                ),
                doubt=outcome.doubt,
            )
            for outcome in run_switch(state, packet, int(port.port), is_up)
        )

    return device


def pon_device(state: PonState) -> Device:
    """An OLT with its ONUs."""

    def device(port: Endpoint, packet: Packet) -> tuple[Happening, ...]:
        try:
            outs = run_pon(state, packet, port)
        except Doubt as doubt:
            return (Happening(doubt=f"{state.name}: {doubt}"),)
        copies = (
            Copy(
                port=out.port,
                packet=out.packet,
                sure=out.sure,
                got=(*out.served, *(f"at most {rate} bit/s" for _, rate in out.limits)),
            )
            for out in outs
        )
        return (Happening(copies=tuple(copies)),)

    return device
