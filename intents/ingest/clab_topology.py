"""A containerlab topology as its nodes with inherited labels, and its links. Nothing of Clearway's labels yet.

After containerlab's manual: a node takes what it does not say from its group, its kind and the defaults, in this order;
labels merge. A link is brief (two `node:interface`, split at the first colon) or extended (`type:` and `endpoints:`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from intents.ingest.names import nearest
from intents.ingest.report import Report
from intents.ingest.tree import Node, Scalar, Sequence, Table
from intents.ingest.yaml12 import short
from intents.model.diagnostic import Position

PSEUDO_NODES: Final = frozenset(("host", "mgmt-net", "macvlan"))
_TWO_ENDED: Final = frozenset(("veth", "veth-stitch"))
_ONE_ENDED: Final = frozenset(("mgmt-net", "macvlan", "host", "vxlan", "vxlan-stitch", "dummy"))
_TOP: Final = frozenset(("name", "prefix", "mgmt", "settings", "topology", "debug"))
_TOPOLOGY: Final = frozenset(("nodes", "kinds", "groups", "defaults", "links"))
# containerlab's kinds that can stand in a campus. Any other is an opaque node.
_KNOWN_KINDS: Final = frozenset(("linux", "bridge", "ovs-bridge", "ext-container", "host"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClabEnd:
    """One end of a link."""

    node: str
    interface: str
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class ClabNode:
    """A node with its labels, after inheritance."""

    name: Scalar
    kind: str
    labels: dict[str, tuple[Scalar, Scalar]]

    @property
    def position(self) -> Position:
        """Where its name is written."""
        return self.name.position


@dataclass(slots=True)
class Topology:
    """What Clearway needs of a topology file."""

    name: Scalar
    nodes: dict[str, ClabNode] = field(default_factory=dict)
    links: list[tuple[ClabEnd, ClabEnd]] = field(default_factory=list)
    defaults: dict[str, tuple[Scalar, Scalar]] = field(default_factory=dict)
    position: Position = field(default_factory=lambda: Position("<none>"))


def read_topology(document: Node, report: Report) -> Topology | None:
    """The topology in a document; None if it is none."""
    topology = document.table("topology") if isinstance(document, Table) else None
    nodes = topology.table("nodes") if topology else None
    name = document.text("name") if isinstance(document, Table) else None
    if not isinstance(document, Table) or topology is None or nodes is None or name is None:
        message = "a containerlab topology needs `name:` and `topology:` with `nodes:`"
        report.error("bad-topology", document.position, message, "see containerlab.dev/manual/topo-def-file")
        return None
    _known_keys(document, _TOP, "a topology file", report)
    _known_keys(topology, _TOPOLOGY, "topology", report)
    read = Topology(name, position=document.position)
    defaults = topology.table("defaults")
    read.defaults = _labels(defaults, report)
    for key, body in nodes.items():
        if isinstance(body, Table) or (isinstance(body, Scalar) and body.value is None):
            read.nodes[key.text] = _node(key, body if isinstance(body, Table) else None, topology, report)
        else:
            report.error(
                "bad-topology", key.position, f"the node {key.text} is not a map", "write `{}` or its settings"
            )
    links = topology.get("links")
    for link in links.items if isinstance(links, Sequence) else ():
        ends = _link(link, report)
        if ends is not None and _nodes_exist(ends, read, report):
            read.links.append(ends)
    return read


def _known_keys(table: Table, known: frozenset[str], where: str, report: Report) -> None:
    for name, (key, _) in table.entries.items():
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean '{near}'?" if near else f"it may have: {', '.join(sorted(known))}"
            report.error("unknown-key", key.position, f"'{short(name)}' is not a key of {where}", hint)


def _labels(table: Table | None, report: Report) -> dict[str, tuple[Scalar, Scalar]]:
    labels = table.table("labels") if table else None
    found: dict[str, tuple[Scalar, Scalar]] = {}
    for key, value in labels.items() if labels else ():
        if isinstance(value, Scalar) and value.value is not None:
            found[key.text] = (key, value)
        else:
            report.error(
                "bad-topology", key.position, f"the label {short(key.text)} is not a text", "write it in quotes"
            )
    return found


def _node(key: Scalar, body: Table | None, topology: Table, report: Report) -> ClabNode:
    defaults, kinds, groups = topology.table("defaults"), topology.table("kinds"), topology.table("groups")
    group_name = body.text("group") if body else None
    group = groups.table(group_name.text) if groups and group_name else None
    kind = next((k for t in (body, group, defaults) if t and (k := t.text("kind"))), None)
    kind_name = kind.text if kind else ""
    of_kind = kinds.table(kind_name) if kinds else None
    labels: dict[str, tuple[Scalar, Scalar]] = {}
    for layer in (defaults, of_kind, group, body):
        labels |= _labels(layer, report)
    is_known = kind_name in _KNOWN_KINDS
    if not is_known and labels.keys().isdisjoint(("clearway.role", "clearway.segment")):
        what = f"is of kind '{short(kind_name)}'" if kind_name else "has no kind"
        report.warning(
            "opaque-node",
            key.position,
            f"the node {short(key.text)} {what}, which Clearway does not know: it is left alone",
            "give it the label clearway.role if it is part of the campus",
        )
    return ClabNode(name=key, kind=kind_name, labels=labels)


def _link(link: Node, report: Report) -> tuple[ClabEnd, ClabEnd] | None:
    table = link if isinstance(link, Table) else None
    kind = table.text("type") if table else None
    if kind is not None and kind.text in _ONE_ENDED:
        return None
    if kind is not None and kind.text not in _TWO_ENDED:
        near = nearest(kind.text, _TWO_ENDED | _ONE_ENDED)
        hint = f"did you mean '{near}'?" if near else "for example: veth"
        report.error("bad-topology", kind.position, f"'{short(kind.text)}' is not a type of link", hint)
        return None
    endpoints = table.get("endpoints") if table else None
    items = endpoints.items if isinstance(endpoints, Sequence) else ()
    ends = [_end(item) for item in items]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        message = "a link needs exactly two endpoints"
        hint = 'write endpoints: ["core-1:eth1", "olt-1:up-1"]'
        report.error("bad-link", items[0].position if items else link.position, message, hint)
        return None
    return ends[0], ends[1]


def _end(node: Node) -> ClabEnd | None:
    if isinstance(node, Scalar):
        name, colon, interface = node.text.partition(":")
        return ClabEnd(node=name, interface=interface, position=node.position) if colon and name and interface else None
    if isinstance(node, Table):
        name_node, interface_node = node.text("node"), node.text("interface")
        if name_node and interface_node:
            return ClabEnd(node=name_node.text, interface=interface_node.text, position=node.position)
    return None


def _nodes_exist(ends: tuple[ClabEnd, ClabEnd], read: Topology, report: Report) -> bool:
    fine = True
    for end in ends:
        if end.node in read.nodes:
            continue
        fine = False
        if end.node not in PSEUDO_NODES:
            near = nearest(end.node, read.nodes)
            hint = f"did you mean '{near}'?" if near else "define it under topology.nodes"
            report.error(
                "unknown-node", end.position, f"the link names a node '{short(end.node)}' that is not there", hint
            )
    return fine
