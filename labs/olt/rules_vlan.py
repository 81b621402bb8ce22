"""Rules of VLAN sub-interfaces, forwarders and policers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labs.olt.config import OltConfig
from labs.olt.paths import quoted
from labs.olt.rules import Finding, gbit, interface

_LOWER: Final = "/bbf-subif:subif-lower-layer/bbf-subif:interface"


def lower_layers(config: OltConfig) -> Iterator[Finding]:
    """A sub-interface sits on an Ethernet interface or an olt-v-enet; a UNI is linked to its olt-v-enet."""
    ethernets = {e.name: e for e in config.ethernets}
    v_enets = {e.name for e in config.olt_v_enets}
    linked = {begin for begin, end in config.links if end in v_enets}
    for s in config.sub_interfaces:
        if s.lower is None:
            message = f"sub-interface '{s.name}' sits on no interface"
            yield _finding("data-missing", "lower-layer-missing", message, interface(s.name))
        elif s.lower not in ethernets and s.lower not in v_enets:
            message = f"sub-interface '{s.name}' sits on '{s.lower}', which carries no Ethernet frames"
            yield _finding("operation-failed", "lower-layer-type", message, interface(s.name, _LOWER))
        elif s.lower in ethernets and ethernets[s.lower].usage == "user-port" and s.lower not in linked:
            message = f"sub-interface '{s.name}' sits on UNI '{s.lower}', which the link table links to no olt-v-enet"
            yield _finding("data-missing", "link-missing", message, interface(s.name, _LOWER))


def forwarding(config: OltConfig) -> Iterator[Finding]:
    """A sub-interface of an olt-v-enet is in one forwarder; no sub-interface is in two."""
    v_enets = {e.name for e in config.olt_v_enets}
    homes: dict[str, list[str]] = {}
    for forwarder in config.forwarders:
        for _, sub_interface in forwarder.ports:
            homes.setdefault(sub_interface, []).append(forwarder.name)
    for s in config.sub_interfaces:
        mine = homes.get(s.name, [])
        if s.lower in v_enets and not mine:
            message = f"user sub-interface '{s.name}' is in no forwarder"
            yield _finding("operation-failed", "forwarder-missing", message, interface(s.name))
        if len(mine) > 1:
            message = f"sub-interface '{s.name}' is in several forwarder ports: {', '.join(sorted(mine))}"
            yield _finding("operation-failed", "data-not-unique", message, interface(s.name))


def matches(config: OltConfig) -> Iterator[Finding]:
    """Two sub-interfaces of an interface do not claim the same frames with rules of the same priority."""
    claims: dict[tuple[object, ...], str] = {}
    for s in config.sub_interfaces:
        for rule in s.rules:
            claim = (s.lower, rule.priority, rule.match)
            first = claims.setdefault(claim, s.name)
            if s.lower is not None and first != s.name:
                message = f"sub-interface '{s.name}': its rule '{rule.name}' takes the frames of '{first}'"
                yield _finding("operation-failed", "ambiguous-match", message, interface(s.name))


def policers(config: OltConfig) -> Iterator[Finding]:
    """CIR is at most PIR."""
    for p in config.policers:
        if p.pir_bps is not None and p.cir_bps > p.pir_bps:
            message = f"policing profile '{p.name}': CIR {gbit(p.cir_bps)} is above PIR {gbit(p.pir_bps)}"
            prefix = "bbf-qos-plc"
            path = f"/{prefix}:policing-profiles/{prefix}:policing-profile[{prefix}:name={quoted(p.name)}]"
            yield _finding("invalid-value", "cir-above-pir", message, path)


VLAN_RULES: Final = (lower_layers, forwarding, matches, policers)


def _finding(tag: str, app_tag: str, message: str, path: str) -> Finding:
    return Finding(tag=tag, app_tag=app_tag, message=message, path=path)
