"""Any campus as a containerlab topology, which Clearway reads back to the same campus. Pure.

Node for node what labs/small is by hand: a container for each switch, OLT, splitter, ONU and place, links between them,
and what containerlab does not know in labels `clearway.*` (intents/ingest/clab.py lists them). A PON is a splitter.
Devices are reached where they were: addresses stay as they are written, and those on loopback are published there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from intents.model.campus import Campus, Endpoint, Olt, Onu, Place, PonId, SecretRef, ServiceClass, Switch
from intents.model.classes import CLASSES, ICMP, SERVICES, TCP, UDP
from intents.model.intent import ResolvedIntent
from intents.model.units import format_rate, parse_rate

_PROTOCOLS: Final = {0: "any", ICMP: "icmp", TCP: "tcp", UDP: "udp"}
_MANAGEMENT: Final = {"ipv4-subnet": "172.30.0.0/16", "ipv4-gw": "172.30.0.1", "external-access": False}
_DEFAULTS: Final = {
    "kind": "linux",
    "image": "clearway/lab-host:latest",
    "restart-policy": "no",
    "binds": [".:/clearway/lab"],
}
_CONTROLLER: Final = "${CLEARWAY_LAB_CONTROLLER:-127.0.0.1}"
_HERE: Final = "127.0.0.1"
_COUNTS: Final = ("flows", "meters", "queues", "t_conts", "gem_ports", "onus", "service_flows", "macs")

Node = dict[str, Any]
Labels = dict[str, str]


class Variable(str):
    """A text in which containerlab is to replace a variable."""

    __slots__ = ()

    def __str__(self) -> str:
        """A plain text."""
        return self[:]


def topology_of(campus: Campus, intents: Iterable[ResolvedIntent] = ()) -> dict[str, Any]:
    """The topology as plain values, for YAML. intents: those of which the campus's posture is read back."""
    optical, links = _optical(campus)
    nodes: dict[str, Node] = {}
    for switch in campus.switches.values():
        nodes[switch.name] = _node("switch", _switch(switch), _published(switch.ovsdb, 6640))
    for olt in campus.olts.values():
        nodes[olt.name] = _node("olt", _olt(olt), _published(f"tcp:{olt.netconf.host}:{olt.netconf.port}", 830))
    nodes |= optical
    for onu in campus.onus.values():
        nodes[onu.name] = _node("onu", _onu(onu))
    taken = nodes.keys() | {""}
    for place in campus.places.values():
        node = _place_node(place.name, taken)
        nodes[node] = {"group": "places", "labels": _place(place, node)}
    links += [[_end(campus, link.a), _end(campus, link.b)] for link in campus.links]
    links += [[_end(campus, p.port), f"{_place_node(p.name, taken)}:eth0"] for p in campus.places.values()]
    return {
        "name": campus.name,
        "mgmt": {"network": f"clearway-{campus.name}", **_MANAGEMENT},
        "topology": {
            "defaults": {
                **_DEFAULTS,
                "env": {"CLEARWAY_LAB_CONTROLLER": Variable(_CONTROLLER)},
                "labels": _wide(campus, intents),
            },
            "groups": {"places": {"network-mode": "none"}},
            "nodes": nodes,
            "links": [{"endpoints": ends} for ends in links],
        },
    }


def _node(role: str, labels: Labels, published: Node | None = None) -> Node:
    return {"image": f"clearway/lab-{role}:latest", **(published or {}), "labels": labels}


def _published(address: str | None, port: int) -> Node:
    """Where a container's port is on this machine, if that is what the address says."""
    kind, _, rest = (address or "").partition(":")
    return {"ports": [f"{rest}:{port}"]} if kind == "tcp" and rest.startswith("127.") else {}


def _place_node(name: str, taken: Iterable[str]) -> str:
    """A place's node; devices have names of their own, and a place may have the same."""
    return f"{name}.place" if name in taken else name


