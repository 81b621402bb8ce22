"""Numbers for things with names, that stay with them as long as they are there. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from labs.olt.hook import DataplaneError


class Numbers:
    """The lowest free number of a range to each new name; a name that goes gives its number back, but only to calls
    after the one that it went in: for a moment both the old and the new are there."""

    def __init__(self, what: str, first: int, last: int) -> None:
        self._what = what
        self._range = range(first, last + 1)
        self._held: dict[str, int] = {}

    def of(self, names: Iterable[str]) -> Mapping[str, int]:
        """A number for each name. Raises DataplaneError where there are more names than numbers."""
        wanted = sorted(set(names))
        kept = {name: self._held[name] for name in wanted if name in self._held}
        taken = set(self._held.values())
        free = (number for number in self._range if number not in taken)
        for name in wanted:
            if name not in kept:
                number = next(free, None)
                if number is None:
                    raise DataplaneError(f"{self._what}: more than the {len(self._range)} that this lab can tell apart")
                kept[name] = number
        self._held = kept
        return dict(kept)
