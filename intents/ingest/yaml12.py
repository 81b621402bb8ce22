"""YAML 1.2 text to trees with positions, within limits. Its job ends there: no schema, no names.

PyYAML gives the events (libyaml's parser where it is built in); types follow the core schema of YAML 1.2.2, chapter
10.3, because PyYAML's own follow 1.1, where the MAC address 52:54:00:12:34:56 is a number and `no` is false. Duplicate
keys, unknown tags and recursive aliases are errors. An alias counts as often as it is used, so that an alias bomb meets
the limit on nodes before it meets memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from intents.ingest.report import Report
from intents.ingest.tree import Node, Scalar, ScalarValue, Sequence, Table
from intents.ingest.yaml_words import in_words
from intents.model.diagnostic import Position

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL: Final = frozenset(("", "~", "null", "Null", "NULL"))
_BOOL: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WORDS: Final[dict[str, bool | None]] = {**dict.fromkeys(_NULL), **_BOOL}
_INT: Final = re.compile(r"[-+]?[0-9]{1,40}\Z|0o[0-7]{1,40}\Z|0x[0-9a-fA-F]{1,40}\Z")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,3})?\Z")
_SCALAR: Final = yaml.ScalarEvent
_TAG: Final = "tag:yaml.org,2002:"
_TYPES: Final = {"int": int, "float": float, "bool": bool, "null": type(None)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may cost: characters, nesting, nodes (each use of an alias counts all its nodes), aliases."""

    characters: int = 32 * 2**20
    depth: int = 64
    nodes: int = 2_000_000
    aliases: int = 1_000


_new: Final = tuple.__new__  # of a named tuple, without the call of a function of its own: a metro has two million

# From line and column in the text that is parsed, both from 1, to where the user wrote it.
Locate = Callable[[int, int], Position]


class _Refused(Exception):
    def __init__(self, code: str, position: Position, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.position, self.message, self.hint = code, position, message, hint


@dataclass(slots=True)
class _Frame:
    """A collection that is being read."""

    position: Position
    anchor: str | None
    start: int  # nodes counted before it
    is_table: bool
    height: int = 0
    key: Scalar | None = None
    items: list[Node] = field(default_factory=list)
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)


