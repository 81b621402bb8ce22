"""The journal does not grow for years, and never forgets a change without an end."""

from __future__ import annotations

from pathlib import Path

from controller.state.journal import Phase
from controller.state.retention import forget
from controller.state.sqlite import FILE
from controller.state.store import Store
from intents.model.state import Difference
from intents.model.switch import Meter

DIFFERENCES = {"s1": tuple(Difference(("meter", n), None, Meter(meter_id=n, rate_kbps=9)) for n in range(40))}


def change(store: Store, token: str, *phases: Phase) -> None:
    store.journal.begin(token, DIFFERENCES, {"by": token})
    for phase in phases:
        store.journal.reach(token, phase)


def rows(store: Store, table: str) -> list[str]:
    with store.database.reading() as look:
        assert look is not None
        return [row[0] for row in look.run(f"SELECT DISTINCT token FROM {table} ORDER BY token")]  # noqa: S608


def test_old_ends_are_forgotten_and_what_is_open_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    change(store, "a-open", Phase.COMMIT)
    for number in range(20):
        change(store, f"t-{number:02}", Phase.COMMIT, Phase.DONE if number % 2 else Phase.REVERTED)
    change(store, "z-open", Phase.REVERT)
    assert forget(store.database, details=3, changes=8) == 12
    assert rows(store, "change") == ["a-open", *(f"t-{n}" for n in range(12, 20)), "z-open"]
    assert rows(store, "step") == rows(store, "change")
    assert rows(store, "difference") == ["a-open", "t-17", "t-18", "t-19", "z-open"]
    assert [u.token for u in store.journal.unfinished()] == ["a-open", "z-open"]
    assert store.journal.unfinished()[0].differences == DIFFERENCES
    assert forget(store.database, details=3, changes=8) == 0
    last = store.journal.last()
    assert last is not None
    assert last["token"] == "z-open"


def test_where_nothing_was_ever_written_there_is_nothing_to_forget(tmp_path: Path) -> None:
    assert forget(Store(tmp_path).database) == 0
    Store(tmp_path).tidy()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_mostly_empty_is_made_small(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(8):
        store.records.put("bulk", str(number), {"x": "y" * 4_000_000})
    large = (tmp_path / FILE).stat().st_size
    for number in range(8):
        store.records.remove("bulk", str(number))
    store.tidy()
    assert (tmp_path / FILE).stat().st_size < large / 10


def test_the_file_stays_as_large_as_it_was_over_many_changes(tmp_path: Path) -> None:
    store = Store(tmp_path)
    sizes = []
    for number in range(120):
        change(store, f"t-{number:03}", Phase.DONE)
        forget(store.database, details=10, changes=30)
        sizes.append((tmp_path / FILE).stat().st_size)
    assert sizes[-1] <= sizes[40] * 1.2
