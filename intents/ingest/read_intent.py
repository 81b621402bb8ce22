"""An intent from a document of kind Intent: fields as written, or a sentence. Names are not looked up here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from intents.ingest import calendar
from intents.ingest.report import Report
from intents.ingest.sense import check_sense
from intents.ingest.tree import Node, Scalar, Sequence, Table
from intents.model.diagnostic import Position
from intents.model.intent import Deliver, Intent, Permission
from intents.model.units import UnitError, parse_duration, parse_rate, parse_size

# What only an allowing intent can say.
PROMISES: Final = ("class", "guarantee", "limit", "latency", "deliver", "via", "survive")
_SURVIVE_WORDS: Final = ("link", "uplink", "pon", "olt", "switch")
_READERS: Final[Mapping[str, Callable[[str], int]]] = {
    "rate": parse_rate,
    "size": parse_size,
    "duration": parse_duration,
}
_UNIT_HINTS: Final = {
    "rate": "for example: 400 Mbit/s; bit/s, kbit/s, Mbit/s and Gbit/s are known",
    "size": "for example: 512 KiB; B, kB, MB, KiB, MiB and GiB are known",
    "duration": "for example: 150 ms; us, ms, s, min and h are known",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An intent's document: the intent if it is written in fields, the sentence if it is one."""

    name: str
    position: Position
    labels: dict[str, str]
    annotations: dict[str, str]
    intent: Intent | None = None
    say: Scalar | None = None


def read_intent(document: Table, report: Report) -> Written | None:
    """The intent of a document that its schema allows; None, and diagnostics, where it makes no sense."""
    metadata, spec = document.table("metadata"), document.table("spec")
    name = metadata.text("name") if metadata else None
    if metadata is None or spec is None or name is None:
        return None
    written = Written(
        name=name.text,
        position=name.position,
        labels=_texts(metadata.table("labels")),
        annotations=_texts(metadata.table("annotations")),
    )
    say = spec.text("say")
    if say is not None:
        others = [key for key, _ in spec.items() if key.text not in ("say", "description")]
        if others:
            message = f"'{others[0].text}' stands beside a sentence"
            hint = "a sentence is the whole intent: say it there, or write every part as a field"
            report.error("say-and-fields", others[0].position, message, hint)
            return None
        return _with(written, say=say)
    intent = _Fields(spec, report).intent(written)
    return _with(written, intent=intent) if intent else None


def _with(written: Written, intent: Intent | None = None, say: Scalar | None = None) -> Written:
    return Written(
        name=written.name,
        position=written.position,
        labels=written.labels,
        annotations=written.annotations,
        intent=intent,
        say=say,
    )


def _texts(table: Table | None) -> dict[str, str]:
    return {k.text: v.text for k, v in (table.items() if table else ()) if isinstance(v, Scalar)}


def names_in(node: Node | None) -> tuple[Scalar, ...]:
    """One name or a list of names, in the order written."""
    if isinstance(node, Scalar) and node.value is not None:
        return (node,)
    return tuple(i for i in node.items if isinstance(i, Scalar)) if isinstance(node, Sequence) else ()


