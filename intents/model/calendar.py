"""Calendar windows: when an intent holds. Pure: the caller says what day and time it is where the window is meant.

A window is written in one form (intents/ingest/calendar.py): `weekdays 08:00-18:00 Asia/Shanghai`. A span over midnight
belongs to the day on which it begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_SETS: Final = {"daily": DAYS, "weekdays": DAYS[:5], "weekends": DAYS[5:]}
DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """days: 0 is Monday. start, end: minutes of the day, end up to 1440. zone: of the tz database; None: the
    hospital's own."""

    days: frozenset[int]
    start: int
    end: int
    zone: str | None

    def is_open(self, day: int, minute: int) -> bool:
        """Whether it is open at a minute (0..1439) of a day of the week."""
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        return (day in self.days and minute >= self.start) or ((day - 1) % 7 in self.days and minute < self.end)

    def edges(self) -> Iterator[tuple[int, int]]:
        """The minutes (day, minute) at which it opens or closes."""
        for day in sorted(self.days):
            yield day, self.start
            over = self.end if self.start < self.end else self.end + DAY_MINUTES
            yield (day + over // DAY_MINUTES) % 7, over % DAY_MINUTES


def window_of(text: str) -> Window:
    """The window in its one written form."""
    days, span, *zone = text.split()
    start, end = (_minutes(t) for t in span.split("-"))
    names = DAY_SETS.get(days) or tuple(days.split(","))
    return Window(
        days=frozenset(DAYS.index(name) for name in names), start=start, end=end, zone=zone[0] if zone else None
    )


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
