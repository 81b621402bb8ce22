"""The parts of one or more Campus documents, laid together: section -> name -> entry.

A campus may be written in several documents (a topology and a campus.yaml beside it): their sections merge, and a name
written twice is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from intents.ingest.report import Report
from intents.ingest.tree import Node, Scalar, Sequence, Table
from intents.ingest.validate import Path
from intents.model.campus import SecretRef
from intents.model.diagnostic import Position
from intents.model.units import UnitError, parse_rate

# Section -> one of its entries, for messages.
KINDS: Mapping[str, str] = {
    "segments": "segment",
    "switches": "switch",
    "olts": "OLT",
    "onus": "ONU",
    "places": "place",
    "groups": "group",
    "classes": "class",
    "services": "service",
    "aliases": "alias",
    "models": "model",
    "posture": "posture",
    "policy": "policy",
    "tls": "TLS file",
    "openflow": "OpenFlow setting",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One named thing of a section. broken: the schema has spoken against it; only its name counts."""

    key: Scalar
    body: Node
    broken: bool

    @property
    def name(self) -> str:
        """Its name."""
        return self.key.text

    @property
    def position(self) -> Position:
        """Where its name is written."""
        return self.key.position

    @property
    def table(self) -> Table:
        """Its fields; none if it is not a table."""
        return self.body if isinstance(self.body, Table) else Table({}, self.key.position)


@dataclass(slots=True)
class Sections:
    """All that the Campus documents say."""

    named: dict[str, dict[str, Entry]] = field(default_factory=lambda: {section: {} for section in KINDS})
    links: list[Sequence] = field(default_factory=list)

    def whole(self, section: str) -> Iterable[Entry]:
        """The entries of a section that the schema has nothing against, by name."""
        return (entry for _, entry in sorted(self.named[section].items()) if not entry.broken)

    def names(self, section: str) -> AbstractSet[str]:
        """All names of a section, broken entries too, so that one fault is not reported many times."""
        return self.named[section].keys()

    def add(self, spec: Node | None, broken: frozenset[Path], report: Report) -> None:
        """Lay one document's spec beside what is there."""
        if not isinstance(spec, Table):
            return
        for section, kind in KINDS.items():
            table = spec.table(section)
            for key, body in table.items() if table else ():
                path = ("spec", section, key.text)
                entry = Entry(key=key, body=body, broken=any(p[:3] == path for p in broken))
                first = self.named[section].setdefault(key.text, entry)
                if first is not entry:
                    report.twice(
                        "defined-twice",
                        key.position,
                        first.position,
                        f"the {kind} '{key.text}' is defined twice",
                        "keep one of the two, or rename one",
                    )
        links = spec.get("links")
        for index, link in enumerate(links.items if isinstance(links, Sequence) else ()):
            if isinstance(link, Sequence) and not any(p[:3] == ("spec", "links", index) for p in broken):
                self.links.append(link)


def rate(node: Node | None, report: Report) -> int | None:
    """A rate in bit/s; None, and a diagnostic, if it is none."""
    if not isinstance(node, Scalar):
        return None
    try:
        bps = parse_rate(node.text)
    except UnitError as error:
        report.error("bad-rate", node.position, str(error), "for example: 10 Gbit/s")
        return None
    if bps == 0:
        report.error("bad-rate", node.position, "the rate is 0", "write what the port can carry, such as 10 Gbit/s")
        return None
    return bps


def rates(table: Table | None, report: Report) -> dict[str, int]:
    """Port names and rates in bit/s; what cannot be read is reported and left out."""
    read = {key.text: rate(value, report) for key, value in (table.items() if table else ())}
    return {name: bps for name, bps in read.items() if bps is not None}


def model_of(table: Table) -> str | None:
    """The model that a device names."""
    model = table.text("model")
    return model.text if model else None


def secret(table: Table | None) -> SecretRef | None:
    """Where a secret is, if it is said."""
    for key, value in table.items() if table else ():
        if isinstance(value, Scalar):
            return SecretRef(kind=key.text, name=value.text)
    return None
