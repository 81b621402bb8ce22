"""The state of several controllers: saved while they run, put back while none is alive, and moved between databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from controller.backup.make import backup
from controller.backup.reached import Nobody
from controller.backup.restore import restore
from controller.leadership.lease import Leases
from controller.state.dsn import Dsn, parse_dsn
from controller.state.held import serving
from controller.state.journal import Phase
from controller.state.postgres import Connection, PostgresDatabase
from controller.state.retention import forget
from controller.state.store import Store
from intents.model.diagnostic import ClearwayError
from labs.runner.postgres import Server
from tests.backup.states import DIFFERENCES, held, state


@pytest.fixture
def dsn(postgres: Server) -> Dsn:
    return parse_dsn(postgres.database())


def several(folder: Path, dsn: Dsn) -> Store:
    return Store(folder, PostgresDatabase(dsn, Nobody(dsn.place)))


def test_a_state_goes_from_one_controller_to_several_and_back(tmp_path: Path, dsn: Dsn) -> None:
    one = state(tmp_path / "one", "t-1", "t-2")
    one.journal.begin("t-open", DIFFERENCES, {"by": "Nurse"})
    before = held(one)
    backup(one, tmp_path / "one.tar.gz")
    many = several(tmp_path / "many", dsn)
    done = restore(many, tmp_path / "one.tar.gz", "tester")
    assert held(many) == before
    assert [u.token for u in done.unfinished] == ["t-open"]
    many.journal.reach("t-open", Phase.REVERTED)  # steps are counted on, not again
    last = many.journal.last()
    assert last is not None
    assert (last["token"], last["phase"]) == ("t-open", "reverted")

    assert backup(many, tmp_path / "many.tar.gz").about["database"] == "postgresql"
    back = Store(tmp_path / "back")
    restore(back, tmp_path / "many.tar.gz", "tester")
    assert held(back) == held(many)


def test_nothing_is_put_back_while_a_controller_is_alive(tmp_path: Path, dsn: Dsn) -> None:
    backup(state(tmp_path / "one", "t-1"), tmp_path / "one.tar.gz")
    many = several(tmp_path / "many", dsn)
    many.journal.begin("t-2", DIFFERENCES, {})
    before = held(many)
    leases = Leases(Connection(dsn), "controller-a")
    term = leases.take("127.0.0.1:1", 60.0)
    assert term is not None
    with pytest.raises(ClearwayError, match="controller-a"):
        restore(many, tmp_path / "one.tar.gz", "tester")
    assert held(many) == before
    backup(many, tmp_path / "two.tar.gz")  # to read needs no lease
    leases.give_back(term)
    restore(many, tmp_path / "one.tar.gz", "tester")
    assert held(many) != before


def test_the_journal_of_several_forgets_alike(tmp_path: Path, dsn: Dsn) -> None:
    store = several(tmp_path, dsn)
    store.journal.begin("open", DIFFERENCES, {})
    for number in range(12):
        store.journal.begin(f"t-{number:02}", DIFFERENCES, {})
        store.journal.reach(f"t-{number:02}", Phase.DONE)
    assert forget(store.database, details=2, changes=5) == 7
    rows = held(store)
    assert [row[0] for row in rows["change"]] == ["open", *(f"t-{n:02}" for n in range(7, 12))]
    assert [row[0] for row in rows["difference"]] == ["open", "t-10", "t-11"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ClearwayError, match="cannot be written"), serving(tmp_path / "file" / "state"):
        pass
