"""Chinese sentences: text folded, names found, then the grammar sentence_zh.lark.

Chinese has no spaces, so the campus's names are looked for first, the longest at each place, and stand in the sentence
as one character of the private use area each. Hospital words that make up names are known in Chinese too (GLOSSARY):
`CT室` is found as `ct-room` where the campus has no alias for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from lark import Lark, Token, Tree
from lark.exceptions import LarkError
from lark.visitors import CollapseAmbiguities

from intents.ingest.calendar import zone_name
from intents.ingest.vocabulary import Vocabulary, fold

_CJK: Final = re.compile(r"[㐀-鿿]")
_FIRST: Final = 0xE000
_MAX_NAME: Final = 40
_MAX_GUESSED: Final = 80  # letters of a sentence in which a name that is not known is looked for
# Names may be made of these; the longest that fits is taken.
GLOSSARY: Final[Mapping[str, str]] = {
    "诊断室": "diagnosis room",
    "阅片室": "reading room",
    "手术室": "operating room",
    "护士站": "nurse station",
    "监护仪": "monitor",
    "输液泵": "infusion pump",
    "摄像头": "camera",
    "摄像机": "camera",
    "临床系统": "clinical systems",
    "会议室": "conference room",
    "服务器": "server",
    "工作站": "workstation",
    "互联网": "internet",
    "办公室": "office",
    "访客": "guest",
    "病房": "ward",
    "病区": "ward",
    "诊所": "clinic",
    "门诊": "clinic",
    "影像": "imaging",
    "临床": "clinical",
    "电话": "phone",
    "监控": "monitoring",
    "备份": "backup",
    "更新": "updates",
    "室": "room",
    "泵": "pump",
}
CLASSES: Final[Mapping[str, str]] = {
    "影像": "imaging",
    "语音": "voice",
    "视频": "video",
    "临床": "clinical",
    "遥测": "telemetry",
    "网络控制": "network-control",
    "默认": "default",
    "后台": "background",
}
FAILURES: Final[Mapping[str, str]] = {
    "任一链路": "any single link",
    "任一上联": "any single uplink",
    "任一pon": "any single pon",
    "任一olt": "any single olt",
    "任一交换机": "any single switch",
}
_UNITS: Final[Mapping[str, str]] = {"毫秒": "ms", "微秒": "us", "分钟": "min", "小时": "h", "秒": "s"}
_DAYS: Final[Mapping[str, str]] = {"工作日": "weekdays", "周末": "weekends", "每天": "daily", "每日": "daily"}
_DAY: Final = dict(zip("一二三四五六日天", ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "sun"), strict=True))


def is_chinese(text: str) -> bool:
    """Whether a sentence is to be read as Chinese."""
    return _CJK.search(text) is not None


def folded(text: str) -> str:
    """Half-width, lower case, no commas in numbers, no full stop."""
    text = unicodedata.normalize("NFKC", text).lower().strip().rstrip("。.")
    return re.sub(r"(?<=\d),(?=\d{3})", "", text)


def derivations(text: str, known: Vocabulary) -> tuple[list[Tree[Token]], list[str]]:
    """The readings of a folded sentence, and the words that its stand-ins are for. Where names are not known, they are
    in the tree as they are written."""
    shape, words = _shape(text, known)
    trees = _known(shape) or (_parsed(shape, known_only=False) if len(shape) <= _MAX_GUESSED else ())
    return list(trees), words


def _shape(text: str, known: Vocabulary) -> tuple[str, list[str]]:
    shape: list[str] = []
    words: list[str] = []
    at = 0
    while at < len(text):
        found = _name_at(text, at, known) if len(words) < 1000 else None
        if found is None:
            shape.append(text[at] if not 0xE000 <= ord(text[at]) <= 0xF8FF else " ")
            at += 1
            continue
        length, word = found
        shape.append(chr(_FIRST + len(words)))
        words.append(word)
        at += length
    return "".join(shape), words


def _name_at(text: str, at: int, known: Vocabulary) -> tuple[int, str] | None:
    """The longest name that begins here: its length and the words for it."""
    if text[at].isspace() or text[at] in ",;、" or (at and _is_word(text[at - 1]) and _is_word(text[at])):
        return None
    for length in range(min(_MAX_NAME, len(text) - at), 0, -1):
        end = at + length
        piece = text[at:end]
        if piece[-1].isspace() or (end < len(text) and _is_word(text[end]) and _is_word(piece[-1])):
            continue
        for word in (piece, _translated(piece)):
            if word and fold(word) in known.forms:
                return length, word
    return None


def _is_word(letter: str) -> bool:
    return letter.isascii() and (letter.isalnum() or letter in "-_")


def _translated(piece: str) -> str:
    """A name's words in English; empty where one of them is not known."""
    if not _CJK.search(piece):
        return ""
    out: list[str] = []
    at = 0
    while at < len(piece):
        if not _CJK.match(piece[at]):
            out.append(piece[at])
            at += 1
            continue
        word = next((w for w in _LONGEST_FIRST if piece.startswith(w, at)), None)
        if word is None:
            return ""
        out.append(f" {GLOSSARY[word]} ")
        at += len(word)
    return " ".join("".join(out).split())


_LONGEST_FIRST: Final = sorted(GLOSSARY, key=lambda w: (-len(w), w))


@lru_cache(maxsize=256)
def _known(shape: str) -> tuple[Tree[Token], ...]:
    return _parsed(shape, known_only=True)


def _parsed(shape: str, *, known_only: bool) -> tuple[Tree[Token], ...]:
    try:
        tree = _parser(known_only=known_only).parse(shape)
    except LarkError:
        return ()
    found: list[Tree[Token]] = CollapseAmbiguities().transform(tree)
    return tuple(found)


@cache
def _parser(*, known_only: bool) -> Lark:
    """The grammar; a name that the campus does not know is any text, which takes trying every split."""
    grammar = files("intents.ingest").joinpath("sentence_zh.lark").read_text(encoding="utf-8")
    # It holds no word that parts names: or n of them could be read in 2^n ways.
    letter = r"(?:[^\ue000-\uf8ff,;、和与及以{}]|以(?!及))"
    raw = r"/(?!)x/" if known_only else f"/{letter.format(chr(92) + 's0-9')}{letter.format('')}*/"
    lexer = "dynamic" if known_only else "dynamic_complete"
    return Lark(f"{grammar}\nRAW: {raw}\n", parser="earley", ambiguity="explicit", lexer=lexer)


def duration(text: str) -> str:
    """`150毫秒` as `150 ms`."""
    for word, unit in _UNITS.items():
        if text.endswith(word):
            return f"{text.removesuffix(word).strip()} {unit}"
    return text


def window(days: str, begins: str, ends: str, zone: str | None) -> str:
    """`工作日`, `8点`, `18点` as `weekdays 8-18`."""
    named = _DAYS.get(days) or ",".join(_DAY[d] for d in re.findall(r"(?:周|星期)(.)", days))
    return f"{named} {_clock(begins)}-{_clock(ends)}" + (f" {zone_name(zone)}" if zone else "")


def _clock(text: str) -> str:
    hours, minutes = re.match(r"([0-9]{1,2})(?:[点时:]([0-9]{1,2})?)", text).groups()  # type: ignore[union-attr]
    return f"{hours}:{minutes or '00':0>2}"
