"""Intents to Chinese sentences: read back, each means the same intent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from intents.ingest.chinese import CLASSES, FAILURES
from intents.ingest.say import duration, rate, size
from intents.model.calendar import DAY_SETS, DAYS
from intents.model.intent import Intent, Permission

_CLASSES: Final = {english: word for word, english in CLASSES.items()}
_FAILURES: Final = {english: word for word, english in FAILURES.items()}
_DAY_SETS: Final = {"weekdays": "工作日", "weekends": "周末", "daily": "每天"}
_DAY: Final = dict(zip(DAYS, "一二三四五六日", strict=True))


def sentence_zh(intent: Intent) -> str:
    """The intent as one sentence of the controlled Chinese."""
    sources, destinations = "和".join(intent.sources), "和".join(intent.destinations)
    way = "，单向" if intent.one_way else ""
    if intent.permission is Permission.QUARANTINE:
        return f"隔离 {sources}{_rest(intent)}"
    if intent.permission is Permission.DENY:
        return f"{sources}不得访问{destinations}{_services(intent)}{_rest(intent)}"
    if not intent.destinations:
        promises = [f"一律{_class(intent)}优先"] if intent.service_class is not None else []
        if intent.limit_bps is not None:
            promises.append(f"每个最多{rate(intent.limit_bps)}")
        return f"{sources}{'，'.join(promises)}{_rest(intent)}"
    clauses = list(_clauses(intent))
    if not clauses:
        return f"{sources}可以访问{destinations}{_services(intent)}{way}"
    if intent.services:
        clauses.append(_services(intent))
    if intent.one_way:
        clauses.append("单向")
    return f"{sources}到{destinations}{'，'.join(clauses)}"


def _rest(intent: Intent) -> str:
    """What every kind of intent may say at its end."""
    return ("，单向" if intent.one_way else "") + (f"，{_window(intent.when)}" if intent.when is not None else "")


def _services(intent: Intent) -> str:
    return f"使用{'和'.join(intent.services)}" if intent.services else ""


def _class(intent: Intent) -> str:
    name = intent.service_class
    return "" if name in (None, "<priority>") else _CLASSES.get(name or "", name or "")


def _clauses(intent: Intent) -> Iterable[str]:
    if intent.service_class is not None:
        yield f"{_class(intent)}优先"
    if intent.deliver is not None:
        d = intent.deliver
        yield f"在{duration(d.within_us)}内送达{d.images}幅{size(d.size_bytes)}的图像"
    if intent.guarantee_bps is not None:
        yield f"保证{rate(intent.guarantee_bps)}"
    if intent.limit_bps is not None:
        yield f"最多{rate(intent.limit_bps)}"
    if intent.latency_us is not None:
        yield f"时延低于{duration(intent.latency_us)}"
    if intent.via is not None:
        yield f"经过{intent.via}"
    if intent.survive is not None:
        yield f"可承受{_FAILURES.get(intent.survive, intent.survive)}故障"
    if intent.when is not None:
        yield _window(intent.when)


def _window(when: str) -> str:
    days, span, *zone = when.split()
    begins, _, ends = span.partition("-")
    named = _DAY_SETS[days] if days in DAY_SETS else "、".join(f"周{_DAY[d]}" for d in days.split(","))
    return f"{named}{begins}到{ends}{' '.join(['', *zone])}"
