"""An operation that touched devices is answered for after the service was killed, as it really ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import operations_pb2 as ops
from controller._pb.clearway.intents.v1 import operations_pb2_grpc
from controller.client.faults import of_status
from controller.events import Event
from controller.service.api.kept import KEPT, KeptOperations
from controller.state.journal import Phase
from controller.state.store import Store
from labs.runner import lab
from tests.endtoend.site import Site, eventually, site_in
from tests.service.serving import Served, served

State = ops.Operation.State
VISIT = pb.Intent(name="visit", say="Ward 2 visit may reach updates with https")


def begun(store: Store, name: str, *phases: Phase) -> ops.Operation:
    """One that a service began, and what the journal has of its change; the service is no more."""
    told = ops.Operation(name=f"operations/{name}", title="apply visit", state=State.STATE_RUNNING)
    told.create_time.GetCurrentTime()
    kept = KeptOperations(store)
    kept.started(told)
    if phases:
        store.journal.begin(f"t-{name}", {}, {})
        kept.stepped(told.name, Event(token=f"t-{name}", phase=Phase.PREPARE))
    for phase in phases:
        store.journal.reach(f"t-{name}", phase)
    found = KeptOperations(Store(store.folder)).get(told.name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("phases", "state", "codes"),
    [
        ((), State.STATE_FAILED, ["operation-cut-off"]),
        ((Phase.PREPARE, Phase.COMMIT), State.STATE_RUNNING, []),
        ((Phase.PREPARE, Phase.COMMIT, Phase.REVERT, Phase.REVERTED), State.STATE_FAILED, ["operation-cut-off"]),
        ((Phase.PREPARE, Phase.COMMIT, Phase.CHECK, Phase.CONFIRM, Phase.DONE), State.STATE_SUCCEEDED, []),
    ],
)
def test_the_journal_says_how_it_ended(
    tmp_path: Path, phases: tuple[Phase, ...], state: State.ValueType, codes: list[str]
) -> None:
    found = begun(Store(tmp_path), "a", *phases)
    assert (found.state, [d.code for d in of_status(found.error)]) == (state, codes)
    assert found.progress.phase == (phases[-1] if phases else "")


def test_what_another_controller_may_be_carrying_out_is_not_called_cut_off(tmp_path: Path) -> None:
    store = Store(tmp_path)
    name = begun(store, "a").name
    seen = KeptOperations(store, leads=lambda: False).get(name)
    assert seen is not None
    assert seen.state == State.STATE_RUNNING


def test_an_end_that_was_told_stays_and_the_oldest_are_forgotten(tmp_path: Path) -> None:
    store = Store(tmp_path)
    kept = KeptOperations(store)
    told = begun(store, "000", Phase.PREPARE, Phase.REVERTED)
    told.state = State.STATE_CANCELLED
    told.end_time.GetCurrentTime()
    told.applied.intent.name = "visit"  # what it gave is not kept
    kept.ended(told)
    (found,) = kept.all()
    assert (found.state, found.WhichOneof("result")) == (State.STATE_CANCELLED, None)
    for number in range(KEPT):
        begun(store, f"{number + 1:03}")
    assert len(kept.all()) == KEPT
    assert kept.get(told.name) is None


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with site_in(tmp_path / "site") as made:
        lab.up(made.folder, lambda _: None, without_packets=True)
        assert made.run("apply").code == 0
        yield made


def _operations(service: Served) -> operations_pb2_grpc.OperationServiceStub:
    return operations_pb2_grpc.OperationServiceStub(service.channel)


@pytest.mark.slow
def test_a_service_that_is_killed_in_mid_change_answers_for_it_when_it_is_back(site: Site, tmp_path: Path) -> None:
    journal = Store(site.folder / ".clearway").journal
    with served(site, tmp_path, str(site.folder), "--judge", "3600") as service:
        request = ops.StartOperationRequest(apply=pb.ApplyIntentRequest(intent=VISIT))
        site.restart("olt-1", "--dataplane", "tests.endtoend.hooks:slow")
        name = _operations(service).StartOperation(request).operation.name
        assert eventually(lambda: (journal.last() or {}).get("phase") == "commit")
        service.process.kill()
        service.process.wait()
    site.restart("olt-1")
    with served(site, tmp_path, str(site.folder), "--judge", "3600") as service:
        ended = _operations(service).WaitOperation(ops.WaitOperationRequest(name=name), timeout=60).operation
        last = journal.last() or {}
        assert last["phase"] == "reverted"
        assert (ended.state, [d.code for d in of_status(ended.error)]) == (State.STATE_FAILED, ["operation-cut-off"])
        again = _operations(service).StartOperation(request).operation.name
        done = _operations(service).WaitOperation(ops.WaitOperationRequest(name=again), timeout=60).operation
        assert done.state == State.STATE_SUCCEEDED
    with served(site, tmp_path, str(site.folder), "--judge", "3600") as service:
        listed = {o.name: o.state for o in _operations(service).ListOperations(ops.ListOperationsRequest()).operations}
        assert listed == {again: State.STATE_SUCCEEDED, name: State.STATE_FAILED}
        assert list(listed) == [again, name]
        with pytest.raises(grpc.RpcError) as error:
            _operations(service).GetOperation(ops.GetOperationRequest(name="operations/none"))
        assert error.value.code() is grpc.StatusCode.NOT_FOUND
