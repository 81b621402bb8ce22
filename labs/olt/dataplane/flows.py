"""Flows of the two bridges for a configuration. Pure: the same configuration gives the same text.

A GEM port is a second tag on the fibre whose VID is the GEM Port-ID; so frames of a GEM port that is not configured
match nothing and are dropped. Registers on the OLT's bridge: reg0 user interface, reg1 forwarder, reg3 traffic class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labs.olt.config import Forwarder, GemPort, OltConfig, SubInterface
from labs.olt.dataplane.frames import cases, classify, inner_vid, rewrite
from labs.olt.dataplane.wiring import FAR, NEAR, Wiring, uni_ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A configuration with what the flows look up in it. gems: (olt-v-enet, traffic class) to GEM port."""

    config: OltConfig
    wiring: Wiring
    ports: dict[str, int]
    gems: dict[tuple[str, int], GemPort]
    index: dict[str, int]
    subs: dict[str, SubInterface]

    @staticmethod
    def of(config: OltConfig, wiring: Wiring) -> Site:
        """Look everything up once."""
        ports = uni_ports(config, wiring)
        gems = {
            (g.interface, g.traffic_class): g
            for g in config.gemports
            if g.interface in ports and g.traffic_class is not None and 0 < (g.gemport_id or 0) < 4095
        }
        return Site(
            config=config,
            wiring=wiring,
            ports=ports,
            gems={(str(i), int(tc)): g for (i, tc), g in gems.items() if tc is not None},
            index={name: n for n, name in enumerate(sorted(ports), start=1)},
            subs={s.name: s for s in config.sub_interfaces if s.enabled},
        )


def _push_gem(gem: GemPort, port: int) -> list[str]:
    return ["push_vlan:0x8100", f"set_field:{0x1000 | (gem.gemport_id or 0)}->vlan_vid", f"output:{port}"]


def odn_flows(site: Site) -> list[str]:
    """The ONUs: UNI to GEM port by sub-interface rule and policy; GEM port to UNI by VID."""
    return sorted([*_onu_up(site), *_onu_down(site)])


def _unis(site: Site) -> Iterator[tuple[str, str]]:
    """(UNI interface, olt-v-enet) of the ONUs that are there."""
    yield from ((uni, v_enet) for uni, v_enet in site.config.links if v_enet in site.ports)


def _onu_up(site: Site) -> Iterator[str]:
    tconts = {t.name for t in site.config.tconts if t.descriptor is not None}
    for uni, v_enet in _unis(site):
        for sub in site.subs.values():
            if sub.lower != uni:
                continue
            for order, rule in enumerate(sub.rules):
                for match, pcp in cases(rule.match):
                    marking, traffic_class = classify(sub.policy, pcp)
                    gem = site.gems.get((v_enet, traffic_class))
                    if gem is None or gem.tcont not in tconts:
                        continue
                    actions = [*rewrite(rule.rewrite, pcp, marking), *_push_gem(gem, FAR)]
                    priority = 200 - order
                    yield f"table=0,priority={priority},in_port={site.ports[v_enet]},{match},actions={','.join(actions)}"


def _onu_down(site: Site) -> Iterator[str]:
    for (v_enet, _), gem in site.gems.items():
        to_uni = f"pop_vlan,set_field:{site.index[v_enet]}->reg0,resubmit(,1)"
        yield f"table=0,priority=100,in_port={FAR},dl_vlan={gem.gemport_id},actions={to_uni}"
    for uni, v_enet in _unis(site):
        for sub in site.subs.values():
            vid = inner_vid(sub)
            if sub.lower == uni and vid is not None:
                actions = [*rewrite(sub.egress, None, None), f"output:{site.ports[v_enet]}"]
                match = f"reg0={site.index[v_enet]},dl_vlan={vid}"
                yield f"table=1,priority=100,{match},actions={','.join(actions)}"


