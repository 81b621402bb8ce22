"""Forwarding at the OLT: one forwarder a segment, users kept apart, known MAC addresses nailed to their port.

No VLAN translation: the C-VLAN goes from the UNI to the uplink (docs/architecture.md, "PON").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from intents.compile.context import Context, sorted_askers
from intents.compile.pon_names import enet_name, part
from intents.compile.pon_service import tagged_rules
from intents.compile.recorder import Recorder
from intents.model.campus import Onu, Place
from intents.model.pon import (
    NAME_PREFIX,
    Forwarder,
    ForwardingDatabase,
    SplitHorizonProfile,
    StaticMac,
    VlanSubInterface,
)
from intents.model.wire import GATEWAY_MAC_TEXT

NETWORK_PORT: Final = "network"
USERS_APART: Final = SplitHorizonProfile(name=f"{NAME_PREFIX}users-apart")


def user_port(onu: Onu, uni: int) -> str:
    """The forwarder port of a UNI."""
    return f"{part(onu.name)}.{uni}"


def add_forwarder(context: Context, recorder: Recorder, olt: str, vid: int, places: Sequence[Place]) -> None:
    """The forwarder of a VLAN on an OLT, as one piece. places: those in use there, by name."""
    askers = sorted_askers(context.place_asker(p) for p in places)
    recorder.begin(("forwarder", olt, vid), olt, askers, tuple(p.name for p in places))
    name = f"{NAME_PREFIX}v{vid}"
    hops = {p.name: context.topology.routes[p.name].pon for p in places}
    uplink = next(hop.uplink for hop in hops.values() if hop is not None)
    network = VlanSubInterface(
        name=f"{NAME_PREFIX}{part(uplink)}.v{vid}",
        lower=uplink,
        rules=tagged_rules(vid),
        usage="network-port",
        ingress_policy=str(context.downstream_policy[-1].key[1]),
    )
    recorder.add(network)
    for thing in (*context.downstream_policy, USERS_APART):
        recorder.share(thing)
    ports = {NETWORK_PORT: network.name}
    # The gateway's own address can only come from the network: no user can draw its traffic.
    nailed = {GATEWAY_MAC_TEXT: NETWORK_PORT}
    for place in places:
        hop = hops[place.name]
        if hop is None:
            continue
        port = user_port(hop.onu, hop.uni)
        ports[port] = f"{enet_name(hop.onu, hop.uni)}.v{vid}"
        if place.mac is not None:
            nailed[place.mac] = port
    database = ForwardingDatabase(
        name=name,
        static=tuple(StaticMac(mac=mac, forwarder=name, port=nailed[mac]) for mac in sorted(nailed)),
    )
    recorder.add(database)
    forwarder = Forwarder(name=name, ports=tuple(sorted(ports.items())), fdb=name, split_horizon=(USERS_APART.name,))
    recorder.add(forwarder)
