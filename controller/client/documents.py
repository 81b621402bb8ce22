"""The intent in a file, as a message. What is wrong in it is told with its place, before the service is asked."""

from __future__ import annotations

from pathlib import Path

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.messages import intents
from controller.project import read_text, shown
from intents.ingest.read_intent import read_intent
from intents.ingest.report import Report
from intents.ingest.tree import Table
from intents.ingest.validate import check, kind_of
from intents.ingest.yaml12 import read_yaml
from intents.model.diagnostic import ClearwayError, Position


def intent_in(file: Path) -> pb.Intent:
    """The one intent of a YAML file. Raises ClearwayError."""
    report, where = Report(), shown(file)
    documents = read_yaml(read_text(file), where, report)
    _raise_faults(report)
    if len(documents) != 1 or not isinstance(documents[0], Table) or kind_of(documents[0], report) != "Intent":
        report.error(
            "not-one-intent",
            Position(where),
            f"{where} must hold one document of kind Intent",
            "a service takes intents one by one: give each a file of its own",
        )
    _raise_faults(report)
    document = documents[0]
    assert isinstance(document, Table)  # noqa: S101 - was found so above
    check("Intent", document, report)
    _raise_faults(report)
    written = read_intent(document, report)
    _raise_faults(report)
    if written is None:  # said in the report
        raise ClearwayError(*report.diagnostics)
    made = pb.Intent(name=written.name, labels=written.labels, annotations=written.annotations)
    if written.intent is not None:
        made.spec.CopyFrom(intents.spec(written.intent))
    elif written.say is not None:
        made.say = written.say.text
    return made


def _raise_faults(report: Report) -> None:
    if report.diagnostics:
        raise ClearwayError(*report.diagnostics)
