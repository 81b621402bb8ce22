"""A containerlab topology as a campus: labels `clearway.*` carry what containerlab does not know.

The topology becomes the same tree as a Campus document, with the positions of the labels, so that one set of rules
checks both. The labels, by `clearway.role`:

    gateway, switch  datapath, openflow, ovsdb, certificate, model; rate (of all ports) or port.<number>
    olt              netconf (address:port), username, key, host-key, family, model, uplink.<interface>,
                     pon.<interface>, protected-by.<interface> (olt/pon)
    onu              serial, model; rate or port.<number>; pon and backup (olt/pon), if the links do not say them
    splitter         -
    place            segment, address, mac, label.<name>; name, if it is not the node's

and in topology.defaults, for the whole campus: segment.<name>, group.<name>, class.<name>, service.<name>,
alias.<name>, model.<name>, posture.<rule>, policy.<name>, tls.<certificate, key or ca>,
openflow.<name>.
A port's number is the number that its interface's name ends in. Values with structure are YAML in a string.
"""

from __future__ import annotations

import re
from typing import Final

from intents.ingest.clab_topology import ClabEnd, ClabNode, Topology
from intents.ingest.names import nearest
from intents.ingest.report import Report
from intents.ingest.tree import Node, Scalar, Sequence, Table, table_of
from intents.ingest.yaml12 import core_value, read_yaml, short
from intents.model.diagnostic import Position

_PREFIX: Final = "clearway."
_ROLES: Final = {
    "gateway": "switches",
    "switch": "switches",
    "olt": "olts",
    "onu": "onus",
    "splitter": "",
    "place": "places",
}
_WIDE: Final = {
    "segment": "segments",
    "group": "groups",
    "class": "classes",
    "service": "services",
    "alias": "aliases",
    "model": "models",
    "posture": "posture",
    "policy": "policy",
    "tls": "tls",
    "openflow": "openflow",
}
# Of these a word or number may stand alone.
_BARE: Final = frozenset(("alias", "posture", "policy", "openflow"))
_FIELDS: Final = frozenset(
    [
        "role",
        "name",
        "rate",
        "datapath",
        "openflow",
        "ovsdb",
        "certificate",
        "netconf",
        "username",
        "key",
        "host-key",
        "family",
        "model",
        "backup",
        "serial",
        "pon",
        "segment",
        "address",
        "mac",
    ]
)
_FAMILIES: Final = frozenset(("port", "uplink", "pon", "protected-by", "label", *_WIDE))
_STRUCTURED: Final = frozenset(("key", "host-key"))
_NUMBER: Final = re.compile(r"([0-9]+)\Z")


def campus_document(topology: Topology, report: Report) -> Table:
    """The Campus document that a topology says. Empty sections are left out."""
    return _Converter(topology, report).document()


def _text(text: str, position: Position) -> Scalar:
    return Scalar(text, text, position)


def _value(label: Scalar) -> Scalar:
    """A label's value with the type that it would have in a Campus document: labels are often quoted."""
    return Scalar(core_value(label.text) if label.text else None, label.text, label.position, label.offset)