def _yaml(value: Any) -> str:
    """A structure as the text of a label: JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)


def _rate(bps: int) -> str:
    """As people write it where that is exact."""
    text = format_rate(bps)
    return text if parse_rate(text) == bps else f"{bps} bit/s"


def _secret(reference: SecretRef) -> str:
    return _yaml({reference.kind: reference.name})


def _optional(**labels: str | None) -> Labels:
    return {f"clearway.{name.replace('_', '-')}": value for name, value in labels.items() if value is not None}


def _ports(ports: Mapping[int, int]) -> Labels:
    return {f"clearway.port.{number}": _rate(rate) for number, rate in sorted(ports.items())}


def _switch(switch: Switch) -> Labels:
    return {
        "clearway.role": "gateway" if switch.gateway else "switch",
        "clearway.datapath": hex(switch.datapath_id),
        "clearway.openflow": Variable(switch.openflow.replace(f"tcp:{_HERE}:", f"tcp:{_CONTROLLER}:")),
        **_optional(ovsdb=switch.ovsdb, model=switch.model),
        **_ports(switch.ports),
    }


def _olt(olt: Olt) -> Labels:
    access = olt.netconf
    host = f"[{access.host}]" if ":" in access.host else access.host
    return {
        "clearway.role": "olt",
        "clearway.netconf": f"{host}:{access.port}",
        "clearway.username": access.username,
        **_optional(
            key=_secret(access.key) if access.key else None,
            host_key=_secret(access.host_key) if access.host_key else None,
            family=olt.family,
            model=olt.model,
        ),
        **{f"clearway.uplink.{name}": _rate(rate) for name, rate in sorted(olt.uplinks.items())},
        **{f"clearway.pon.{name}": technology for name, technology in sorted(olt.pons.items())},
        **{f"clearway.protected-by.{name}": str(pon) for name, pon in sorted(olt.protection.items())},
    }


def _onu(onu: Onu) -> Labels:
    """Its PONs are written, too: where two fibres meet at one splitter the links alone would not say which is first."""
    return {
        "clearway.role": "onu",
        "clearway.serial": onu.serial,
        "clearway.pon": str(onu.pon),
        **_optional(backup=onu.backup and str(onu.backup), model=onu.model),
        **_ports(onu.ports),
    }


def _place(place: Place, node: str) -> Labels:
    return {
        "clearway.role": "place",
        **_optional(name=place.name if place.name != node else None),
        "clearway.segment": place.segment,
        **_optional(address=str(place.address) if place.address else None, mac=place.mac),
        **{f"clearway.label.{name}": value for name, value in sorted(place.labels.items())},
    }


def _end(campus: Campus, end: Endpoint) -> str:
    return f"{end.device}:{end.port}" if end.device in campus.olts else f"{end.device}:eth{end.port}"


def _optical(campus: Campus) -> tuple[dict[str, Node], list[list[str]]]:
    """Splitters and fibres: a splitter for each PON that has an ONU, its first interface toward the OLT."""
    nodes: dict[str, Node] = {}
    links: list[list[str]] = []
    branches: dict[PonId, list[str]] = {}
    for onu in campus.onus.values():
        branches.setdefault(onu.pon, []).append(f"{onu.name}:pon0")
        if onu.backup is not None and onu.backup != onu.pon:
            branches.setdefault(onu.backup, []).append(f"{onu.name}:pon1")
    for pon, ends in sorted(branches.items()):
        name = f"splitter.{pon.olt}.{pon.pon}"
        nodes[name] = {"network-mode": "none", "labels": {"clearway.role": "splitter"}}
        links.append([f"{pon.olt}:{pon.pon}", f"{name}:eth0"])
        links += [[f"{name}:eth{n}", end] for n, end in enumerate(ends, start=1)]
    return nodes, links


def _wide(campus: Campus, intents: Iterable[ResolvedIntent]) -> Labels:
    """What is said of the whole campus."""
    labels: Labels = {}
    for segment in campus.segments.values():
        body = {"vlan": segment.vid, "subnet": str(segment.subnet), "gateway": str(segment.gateway)}
        labels[f"clearway.segment.{segment.name}"] = _yaml(
            body | ({"class": segment.service_class} if segment.service_class else {})
        )
    for group in campus.groups.values():
        body_of = {"labels": dict(group.match_labels)} if group.match_labels else list(group.members)
        labels[f"clearway.group.{group.name}"] = _yaml(body_of)
    standard = {c.name: c for c in CLASSES}
    for cls in campus.classes.values():
        if standard.get(cls.name) != cls:
            labels[f"clearway.class.{cls.name}"] = _class(cls)
    known = {s.name: s for s in SERVICES}
    for service in campus.services.values():
        if known.get(service.name) != service:
            about: dict[str, Any] = {"protocol": _PROTOCOLS[service.protocol]}
            labels[f"clearway.service.{service.name}"] = _yaml(
                about | ({"ports": list(service.ports)} if service.ports else {})
            )
    labels |= {f"clearway.alias.{name}": meant for name, meant in campus.aliases.items()}
    for model in campus.models.values():
        counts = {name.replace("_", "-"): getattr(model, name) for name in _COUNTS}
        labels[f"clearway.model.{model.name}"] = _yaml({n: c for n, c in counts.items() if c is not None})
    return labels | dict(_rules(campus)) | dict(_posture(intents))


def _class(cls: ServiceClass) -> str:
    cap = "none" if cls.cap_bps is None else _rate(cls.cap_bps)
    return _yaml({"pcp": cls.pcp, "dscp": cls.dscp, "priority": cls.priority, "cap": cap})


def _rules(campus: Campus) -> Iterator[tuple[str, str]]:
    if campus.policy.max_disrupted_places is not None:
        yield "clearway.policy.max-disrupted-places", str(campus.policy.max_disrupted_places)
    if campus.flow_space.first_table:
        yield "clearway.openflow.first-table", str(campus.flow_space.first_table)
    if campus.flow_space.priority:
        yield "clearway.openflow.priority", str(campus.flow_space.priority)
    if any(address.startswith("tcp:") for s in campus.switches.values() for address in (s.openflow, s.ovsdb or "")):
        yield "clearway.openflow.insecure", "true"  # in containers they dial over a network inside this machine
    if campus.openflow_role != "master":
        yield "clearway.openflow.role", campus.openflow_role
    if campus.tls is not None:
        for part in ("certificate", "key", "ca"):
            yield f"clearway.tls.{part}", _secret(getattr(campus.tls, part))


def _posture(intents: Iterable[ResolvedIntent]) -> Iterator[tuple[str, str]]:
    for resolved in intents:
        intent = resolved.intent
        if intent.is_posture:
            source, destination = intent.sources[0], intent.destinations[0]
            rule = f"within {source}" if source == destination else f"{source} to {destination}"
            services = [s.name for s in resolved.services]
            yield f"clearway.posture.{rule}", _yaml(services) if services else "all"
