"""Several intents in one document of kind Intents, a line each: a sentence, or the fields of one.

    spec:
      ct-to-pacs: CT room to PACS gets priority
      guests-apart: {from: guest-wifi, to: clinical-systems, deny: true}

Each is read as the document of kind Intent that it stands for.
"""

from __future__ import annotations

from collections.abc import Iterator

from intents.ingest.schema import API_VERSION
from intents.ingest.tree import Node, Scalar, Table, table_of
from intents.ingest.validate import Path


def intents_of(document: Table, broken: frozenset[Path]) -> Iterator[Table]:
    """The documents; those are left out that the schema has spoken against. broken: what `check` returned."""
    spec = document.table("spec")
    for name, body in spec.items() if spec else ():
        path = ("spec", name.text)
        if not any(p[:2] == path or path[: len(p)] == p for p in broken):
            yield _intent(name, body)


def _intent(name: Scalar, body: Node) -> Table:
    at = name.position
    fields = body if isinstance(body, Table) else table_of([(_word("say", body), body)], body.position)
    metadata = table_of([(_word("name", name), name)], at)
    parts: list[tuple[Scalar, Node]] = [
        (_word("apiVersion", name), Scalar(API_VERSION, API_VERSION, at)),
        (_word("kind", name), Scalar("Intent", "Intent", at)),
        (_word("metadata", name), metadata),
        (_word("spec", name), fields),
    ]
    return table_of(parts, at)


def _word(text: str, beside: Node) -> Scalar:
    return Scalar(text, text, beside.position)
