"""Forwarding at the OLT: one forwarder a segment, users kept apart, known MAC addresses nailed to their port.

No VLAN translation: the C-VLAN goes from the UNI to the uplink (docs/architecture.md, "PON").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from intents.compile.context import Context, Recorder, place_asker
from intents.compile.load import UniLoad
from intents.compile.pon_profiles import add_downstream_policy, part
from intents.compile.pon_service import enet_name
from intents.model.pon import (
    NAME_PREFIX,
    Forwarder,
    ForwardingDatabase,
    IngressRule,
    SplitHorizonProfile,
    StaticMac,
    TagMatch,
    VlanSubInterface,
)
from intents.model.wire import GATEWAY_MAC_TEXT

NETWORK_PORT = "network"
USERS_APART = f"{NAME_PREFIX}users-apart"


def user_port(load: UniLoad) -> str:
    """The forwarder port of a UNI."""
    return f"{part(load.onu.name)}.{load.uni}"


def add_forwarding(context: Context, recorder: Recorder, loads: Iterable[UniLoad]) -> None:
    """The forwarders of all OLTs, by OLT and VLAN."""
    members: dict[tuple[str, int], list[UniLoad]] = defaultdict(list)
    for load in loads:
        members[load.pon.olt, context.vid(load.places[0])].append(load)
    for (olt, vid), users in sorted(members.items(), key=lambda m: m[0]):
        _forwarder(context, recorder, olt, vid, users)


def _forwarder(context: Context, recorder: Recorder, olt: str, vid: int, users: list[UniLoad]) -> None:
    places = sorted((p for load in users for p in load.places), key=lambda p: p.name)
    askers, names = tuple(place_asker(p) for p in places), tuple(p.name for p in places)
    name = f"{NAME_PREFIX}v{vid}"
    uplink = next(r.pon.uplink for r in (context.topology.routes[names[0]],) if r.pon is not None)
    tagged = TagMatch(tagging="tagged", tag_type="c-vlan", vid=vid)
    network = VlanSubInterface(
        name=f"{NAME_PREFIX}{part(uplink)}.v{vid}",
        lower=uplink,
        rules=(IngressRule(name=f"v{vid}", priority=100, match=tagged),),
        usage="network-port",
        ingress_policy=add_downstream_policy(recorder, olt, context.campus, askers),
    )
    recorder.add(olt, network, askers, names)
    recorder.add(olt, SplitHorizonProfile(name=USERS_APART), askers)
    ports = {NETWORK_PORT: network.name} | {user_port(load): f"{enet_name(load)}.v{vid}" for load in users}
    # The gateway's own address can only come from the network: no user can draw its traffic.
    nailed = {GATEWAY_MAC_TEXT: NETWORK_PORT}
    nailed |= {p.mac: user_port(load) for load in users for p in load.places if p.mac is not None}
    database = ForwardingDatabase(
        name=name,
        static=tuple(StaticMac(mac=mac, forwarder=name, port=nailed[mac]) for mac in sorted(nailed)),
    )
    recorder.add(olt, database, askers, names)
    forwarder = Forwarder(name=name, ports=tuple(sorted(ports.items())), fdb=name, split_horizon=(USERS_APART,))
    recorder.add(olt, forwarder, askers, names)
