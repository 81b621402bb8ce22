"""The service on real devices: the gRPC API, health, reflection, and what the command line says meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.state.store import Store
from labs.runner import lab
from tests.endtoend.site import Site, eventually, site_in
from tests.service.serving import Served, served


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


def refused(error: grpc.RpcError) -> tuple[grpc.StatusCode, str, list[str]]:
    """Code, reason, and the fields of the violations."""
    status = rpc_status.from_call(error)
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        if not detail.Unpack(info):
            detail.Unpack(bad)
    return error.code(), info.reason, [v.field for v in bad.field_violations]  # type: ignore[attr-defined]


def test_health_and_reflection(service: Served) -> None:
    health = health_pb2_grpc.HealthStub(service.channel)
    found = health.Check(health_pb2.HealthCheckRequest(service="clearway.intents.v1.IntentService"))
    assert found.status == health_pb2.HealthCheckResponse.SERVING
    reflection = reflection_pb2_grpc.ServerReflectionStub(service.channel)
    answers = reflection.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
    names = [s.name for s in next(answers).list_services_response.service]
    assert "clearway.intents.v1.IntentService" in names


def test_intents_are_listed_in_pages_and_one_is_found(service: Served) -> None:
    first = service.intents.ListIntents(pb.ListIntentsRequest(page_size=10))
    rest = service.intents.ListIntents(pb.ListIntentsRequest(page_token=first.next_page_token))
    names = [i.name for i in (*first.intents, *rest.intents)]
    assert len(first.intents) == 10
    assert names == sorted(set(names))
    assert len(names) == 17
    one = service.intents.GetIntent(pb.GetIntentRequest(name="ct-study")).intent
    assert one.sentence.startswith("ct-room to pacs gets imaging priority, delivers 1,000 images")
    assert one.origin.endswith("imaging.yaml:9")
    with pytest.raises(grpc.RpcError) as error:
        service.intents.GetIntent(pb.GetIntentRequest(name="ct-studi"))
    assert error.value.code() is grpc.StatusCode.NOT_FOUND
    assert "ct-study" in error.value.details()


def test_a_sentence_is_tried_applied_watched_and_taken_back(service: Served, site: Site) -> None:
    watch = service.intents.WatchStatus(pb.WatchStatusRequest())
    said = pb.Intent(name="visit", say="Ward 2 visit may reach updates with https")
    tried = service.intents.ApplyIntent(pb.ApplyIntentRequest(intent=said, validate_only=True))
    assert tried.changes
    assert not tried.statuses
    assert not (site.folder / "intents/api/visit.yaml").exists()
    done = service.intents.ApplyIntent(pb.ApplyIntentRequest(intent=said))
    assert [c.summary for c in done.changes] == [c.summary for c in tried.changes]
    assert all(s.holds for s in done.statuses)
    assert "visit" in {s.name for s in done.statuses}
    assert "Ward 2 visit" in (site.folder / "intents/api/visit.yaml").read_text()
    seen = next(s for s in watch if any(x.name == "visit" for x in s.statuses))
    assert seen.holds
    assert not service.intents.PlanChanges(pb.PlanChangesRequest()).changes
    gone = service.intents.DeleteIntent(pb.DeleteIntentRequest(name="visit", etag=done.intent.etag))
    assert gone.changes
    after = next(s for s in watch if s.revision > seen.revision)
    assert "visit" not in {s.name for s in after.statuses}
    watch.cancel()
    resumed = service.intents.WatchStatus(pb.WatchStatusRequest(after_revision=seen.revision))
    assert next(resumed).revision == seen.revision + 1
    resumed.cancel()


def test_a_call_that_is_cancelled_is_undone_and_not_written(service: Served, site: Site) -> None:
    site.restart("olt-1", "--dataplane", "tests.endtoend.hooks:slow")
    journal = Store(site.folder / ".clearway").journal

    def phase() -> str:
        last = journal.last()
        return str(last["phase"]) if last is not None else ""

    said = pb.Intent(name="visit", say="Ward 2 visit may reach updates with https")
    call = service.intents.ApplyIntent.future(pb.ApplyIntentRequest(intent=said))
    assert eventually(lambda: phase() == "commit")
    call.cancel()
    assert eventually(lambda: phase() == "reverted")
    assert not service.intents.PlanChanges(pb.PlanChangesRequest()).changes
    assert not (site.folder / "intents/api/visit.yaml").exists()
    site.restart("olt-1")


def test_a_bad_sentence_is_refused_with_its_place(service: Served, site: Site) -> None:
    bad = pb.Intent(name="bad", say="CT rom to PACS gets priority")
    with pytest.raises(grpc.RpcError) as error:
        service.intents.ApplyIntent(pb.ApplyIntentRequest(intent=bad))
    code, reason, fields = refused(error.value)
    assert (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "UNKNOWN_PLACE")
    assert fields[0].rpartition("/")[2].startswith("bad.yaml:")
    assert not (site.folder / "intents/api/bad.yaml").exists()


def test_a_promise_without_room_is_refused_and_nothing_changes(service: Served) -> None:
    much = pb.Intent(name="much", say="1,000 images of 512 KiB from archive to ward-2 within 1 second")
    with pytest.raises(grpc.RpcError) as error:
        service.intents.ApplyIntent(pb.ApplyIntentRequest(intent=much))
    assert refused(error.value)[1] == "NO_ROOM"
    assert not service.intents.PlanChanges(pb.PlanChangesRequest()).changes


def test_what_was_written_by_hand_is_not_changed_from_outside(service: Served) -> None:
    with pytest.raises(grpc.RpcError) as error:
        service.intents.DeleteIntent(pb.DeleteIntentRequest(name="ct-study"))
    assert error.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "imaging.yaml" in error.value.details()


def test_the_network_is_verified_and_an_intent_explained(service: Served) -> None:
    verdict = service.intents.VerifyNetwork(pb.VerifyNetworkRequest())
    assert verdict.holds
    assert len(verdict.statuses) == 17
    told = service.intents.ExplainIntent(pb.ExplainIntentRequest(name="ct-study"))
    assert "deliver" in {f.property for f in told.status.findings}
    assert json.loads(told.json)


def test_the_command_line_says_who_holds_the_switches(service: Served, site: Site) -> None:
    done = site.run("verify")
    assert done.code == 1
    assert "clearway serve" in done.err


def test_it_ends_at_a_signal_and_leaves_the_network_as_it_is(
    site: Site, service: Served, tmp_path_factory: pytest.TempPathFactory
) -> None:
    service.process.terminate()
    assert service.process.wait(15) == 0
    assert site.run("verify").code == 0
