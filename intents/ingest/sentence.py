"""Sentences to intents. The grammar is sentence.lark; docs/language.md has it in examples."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice, product
from typing import Any, Final

from lark import Lark, Token, Tree
from lark.exceptions import LarkError
from lark.visitors import CollapseAmbiguities

from intents.ingest import calendar, chinese, lists
from intents.ingest.names import suggestion
from intents.ingest.report import Report
from intents.ingest.say import sentence
from intents.ingest.say_zh import sentence_zh
from intents.ingest.sense import check_sense
from intents.ingest.tree import Scalar
from intents.ingest.vocabulary import Vocabulary
from intents.model.diagnostic import Position, Related
from intents.model.intent import Deliver, Intent, Permission
from intents.model.units import UnitError, parse_duration, parse_rate, parse_size

MAX_LETTERS: Final = 300
MOST_READINGS: Final = 50
MOST_IMAGES: Final = 1_000_000_000
PRIORITY: Final = "<priority>"  # a class that only the campus can tell: that of the sender's segment, else imaging
_HINT: Final = (
    "such as: CT room to PACS gets priority; wards may reach HIS with https; guest Wi-Fi never reaches servers"
)
_HINTS: Final = {"en": _HINT, "zh": "例如: CT室到PACS优先; 病房可访问HIS,使用https; 访客不得访问临床系统"}


@dataclass(slots=True)
class _Reading:
    """What one derivation says, before names are looked up."""

    permission: Permission = Permission.ALLOW
    sources: list[str] = field(default_factory=list)  # names, or lists of names that are yet to be divided
    destinations: list[str] = field(default_factory=list)
    is_divided: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


@cache
def _parser() -> Lark:
    grammar = files("intents.ingest").joinpath("sentence.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="earley", ambiguity="explicit", lexer="dynamic", propagate_positions=False)


def read_sentence(say: Scalar, name: str, position: Position, known: Vocabulary, report: Report) -> Intent | None:
    """The one intent that the sentence says; None, and a diagnostic, for none or two."""
    text = " ".join(say.text.strip().rstrip(".。").split())
    language = "zh" if chinese.is_chinese(text) else "en"
    if len(text) > MAX_LETTERS:
        report.error(
            "sentence-too-long", say.position, f"the sentence has {len(text)} letters", "split it into intents"
        )
        return None
    readings = _chinese_readings(text, known) if language == "zh" else _readings(text.lower())
    if not readings:
        report.error(
            "not-a-sentence", say.position, f"'{text}' is not a sentence that Clearway knows", _HINTS[language]
        )
        return None
    meant = {i for r in readings for i in _intents(r, known)}
    if len(meant) == 1:
        (intent,) = meant
        intent = replace(intent, name=name, position=position, say=say.text, positions={"say": say.position})
        return intent if check_sense(intent, report) else None
    if meant:
        _ambiguous(text, sorted(map(sentence_zh if language == "zh" else sentence, meant)), say, report)
    else:
        _meaningless(text, readings, known, say, report)
    return None


# Words that the grammar or a reading looks at; any other word is a name, or a class, or a service: one is as good as
# another, so sentences that differ in such words alone are parsed once.
_KEPT: Final = frozenset(
    """
    a all allowed an and any are at be between by can cannot daily delay delivers each everywhere fri from
    get gets goes guaranteed h images is keep keeps least link may min minutes mon most ms must never not of
    olt on one pon priority quarantine reach reaches s sat second seconds single sun survives switch the thu
    to tue under until uplink us wed utc gmt way weekdays weekends with within b kb mb gb kib mib gib
    """.split()  # noqa: SIM905 - ninety words, a line each, would hide what follows
)
_PLAIN: Final = re.compile(r"[a-z][a-z0-9\-]*\Z")
_SAID: Final = {
    "service_class": "the class",
    "guarantee_bps": "the guarantee",
    "limit_bps": "the limit",
    "latency_us": "the delay",
    "one_way": "one way",
}
# Words of clauses: a name that holds one of them is a clause without its comma.
_CLAUSES: Final = frozenset(
    ("gets", "get", "keeps", "keep", "is", "are", "survives", "goes", "delivers", "may", "with")
)
_STAND_IN: Final = re.compile(r"xq[0-9]+x")


def _chinese_readings(text: str, known: Vocabulary) -> list[_Reading]:
    trees, words = chinese.derivations(chinese.folded(text), known)

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return "".join(words[ord(c) - 0xE000] if 0xE000 <= ord(c) < 0xE000 + len(words) else c for c in value)
        return tuple(map(fill, value)) if isinstance(value, tuple) else value

    readings = [_refilled(_read(tree), fill) for tree in trees]
    for reading in readings:
        reading.is_divided = True
    return readings


def _readings(text: str) -> list[_Reading]:
    """What a sentence can say, name for name; nothing if it is none."""
    words: list[str] = []

    def stand_in(word: str) -> str:
        bare = word.rstrip(",")
        if bare in _KEPT or not _PLAIN.match(bare):
            return word
        words.append(bare)
        return f"xq{len(words) - 1}x{word[len(bare) :]}"

    shape = " ".join(map(stand_in, text.split()))
    return [_filled(reading, words) for reading in _readings_of(shape)]


@lru_cache(maxsize=256)
def _readings_of(shape: str) -> tuple[_Reading, ...]:
    try:
        tree = _parser().parse(shape)
    except LarkError:
        return ()
    found: list[Tree[Token]] = CollapseAmbiguities().transform(tree)
    return tuple(map(_read, found))


def _filled(reading: _Reading, words: list[str]) -> _Reading:
    """A reading with the words that stood there."""

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return _STAND_IN.sub(lambda found: words[int(found.group()[2:-1])], value)
        return tuple(map(fill, value)) if isinstance(value, tuple) else value

    return _refilled(reading, fill)


def _refilled(reading: _Reading, fill: Callable[[Any], Any]) -> _Reading:
    return _Reading(
        permission=reading.permission,
        sources=[fill(name) for name in reading.sources],
        destinations=[fill(name) for name in reading.destinations],
        is_divided=reading.is_divided,
        fields={key: fill(value) for key, value in reading.fields.items()},
        problem=fill(reading.problem),
    )


def _ambiguous(text: str, meant: list[str], say: Scalar, report: Report) -> None:
    shown = meant[:2]
    report.error(
        "ambiguous-sentence",
        say.position,
        f"'{text}' can be read as '{shown[0]}' or as '{shown[1]}'",
        "write the one that you mean, with full names",
        tuple(Related(position=say.position, message=f"reading: {s}") for s in shown),
    )


def _meaningless(text: str, readings: list[_Reading], known: Vocabulary, say: Scalar, report: Report) -> None:
    problems = [r.problem for r in readings if r.problem]
    # Many readings of a long text differ in little: the first are enough to say what is wrong.
    some = readings[:MOST_READINGS]
    best = min(some, key=lambda r: (len(_unknown(r, known)), sum(map(len, r.sources + r.destinations))))
    cls = best.fields.get("service_class")
    unknown = _unknown(best, known)
    if unknown:
        word = min(unknown, key=len)
        near = known.near(word)
        hint = f"did you mean '{near}'?" if near else "name a place, a group or a segment of the campus"
        message = f"there is no place, group or segment '{word}'"
        if near is None and not _CLAUSES.isdisjoint(word.split()):
            hint = "write a comma between what is said: CT room to PACS gets priority, on weekdays 8-18"
        report.error("unknown-place", _where(word, text, say), message, hint)
        return
    if not best.problem and cls not in (None, PRIORITY) and cls not in known.classes:
        hint = suggestion(cls, known.classes, "class")
        report.error("unknown-class", _where(cls, text, say), f"there is no class '{cls}'", hint)
        return
    hint = _HINTS["zh" if chinese.is_chinese(text) else "en"]
    report.error("not-a-sentence", say.position, problems[0] if problems else f"'{text}' makes no sense", hint)


def _where(word: str, text: str, say: Scalar) -> Position:
    """Where a word that was folded stands in the sentence; the sentence's first letter if it cannot be found."""
    return say.inside(max("".join(map(_folded_letter, text)).find(word), 0))


