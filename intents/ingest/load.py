"""Texts to a campus and its intents. The one way in; nothing here opens a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from intents.ingest.clab import campus_document
from intents.ingest.clab_topology import read_topology
from intents.ingest.complete import complete, with_class
from intents.ingest.expand import expand
from intents.ingest.kits import unpacked
from intents.ingest.leaks import refuse_secrets
from intents.ingest.many import intents_of
from intents.ingest.posture import posture
from intents.ingest.ranges import written_out
from intents.ingest.read_campus import read_campus
from intents.ingest.read_intent import Written, read_intent
from intents.ingest.report import Report
from intents.ingest.resolve import directory, resolve
from intents.ingest.sections import KINDS, Sections
from intents.ingest.sentence import read_sentence
from intents.ingest.tree import Node, Table
from intents.ingest.validate import check, kind_of
from intents.ingest.vocabulary import Vocabulary, vocabulary
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


def load(
    files: Mapping[str, str], environment: Mapping[str, str] | None = None, limits: Limits | None = None
) -> Loaded:
    """Read the texts of a folder: path -> text. Faults of the user are in `diagnostics`; nothing is raised for them.

    A path that ends in .clab.yml is a containerlab topology, in which `environment` replaces ${VARIABLES}.
    Every other text holds documents of kind Campus, Intent and Intents.
    """
    report = Report()
    for path in sorted(files):
        refuse_secrets(files[path], path, report)
    if report.diagnostics:
        return Loaded(campus=None, intents=(), diagnostics=report.diagnostics)
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


def _read_file(
    path: str, text: str, environment: Mapping[str, str], limits: Limits | None, texts: _Texts, report: Report
) -> None:
    """Read one text into what is gathered."""
    is_topology = path.endswith(TOPOLOGY_ENDINGS)
    expanded = expand(text, path, environment, report) if is_topology else None
    documents = read_yaml(
        expanded.text if expanded else text, path, report, limits or Limits(), expanded.locate if expanded else None
    )
    for document in documents:
        if is_topology:
            _read_topology(document, texts, report)
        else:
            _read_document(document, texts, report)


def _read_topology(document: Node, texts: _Texts, report: Report) -> None:
    topology = read_topology(document, report)
    if topology is not None:
        _add_campus(campus_document(topology, report), texts, report)


def _read_document(document: Node, texts: _Texts, report: Report) -> None:
    kind = kind_of(document, report)
    if kind is None or not isinstance(document, Table):
        return
    if kind == "Campus":
        _add_campus(document, texts, report)
        return
    broken = check(kind, document, report)
    if kind == "Intents":
        for each in intents_of(document, broken):
            _read_intent(each, texts, report)
    elif not broken:
        _read_intent(document, texts, report)


def _read_intent(document: Table, texts: _Texts, report: Report) -> None:
    if check("Intent", document, report):
        return
    written = read_intent(document, report)
    if written is not None:
        texts.intents.append(written)


def _add_campus(document: Table, texts: _Texts, report: Report) -> None:
    texts.has_campus = True
    document = unpacked(written_out(document, report), report)
    broken = check("Campus", document, report)
    metadata = document.table("metadata")
    name = metadata.text("name") if metadata else None
    if name is not None:
        texts.names.append((name.text, name.position))
    texts.sections.add(document.get("spec"), broken, report)


def _campus_name(texts: _Texts, report: Report) -> str:
    """The one name; a second document may repeat it."""
    names = sorted(texts.names, key=lambda n: n[1])
    for name, position in names[1:]:
        if name != names[0][0]:
            message = f"the campus is called '{name}' here and '{names[0][0]}' elsewhere"
            report.twice("name-twice", position, names[0][1], message, "give both documents one name")
    return names[0][0] if names else "campus"


def _campus_is_faulty(report: Report, texts: _Texts) -> bool:
    """Whether an error so far is the campus's: then nothing can be planned."""
    written = {w.position.file for w in texts.intents}
    campus_files = {position.file for _, position in texts.names}
    return not texts.has_campus or any(
        d.position.file in campus_files or d.position.file not in written for d in report.diagnostics
    )


def _intents(campus: Campus, texts: _Texts, report: Report) -> tuple[ResolvedIntent, ...]:
    """Sentences read, names looked up, what is left open completed."""
    broken = frozenset().union(*(texts.sections.names(s) for s in KINDS)) - _defined(campus)
    known, words = directory(campus, broken), vocabulary(campus)
    seen: dict[str, Position] = {}
    resolved: list[ResolvedIntent] = []
    for written in sorted(texts.intents, key=lambda w: w.position):
        if written.name in seen:
            message = f"the intent '{written.name}' is defined twice"
            report.twice("defined-twice", written.position, seen[written.name], message, "rename one of the two")
            continue
        seen[written.name] = written.position
        intent = _said(written, words, report)
        found = resolve(with_class(intent, campus), known, report) if intent else None
        if found is not None:
            resolved.append(found)
    whole = complete(resolved, report)
    return tuple(sorted((*whole, *posture(texts.sections, campus, whole, report)), key=lambda r: r.name))


def _said(written: Written, words: Vocabulary, report: Report) -> Intent | None:
    if written.intent is not None or written.say is None:
        return written.intent
    intent = read_sentence(written.say, written.name, written.position, words, report)
    return replace(intent, labels=written.labels, annotations=written.annotations) if intent else None


def _defined(campus: Campus) -> frozenset[str]:
    return frozenset(campus.places) | frozenset(campus.groups) | frozenset(campus.segments)
