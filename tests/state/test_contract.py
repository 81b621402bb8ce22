"""What holds of state wherever it is kept: the same tests on every database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from controller.state.database import Transaction
from controller.state.dsn import parse_dsn
from controller.state.journal import Phase
from controller.state.postgres import PostgresDatabase
from controller.state.store import Store
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.state import DeviceState, Difference
from intents.model.switch import Meter
from labs.runner.postgres import Server

METER = Meter(meter_id=7, rate_kbps=4_000)
DIFFERENCES = {"s1": (Difference(METER.key, None, METER),), "s2": ()}


class _Alone:
    """Leads, for nobody else is there."""

    def hold(self, seconds: float) -> None: ...

    def check(self, transaction: Transaction) -> None: ...

    def in_one_term(self) -> AbstractContextManager[None]:
        return nullcontext()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "sqlite":
        return Store(tmp_path)
    server: Server = request.getfixturevalue("postgres")
    return Store(tmp_path, PostgresDatabase(parse_dsn(server.database()), _Alone()))


def _insert_and_fail(transaction: Transaction) -> None:
    transaction.run("INSERT INTO change (token, about) VALUES (?, ?)", "t1", "{}")
    raise ClearwayError(Diagnostic(code="test", message="t1 is in the way"))


def again(store: Store) -> Store:
    """The same as another process sees it."""
    if isinstance(store.database, PostgresDatabase):
        return Store(store.folder, PostgresDatabase(store.database.dsn, _Alone()))
    return Store(store.folder)


def test_a_change_that_was_begun_is_read_back_until_it_ends(store: Store) -> None:
    assert (store.journal.unfinished(), store.journal.last()) == ((), None)
    store.journal.begin("t1", DIFFERENCES, {"by": "Ann 安"})
    store.journal.reach("t1", Phase.PREPARE)
    (found,) = again(store).journal.unfinished()
    assert (found.token, found.phase, found.differences) == ("t1", Phase.PREPARE, DIFFERENCES)
    store.journal.reach("t1", Phase.DONE)
    assert not again(store).journal.unfinished()
    assert again(store).journal.last() == {"token": "t1", "phase": "done", "by": "Ann 安"}


def test_changes_are_told_in_the_order_in_which_they_were_begun_whatever_the_clock_said(store: Store) -> None:
    for token in ("2026-b", "2031-a", "2026-c"):
        store.journal.begin(token, {}, {})
    assert [u.token for u in store.journal.unfinished()] == ["2026-b", "2031-a", "2026-c"]
    last = store.journal.last()
    assert last is not None and last["token"] == "2026-c"


def test_a_name_is_used_once(store: Store) -> None:
    store.journal.begin("t1", DIFFERENCES, {})
    with pytest.raises(ClearwayError):
        store.journal.begin("t1", {}, {})
    assert len(store.journal.unfinished()) == 1


def test_a_transaction_that_ends_ill_leaves_nothing(store: Store) -> None:
    with pytest.raises(ClearwayError, match="t1 is in the way"), store.database.writing() as transaction:
        _insert_and_fail(transaction)
    assert again(store).journal.last() is None


def test_many_threads_write_at_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.journal.begin(f"t{n:02}", DIFFERENCES, {}), range(24)))
    assert {u.token for u in store.journal.unfinished()} == {f"t{n:02}" for n in range(24)}


def test_of_two_who_saw_the_same_record_one_may_change_it(store: Store) -> None:
    assert store.records.get("window", "w1") is None
    first = store.records.put("window", "w1", {"open": True}, expected=0)
    assert again(store).records.get("window", "w1") == first
    second = store.records.put("window", "w1", {"open": False}, expected=first.version)
    with pytest.raises(ClearwayError, match="changed by somebody else") as error:
        again(store).records.put("window", "w1", {"open": True}, expected=first.version)
    assert error.value.diagnostics[0].code == "record-moved"
    assert store.records.get("window", "w1") == second
    with pytest.raises(ClearwayError, match="changed by somebody else"):
        store.records.put("window", "w1", {}, expected=0)


def test_a_version_never_comes_back(store: Store) -> None:
    first = store.records.put("window", "w1", {"open": True})
    store.records.remove("window", "w1", expected=first.version)
    assert store.records.get("window", "w1") is None
    store.records.remove("window", "w1")  # is gone already
    again_there = store.records.put("window", "w1", {"open": True}, expected=0)
    assert again_there.version > first.version
    with pytest.raises(ClearwayError):
        store.records.remove("window", "w1", expected=first.version)


def test_records_counted_by_many_at_once_are_all_counted(store: Store) -> None:
    def count(_: int) -> None:
        while True:
            found = store.records.get("count", "n")
            with suppress(ClearwayError):  # somebody was faster
                n = found.body["n"] + 1 if found else 1
                store.records.put("count", "n", {"n": n}, expected=found.version if found else 0)
                return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(20)))
    found = store.records.get("count", "n")
    assert found is not None and found.body == {"n": 20}


def test_a_kind_is_replaced_as_one_and_only_what_differs_moves(store: Store) -> None:
    store.records.put("other", "a", {})
    store.records.replace("kind", {"a": {"n": 1}, "b": {"n": 1}})
    store.records.replace("kind", {"b": {"n": 1}, "c": {"n": 1}})
    assert [(r.name, r.version) for r in again(store).records.all("kind")] == [("b", 1), ("c", 1)]
    assert [r.name for r in store.records.all("other")] == ["a"]


def test_what_was_applied_is_remembered_for_all_devices_at_once(store: Store) -> None:
    assert store.load_applied() is None
    states = {"s1": DeviceState.of("s1", [METER]), "s2": DeviceState.of("s2", [])}
    store.save_applied(states)
    assert again(store).load_applied() == states
    store.save_applied({"s1": states["s1"]})
    assert again(store).load_applied() == {"s1": states["s1"]}


def test_what_was_finished_and_not_saved_any_more_was_applied_all_the_same(store: Store) -> None:
    """Killed between the end of a change and the saving of what it came to."""
    gone, kept = Meter(meter_id=8, rate_kbps=1), Meter(meter_id=9, rate_kbps=1)
    store.journal.begin("t0", {"s1": (Difference(gone.key, None, gone),)}, {})
    store.journal.reach("t0", Phase.DONE)
    store.save_applied({"s1": DeviceState.of("s1", [gone, kept])})
    slow = replace(METER, rate_kbps=1)
    for token, differences in (
        ("t1", {"s1": (Difference(METER.key, None, slow), Difference(gone.key, gone, None))}),
        ("t2", {"s1": (Difference(METER.key, slow, METER),), "s2": (Difference(METER.key, None, METER),)}),
    ):
        store.journal.begin(token, differences, {})
        store.journal.reach(token, Phase.DONE)
    store.journal.begin("t3", {"s1": (Difference(kept.key, kept, None),)}, {})
    store.journal.reach("t3", Phase.REVERTED)
    found = {"s1": DeviceState.of("s1", [kept, METER]), "s2": DeviceState.of("s2", [METER])}
    assert again(store).load_applied() == store.load_applied() == found
    store.save_applied({"s1": DeviceState.of("s1", [kept])})
    assert again(store).load_applied() == {"s1": DeviceState.of("s1", [kept])}


def test_what_another_process_applied_is_read_and_not_overlooked(store: Store) -> None:
    slow, quick = METER, Meter(meter_id=7, rate_kbps=9_000)
    store.save_applied({name: DeviceState.of(name, [slow]) for name in ("s1", "s2")})
    store.save_applied({"s1": DeviceState.of("s1", [slow]), "s2": DeviceState.of("s2", [quick])})
    assert store.records.versions("applied") == {"s1": 1, "s2": 2}
    other = again(store)
    assert other.load_applied() == store.load_applied()
    other.save_applied({"s1": DeviceState.of("s1", [quick])})
    assert store.load_applied() == {"s1": DeviceState.of("s1", [quick])}
    store.save_applied({"s1": DeviceState.of("s1", [slow])})
    other.save_applied({"s1": DeviceState.of("s1", [quick]), "s2": DeviceState.of("s2", [slow])})  # s1 as it wrote it
    assert store.load_applied() == again(store).load_applied()
    assert (store.load_applied() or {})["s1"] == DeviceState.of("s1", [quick])
