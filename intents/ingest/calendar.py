"""The calendar window of an intent, `when`: read and written in one form. No clock, no time zone database.

    weekdays 08:00-18:00
    weekends 00:00-24:00 Asia/Shanghai
    mon,wed 07:30-12:00
    daily 20:00-06:00

Days, a span of the day (over midnight if the end is before the start), and a time zone of the tz database; without
one the hospital's own applies.
"""

from __future__ import annotations

import re
from typing import Final

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_SETS: Final = ("daily", "weekdays", "weekends")
_WINDOW: Final = re.compile(
    r"(?P<days>[a-z]+(?:,[a-z]+)*) (?P<start>[0-9:]{1,5})-(?P<end>[0-9:]{1,5})"
    r"(?: (?P<zone>[A-Za-z][A-Za-z0-9_+/-]{0,62}))?\Z"
)
_TIME: Final = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?\Z")
EXAMPLE: Final = "weekdays 08:00-18:00 Asia/Shanghai"


def clock(text: str) -> str | None:
    """`8` or `08:00` as `08:00`; None if it is no time of day. 24:00 is the end of the day."""
    found = _TIME.match(text)
    if found is None:
        return None
    hours, minutes = int(found.group(1)), int(found.group(2) or 0)
    if hours > 24 or minutes > 59 or (hours == 24 and minutes):
        return None
    return f"{hours:02}:{minutes:02}"


def zone_name(text: str) -> str:
    """A time zone's name in the case of the tz database: `asia/shanghai` as `Asia/Shanghai`."""
    if "/" not in text:
        return text.upper()
    small = {"of", "au", "es", "de"}
    words = re.split(r"([/_-])", text.lower())
    return "".join(w if w in small else w[:1].upper() + w[1:] for w in words)


def window(text: str) -> str | None:
    """A window in its one form; None if it is none."""
    days_part, _, rest = " ".join(text.split()).partition(" ")
    found = _WINDOW.match(f"{days_part.lower()} {rest}")
    if found is None:
        return None
    days, start, end = found.group("days").split(","), clock(found.group("start")), clock(found.group("end"))
    if start is None or end is None or start == end:
        return None
    if len(days) == 1 and days[0] in DAY_SETS:
        named = days[0]
    elif all(day in DAYS for day in days):
        named = ",".join(day for day in DAYS if day in days)
    else:
        return None
    zone = found.group("zone")
    return f"{named} {start}-{end}" + (f" {zone}" if zone else "")
