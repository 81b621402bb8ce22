"""Intents to sentences: the inverse of reading one. read(say(intent)) is the intent."""

from __future__ import annotations

from collections.abc import Iterable

from intents.model.intent import Intent, Permission


def _list(names: Iterable[str]) -> str:
    return " and ".join(names)


def _exact(value: int, units: tuple[tuple[str, int], ...]) -> str:
    """A quantity in the largest unit that loses nothing."""
    for name, factor in units:
        if value % factor == 0:
            return f"{value // factor} {name}"
    return f"{value} {units[-1][0]}"


def rate(bps: int) -> str:
    """A rate without loss."""
    return _exact(bps, (("Gbit/s", 10**9), ("Mbit/s", 10**6), ("kbit/s", 10**3), ("bit/s", 1)))


def size(size_bytes: int) -> str:
    """A size without loss."""
    return _exact(size_bytes, (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10), ("B", 1)))


def duration(us: int) -> str:
    """A duration without loss."""
    return _exact(us, (("s", 10**6), ("ms", 10**3), ("us", 1)))


def sentence(intent: Intent) -> str:
    """The intent as one sentence of the controlled English."""
    sources, destinations = _list(intent.sources), _list(intent.destinations)
    if intent.permission is Permission.QUARANTINE:
        return f"Quarantine {sources}{_rest(intent)}"
    if intent.permission is Permission.DENY:
        return f"{sources} never reaches {destinations}{_services(intent)}{_rest(intent)}"
    if not intent.destinations:
        promises = [f"gets {_class(intent)} everywhere"] if intent.service_class is not None else []
        if intent.limit_bps is not None:
            promises.append(f"gets at most {rate(intent.limit_bps)}")
        return f"{sources} {', '.join(promises)}{_rest(intent)}"
    clauses = list(_clauses(intent))
    if not clauses:
        return f"{sources} may reach {destinations}{_services(intent)}" + (", one way" if intent.one_way else "")
    if intent.services:
        clauses.append(_services(intent).strip())
    if intent.one_way:
        clauses.append("one way")
    return f"{sources} to {destinations} " + ", ".join(clauses)


def _rest(intent: Intent) -> str:
    """What every kind of intent may say at its end."""
    return (", one way" if intent.one_way else "") + (f", on {intent.when}" if intent.when is not None else "")


def _services(intent: Intent) -> str:
    return f" with {_list(intent.services)}" if intent.services else ""


def _class(intent: Intent) -> str:
    return "priority" if intent.service_class in (None, "<priority>") else f"{intent.service_class} priority"


def _clauses(intent: Intent) -> Iterable[str]:
    if intent.service_class is not None:
        yield f"gets {_class(intent)}"
    if intent.deliver is not None:
        d = intent.deliver
        yield f"delivers {d.images:,} images of {size(d.size_bytes)} within {duration(d.within_us)}"
    if intent.guarantee_bps is not None:
        yield f"is guaranteed {rate(intent.guarantee_bps)}"
    if intent.limit_bps is not None:
        yield f"gets at most {rate(intent.limit_bps)}"
    if intent.latency_us is not None:
        yield f"keeps delay under {duration(intent.latency_us)}"
    if intent.via is not None:
        yield f"goes by {intent.via}"
    if intent.survive is not None:
        yield f"survives {intent.survive}"
    if intent.when is not None:
        yield f"on {intent.when}"
