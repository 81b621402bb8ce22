"""Checks a document against its kind's JSON Schema and says what is wrong in plain words, with positions.

The schemas' `title` says what is expected, `x-code` the diagnostic's code; both are annotations to other tools.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from intents.ingest.names import nearest, suggestion
from intents.ingest.report import Report
from intents.ingest.schema import API_VERSION, FILES, gate, validator
from intents.ingest.tree import Node, Scalar, Sequence, Table, find, key_position, plain
from intents.ingest.yaml12 import short

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

Path = tuple[str | int, ...]


def kind_of(document: Node, report: Report) -> str | None:
    """The document's kind if Clearway knows it; otherwise None and a diagnostic."""
    if not isinstance(document, Table):
        report.error(
            "not-a-document",
            document.position,
            f"this is {said(document)}, not a document",
            f"a document starts with `apiVersion: {API_VERSION}` and `kind: Intent` or `kind: Campus`",
        )
        return None
    kind = document.text("kind")
    if kind is None:
        report.error(
            "missing-key", document.position, "the document has no kind", "write `kind: Intent` or `kind: Campus`"
        )
        return None
    if kind.text not in FILES:
        hint = suggestion(kind.text, FILES, "kind")
        report.error("unknown-kind", kind.position, f"'{short(kind.text)}' is not a kind", hint)
        return None
    return kind.text


def said(node: Node) -> str:
    """A value as a message names it."""
    if isinstance(node, Scalar):
        return f"'{short(node.text)}'" if node.value is not None else "nothing"
    return "a list" if isinstance(node, Sequence) else "a map"


def check(kind: str, document: Node, report: Report) -> frozenset[Path]:
    """Report what the schema does not allow. Returns the paths of the parts that are not to be read further."""
    if gate(kind).is_valid(plain(document)):
        return frozenset()
    return check_with(validator(kind), document, report)


def check_with(schema: Draft202012Validator, document: Node, report: Report) -> frozenset[Path]:
    """As `check`, with any validator."""
    broken: set[Path] = set()
    for error in schema.iter_errors(plain(document)):
        path: Path = tuple(error.absolute_path)
        _say(error, path, document, report)
        if "propertyNames" in error.absolute_schema_path:
            broken.add((*path, str(error.instance)))
        elif error.validator != "additionalProperties":
            broken.add(path)
    return frozenset(broken)


def _name_of(path: Path) -> str:
    """`spec.places.ct-room.port` without the `spec`, for people."""
    steps = path[1:] if path[:1] == ("spec",) and len(path) > 1 else path
    text = ""
    for step in steps:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".")


def _say(error: ValidationError, path: Path, document: Node, report: Report) -> None:
    node = find(document, path)
    where = _name_of(path) or "the document"
    rule = error.validator
    expected: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    if rule == "additionalProperties" and isinstance(node, Table):
        _unknown_keys(expected, node, where, report)
    elif rule == "required" and isinstance(node, Table):
        _missing_keys(expected, node, where, report)
    elif "propertyNames" in error.absolute_schema_path:
        title = expected.get("title", "a name")
        report.error(
            "bad-name",
            key_position(node, str(error.instance)),
            f"the key '{short(str(error.instance))}' in {where} is not {title}",
            _example(expected),
        )
    else:
        title = expected.get("title", "something else")
        code = expected.get("x-code", "bad-value")
        position = node.position
        if code == "secret-in-text" and isinstance(node, Scalar):
            report.error(
                code,
                position,
                f"{where} holds a value, and must be {title}",
                "write {env: NAME}, {file: PATH} or {keyring: SERVICE/NAME}",
            )
            return
        if code.endswith("-without-unit") and not isinstance(node, Scalar):
            code = "bad-value"
        report.error(code, position, f"{where} is {said(node)}, and must be {title}", _unit_hint(node, expected))


def _example(expected: dict[str, Any]) -> str:
    examples = expected.get("examples", [])
    return f"for example: {', '.join(str(e) for e in examples[:2])}" if examples else ""


def _unit_hint(node: Node, expected: dict[str, Any]) -> str:
    if str(expected.get("x-code", "")).endswith("-without-unit") and isinstance(node, Scalar):
        unit = str(expected.get("examples", ["1 s"])[0]).split()[-1]
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return f"write the unit, as in {short(node.text)} {unit}"
    if "const" in expected:
        return f"write {expected['const']}"
    if "enum" in expected:
        return f"one of: {', '.join(map(str, expected['enum']))}"
    if "minimum" in expected and "maximum" in expected:
        return f"write a whole number from {expected['minimum']} to {expected['maximum']}"
    return _example(expected) or "see the schema that is published with the package, or docs/language.md"


def _unknown_keys(expected: dict[str, Any], node: Table, where: str, report: Report) -> None:
    known = expected.get("properties", {})
    for name, (key, _) in node.entries.items():
        if name in known:
            continue
        near = nearest(name, known)
        hint = f"did you mean '{near}'?" if near else f"it may have: {', '.join(sorted(known))}"
        report.error("unknown-key", key.position, f"'{short(name)}' is not a key of {where}", hint)


def _missing_keys(expected: dict[str, Any], node: Table, where: str, report: Report) -> None:
    mistyped = {nearest(key, expected.get("properties", {})) for key in node.entries}
    for name in expected.get("required", []):
        if name in node.entries or name in mistyped:
            continue
        wanted = expected.get("properties", {}).get(name, {})
        reference = wanted.get("$ref", "")
        title = wanted.get("title")
        hint = f"add `{name}:` with {title}" if title else f"add `{name}: ...`" if reference else f"add `{name}:`"
        report.error("missing-key", node.position, f"{where} has no {name}", hint)
