"""Which intents hold at an instant, and at which instants that changes: time zones for the pure windows.

Nothing here reads the clock: the instant is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from intents.model.calendar import Window, window_of
from intents.model.diagnostic import ClearwayError, Diagnostic, Position
from intents.model.intent import ResolvedIntent

AHEAD: Final = timedelta(days=8)


class Rests(NamedTuple):
    """An intent whose window is closed. when: its window."""

    name: str
    when: str


def rests(intents: Iterable[ResolvedIntent]) -> tuple[Rests, ...]:
    """Resting intents, as they are shown."""
    return tuple(Rests(r.name, r.intent.when or "") for r in intents)


def now() -> datetime:
    """This instant."""
    return datetime.now(UTC)


def instant(text: str | None) -> datetime:
    """An instant as a user writes it (ISO 8601; without an offset in the machine's own time); None: now.

    Raises ClearwayError.
    """
    if text is None:
        return now()
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise ClearwayError(
            Diagnostic(
                code="bad-instant",
                message=f"'{text}' is not an instant",
                hint="write it as 2026-11-25T08:00 or 2026-11-25T08:00+01:00",
            )
        ) from error


def active(intents: Iterable[ResolvedIntent], at: datetime) -> tuple[ResolvedIntent, ...]:
    """The intents whose window is open, and all without one. Raises ClearwayError for an unknown time zone."""
    return tuple(r for r in intents if r.intent.when is None or is_open(_window(r), r.intent.at("when"), at))


def resting(intents: Iterable[ResolvedIntent], at: datetime) -> tuple[ResolvedIntent, ...]:
    """The others."""
    every = tuple(intents)
    holding = {r.name for r in active(every, at)}
    return tuple(r for r in every if r.name not in holding)


def moments(intents: Iterable[ResolvedIntent], start: datetime) -> tuple[datetime, ...]:
    """Instants of the week from `start`, one for each set of intents that hold together; `start` first."""
    every = tuple(intents)
    edges = {start}
    for resolved in every:
        if resolved.intent.when is not None:
            edges |= set(_edges(_window(resolved), resolved, start))
    found: dict[frozenset[str], datetime] = {}
    for at in sorted(edges):
        found.setdefault(frozenset(r.name for r in active(every, at)), at)
    return tuple(found.values())


def _window(resolved: ResolvedIntent) -> Window:
    return window_of(resolved.intent.when or "daily 00:00-24:00")


def _zone(name: str | None, position: Position) -> tzinfo | None:
    """The zone; None for the machine's own, which is the hospital's."""
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ClearwayError(
            Diagnostic(
                code="unknown-zone",
                message=f"there is no time zone '{name}'",
                hint="take a name of the tz database, such as Europe/Zurich or Asia/Shanghai",
                position=position,
            )
        ) from error


def is_open(window: Window, position: Position, at: datetime) -> bool:
    """Whether a window written at a position is open. Raises ClearwayError for an unknown time zone."""
    local = at.astimezone(_zone(window.zone, position))
    return window.is_open(local.weekday(), local.hour * 60 + local.minute)


def _edges(window: Window, resolved: ResolvedIntent, start: datetime) -> Iterable[datetime]:
    zone = _zone(window.zone, resolved.intent.at("when"))
    midnight = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    wanted = set(window.edges())
    for day in range(AHEAD.days + 1):
        at_midnight = midnight + timedelta(days=day)
        for weekday, minute in wanted:
            if weekday == at_midnight.weekday():
                local = at_midnight + timedelta(minutes=minute)
                edge = (local.astimezone() if zone is None else local.replace(tzinfo=zone)).astimezone(UTC)
                if start <= edge < start + AHEAD:
                    yield edge
