"""Rates, sizes and durations as integers, read from text with an obligatory unit and written back for people.

SI prefixes are powers of 1000 (bit/s), binary prefixes (KiB) powers of 1024, as IEC 80000-13 has them.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

MOST_DIGITS: Final = 12
_NUMBER_AND_UNIT: Final = re.compile(r"^\s*([0-9][0-9_,]*(?:\.[0-9]+)?)\s*([A-Za-z/]+)\s*$")

RATE_UNITS_BPS: Final = {"bit/s": 1, "kbit/s": 10**3, "Mbit/s": 10**6, "Gbit/s": 10**9, "Tbit/s": 10**12}
SIZE_UNITS_BYTES: Final = {
    "B": 1,
    "kB": 10**3,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}
DURATION_UNITS_US: Final = {
    "us": 1,
    "ms": 10**3,
    "s": 10**6,
    "second": 10**6,
    "seconds": 10**6,
    "min": 60 * 10**6,
    "minutes": 60 * 10**6,
    "h": 3600 * 10**6,
}
_RATE_ALIASES: Final = {"bps": "bit/s", "kbps": "kbit/s", "mbps": "Mbit/s", "gbps": "Gbit/s"}


class UnitError(ValueError):
    """Text that is not a quantity of the kind asked for. The message says what was expected."""


def _parse(text: str, units: dict[str, int], kind: str, example: str) -> int:
    found = _NUMBER_AND_UNIT.match(text)
    if found is None:
        raise UnitError(f"{text!r} is not a {kind}: write a number and a unit, such as {example}")
    number, unit = found.group(1).replace(",", "").replace("_", ""), found.group(2)
    if unit not in units:
        alias = _RATE_ALIASES.get(unit.lower()) if kind == "rate" else None
        fold = {u.lower(): u for u in units}
        unit = alias or fold.get(unit.lower(), unit)
    if unit not in units:
        raise UnitError(f"{found.group(2)!r} is not a unit of {kind}: use one of {', '.join(units)}, such as {example}")
    if len(number.partition(".")[0]) > MOST_DIGITS:
        raise UnitError(f"{text[:40]!r} is more than any network has: write a {kind} such as {example}")
    try:
        value = Decimal(number) * units[unit]
    except InvalidOperation as error:  # pragma: no cover - the pattern admits numbers only
        raise UnitError(f"{text!r} is not a {kind}") from error
    if value != value.to_integral_value():
        raise UnitError(f"{text!r} is finer than one {next(iter(units))}")
    return int(value)


@lru_cache(maxsize=1024)
def parse_rate(text: str) -> int:
    """A rate in bit/s from text such as `4.3 Gbit/s`. Raises UnitError."""
    return _parse(text, RATE_UNITS_BPS, "rate", "10 Mbit/s")


def parse_size(text: str) -> int:
    """A size in bytes from text such as `512 KiB`. Raises UnitError."""
    return _parse(text, SIZE_UNITS_BYTES, "size", "512 KiB")


def parse_duration(text: str) -> int:
    """A duration in microseconds from text such as `5 ms`. Raises UnitError."""
    return _parse(text, DURATION_UNITS_US, "duration", "5 ms")


def _scaled(value: int, units: list[tuple[str, int]]) -> str:
    for name, factor in units:
        if value >= factor:
            hundredths, rest = divmod(value * 100, factor)
            if 2 * rest > factor or (2 * rest == factor and hundredths % 2):  # half to even
                hundredths += 1
            text = f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")
            return f"{text} {name}"
    return f"{value} {units[-1][0]}"


def format_rate(bps: int) -> str:
    """`4290000000` as `4.29 Gbit/s`: at most two decimals, for people."""
    return _scaled(bps, [("Gbit/s", 10**9), ("Mbit/s", 10**6), ("kbit/s", 10**3), ("bit/s", 1)])


def format_size(size_bytes: int) -> str:
    """`524288` as `512 KiB`."""
    return _scaled(size_bytes, [("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10), ("B", 1)])


def format_duration(us: int) -> str:
    """`1000000` as `1 s`."""
    return _scaled(us, [("s", 10**6), ("ms", 10**3), ("us", 1)])


def format_longer(us: int, than_us: int) -> str:
    """A duration for people, to the microsecond where it would else read like the one that it is longer than."""
    text = format_duration(us)
    return text if text != format_duration(than_us) else f"{us // 1000:,}.{us % 1000:03} ms"