class _Fields:
    """Reads one spec; `faulty` once something in it makes no sense."""

    def __init__(self, spec: Table, report: Report) -> None:
        self.spec, self.report, self.faulty = spec, report, False

    def error(self, code: str, position: Position, message: str, hint: str) -> None:
        self.faulty = True
        self.report.error(code, position, message, hint)

    def intent(self, written: Written) -> Intent | None:
        spec = self.spec
        permission = self.permission()
        self.check_ends(permission)
        one_way = spec.text("one-way")
        ends = spec.get("quarantine") if permission is Permission.QUARANTINE else spec.get("from")
        cls, via = spec.text("class"), spec.text("via")
        intent = Intent(
            name=written.name,
            permission=permission,
            sources=_unique(ends),
            destinations=() if permission is Permission.QUARANTINE else _unique(spec.get("to")),
            one_way=bool(one_way and one_way.value),
            services=_unique(spec.get("services")),
            service_class=cls.text if cls else None,
            guarantee_bps=self.quantity("guarantee", "rate"),
            limit_bps=self.quantity("limit", "rate"),
            latency_us=self.quantity("latency", "duration"),
            deliver=self.deliver(),
            via=via.text if via else None,
            survive=self.survive(),
            when=self.when(),
            labels=written.labels,
            annotations=written.annotations,
            position=written.position,
            positions=self.positions(),
        )
        makes_sense = check_sense(intent, self.report)
        return intent if makes_sense and not self.faulty else None

    def positions(self) -> dict[str, Position]:
        found: dict[str, Position] = {}
        for key, value in self.spec.items():
            found[key.text] = value.position
            if isinstance(value, Table):
                found |= {f"{key.text}.{k.text}": v.position for k, v in value.items()}
            for name in names_in(value):
                found.setdefault(f"{key.text}.{name.text}", name.position)
        return found

    def permission(self) -> Permission:
        said = [word for word in ("allow", "deny", "quarantine") if self.spec.get(word) is not None]
        if len(said) > 1:
            at = self.spec.entries[said[1]][0].position
            self.error("contradiction", at, f"{said[0]} and {said[1]} in one intent", "write two intents, or keep one")
        permission = Permission(said[0]) if said else Permission.ALLOW
        if permission is not Permission.ALLOW:
            for word in PROMISES:
                if word in self.spec.entries:
                    at = self.spec.entries[word][0].position
                    message = f"{word} has no meaning beside {permission}: nothing flows"
                    self.error("contradiction", at, message, f"remove {word}, or remove {permission}")
        return permission

    def check_ends(self, permission: Permission) -> None:
        spec = self.spec
        if permission is Permission.QUARANTINE:
            for word in ("from", "to", "services", "one-way"):
                if word in spec.entries:
                    at = spec.entries[word][0].position
                    message = f"{word} has no meaning beside quarantine, which cuts a place off from everything"
                    self.error("contradiction", at, message, f"remove {word}")
            return
        if spec.get("from") is None:
            self.error("missing-key", spec.position, "the intent does not say from whom", "add `from:` with a name")
        if spec.get("to") is None and not self.may_leave_out_to(permission):
            hint = "add `to:` with a name; only `class` and `limit` alone can do without"
            self.error("missing-key", spec.position, "the intent does not say to whom", hint)

    def may_leave_out_to(self, permission: Permission) -> bool:
        """`class` and `limit` alone may hold for whatever the senders may reach by other intents."""
        said = {word for word in (*PROMISES, "services", "allow") if word in self.spec.entries}
        return permission is Permission.ALLOW and bool(said) and said <= {"class", "limit"}

    def quantity(self, path: str, kind: str) -> int | None:
        table, _, key = path.rpartition(".")
        node = (self.spec.table(table) or self.spec).text(key) if table else self.spec.text(key)
        if node is None:
            return None
        try:
            return _READERS[kind](node.text)
        except UnitError as error:
            self.error(f"bad-{kind}", node.position, str(error), _UNIT_HINTS[kind])
            return None

    def deliver(self) -> Deliver | None:
        table = self.spec.table("deliver")
        images = table.text("images") if table else None
        size, within = self.quantity("deliver.size", "size"), self.quantity("deliver.within", "duration")
        if images is None or size is None or within is None or not isinstance(images.value, int):
            return None
        return Deliver(images=images.value, size_bytes=size, within_us=within)

    def survive(self) -> str | None:
        node = self.spec.text("survive")
        if node is None:
            return None
        words = node.text.lower().split()
        if words[:2] == ["any", "single"]:
            if words[2:] and words[2] in _SURVIVE_WORDS and len(words) == 3:
                return " ".join(words)
            hint = f"any single {', '.join(_SURVIVE_WORDS[:-1])} or {_SURVIVE_WORDS[-1]}"
            self.error("bad-survive", node.position, f"'{node.text}' is not a failure that Clearway knows", hint)
        return node.text

    def when(self) -> str | None:
        node = self.spec.text("when")
        if node is None:
            return None
        read = calendar.window(node.text)
        if read is None:
            hint = f"write days, a span and perhaps a time zone, such as: {calendar.EXAMPLE}"
            self.error("bad-when", node.position, f"'{node.text}' is not a time window", hint)
        return read


def _unique(node: Node | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.text for name in names_in(node)))
