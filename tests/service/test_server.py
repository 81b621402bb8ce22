"""The server by itself, over a real socket and without devices: watchers, garbage, faults, the end."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from grpc_health.v1 import health_pb2, health_pb2_grpc

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller._pb.clearway.intents.v1 import intents_pb2_grpc
from controller.access.front import Front
from controller.access.refusals import RefusalLog
from controller.access.settings import AccessSettings
from controller.audit.log import AuditLog
from controller.connect import Connector
from controller.service.api.servicer import INTENTS, OPERATIONS
from controller.service.engine import KEPT_STATUSES, Engine
from controller.service.server import Server
from controller.service.source import FolderSource
from controller.state.store import Store
from tests.conftest import PATIENCE_S
from tests.endtoend.site import REPO

WATCHERS = 1000


@contextmanager
def serving(state: Path) -> Iterator[tuple[Engine, Server]]:
    folder = REPO / "labs/small"
    engine = Engine(FolderSource(folder), Connector(folder), Store(state))
    server = Server(engine, Front("127.0.0.1:0", AccessSettings(), RefusalLog(AuditLog(state))))
    server.start()
    try:
        yield engine, server
    finally:
        server.stop(1)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Engine, Server]]:
    with serving(tmp_path) as found:
        yield found


@pytest.fixture
def stub(running: tuple[Engine, Server]) -> Iterator[intents_pb2_grpc.IntentServiceStub]:
    with grpc.insecure_channel(f"127.0.0.1:{running[1].port}") as channel:
        yield intents_pb2_grpc.IntentServiceStub(channel)


async def test_a_thousand_watchers_cost_no_thread_and_all_see_the_same(running: tuple[Engine, Server]) -> None:
    engine, server = running
    first = engine.publish("first", None, "")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = intents_pb2_grpc.IntentServiceStub(channel)
        watches = [stub.WatchStatus(pb.WatchStatusRequest()) for _ in range(WATCHERS)]
        seen = await asyncio.gather(*(w.read() for w in watches))
        assert {s.revision for s in seen} == {first.revision}
        threads = threading.active_count()
        second = await asyncio.to_thread(engine.publish, "second", None, "")
        seen = await asyncio.gather(*(w.read() for w in watches))
        assert {(s.revision, s.cause) for s in seen} == {(second.revision, "second")}
        assert threading.active_count() <= threads + 1  # the one that published
        assert len((await stub.ListIntents(pb.ListIntentsRequest())).intents) == 17
        for watch in watches:
            watch.cancel()


def test_a_watch_resumes_where_it_was_and_is_told_when_that_is_gone(
    running: tuple[Engine, Server], stub: intents_pb2_grpc.IntentServiceStub, tmp_path: Path
) -> None:
    engine, _ = running
    seen = engine.publish("seen", None, "").revision
    for number in range(3):
        engine.publish(f"missed {number}", None, "")
    watch = stub.WatchStatus(pb.WatchStatusRequest(after_revision=seen))
    assert [next(watch).cause for _ in range(3)] == ["missed 0", "missed 1", "missed 2"]
    watch.cancel()
    for _ in range(KEPT_STATUSES):
        engine.publish("much", None, "")
    for gone in (seen, 1, 2**62):
        with pytest.raises(grpc.RpcError) as error:
            next(stub.WatchStatus(pb.WatchStatusRequest(after_revision=gone)))
        assert error.value.code() is grpc.StatusCode.OUT_OF_RANGE
    with serving(tmp_path / "again") as (_, restarted):
        with grpc.insecure_channel(f"127.0.0.1:{restarted.port}") as channel:
            again = intents_pb2_grpc.IntentServiceStub(channel)
            with pytest.raises(grpc.RpcError) as error:
                next(again.WatchStatus(pb.WatchStatusRequest(after_revision=seen)))
        assert error.value.code() is grpc.StatusCode.OUT_OF_RANGE


def test_garbage_is_refused_by_every_method(running: tuple[Engine, Server]) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{running[1].port}") as channel:
        for method in (*INTENTS.methods, *OPERATIONS.methods):
            path = f"/{method.containing_service.full_name}/{method.name}"
            with pytest.raises(grpc.RpcError) as error:
                list(channel.unary_stream(path)(b"\xff\xff\xff"))  # reads a single answer too
            assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT, method.name
        with pytest.raises(grpc.RpcError) as error:
            channel.unary_unary(f"/{INTENTS.full_name}/Nothing")(Empty().SerializeToString())
        assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_fault_of_ours_is_told_by_an_id_that_the_log_has(
    running: tuple[Engine, Server],
    stub: intents_pb2_grpc.IntentServiceStub,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr(running[0], "current", broken)
    with caplog.at_level(logging.ERROR), pytest.raises(grpc.RpcError) as error:
        stub.ListIntents(pb.ListIntentsRequest())
    assert error.value.code() is grpc.StatusCode.INTERNAL
    told = error.value.details()
    assert "secret" not in told
    assert "Traceback" not in told
    (record,) = [r for r in caplog.records if r.name == "clearway.api"]
    assert record.fault_id in told
    assert record.exc_info is not None


def test_a_refusal_with_much_to_say_fits_into_what_clients_take(stub: intents_pb2_grpc.IntentServiceStub) -> None:
    lines = "\n".join(f"{'病' * 300}{number}: x" for number in range(60))
    with pytest.raises(grpc.RpcError) as error:
        stub.ApplyIntent(pb.ApplyIntentRequest(intent=pb.Intent(name="x", spec_yaml=lines), validate_only=True))
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert sum(len(key) + len(value) for key, value in error.value.trailing_metadata()) < 6000
    with pytest.raises(grpc.RpcError) as error:
        stub.GetIntent(pb.GetIntentRequest(name="病" * 100_000))
    assert error.value.code() is grpc.StatusCode.NOT_FOUND


def test_it_says_not_serving_before_the_watchers_go(tmp_path: Path) -> None:
    with serving(tmp_path) as (engine, server), grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        engine.publish("first", None, "")
        health = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=INTENTS.full_name))
        assert next(health).status == health_pb2.HealthCheckResponse.SERVING
        watch = intents_pb2_grpc.IntentServiceStub(channel).WatchStatus(pb.WatchStatusRequest())
        assert next(watch).cause == "first"  # he watches
        ending = threading.Thread(target=server.stop, args=(2,))
        ending.start()
        assert next(health).status == health_pb2.HealthCheckResponse.NOT_SERVING
        assert list(watch) == []
        ending.join()


def test_two_who_end_it_at_once_both_come_back(tmp_path: Path) -> None:
    came_back = []
    with serving(tmp_path) as (_, server):
        ends = [threading.Thread(target=lambda: came_back.append(server.stop(0)), daemon=True) for _ in range(8)]
        for end in ends:
            end.start()
        for end in ends:
            end.join(PATIENCE_S / 10)
        assert len(came_back) == len(ends)
