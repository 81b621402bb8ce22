"""Texts to a campus and its intents. The one way in; nothing here opens a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from intents.ingest.clab import campus_document
from intents.ingest.clab_topology import read_topology
from intents.ingest.complete import complete
from intents.ingest.expand import expand
from intents.ingest.names import nearest
from intents.ingest.read_campus import read_campus
from intents.ingest.read_intent import Written, read_intent
from intents.ingest.report import Report
from intents.ingest.resolve import directory, resolve
from intents.ingest.sections import KINDS, Sections
from intents.ingest.sentence import read_sentence
from intents.ingest.tree import Node, Table
from intents.ingest.validate import check, kind_of
from intents.ingest.vocabulary import vocabulary
from intents.ingest.yaml12 import Limits, read_yaml
from intents.model.campus import Campus
from intents.model.diagnostic import Diagnostic, Position, has_errors
from intents.model.intent import Intent, ResolvedIntent

TOPOLOGY_ENDINGS: Final = (".clab.yml", ".clab.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What the texts say. campus: None if it is missing or has errors. intents: those without errors, by name.

    diagnostics: everything that is wrong, by position.
    """

    campus: Campus | None
    intents: tuple[ResolvedIntent, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(slots=True)
class _Texts:
    """What is gathered from the documents before names are looked up."""

    sections: Sections = field(default_factory=Sections)
    names: list[tuple[str, Position]] = field(default_factory=list)  # of the campus, where it was named
    intents: list[Written] = field(default_factory=list)
    has_campus: bool = False


def load(files: Mapping[str, str], environment: Mapping[str, str] | None = None, limits: Limits | None = None) -> Loaded:
    """Read the texts of a folder: path -> text. Faults of the user are in `diagnostics`; nothing is raised for them.

    A path that ends in .clab.yml is a containerlab topology, in which `environment` replaces ${VARIABLES}.
    Every other text holds documents of kind Campus and Intent.
    """
    report = Report()
    texts = _Texts()
    for path in sorted(files):
        _read_file(path, files[path], environment or {}, limits, texts, report)
    name = _campus_name(texts, report)
    partial = read_campus(name, texts.sections, report)
    if not texts.has_campus:
        at = Position(min(files)) if files else Position("campus.yaml")
        hint = "write a document of kind Campus in campus.yaml, or a containerlab topology NAME.clab.yml"
        report.error("no-campus", at, "no file describes the network", hint)
    campus = None if has_errors(report.diagnostics) and _campus_is_faulty(report, texts) else partial
    intents = _intents(partial, texts, report)
    return Loaded(campus=campus, intents=intents, diagnostics=report.diagnostics)
