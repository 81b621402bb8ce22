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
    schedulers: dict[int, str] = {}
    for o in seen.state.objects.values():
        if isinstance(o, PortQueue):
            told = f"{o.queue_id}: priority {o.priority}, {o.min_rate_bps} to {o.max_rate_bps} bit/s"
            schedulers[o.port] = f"{schedulers[o.port]}; {told}" if o.port in schedulers else told

    def is_up(number: int) -> bool:
        return not facts.ports or (number in facts.ports and number in facts.up)

    def copy(out: Out) -> Copy:
        number = out.queue or 0
        served = f"queue {number} of {schedulers.get(out.port, 'none')}"
        meters = (f"meter of {state.meters[meter].rate_kbps} kbit/s" for meter in out.meters)
        return Copy(
            port=Endpoint(name, str(out.port)),
            packet=out.packet,
            queues=(number,) if out.port in schedulers else (),
            got=(*meters, served),
        )

    def device(port: Endpoint, packet: Packet) -> tuple[Happening, ...]:
        return tuple(
            Happening(
                copies=tuple(copy(out) for out in outcome.outs if out.up),
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
                queues=tuple(number for _, number in out.waits if number is not None),
                got=(*out.served, *(f"at most {rate} bit/s" for _, rate in out.limits)),
            )
            for out in outs
        )
        return (Happening(copies=tuple(copies)),)

    return device
