"""The published JSON Schemas (draft 2020-12) of every kind, as package data, and their validators."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, cast

import jsonschema_rs

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

FILES: Final = {
    "Campus": "campus.schema.json",
    "Intent": "intent.schema.json",
    "Intents": "intents.schema.json",
}
API_VERSION: Final = "clearway.dev/v1"


@cache
def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind, a key of FILES."""
    text = files(__name__).joinpath(FILES[kind]).read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


@cache
def gate(kind: str) -> jsonschema_rs.Draft202012Validator:
    """Says only whether a document is valid, and very fast: a metro has hundreds of thousands of values. What is wrong
    with one that is not, `validator` tells."""
    return jsonschema_rs.Draft202012Validator(schema(kind))


@cache
def validator(kind: str) -> Draft202012Validator:
    """A validator for a kind, with messages."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - a fifth of a second, and only wrong documents need it

    return Draft202012Validator(schema(kind))
