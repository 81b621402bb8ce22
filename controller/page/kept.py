"""Measured rates of days: averages of five minutes, an hour a record in the state, for a week."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from controller.page.rates import Pair, Rates, average
from controller.state.records import Records
from intents.model.diagnostic import ClearwayError

STEP_S: Final = 300.0
WEEK: Final = timedelta(days=7)
_KIND: Final = "rates"
_HOUR: Final = "%Y-%m-%dT%H"


class Kept:
    """writes: whether this controller is the one that keeps them."""

    def __init__(self, records: Records, writes: Callable[[], bool]) -> None:
        self._records, self._writes = records, writes
        self._since: float | None = None

    def keep(self, at: float, rates: Rates[Pair]) -> None:
        """Write the averages when it is time. What cannot be written is not kept."""
        if self._since is None:
            self._since = at
        if at - self._since < STEP_S:
            return
        measured, self._since = rates.between(self._since, at), at
        if not measured or not self._writes():
            return
        point = [int(at), {"|".join(map(str, pair)): round(bps) for pair, bps in average(measured).items()}]
        hour = datetime.fromtimestamp(at, UTC)
        with suppress(ClearwayError):
            found = self._records.get(_KIND, hour.strftime(_HOUR))
            points = list(found.body["points"]) if found is not None else []
            self._records.put(_KIND, hour.strftime(_HOUR), {"points": [*points, point]})
            if found is None:
                self._forget(hour - WEEK)

    def _forget(self, before: datetime) -> None:
        for record in self._records.all(_KIND):
            if record.name < before.strftime(_HOUR):
                self._records.remove(_KIND, record.name)

    def between(self, since: float, until: float) -> Iterator[tuple[float, Mapping[Pair, float]]]:
        """Averages that are kept, oldest first. Raises ClearwayError."""
        first = datetime.fromtimestamp(since, UTC).strftime(_HOUR)
        last = datetime.fromtimestamp(until, UTC).strftime(_HOUR)
        for record in self._records.all(_KIND):
            if first <= record.name <= last:
                for at, rates in record.body["points"]:
                    if since <= at <= until:
                        yield at, {_pair(key): bps for key, bps in rates.items()}


def _pair(key: str) -> Pair:
    source, destination, port = key.split("|")
    return Pair(source, destination, int(port))
