"""The typed client and `--server` against a running service on real devices: the same words as the local commands."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import duration_pb2
from grpc_status import rpc_status

from controller._pb.clearway.intents.v1 import operations_pb2 as ops
from controller._pb.clearway.intents.v1 import operations_pb2_grpc
from controller.breakglass import BreakGlass, Ending
from controller.client import ClearwayError, Client, Delivery, Intent, IntentSpec
from controller.events import Event, Stopped
from controller.service.api.servicer import INTENTS, OPERATIONS
from controller.state.journal import Phase
from controller.state.store import Store
from labs.runner import lab
from tests.commandline import clearway
from tests.endtoend.site import Site, free_ports, site_in
from tests.service.fuzz import request
from tests.service.serving import Served, served

DELIVER = Intent(
    name="fetch",
    spec=IntentSpec(
        sources=["archive"],
        destinations=["his"],
        deliver=Delivery(images=10, size_bytes=524288, within=duration_pb2.Duration(seconds=2)),
    ),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as made:
        lab.up(made.folder, lambda _: None, without_packets=True)
        assert made.run("apply").code == 0
        yield made


@pytest.fixture(scope="module")
def service(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(site, tmp_path_factory.mktemp("log"), str(site.folder), "--judge", "3600") as running:
        yield running


@pytest.fixture
def client(service: Served) -> Iterator[Client]:
    with Client(service.address, author="Nurse <nurse@hospital.example>") as made:
        yield made


def codes(error: pytest.ExceptionInfo[ClearwayError]) -> list[str]:
    return [d.code for d in error.value.diagnostics]


def test_an_intent_in_fields_is_proposed_applied_and_gone_as_it_was(client: Client, site: Site) -> None:
    tried = client.propose(DELIVER)
    assert tried.expected is not None
    assert tried.resources
    seen: list[Event] = []
    done = client.apply(DELIVER, base=tried.base, progress=seen.append)
    try:
        assert done.verdict.holds
        assert done.changes == tried.changes
        assert Phase.CONFIRM in {e.phase for e in seen}
        judged = next(v for v in done.verdict.intents if v.intent == "fetch")
        # What a dry run says of a bound is what is proven from the devices after the change.
        assert {f.property: f.bound for f in tried.expected.findings} == {f.property: f.bound for f in judged.findings}
        assert any(f.bound for f in judged.findings)
        again = client.intent("fetch")
        assert again.spec == again.meaning
        assert (again.spec.sources, again.spec.deliver) == (DELIVER.spec.sources, DELIVER.spec.deliver)
        with pytest.raises(ClearwayError) as stale:
            client.apply(Intent(name="fetch", say="archive may reach HIS", etag=again.etag), base=tried.base)
        assert codes(stale) == ["stale-plan"]
    finally:
        gone = client.delete("fetch")
    assert gone.changes
    assert not client.plan().changes
    assert "fetch" not in {i.name for i in client.intents()}
    assert not (site.folder / "intents/api/fetch.yaml").exists()


def test_a_refusal_is_the_one_of_the_command_line(client: Client) -> None:
    with pytest.raises(ClearwayError) as error:
        client.propose(Intent(name="bad", say="CT rom to PACS gets priority"))
    (fault,) = error.value.diagnostics
    assert (fault.code, fault.position.line) == ("unknown-place", 6)
    assert "ct-room" in fault.hint
    for spec, code in (
        (IntentSpec(sources=["ct-room"], destinations=["pacs"], guarantee_bps=-5), "rate-without-unit"),
        (
            IntentSpec(sources=["ct-room"], destinations=["pacs"], latency=duration_pb2.Duration(nanos=1)),
            "bad-duration",
        ),
        (IntentSpec(permission=IntentSpec.PERMISSION_QUARANTINE, sources=["ct-room"], via="core-1"), "contradiction"),
    ):
        with pytest.raises(ClearwayError) as error:
            client.propose(Intent(name="bad", spec=spec))
        assert code in codes(error)
    for gone in (lambda: client.intent("ct-studi"), lambda: client.propose_delete("ct-study")):
        with pytest.raises(ClearwayError):
            gone()


def test_an_operation_that_is_stopped_is_undone(client: Client, service: Served, site: Site) -> None:
    def stop(event: Event) -> None:
        if event.phase is Phase.COMMIT:
            raise Stopped

    site.restart("olt-1", "--dataplane", "tests.endtoend.hooks:slow")
    with pytest.raises(ClearwayError) as error:
        client.apply(DELIVER, progress=stop)
    assert codes(error) == ["stopped"]
    site.restart("olt-1")
    assert not client.plan().changes
    operations = operations_pb2_grpc.OperationServiceStub(service.channel)
    (newest, *_) = operations.ListOperations(ops.ListOperationsRequest(page_size=1)).operations
    assert (newest.title, newest.state) == ("apply fetch", ops.Operation.STATE_CANCELLED)
    assert newest.author == "Nurse <nurse@hospital.example>"


FUZZED = ("ListIntents", "GetIntent", "ApplyIntent", "DeleteIntent", "ExplainIntent", "GetCapacity", "WatchStatus")
ASKED = ("GetOperation", "ListOperations", "CancelOperation", "WaitOperation", "WatchOperation")


def test_random_requests_are_answered_or_refused_with_reasons(service: Served) -> None:
    choice = random.Random(6)  # noqa: S311 - the same requests in every run
    methods = [m for m in INTENTS.methods if m.name in FUZZED] + [m for m in OPERATIONS.methods if m.name in ASKED]
    refused = Counter[grpc.StatusCode]()
    without_reasons = []
    for _ in range(25):
        for method in methods:
            call = service.channel.unary_stream(f"/{method.containing_service.full_name}/{method.name}")(
                request(method, choice), timeout=20
            )
            try:
                next(call)  # of a watch the first
                call.cancel()
            except grpc.RpcError as error:
                status = rpc_status.from_call(call)
                if status is None or len(status.details) < 3:
                    without_reasons.append((method.name, str(error)))
                refused[error.code()] += 1
    assert without_reasons == []
    assert "Traceback" not in service.said
    assert not {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN} & set(refused), refused
    assert refused[grpc.StatusCode.INVALID_ARGUMENT] > 25
    assert refused[grpc.StatusCode.NOT_FOUND] > 25


def test_a_watch_goes_on_where_it_was_when_the_service_was_away(site: Site, tmp_path: Path, service: Served) -> None:
    service.process.terminate()
    service.process.wait(15)
    (port,) = free_ports(1)
    with Client(f"127.0.0.1:{port}") as client:
        watch = client.watch()
        with served(site, tmp_path, str(site.folder), port=port):
            first = next(watch)
        with served(site, tmp_path, str(site.folder), port=port):
            second = next(watch)
    assert first.holds
    assert second.holds
    assert second.revision > first.revision


@pytest.fixture(scope="module")
def texts(site: Site, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], str]:
    """What the local commands print, before a service holds the switches."""
    folder = str(site.folder)
    asked = [("verify", folder), ("verify", folder, "--json"), ("plan", folder), ("capacity", folder, "--json")]
    asked += [("explain", folder, "ct-study"), ("explain", folder, "ct-study", "--json")]
    return {words: clearway(*words).out for words in asked}


def test_the_command_line_says_of_a_service_what_it_says_of_a_folder(
    site: Site, tmp_path: Path, texts: dict[tuple[str, ...], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(site, tmp_path, str(site.folder), "--judge", "3600") as running:
        monkeypatch.setenv("CLEARWAY_SERVER", running.address)
        for (command, _, *words), text in texts.items():
            said = clearway(command, *words).out
            assert said == text or json.loads(said) == json.loads(text)

        intent = tmp_path / "visit.yaml"
        intent.write_text(
            "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: visit}\n"
            "spec: {from: ward-2-visit, to: updates, services: https}\n"
        )
        tried = clearway("plan", str(intent))
        assert "would hold  reachability" in tried.out
        done = clearway("apply", str(intent))
        assert done.code == 0, done.err
        assert "all intents hold" in done.out
        assert "visit" in clearway("status").out
        terms = ("--owner", "A. Meier", "--for", "1h", "--why", "PACS is down")
        assert clearway("break-glass", "core-1", "--dir", str(site.folder), *terms).code == 0
        assert "core-1 is held by A. Meier until" in clearway("status").out
        (held,) = json.loads(clearway("status", "--json").out)["held"]
        assert (held["device"], held["why"]) == ("core-1", "PACS is down")
        BreakGlass(Store(site.folder / ".clearway")).close("core-1", Ending.REVERT)
        assert json.loads(clearway("status", "--json").out)["held"] == []
        gone = clearway("delete", "visit", "--json")
        assert json.loads(gone.out)["ok"]
        assert "visit" not in clearway("status").out

        intent.write_text(intent.read_text().replace("updates", "updats"))
        refused = clearway("apply", str(intent))
        assert refused.code == 1
        assert "'updats'" in refused.err
        assert clearway("verify", "--at", "2026-11-25T08:00").code == 3
    down = clearway("verify")
    assert down.code == 1
    assert "[service-down]" in down.err