def _folded_letter(letter: str) -> str:
    """One letter for one, so that what is found stands at the same place."""
    folded = unicodedata.normalize("NFKC", letter).lower()
    return folded if len(folded) == 1 else letter


def _unknown(reading: _Reading, known: Vocabulary) -> list[str]:
    said = (*reading.sources, *reading.destinations)
    names = said if reading.is_divided else tuple(n for phrase in said for n in lists.parts(phrase, known))
    return [n for n in names if not known.meanings(n)]


def _intents(reading: _Reading, known: Vocabulary) -> Iterator[Intent]:
    """The intents that a derivation can mean: one for each combination of what its names can mean."""
    cls = reading.fields.get("service_class")
    if reading.problem or (cls not in (None, PRIORITY) and cls not in known.classes):
        return
    sources, destinations = (_meant(names, reading, known) for names in (reading.sources, reading.destinations))
    for chosen, others in product(sources, destinations):
        yield Intent(name="", permission=reading.permission, sources=chosen, destinations=others, **reading.fields)


def _meant(said: list[str], reading: _Reading, known: Vocabulary) -> list[tuple[str, ...]]:
    """Whom the names can mean; no more than it takes to see that they can mean several."""
    if reading.is_divided or not said:
        divided = [tuple(said)]
    else:
        (phrase,) = said
        divided = lists.ways(phrase, known)
    found = (chosen for names in divided for chosen in product(*map(known.meanings, names)))
    return list(dict.fromkeys(islice(found, lists.MOST_WAYS)))


