"""The intents as they are written, and what a call would make of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.messages import intents
from controller.service.source import Snapshot, with_file
from intents.ingest import nearest
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.intent import ResolvedIntent

API_FOLDER: Final = "intents/api"


def path_of(name: str) -> str:
    """The file of an intent that came by the API."""
    return f"{API_FOLDER}/{name}.yaml"


def all_of(snapshot: Snapshot) -> Mapping[str, ResolvedIntent]:
    """Each intent by name, sorted. Raises ClearwayError where the texts are wrong."""
    snapshot.project.checked_campus()
    found = {i.name: i for i in (*snapshot.project.resting, *snapshot.project.intents)}
    return dict(sorted(found.items()))


def find(snapshot: Snapshot, name: str) -> ResolvedIntent:
    """One intent. Raises ClearwayError that names the nearest."""
    found = all_of(snapshot)
    if name in found:
        return found[name]
    close = nearest(name, list(found))
    raise ClearwayError(
        Diagnostic(
            code="unknown-intent",
            message=f"there is no intent {name!r}",
            hint=f"did you mean {close!r}?" if close else "",
        )
    )


def named(wanted: pb.Intent) -> pb.Intent:
    """The intent, which has a name. Raises ClearwayError."""
    if not wanted.name:
        raise ClearwayError(Diagnostic(code="no-name", message="the intent has no name", hint="set intent.name"))
    return wanted


def with_intent(snapshot: Snapshot, wanted: pb.Intent) -> Snapshot:
    """The texts with the intent created or replaced. Raises ClearwayError."""
    _check_writable(snapshot, named(wanted).name, wanted.etag)
    return _replaced(snapshot, wanted.name, intents.document(wanted))


def without_intent(snapshot: Snapshot, name: str, etag: str) -> Snapshot:
    """The texts without the intent. Raises ClearwayError."""
    find(snapshot, name)
    _check_writable(snapshot, name, etag)
    return _replaced(snapshot, name, None)


def _check_writable(snapshot: Snapshot, name: str, etag: str) -> None:
    """An intent written by hand is changed where it is written, not here."""
    existing = all_of(snapshot).get(name)
    if existing is None:
        if etag:
            raise ClearwayError(
                Diagnostic(
                    code="etag-mismatch", message=f"{name} is gone meanwhile", hint="leave out the etag to make it anew"
                )
            )
        return
    where = existing.intent.position
    if not f"/{where.file}".endswith(f"/{path_of(name)}"):
        raise ClearwayError(
            Diagnostic(
                code="not-ours",
                message=f"{name} is written in {where.file}:{where.line}",
                hint="change it there, or use another name",
                position=where,
            )
        )
    if etag and etag != intents.etag(existing.intent):
        raise ClearwayError(
            Diagnostic(code="etag-mismatch", message=f"{name} was changed meanwhile", hint="get it again and retry")
        )


def _replaced(snapshot: Snapshot, name: str, text: str | None) -> Snapshot:
    project = with_file(snapshot.project, path_of(name), text)
    project.checked_campus()
    return Snapshot(revision=snapshot.revision, project=project)
