"""Steps of one packet as hops for people, and the packet as Open vSwitch's own tracer takes it.

`ovs-appctl ofproto/trace BRIDGE FLOW` (ovs-fields(7)): a field that is not named is zero, so the TTL is always named,
and a packet without `dl_vlan` is untagged.
"""

from __future__ import annotations

from collections.abc import Iterable

from intents.model.classes import ICMP, TCP, UDP
from intents.model.evidence import Hop
from intents.model.units import format_rate
from intents.verify.network.network import Network
from intents.verify.packets.atoms import Atoms
from intents.verify.packets.packet import ETH_ARP, ETH_IPV4, FIELDS, KIND, Header, ip_text, mac_text
from intents.verify.packets.steps import Step

_TTL = 64


def hops(network: Network, steps: Iterable[Step]) -> tuple[Hop, ...]:
    """Steps for people."""
    return tuple(_hop(network, step) for step in steps)


def _hop(network: Network, step: Step) -> Hop:
    atoms = network.atoms
    vid_before, pcp_before = _tag(atoms, step.before)
    vid, pcp = _tag(atoms, step.after)
    is_switch = step.device in network.switches and step.in_port.isdigit()
    return Hop(
        device=step.device,
        decided=tuple(said.shown() for said in step.decided),
        in_port=step.in_port,
        out_port=step.out_port,
        vid_before=vid_before,
        pcp_before=pcp_before,
        vid=vid,
        pcp=pcp,
        queue=step.queue.text if step.queue is not None else "",
        meters=tuple(
            f"{limit.name} ({format_rate(limit.rate_bps)})" for limit in step.limits if limit.name.startswith("meter")
        ),
        note=step.note,
        trace=trace_flow(atoms, int(step.in_port), step.before) if is_switch and step.before is not None else "",
    )


def _tag(atoms: Atoms, header: Header | None) -> tuple[int | None, int | None]:
    top = header.top if header is not None else None
    if top is None:
        return None, None
    return atoms["vid"].sample(top.vid), atoms["pcp"].sample(top.pcp)


def trace_flow(atoms: Atoms, in_port: int, header: Header) -> str:
    """One packet of a set as a flow of ovs-appctl; empty for a packet of two tags, which a flow cannot say."""
    if len(header.tags) > 1:
        return ""
    value = {name: atoms[KIND[name]].sample(header.get(name)) for name in FIELDS}
    parts = [f"in_port={in_port}", f"dl_src={mac_text(value['eth_src'])}", f"dl_dst={mac_text(value['eth_dst'])}"]
    if header.top is not None:
        parts.append(f"dl_vlan={atoms['vid'].sample(header.top.vid)}")
        parts.append(f"dl_vlan_pcp={atoms['pcp'].sample(header.top.pcp)}")
    kind = value["eth_type"]
    if kind == ETH_ARP:
        parts += ["arp", f"arp_op={value['arp_op']}"]
        parts += [f"arp_spa={ip_text(value['arp_spa'])}", f"arp_tpa={ip_text(value['arp_tpa'])}"]
        parts.append(f"arp_sha={mac_text(value['eth_src'])}")
    elif kind == ETH_IPV4:
        parts += _ipv4(value)
    else:
        parts.append(f"dl_type={kind:#06x}")
    return ",".join(parts)


def _ipv4(value: dict[str, int]) -> list[str]:
    proto = value["ip_proto"]
    name = {ICMP: "icmp", TCP: "tcp", UDP: "udp"}.get(proto)
    parts = [name] if name is not None else ["ip", f"nw_proto={proto}"]
    parts += [f"nw_src={ip_text(value['ipv4_src'])}", f"nw_dst={ip_text(value['ipv4_dst'])}"]
    parts += [f"nw_tos={value['ip_dscp'] << 2}", f"nw_ttl={_TTL}"]
    if proto in (TCP, UDP):
        parts += [f"tp_src={value['l4_src']}", f"tp_dst={value['l4_dst']}"]
    elif proto == ICMP:
        parts += ["icmp_type=8", "icmp_code=0"]
    return parts