def _read(tree: Tree[Token]) -> _Reading:
    reading = _Reading()
    try:
        _START[tree.data](reading, list(tree.children))
    except (UnitError, ValueError) as error:
        reading.problem = str(error)
    return reading


def _names(node: Any) -> list[str]:
    """The names of a Chinese list; an English list as one text, commas as words, yet to be divided."""
    if isinstance(node.children[0], Token):
        return [" ".join(map(str, node.children))]
    return [" ".join(map(str, name.children)) for name in node.children]


def _clauses(reading: _Reading, nodes: list[Any]) -> None:
    for node in nodes:
        for key, value in _clause(node):
            if key in reading.fields:
                raise ValueError(f"{_SAID.get(key, key)} is said twice")
            reading.fields[key] = value


def _clause(node: Tree[Token]) -> Iterator[tuple[str, Any]]:
    words = [str(c) for c in node.children]
    kind = node.data
    if kind == "priority":
        yield "service_class", PRIORITY
    elif kind == "class_priority":
        word = str(node.children[0].children[0])  # type: ignore[union-attr]
        yield "service_class", chinese.CLASSES.get(word, word)
    elif kind == "guarantee":
        yield "guarantee_bps", parse_rate(words[0])
    elif kind == "limit":
        yield "limit_bps", parse_rate(words[0])
    elif kind == "latency":
        yield "latency_us", parse_duration(chinese.duration(words[0]))
    elif kind in ("deliver", "deliver_zh"):
        yield (
            "deliver",
            _deliver(*words) if kind == "deliver" else _deliver(words[1], words[2], chinese.duration(words[0])),
        )
    elif kind == "via":
        yield "via", " ".join(map(str, node.children[0].children)).replace(" ", "-")  # type: ignore[union-attr]
    elif kind == "survive":
        said = " ".join(map(str, node.children[0].children))  # type: ignore[union-attr]
        yield "survive", chinese.FAILURES.get(said, said)
    elif kind == "services":
        yield from _clause(node.children[0])  # type: ignore[arg-type]
    elif kind == "with":
        yield "services", tuple(str(s.children[0]) for s in node.children)  # type: ignore[union-attr]
    elif kind == "when":
        yield from _clause(node.children[0])  # type: ignore[arg-type]
    elif kind in ("window", "window_daily", "window_zh"):
        yield "when", _window(node)
    elif kind == "one_way":
        yield "one_way", True