def olt_flows(site: Site) -> list[str]:
    """The OLT: GEM port to forwarder to uplink, and uplink by PCP to traffic class and GEM port."""
    lines = [
        f"table=0,priority=100,in_port={NEAR},dl_vlan={g.gemport_id},"
        f"actions=pop_vlan,set_field:{site.index[v]}->reg0,resubmit(,1)"
        for (v, _), g in site.gems.items()
    ]
    for number, forwarder in enumerate(site.config.forwarders, start=1):
        lines += _forwarder(site, forwarder, number)
    return sorted(lines)


def _forwarder(site: Site, forwarder: Forwarder, number: int) -> Iterator[str]:
    members = [(name, site.subs[sub]) for name, sub in forwarder.ports if sub in site.subs]
    users = [(name, s) for name, s in members if s.lower in site.ports]
    networks = [s for _, s in members if s.lower in site.wiring.uplinks]
    yield from _upstream(site, forwarder, number, users, networks)
    yield from _downstream(site, forwarder, number, users, networks)


def _upstream(
    site: Site, forwarder: Forwarder, number: int, users: list[tuple[str, SubInterface]], networks: list[SubInterface]
) -> Iterator[str]:
    for _, sub in users:
        for order, rule in enumerate(sub.rules):
            for match, pcp in cases(rule.match):
                change = rewrite(rule.rewrite, pcp, classify(sub.policy, pcp)[0])
                actions = [*change, f"set_field:{number}->reg1", "resubmit(,2)"]
                head = f"table=1,priority={200 - order},reg0={site.index[str(sub.lower)]},{match}"
                yield f"{head},actions={','.join(actions)}"
    homes = {name: sub for name, sub in users}
    for static in forwarder.static_macs:
        # A frame that shows this source anywhere else is not forwarded (TR-383: a static address is not learnt).
        yield f"table=2,priority=10,reg1={number},dl_src={static.mac},actions=drop"
        home = homes.get(static.port or "")
        if home is not None:
            at_home = f"reg1={number},reg0={site.index[str(home.lower)]},dl_src={static.mac}"
            yield f"table=2,priority=20,{at_home},actions=resubmit(,3)"
    yield f"table=2,priority=1,reg1={number},actions=resubmit(,3)"
    out = [f"output:{site.wiring.uplinks[str(s.lower)]}" for s in networks]
    if out:
        yield f"table=3,priority=1,reg1={number},actions={','.join(out)}"


def _downstream(
    site: Site, forwarder: Forwarder, number: int, users: list[tuple[str, SubInterface]], networks: list[SubInterface]
) -> Iterator[str]:
    for network in networks:
        for order, rule in enumerate(network.rules):
            for match, pcp in cases(rule.match):
                _, traffic_class = classify(network.policy, pcp)
                registers = [f"set_field:{number}->reg1", f"set_field:{traffic_class}->reg3", "resubmit(,10)"]
                actions = [*rewrite(rule.rewrite, pcp, None), *registers]
                port = site.wiring.uplinks[str(network.lower)]
                yield f"table=0,priority={200 - order},in_port={port},{match},actions={','.join(actions)}"
    homes = {name: sub for name, sub in users}
    for static in forwarder.static_macs:
        yield f"table=10,priority=10,reg1={number},dl_dst={static.mac},actions=drop"
        home = homes.get(static.port or "")
        for traffic_class in range(8):
            gem = site.gems.get((str(home.lower), traffic_class)) if home else None
            if gem is not None and home is not None:
                actions = [*rewrite(home.egress, None, None), *_push_gem(gem, NEAR)]
                head = f"table=10,priority=20,reg1={number},reg3={traffic_class},dl_dst={static.mac}"
                yield f"{head},actions={','.join(actions)}"
    for traffic_class in range(8):
        copies = [
            f"clone({','.join(_push_gem(site.gems[str(s.lower), traffic_class], NEAR))})"
            for _, s in users
            if (str(s.lower), traffic_class) in site.gems
        ]
        if copies:  # an address that is not known goes to every user of the forwarder
            yield f"table=10,priority=1,reg1={number},reg3={traffic_class},actions={','.join(copies)}"
