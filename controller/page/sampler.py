"""Asks the switches, every few seconds, how much has gone by each of their entries and ports."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from controller.page.kept import Kept
from controller.page.rates import Pair, Rates
from controller.page.views import View
from intents.model.campus import Campus
from intents.model.diagnostic import ClearwayError
from intents.model.state import ObjectKey
from intents.model.switch import FieldMatch
from southbound.driver import Counters, Counting, Driver

LOG: Final = logging.getLogger("clearway.page")
STEP_S: Final = 5.0
Drivers = Callable[[Campus], Mapping[str, Sequence[Driver]]]
PortOf = tuple[str, int]
_PORTS: Final = ("tcp_dst", "udp_dst", "tcp_src", "udp_src")


class Sampler:
    """From `start` to `stop`, in a thread of its own. newest: the view whose switches are asked. kept: for later."""

    def __init__(self, newest: Callable[[], View | None], drivers: Drivers, kept: Kept) -> None:
        self._newest, self._make, self._kept = newest, drivers, kept
        self.pairs: Rates[Pair] = Rates(STEP_S)
        self.received: Rates[PortOf] = Rates(STEP_S)
        self.sent: Rates[PortOf] = Rates(STEP_S)
        self._campus: Campus | None = None
        self._drivers: list[Driver] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="page-sampler", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the counting under way."""
        self._stopping.set()
        self._thread.join(timeout=30)
        self._close()

    def _run(self) -> None:
        while not self._stopping.wait(STEP_S):
            view = self._newest()
            if view is None:
                continue
            try:
                self._count(view.campus)
            except ClearwayError as error:  # a switch is away; the page says so anyway
                LOG.debug("not counted", extra={"fault": str(error)})
                for rates in (self.pairs, self.received, self.sent):
                    rates.lost()
            except Exception:  # what is not measured is not shown, and stops nothing
                LOG.exception("sampler")
                self._close()

    def _count(self, campus: Campus) -> None:
        if campus != self._campus:
            self._close()
            made = self._make(campus)
            self._drivers = [driver for own in made.values() for driver in own]
            self._campus = campus
        found = {d.device: d.count() for d in self._drivers if isinstance(d, Counting)}
        at = time.time()
        self.pairs.counted(at, by_pair(campus, found.values()))
        self.received.counted(at, {(d, port): n for d, c in found.items() for port, n in c.received.items()})
        self.sent.counted(at, {(d, port): n for d, c in found.items() for port, n in c.sent.items()})
        self._kept.keep(at, self.pairs)

    def _close(self) -> None:
        for driver in self._drivers:
            driver.close()
        self._drivers, self._campus = [], None


def by_pair(campus: Campus, found: Iterable[Counters]) -> dict[Pair, int]:
    """Bytes by who sent to whom, from the entries that say so: those of the gateway's policy."""
    places = {int(p.address): p.name for p in campus.places.values() if p.address is not None}
    total: dict[Pair, int] = {}
    for counters in found:
        for pair, count in _pairs(campus.flow_space.policy, places, counters.flows):
            total[pair] = total.get(pair, 0) + count
    return total


def _pairs(table: int, places: Mapping[int, str], flows: Mapping[ObjectKey, int]) -> Iterator[tuple[Pair, int]]:
    for key, count in flows.items():
        match = key[3]
        if key[1] != table or not isinstance(match, tuple):
            continue
        said = {f.name: f.value for f in match if isinstance(f, FieldMatch) and f.mask is None}
        source, destination = places.get(said.get("ipv4_src", -1)), places.get(said.get("ipv4_dst", -1))
        if source is not None and destination is not None:
            port = next((said[name] for name in _PORTS if name in said), 0)
            yield Pair(source, destination, port), count