def core_value(text: str) -> ScalarValue:
    """The value of a plain scalar by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "+-.0123456789":
        if _INT.match(text):
            return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
        if _FLOAT.match(text):
            return float(text)
    return text


class _Builder:
    """Builds trees from one file's events, without recursion. locate: None where the text is the file's own."""

    def __init__(self, file: str, locate: Locate | None, limits: Limits, report: Report) -> None:
        self.file, self.locate, self.limits, self.report = file, locate, limits, report
        self.documents: list[Node] = []
        self.frames: list[_Frame] = []
        self.anchors: dict[str, tuple[Node, int, int]] = {}  # name -> node, its nodes, its height
        self.nodes = 0
        self.aliases = 0

    def at(self, mark: Any) -> Position:
        if self.locate is None:
            return _new(Position, (self.file, mark.line + 1, mark.column + 1))
        return self.locate(mark.line + 1, mark.column + 1)

    def refuse(self, code: str, position: Position, message: str, hint: str) -> _Refused:
        return _Refused(code, position, message, hint)

    def feed(self, event: Any) -> None:
        """Take one event of the parser."""
        kind = type(event)
        if kind is _SCALAR:
            scalar = self.scalar(event)
            self.nodes += 1
            if self.nodes > self.limits.nodes:
                self.count(0, scalar.position)
            anchor = event.anchor
            frame = self.frames[-1] if self.frames and not anchor else None
            if frame is None:
                self.keep(scalar, 1, 0, anchor)
            elif not frame.is_table:
                frame.items.append(scalar)
            elif frame.key is None:
                frame.key = scalar
            else:
                self.enter(frame, frame.key, scalar)
                frame.key = None
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self.open(event, is_table=kind is yaml.MappingStartEvent)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self.close()
        elif kind is yaml.AliasEvent:
            self.alias(event)
        elif kind is yaml.DocumentStartEvent:
            self.anchors.clear()

    def count(self, nodes: int, position: Position) -> None:
        self.nodes += nodes
        if self.nodes > self.limits.nodes:
            raise self.refuse(
                "yaml-too-large",
                position,
                f"more than {self.limits.nodes:,} values, aliases counted as often as they are used",
                "split the file, and write repeated parts as groups rather than aliases",
            )

    def open(self, event: Any, *, is_table: bool) -> None:
        position = self.at(event.start_mark)
        self.count(1, position)
        self.check_depth(1, position)
        if event.tag not in (None, "!", _TAG + ("map" if is_table else "seq")):
            raise self.unknown_tag(event.tag, position)
        self.frames.append(_Frame(position, event.anchor, self.nodes - 1, is_table))
        if event.anchor:
            self.anchors.pop(event.anchor, None)  # an alias inside its own anchor finds nothing

    def check_depth(self, more: int, position: Position) -> None:
        if len(self.frames) + more > self.limits.depth:
            raise self.refuse(
                "yaml-too-deep",
                position,
                f"nested more than {self.limits.depth} levels deep",
                "Clearway's documents need fewer than ten levels: look for brackets that are not closed",
            )

    def close(self) -> None:
        frame = self.frames.pop()
        at = frame.position
        node = Table(frame.entries, at) if frame.is_table else Sequence(tuple(frame.items), at)
        self.keep(node, self.nodes - frame.start, frame.height + 1, frame.anchor)

    def alias(self, event: Any) -> None:
        position = self.at(event.start_mark)
        self.aliases += 1
        if self.aliases > self.limits.aliases:
            raise self.refuse(
                "yaml-too-many-aliases",
                position,
                f"more than {self.limits.aliases:,} aliases",
                "write repeated parts as groups rather than aliases",
            )
        if event.anchor not in self.anchors:
            raise self.refuse(
                "yaml-unknown-alias",
                position,
                f"*{event.anchor} has no anchor &{event.anchor} before it, or stands inside it",
                "define the anchor first; quote the text if it was not meant as an alias",
            )
        node, nodes, height = self.anchors[event.anchor]
        self.check_depth(height, position)
        self.count(nodes, position)
        self.keep(node, nodes, height, None)

    def keep(self, node: Node, nodes: int, height: int, anchor: str | None) -> None:
        """Put a finished node into the collection around it."""
        if anchor:
            self.anchors[anchor] = (node, nodes, height)
        if not self.frames:
            self.documents.append(node)
            return
        frame = self.frames[-1]
        frame.height = max(frame.height, height)
        if not frame.is_table:
            frame.items.append(node)
        elif frame.key is None:
            if not isinstance(node, Scalar):
                raise self.refuse(
                    "yaml-key", node.position, "a key must be a word, not a list or map", "write `key: value`"
                )
            frame.key = node
        else:
            self.enter(frame, frame.key, node)
            frame.key = None

    def enter(self, frame: _Frame, key: Scalar, value: Node) -> None:
        first = frame.entries.get(key.text)
        if first is None:
            frame.entries[key.text] = (key, value)
            return
        self.report.twice(
            "duplicate-key",
            key.position,
            first[0].position,
            f"the key '{short(key.text)}' is written twice in the same place",
            "remove one of the two",
        )

    def scalar(self, event: Any) -> Scalar:
        start, end = event.start_mark, event.end_mark
        text: str = event.value
        is_plain = not event.style
        line, column = start.line, start.column
        at = (self.file, line + 1, column + 1)
        position = _new(Position, at) if self.locate is None else self.locate(line + 1, column + 1)
        # The text stands letter by letter where it is one line without escapes: as wide as it is, or two quotes wider.
        quotes = 0 if is_plain else 1
        is_literal = end.column - column == len(text) + 2 * quotes and line == end.line and "\n" not in text
        offset = quotes if is_literal else None
        tag = event.tag
        if tag is None or tag == "!":
            value = core_value(text) if is_plain and tag is None else text
            return _new(Scalar, (value, text, position, offset))
        kind = event.tag.removeprefix(_TAG)
        if kind == "str":
            return Scalar(text, text, position, offset)
        value = core_value(text)
        if event.tag == _TAG + kind and kind in _TYPES and type(value) is _TYPES[kind]:
            return Scalar(value, text, position, offset)
        raise self.unknown_tag(event.tag, position)

    def unknown_tag(self, tag: str, position: Position) -> _Refused:
        shown = tag.replace(_TAG, "!!")
        return self.refuse(
            "yaml-unknown-tag", position, f"the tag {short(shown)} is not allowed here", "remove the tag: plain YAML"
        )


def short(text: str, limit: int = 60) -> str:
    """A text for a message: on one line, printable, cut where it is long."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _position_of(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of a letter."""
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def read_yaml(
    text: str, file: str, report: Report, limits: Limits | None = None, locate: Locate | None = None
) -> tuple[Node, ...]:
    """The documents of a file, in order; empty documents are left out.

    `locate` says where a line and column of the text was written, where the text is not the file's own.
    Faults go to the report: a syntax error ends the file (the documents before it are kept), duplicate keys do not.
    """
    place: Locate = locate or (lambda line, column: Position(file, line, column))
    limits = limits or Limits()
    text = text.removeprefix("\ufeff")
    if len(text) > limits.characters:
        report.error(
            "yaml-too-large",
            Position(file),
            f"the file has {len(text):,} characters; at most {limits.characters:,} are read",
            "split it: a folder may hold many files",
        )
        return ()
    builder = _Builder(file, locate, limits, report)
    try:
        text.encode()
        loader = _LOADER(text)
        try:
            get, feed = loader.get_event, builder.feed
            while (event := get()) is not None:
                feed(event)
        finally:
            loader.dispose()
    except _Refused as refused:
        report.error(refused.code, refused.position, refused.message, refused.hint)
    except UnicodeEncodeError as error:
        position = place(*_position_of(text, error.start))
        report.error("yaml-syntax", position, "a character that is not Unicode text", "save the file as UTF-8")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message, hint = in_words(f"{error.problem or ''} {error.context or ''}")
        report.error("yaml-syntax", builder.at(mark) if mark else place(1, 1), message, hint)
    except yaml.YAMLError as error:
        index = getattr(error, "position", 0)
        message, hint = in_words(str(getattr(error, "reason", "")) or "special characters")
        report.error("yaml-syntax", place(*_position_of(text, index or 0)), message, hint)
    return tuple(d for d in builder.documents if not (isinstance(d, Scalar) and d.value is None))