class _Converter:
    def __init__(self, topology: Topology, report: Report) -> None:
        self.topology, self.report = topology, report
        self.roles = {name: self.role(node) for name, node in topology.nodes.items()}
        self.sections: dict[str, list[tuple[Scalar, Node]]] = {}
        self.links: list[Node] = []
        self.neighbours: dict[str, list[tuple[ClabEnd, ClabEnd]]] = {name: [] for name in topology.nodes}
        for a, b in topology.links:
            self.neighbours[a.node].append((a, b))
            self.neighbours[b.node].append((b, a))

    def document(self) -> Table:
        """The tree."""
        name, at = self.topology.name, self.topology.position
        self.wide()
        for node in self.topology.nodes.values():
            self.check_labels(node)
            role = self.roles[node.name.text]
            section = _ROLES.get(role or "")
            if section:
                fields = {"switches": self.switch, "olts": self.olt, "onus": self.onu, "places": self.place}[section]
                self.sections.setdefault(section, []).append((self.named(node), table_of(fields(node), node.position)))
        self.cables()
        spec = [(_text(s, at), table_of(entries, at)) for s, entries in self.sections.items() if entries]
        entries: list[tuple[Scalar, Node]] = [*spec]
        if self.links:
            entries.append((_text("links", at), Sequence(tuple(self.links), at)))
        return table_of(
            [
                (_text("apiVersion", at), _text("clearway.dev/v1", at)),
                (_text("kind", at), _text("Campus", at)),
                (_text("metadata", at), table_of([(_text("name", at), name)], at)),
                (_text("spec", at), table_of(entries, at)),
            ],
            at,
        )

    def role(self, node: ClabNode) -> str | None:
        """A node's role; a node with a segment is a place; None for a node that is no part of the campus."""
        label = node.labels.get(_PREFIX + "role")
        if label is None:
            return "place" if _PREFIX + "segment" in node.labels else None
        if label[1].text not in _ROLES:
            near = nearest(label[1].text, _ROLES)
            hint = f"did you mean '{near}'?" if near else f"one of {', '.join(_ROLES)}"
            self.report.error("bad-label", label[1].position, f"'{short(label[1].text)}' is not a role", hint)
            return None
        return label[1].text

    def named(self, node: ClabNode) -> Scalar:
        """What it is called in the campus: a place may have the name of a device, which a node may not."""
        label = node.labels.get(_PREFIX + "name")
        if label is None:
            return node.name
        if self.roles[node.name.text] != "place":
            message = f"{node.name.text} is no place, and is called what its node is called"
            self.report.error("bad-label", label[0].position, message, "remove the label, or rename the node")
            return node.name
        return label[1]

    def wide(self) -> None:
        """Campus-wide labels of the defaults: segments, groups, classes, services, aliases."""
        for name, (key, value) in self.topology.defaults.items():
            family, _, rest = name.removeprefix(_PREFIX).partition(".")
            if name.startswith(_PREFIX) and family in _WIDE and rest:
                entry = _text(rest, key.position)
                is_bare = family in _BARE and value.text.strip()[:1] not in ("{", "[")
                body = (value if family == "alias" else _value(value)) if is_bare else self.structure(value)
                if body is not None:
                    self.sections.setdefault(_WIDE[family], []).append((entry, body))

    def structure(self, label: Scalar) -> Node | None:
        """A label's YAML; braces may be left out around a map: "vlan: 100, subnet: 10.10.0.0/16"."""
        text = label.text.strip()
        lead = len(label.text) - len(label.text.lstrip())
        if text[:1] not in ("{", "["):
            text, lead = "{" + text + "}", lead - 1
        documents = read_yaml(text, "", self.report, locate=lambda _, column: label.inside(max(0, column - 1 + lead)))
        return documents[0] if documents else None

    def fields(self, node: ClabNode, names: tuple[str, ...]) -> list[tuple[Scalar, Node]]:
        """The plain labels of a node among some names, as fields of the same names."""
        found: list[tuple[Scalar, Node]] = []
        for name in names:
            if _PREFIX + name not in node.labels:
                continue
            key, value = node.labels[_PREFIX + name]
            body = self.structure(value) if name in _STRUCTURED else _value(value)
            if body is not None:
                found.append((_text(name, key.position), body))
        return found

    def family(self, node: ClabNode, family: str) -> list[tuple[Scalar, Scalar]]:
        """The labels `clearway.<family>.<name>` of a node as name and value."""
        prefix = f"{_PREFIX}{family}."
        return [
            (_text(name.removeprefix(prefix), key.position), value)
            for name, (key, value) in node.labels.items()
            if name.startswith(prefix)
        ]

    def ports(self, node: ClabNode) -> tuple[Scalar, Node]:
        """Port numbers and rates: from `rate` for each interface that is linked, then from `port.<number>`."""
        found: list[tuple[Scalar, Node]] = []
        rate = node.labels.get(_PREFIX + "rate")
        for own, far in self.neighbours[node.name.text]:
            is_optical = self.roles[node.name.text] == "onu" and self.roles[far.node] in ("olt", "splitter", "onu")
            number = self.number(own)
            if rate is not None and number is not None and not is_optical:
                found.append((_text(number, own.position), rate[1]))
        found += [(key, value) for key, value in self.family(node, "port")]
        return _text("ports", node.position), table_of(found, node.position)

    def number(self, end: ClabEnd) -> str | None:
        """The port number of an interface, None if its name ends in none."""
        found = _NUMBER.search(end.interface)
        return str(int(found.group(1))) if found and len(found.group(1)) < 6 else None

    def switch(self, node: ClabNode) -> list[tuple[Scalar, Node]]:
        """The fields of a switch."""
        entries = [*self.fields(node, ("datapath", "openflow", "ovsdb", "certificate", "model")), self.ports(node)]
        if self.roles[node.name.text] == "gateway":
            entries.append((_text("gateway", node.position), Scalar(True, "true", node.position)))
        return entries

    def olt(self, node: ClabNode) -> list[tuple[Scalar, Node]]:
        """The fields of an OLT."""
        at = node.position
        access = self.fields(node, ("netconf", "username", "key", "host-key"))
        named = [(_text("address", k.position) if k.text == "netconf" else k, v) for k, v in access]
        stand_ins = {key.text: (key, value) for key, value in self.family(node, "protected-by")}
        pons: list[tuple[Scalar, Node]] = []
        for key, value in self.family(node, "pon"):
            fields: list[tuple[Scalar, Node]] = [(_text("technology", key.position), value)]
            if key.text in stand_ins:
                own, stand_in = stand_ins[key.text]
                fields.append((_text("protected-by", own.position), stand_in))
            pons.append((key, table_of(fields, key.position)))
        uplinks: list[tuple[Scalar, Node]] = [*self.family(node, "uplink")]
        return [
            (_text("netconf", at), table_of(named, at)),
            (_text("uplinks", at), table_of(uplinks, at)),
            (_text("pons", at), table_of(pons, at)),
            *self.fields(node, ("family", "model")),
        ]

    def onu(self, node: ClabNode) -> list[tuple[Scalar, Node]]:
        """The fields of an ONU; its PON is where its fibre leads, through splitters."""
        entries = [*self.fields(node, ("serial", "pon", "backup", "model")), self.ports(node)]
        written = {key.text for key, _ in entries}
        for field, pon in zip(("pon", "backup"), self.pons_of(node.name.text), strict=False):
            if field not in written:
                entries.append((_text(field, pon.position), _text(f"{pon.node}/{pon.interface}", node.position)))
        return entries

    def pons_of(self, onu: str) -> list[ClabEnd]:
        """The OLTs' ends of the fibres of an ONU, the nearest first: a second one stands in for the first."""
        found: list[ClabEnd] = []
        seen, waiting = {onu}, [onu]
        while waiting:
            for _, far in self.neighbours[waiting.pop(0)]:
                if self.roles[far.node] == "olt":
                    found.append(far)
                if self.roles[far.node] == "splitter" and far.node not in seen:
                    seen.add(far.node)
                    waiting.append(far.node)
        return found

    def place(self, node: ClabNode) -> list[tuple[Scalar, Node]]:
        """The fields of a place; its port is the far end of its one link."""
        entries = self.fields(node, ("segment", "address", "mac"))
        labels: list[tuple[Scalar, Node]] = [
            (key, Scalar(value.text, value.text, value.position)) for key, value in self.family(node, "label")
        ]
        if labels:
            entries.append((_text("labels", node.position), table_of(labels, node.position)))
        links = self.neighbours[node.name.text]
        if len(links) != 1:
            message = f"the place {node.name.text} has {len(links)} links, and must have one"
            hint = "a place is one port: link it to a UNI of an ONU or to a port of a switch"
            self.report.error("bad-link", node.position, message, hint)
        for _, far in links[:1]:
            port = f"{far.node}:{self.number(far) or far.interface}"
            entries.append((_text("port", far.position), _text(port, far.position)))
        return entries

    def cables(self) -> None:
        """Links between switches, and between switches and OLTs. Fibres and the links of places are not cables."""
        for a, b in self.topology.links:
            ends: list[Node] = []
            for end in (a, b):
                role = self.roles[end.node]
                if role in ("gateway", "switch"):
                    ends.append(_text(f"{end.node}:{self.number(end) or end.interface}", end.position))
                elif role == "olt":
                    ends.append(_text(f"{end.node}:{end.interface}", end.position))
            if len(ends) == 2:
                self.links.append(Sequence(tuple(ends), a.position))

    def check_labels(self, node: ClabNode) -> None:
        """Report labels `clearway.*` that mean nothing, most likely mistyped."""
        for name, (key, _) in node.labels.items():
            if not name.startswith(_PREFIX):
                continue
            field, dot, _ = name.removeprefix(_PREFIX).partition(".")
            if field in (_FAMILIES if dot else _FIELDS):
                continue
            near = nearest(field, _FAMILIES if dot else _FIELDS)
            hint = f"did you mean '{_PREFIX}{near}'?" if near else "see docs/language.md for the labels"
            self.report.error("bad-label", key.position, f"'{short(name)}' is not a label that Clearway knows", hint)
