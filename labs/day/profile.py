"""What places of a hospital send in the course of a day, by the segment that they are in. Pure.

Rates are of one place at its busiest, at full rate. They are assumptions, written here to be changed: published figures
are of single applications, not of hospitals. G.711 with its headers is 87 kbit/s each way (RFC 3551, 20 ms a packet).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

HOURS: Final = 24
Way = Literal["up", "down", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """Packets at a steady rate. bps: of one place at its busiest, each way. payload_bytes: of a packet. worst_loss:
    what the service bears, as a share."""

    words: str
    bps: int
    payload_bytes: int
    way: Way
    hours: str
    worst_loss: float = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Greedy:
    """TCP that takes what it gets. flows: of one place."""

    words: str
    flows: int
    way: Way
    hours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Studies:
    """Whole studies, as the intents promise them; one in each hour at which the place is at work."""

    words: str
    hours: str


# How busy each hour of the day is, from midnight, in tenths; `X` is ten.
_ALWAYS: Final = "X" * HOURS
_WORK: Final = "111112369XXX89XX96432222"
_VISITS: Final = "11111124689X989XXX975321"
_NIGHT: Final = "XXXXX5000000000000000009"

PROFILES: Final[Mapping[str, Paced | Greedy | Studies]] = {
    "his": Paced(
        words="desks: hospital information system", bps=2_000_000, payload_bytes=1200, way="both", hours=_WORK
    ),
    "reading": Studies(words="reading: studies fetched", hours=_WORK),
    "modalities": Studies(words="modalities: studies stored", hours=_WORK),
    "monitors": Paced(
        words="monitors at the bedside", bps=200_000, payload_bytes=400, way="up", hours=_ALWAYS, worst_loss=0.0
    ),
    "pumps": Paced(words="infusion pumps", bps=32_000, payload_bytes=200, way="up", hours=_ALWAYS, worst_loss=0.0),
    "phones": Paced(words="phones and nurse call", bps=87_000, payload_bytes=172, way="both", hours=_VISITS),
    "cctv": Paced(words="cameras", bps=4_000_000, payload_bytes=1200, way="up", hours=_ALWAYS),
    "wifi": Greedy(words="guests on Wi-Fi", flows=4, way="down", hours=_VISITS),
    "conference": Paced(words="video conferences", bps=4_000_000, payload_bytes=1200, way="both", hours=_WORK),
    "building": Greedy(words="building technology: backups", flows=2, way="up", hours=_NIGHT),
}


def busy(hours: str, hour: int) -> float:
    """How busy it is at an hour, from 0 to 1."""
    mark = hours[hour % HOURS]
    return 1.0 if mark == "X" else int(mark) / 10
