"""Leading, or waiting to: a thread that takes the lease when it is free, and renews it.

What was granted is counted from before the request was sent, on a clock that goes on while the machine sleeps; so
this controller thinks that its lease has run out before the database does, however long the answer took.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from controller.leadership.lease import Leader, Leases
from controller.state.database import LeaseLost, NotLeading, Transaction
from intents.model.diagnostic import ClearwayError, Diagnostic

log: Final = logging.getLogger("clearway.leadership")
_BEGUN_IN: Final[ContextVar[int | None]] = ContextVar("term", default=None)  # also of the threads of its devices
_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds. lease_s: how long a lease lasts; renew_s: how often it is renewed, and asked for; spare_s: how much
    sooner than the database its holder thinks that it has run out, for clocks that do not run alike."""

    lease_s: float = 4.0
    renew_s: float = 0.8
    spare_s: float = 0.4


@dataclass(frozen=True, slots=True)
class _Grant:
    term: int
    until: float


class Leadership:
    """One controller's part. A Guard of its database. `on_change` is called in the thread here, with whether it leads
    now; what takes long there keeps nobody's lease from being renewed only if it is done elsewhere."""

    def __init__(self, leases: Leases, name: str, pace: Pace | None = None) -> None:
        self.name = name
        self._leases = leases
        self._address = ""
        self._pace = pace or Pace()
        self._changed = threading.Condition()
        self._grant: _Grant | None = None
        self._leader: Leader | None = None
        self._alive: frozenset[str] = frozenset()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leadership", daemon=True)
        self.on_change: Callable[[bool], None] = lambda _: None

    def start(self, address: str) -> None:
        """Ask for the lease from now on. address: where clients reach this controller."""
        self._address = address
        self._thread.start()

    def stop(self) -> None:
        """Give the lease back, so that another has it at once."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=10)
        grant, self._grant = self._grant, None
        try:
            if grant is not None:
                self._leases.give_back(grant.term)
            self._leases.leave()
        except ClearwayError as error:
            log.info("the lease runs out by itself", extra={"fault": error.diagnostics[0].message})
        self._leases.close()

    @property
    def term(self) -> int | None:
        """The term that this controller leads in, or None."""
        grant = self._grant
        return grant.term if grant is not None and _now() < grant.until else None

    @property
    def leader(self) -> Leader | None:
        """Who led when the database was last asked."""
        return self._leader

    @property
    def alive(self) -> frozenset[str]:
        """The controllers that were alive when the database was last asked."""
        return self._alive

    def hold(self, seconds: float) -> None:
        """See Guard."""
        if _now() + seconds >= self._granted().until:
            raise self._lost()

    def check(self, transaction: Transaction) -> None:
        """See Guard."""
        if not self._leases.is_ours(transaction, self._granted().term):
            raise self._lost()

    @contextmanager
    def in_one_term(self) -> Iterator[None]:
        """See Guard."""
        self.hold(0)
        before = _BEGUN_IN.set(self._granted().term)
        try:
            yield
        finally:
            _BEGUN_IN.reset(before)

    def _granted(self) -> _Grant:
        """The lease of now. Raises LeaseLost where there is none, or where it is another than the one that the change
        under way was begun in: whoever led in between has ended that change."""
        grant = self._grant
        if grant is None:
            raise self._not_leading()
        if _BEGUN_IN.get() not in (None, grant.term):
            raise self._lost()
        return grant

    def await_lead(self, within_s: float) -> int | None:
        """The term, as soon as this controller leads; None where it does not in time."""
        with self._changed:
            self._changed.wait_for(lambda: self.term is not None, within_s)
        return self.term

    def _run(self) -> None:
        failing = False
        while not self._ending.is_set():
            try:
                self._step()
            except ClearwayError as error:
                if not failing:
                    log.warning("the lease could not be asked for", extra={"fault": error.diagnostics[0].message})
                failing = True
                self._see_whether_it_ran_out()
            else:
                failing = False
            self._ending.wait(self._pace.renew_s)

    def _step(self) -> None:
        asked = _now()
        grant = self._grant
        if grant is None:
            term = self._leases.take(self._address, self._pace.lease_s)
        else:
            term = grant.term if self._leases.renew(grant.term, self._pace.lease_s) else None
        until = asked + self._pace.lease_s - self._pace.spare_s
        if term is None or _now() >= until:
            self._become(None)
        else:
            self._become(_Grant(term, until))
        self._leader = self._leases.leader()
        self._alive = self._leases.be_seen(self._address, self._pace.lease_s)

    def _see_whether_it_ran_out(self) -> None:
        if self._grant is not None and _now() >= self._grant.until:
            self._become(None)

    def _become(self, grant: _Grant | None) -> None:
        before, self._grant = self._grant, grant
        with self._changed:
            self._changed.notify_all()
        if (before is None) == (grant is None):
            return
        if grant is not None:
            log.warning("this controller leads", extra={"term": grant.term})
        else:
            log.warning("this controller leads no more", extra={"term": before.term if before else 0})
        self.on_change(grant is not None)

    def _not_leading(self) -> NotLeading:
        leader = self._leader
        where = f"{leader.name} at {leader.address}" if leader is not None else "nobody yet"
        return NotLeading(
            Diagnostic(
                code="not-leading",
                message=f"this controller does not change the network: {where} leads",
                hint="send it there, or again in a few seconds",
            ),
            leader=leader.address if leader is not None else "",
        )

    def _lost(self) -> LeaseLost:
        return LeaseLost(
            Diagnostic(
                code="lease-lost",
                message="this controller's lease ran out while it changed the network, so it stopped where it was",
                hint="whoever leads now finishes the change or takes it back; see why database or machine were slow",
            )
        )


def _now() -> float:
    return time.clock_gettime(_CLOCK)
