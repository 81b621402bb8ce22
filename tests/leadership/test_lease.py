"""One leads; its term only grows; who lost the lease writes nothing, and knows it before the database does."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from itertools import count
from pathlib import Path

import psycopg
import pytest

from controller.leadership.leader import Leadership, Pace
from controller.leadership.lease import Leases
from controller.state.database import LeaseLost, NotLeading
from controller.state.dsn import parse_dsn
from controller.state.journal import Phase
from controller.state.postgres import Connection, PostgresDatabase
from controller.state.store import Store
from intents.model.diagnostic import ClearwayError
from labs.runner.postgres import Server
from tests.endtoend.site import eventually

PACE = Pace(lease_s=1.0, renew_s=0.1, spare_s=0.2)
_names = count()


class Controller:
    """One of several, without a network."""

    def __init__(self, dsn: str, folder: Path, pace: Pace = PACE) -> None:
        self.name = f"controller-{next(_names)}"
        self.leases = Leases(Connection(parse_dsn(dsn), 1.0), self.name)
        self.leadership = Leadership(self.leases, self.name, pace)
        self.database = PostgresDatabase(parse_dsn(dsn), self.leadership)
        self.database.prepare()
        self.store = Store(folder, self.database)

    def die(self) -> None:
        """As kill -9: nothing is given back."""
        self.leadership._ending.set()
        self.leadership._thread.join()


@contextmanager
def leading(controller: Controller) -> Iterator[int]:
    controller.leadership.start(f"{controller.name}:1")
    try:
        term = controller.leadership.await_lead(10)
        assert term is not None
        yield term
    finally:
        controller.leadership.stop()
        controller.database.close()


@pytest.fixture
def dsn(postgres: Server) -> str:
    return postgres.database()


def test_one_leads_and_the_other_says_who(dsn: str, tmp_path: Path) -> None:
    first, second = Controller(dsn, tmp_path), Controller(dsn, tmp_path)
    with leading(first):
        second.leadership.start("second:1")
        assert eventually(lambda: second.leadership.leader is not None)
        with pytest.raises(NotLeading, match=first.name) as error:
            second.store.journal.begin("t1", {}, {})
        assert error.value.leader == f"{first.name}:1"
        with pytest.raises(NotLeading), second.store.lock():
            raise AssertionError
        assert second.store.journal.last() is None, "it may look"
        assert eventually(lambda: first.leadership.alive == {first.name, second.name})
        second.leadership.stop()


def test_a_lease_that_is_given_back_is_taken_at_once_and_one_that_is_not_when_it_runs_out(
    dsn: str, tmp_path: Path
) -> None:
    slow = Pace(lease_s=60.0, renew_s=0.1, spare_s=0.2)
    first, second, third = Controller(dsn, tmp_path, slow), Controller(dsn, tmp_path), Controller(dsn, tmp_path)
    terms = []
    with leading(first) as term:
        terms.append(term)
    second.leadership.start("second:1")
    terms.append(second.leadership.await_lead(10) or 0)
    second.die()
    with leading(third) as term:
        terms.append(term)
    assert terms == sorted(set(terms))


def test_a_term_is_above_every_one_before_whatever_the_clock_says(dsn: str, tmp_path: Path) -> None:
    controller = Controller(dsn, tmp_path)
    far = 9_000_000_000_000_000
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO lease VALUES ('leader', 'x', '', %s, now())", (far,))
    with leading(controller) as term:
        assert term == far + 1


def test_who_lost_the_lease_writes_nothing_though_it_thinks_it_has_it(dsn: str, tmp_path: Path) -> None:
    """The clock of the database counts: here it is as if it had jumped, or as if this process had stood still."""
    controller = Controller(dsn, tmp_path, Pace(lease_s=60.0, renew_s=30.0, spare_s=0.2))
    with leading(controller) as term:
        controller.store.journal.begin("t1", {}, {})
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("UPDATE lease SET term = term + 1, holder = 'another'")
        assert controller.leadership.term == term
        for job in (
            lambda: controller.store.journal.reach("t1", Phase.COMMIT),
            lambda: controller.store.records.put("kind", "a", {}),
            lambda: controller.store.save_applied({}),
        ):
            with pytest.raises(LeaseLost):
                job()
        (unfinished,) = controller.store.journal.unfinished()
        assert unfinished.phase is Phase.PLANNED
        assert controller.store.records.get("kind", "a") is None


def test_a_change_ends_in_the_term_that_it_began_in(dsn: str, tmp_path: Path) -> None:
    """A leader that lost its lease and has it again goes on with nothing: somebody has led in between."""
    controller = Controller(dsn, tmp_path)
    with leading(controller) as term:
        with controller.store.lock():
            controller.store.journal.begin("t1", {}, {})
            controller.leases.give_back(term)
            assert eventually(lambda: controller.leadership.term not in (None, term))
            with pytest.raises(LeaseLost):
                controller.store.journal.reach("t1", Phase.COMMIT)
            with ThreadPoolExecutor() as pool, pytest.raises(LeaseLost):
                pool.submit(copy_context().run, controller.leadership.hold, 0).result()
        controller.store.journal.reach("t1", Phase.REVERTED)


def test_a_lease_ends_for_its_holder_before_it_ends_for_the_others(dsn: str, tmp_path: Path) -> None:
    controller = Controller(dsn, tmp_path, Pace(lease_s=2.0, renew_s=0.1, spare_s=1.0))
    controller.leadership.start("a:1")
    assert controller.leadership.await_lead(10)
    controller.die()
    assert eventually(lambda: controller.leadership.term is None)
    assert controller.leases.leader() is not None, "the database would still let it"
    with pytest.raises(LeaseLost):
        controller.leadership.hold(0)


def test_a_server_that_hangs_or_is_gone_ends_the_lease_and_gives_it_when_it_is_back(
    dsn: str, postgres: Server, tmp_path: Path
) -> None:
    controller = Controller(dsn, tmp_path)
    with leading(controller) as first:
        assert postgres.process is not None
        backends = _pids(dsn)
        for pid in backends:
            os.kill(pid, signal.SIGSTOP)
        try:
            assert eventually(lambda: controller.leadership.term is None and _ran_out(dsn))
            with pytest.raises(LeaseLost):
                controller.store.journal.begin("t1", {}, {})
        finally:
            for pid in backends:
                os.kill(pid, signal.SIGCONT)
        again = controller.leadership.await_lead(10)
        assert again is not None and again > first
        postgres.stop(signal.SIGQUIT)
        assert eventually(lambda: controller.leadership.term is None)
        postgres.start()
        third = controller.leadership.await_lead(20)
        assert third is not None and third > again
        controller.store.journal.begin("t2", {}, {})


def _ran_out(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        return bool(connection.execute("SELECT expires <= clock_timestamp() FROM lease").fetchall()[0][0])


def _pids(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'clearway' AND datname = current_database()"
        ).fetchall()
    return [row[0] for row in rows]


def test_two_of_whom_both_ask_at_once_never_lead_both(dsn: str, tmp_path: Path) -> None:
    """Each step writes under the lease; the terms of what was written only grow."""
    controllers = [Controller(dsn, tmp_path, Pace(lease_s=0.5, renew_s=0.05, spare_s=0.1)) for _ in range(3)]
    for controller in controllers:
        controller.leadership.start("a:1")
    end = time.monotonic() + 3
    written: list[int] = []
    while time.monotonic() < end:
        for controller in controllers:
            term = controller.leadership.term
            if term is None:
                continue
            with suppress(ClearwayError):
                controller.store.records.put("turn", "now", {"term": term})
                written.append(term)
        if len(written) % 7 == 6:
            for controller in controllers:
                if (term := controller.leadership.term) is not None:
                    controller.leases.give_back(term)
    for controller in controllers:
        controller.leadership.stop()
    assert len(set(written)) > 2
    assert written == sorted(written)
