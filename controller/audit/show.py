"""What of a log somebody asks for, and how a record reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from controller.audit.chain import Record

_OF_CHANGE: Final = frozenset({"change-begun", "change-part", "message", "answer", "change-ended"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which records: all of these that are given. since: RFC 3339 in UTC, as records have it."""

    intent: str = ""
    device: str = ""
    who: str = ""
    since: str = ""


def chosen(records: Iterable[Record], question: Question) -> Iterator[Record]:
    """The records that answer the question, in their order. Of a change, what is asked for by intent or device brings
    what was sent to its devices with it, and who wanted it."""
    listed = list(records)
    people = {r.fields.get("token"): _who(r) for r in listed if r.kind == "change-begun"}
    parts = {(r.fields["token"], r.fields["device"]): r for r in listed if r.kind == "change-part"}
    wanted = {key for key, part in parts.items() if _is_of(part, question)}
    tokens = {token for token, _ in wanted}
    for record in listed:
        if record.time < question.since:
            continue
        who = people.get(record.fields.get("token"), "") if record.kind in _OF_CHANGE else _who(record)
        if question.who and question.who.casefold() not in who.casefold():
            continue
        if (question.intent or question.device) and not _asked(record, question, wanted, tokens):
            continue
        yield record


def _is_of(part: Record, question: Question) -> bool:
    if question.device and part.fields["device"] != question.device:
        return False
    return not question.intent or any(i.partition(" ")[0] == question.intent for i in part.fields["intents"])


def _asked(record: Record, question: Question, wanted: set[tuple[Any, Any]], tokens: set[Any]) -> bool:
    token, device = record.fields.get("token"), record.fields.get("device")
    if token is not None and device is None:  # begun, written to git, ended
        return token in tokens
    if (token, device) in wanted:
        return True
    if question.intent:
        return bool(record.fields.get("intent") == question.intent)
    return bool(device == question.device)  # also of what was ended or tried out before the change was planned


def _who(record: Record) -> str:
    return " ".join(str(record.fields.get(key, "")) for key in ("by", "caller", "who", "peer"))


def in_words(record: Record) -> str:
    """One line for people."""
    f = record.fields
    match record.kind:
        case "change-begun":
            what = f"{f.get('by', '?')} changes {', '.join(f['devices']) or 'nothing yet'} ({f.get('from', '?')})"
        case "change-part":
            changes = ", ".join(f"{count} {name}" for name, count in f["changes"].items())
            more = f" and {f['more-intents']} more" if f["more-intents"] else ""
            what = f"{f['device']}: {changes}; for {', '.join(f['intents']) or 'no intent'}{more}"
        case "message":
            what = f"{f['device']} <- {f['protocol']} {f['operation']}, {f['bytes']} bytes, sha256 {f['sha256'][:16]}"
        case "answer":
            what = f"{f['device']} -> {f['outcome']} (to {f['of']})"
        case "change-ended":
            what = f"ended: {f['outcome']}"
        case "break-glass-opened":
            what = f"{_by(f)} holds {f['device']} for {f['owner']} until {f['until']}: {f['why']}"
        case "break-glass-to-end" | "break-glass-ended":
            done = "ends" if record.kind == "break-glass-ended" else "wants to end"
            what = f"{_by(f)} {done} the break-glass of {f['owner']} on {f['device']}: {f['ending']}"
        case _:
            what = f"{record.kind}: " + ", ".join(f"{key} {value}" for key, value in sorted(f.items()))
    token = f"  {f['token']}" if record.kind in _OF_CHANGE else ""
    missed = f"  ({f['missed']} records before it could not be written)" if "missed" in f else ""
    return f"{record.n:>7}  {record.time}{token}  {what}{missed}"


def _by(fields: Mapping[str, Any]) -> str:
    return str(fields.get("caller") or fields.get("by") or "?")


def as_json(record: Record) -> dict[str, Any]:
    """All members."""
    own = {"n": record.n, "time": record.time, "kind": record.kind, "prev": record.prev, "hash": record.hash}
    return {**own, **record.fields}