def _window(node: Tree[Token]) -> str:
    if node.data == "window_zh":
        days, begins, ends, *zone = map(str, node.children)
        found = calendar.window(chinese.window(days, begins, ends, zone[0] if zone else None))
        if found is None:
            raise ValueError(f"'{days}{begins}到{ends}' is not a time window, such as 工作日8点到18点")
        return found
    said = " ".join(str(w) for w in node.children[0].children)  # type: ignore[union-attr]
    if node.data == "window_daily":
        said = f"daily {said}"
    words = said.replace(" from ", " ").split()
    if len(words) >= 4 and words[2] in ("to", "until"):
        words[1:4] = [f"{words[1]}-{words[3]}"]
    if len(words) == 3:
        words[2] = calendar.zone_name(words[2])
    found = calendar.window(" ".join(words))
    if found is None:
        raise ValueError(f"'{said}' is not a time window, such as {calendar.EXAMPLE}")
    return found


def _deliver(images: str, size: str, within: str) -> Deliver:
    count = images.replace(",", "")
    if len(count) > len(str(MOST_IMAGES)) or int(count) > MOST_IMAGES:
        raise ValueError(f"{images} images are more than {MOST_IMAGES:,}")
    return Deliver(images=int(count), size_bytes=parse_size(size), within_us=parse_duration(within))


def _quarantine(reading: _Reading, nodes: list[Any]) -> None:
    reading.permission = Permission.QUARANTINE
    reading.sources = _names(nodes[0])
    _clauses(reading, nodes[1:])


def _deny(reading: _Reading, nodes: list[Any]) -> None:
    reading.permission = Permission.DENY
    _pair(reading, nodes)


def _pair(reading: _Reading, nodes: list[Any]) -> None:
    reading.sources, reading.destinations = _names(nodes[0]), _names(nodes[1])
    _clauses(reading, nodes[2:])


def _delivery(reading: _Reading, nodes: list[Any]) -> None:
    images, size, sources, destinations, within, *clauses = nodes
    reading.sources, reading.destinations = _names(sources), _names(destinations)
    reading.fields["deliver"] = _deliver(str(images), str(size), str(within))
    _clauses(reading, clauses)


def _limit_only(reading: _Reading, nodes: list[Any]) -> None:
    reading.sources = _names(nodes[0])
    reading.fields["limit_bps"] = parse_rate(str(nodes[1]))
    _clauses(reading, nodes[2:])


def _class_only(reading: _Reading, nodes: list[Any]) -> None:
    reading.sources = _names(nodes[0])
    word = str(nodes[1].children[0])
    reading.fields["service_class"] = chinese.CLASSES.get(word, word)
    _clauses(reading, nodes[2:])


def _between(reading: _Reading, nodes: list[Any]) -> None:
    if isinstance(nodes[0], Token) and nodes[0].type == "WORD":
        nodes = nodes[1:]  # what the conversation is about is for the reader
    reading.sources, reading.destinations = _names(nodes[0]), _names(nodes[1])
    reading.fields["latency_us"] = parse_duration(chinese.duration(str(nodes[2])))
    _clauses(reading, nodes[3:])


_START: Final = {
    "quarantine": _quarantine,
    "deny": _deny,
    "allow": _pair,
    "flow": _pair,
    "delivery": _delivery,
    "limit_only": _limit_only,
    "class_only": _class_only,
    "between": _between,
    "between_plain": _between,
}
