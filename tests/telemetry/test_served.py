"""A running service as those who watch it see it: metrics, logs and traces of real changes on real devices."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from labs.runner import lab
from tests.commandline import clearway
from tests.endtoend.site import Site, eventually, free_ports, site_in
from tests.service.serving import Served, served
from tests.telemetry.collector import Collector, attributes, collecting
from tests.telemetry.lint import faults
from tests.telemetry.scrape import families, get, values

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
METADATA = (
    ("x-clearway-author", "Nurse <nurse@hospital.example>"),
    ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01"),
)
VISIT = pb.Intent(name="visit", say="Ward 2 visit may reach updates with https")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as made:
        lab.up(made.folder, lambda _: None, without_packets=True)
        assert made.run("apply").code == 0
        yield made


class Watched:
    def __init__(self, service: Served, port: int, collector: Collector, systemd: socket.socket) -> None:
        self.service, self.port, self.collector, self.systemd = service, port, collector, systemd

    def apply(self) -> pb.ApplyIntentResponse:
        return self.service.intents.ApplyIntent(pb.ApplyIntentRequest(intent=VISIT), metadata=METADATA)

    def delete(self) -> None:
        self.service.intents.DeleteIntent(pb.DeleteIntentRequest(name="visit"))

    def logged(self, event: str) -> list[dict[str, object]]:
        lines = [json.loads(line) for line in self.service.said.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]


@pytest.fixture(scope="module")
def watched(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    (port,) = free_ports(1)
    folder = tmp_path_factory.mktemp("log")
    with (
        collecting() as collector,
        pytest.MonkeyPatch.context() as environment,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd,
    ):
        systemd.bind(str(folder / "notify"))
        systemd.settimeout(20)
        environment.setenv("NOTIFY_SOCKET", str(folder / "notify"))
        environment.setenv("WATCHDOG_USEC", "6000000")
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.port}")
        environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        words = ("--metrics", f"127.0.0.1:{port}", "--log-format", "json", "--judge", "0.5", "--look", "0.5")
        with served(site, folder, str(site.folder), *words) as service:
            assert eventually(lambda: "clearway_intents" in values(port))
            yield Watched(service, port, collector, systemd)


def test_the_figures_are_by_the_conventions_and_tell_the_network(watched: Watched) -> None:
    for openmetrics in (False, True):
        assert faults(families(watched.port, openmetrics=openmetrics).values()) == []
    found = values(watched.port)
    assert found["clearway_intents"][(("state", "holds"),)] == 17
    assert found["clearway_intents"][(("state", "broken"),)] == 0
    assert found["clearway_intent_holds"][(("intent", "ct-study"),)] == 1
    assert 0 < found["clearway_intent_bound_completion_seconds"][(("intent", "ct-study"),)] < 20
    assert 0 < found["clearway_intent_bound_margin_ratio"][(("intent", "ct-study"),)] < 1
    assert set(found["clearway_device_up"].values()) == {1}
    assert found["clearway_onus"][(("olt", "olt-1"), ("state", "up"))] > 0
    assert found["clearway_configuration_last_load_successful"] == {(): 1}
    ((words, _),) = found["clearway_loaded_configuration_info"].items()
    assert len(dict(words)["hash"]) == 64
    assert found["clearway_journal_unfinished_changes"] == {(): 0}
    assert found["clearway_verify_duration_seconds_count"][()] > 0
    assert found["process_open_fds"][()] > 0


def test_systemd_is_told_that_it_is_ready_that_it_moves_and_how_the_network_is(watched: Watched) -> None:
    heard = [watched.systemd.recv(4096).decode()]
    assert heard[0].startswith(f"READY=1\nSTATUS=serving intents on {watched.service.address}")
    while not {"WATCHDOG=1", "STATUS=17 intents hold"} <= set(heard):
        heard.append(watched.systemd.recv(4096).decode())


def test_health_is_that_of_the_api(watched: Watched, tmp_path: Path) -> None:
    assert get(watched.port, "/healthz")[0] == 200
    assert get(watched.port, "/readyz")[0] == 200
    done = clearway("health", "--server", watched.service.address)
    assert (done.code, done.out) == (0, f"{watched.service.address}: SERVING\n")
    config = tmp_path / "service.yaml"
    spec = f"spec: {{telemetry: {{metrics: '0.0.0.0:{watched.port}'}}}}"
    config.write_text(f"apiVersion: clearway.dev/v1\nkind: Service\n{spec}\n")
    done = clearway("health", "--config", str(config), "--json")
    assert done.code == 0
    assert json.loads(done.out)["address"] == f"http://127.0.0.1:{watched.port}/readyz"


def test_where_nobody_serves_health_says_so() -> None:
    (port,) = free_ports(1)
    done = clearway("health", "--server", f"127.0.0.1:{port}")
    assert (done.code, done.out) == (1, f"127.0.0.1:{port}: no answer: UNAVAILABLE\n")
    assert clearway("health", "--server", f"127.0.0.1:{port}", "--quiet").out == ""


def test_a_change_is_counted_timed_logged_and_traced(watched: Watched) -> None:
    before = values(watched.port)["clearway_changes_total"][(("outcome", "done"),)]
    watched.apply()
    found = values(watched.port)
    assert found["clearway_changes_total"][(("outcome", "done"),)] == before + 1
    phases = {dict(labels)["phase"] for labels in found["clearway_change_phase_duration_seconds_count"]}
    assert {"plan", "prepare", "commit", "check", "confirm"} <= phases
    call = (("grpc_code", "OK"), ("grpc_method", "ApplyIntent"), ("grpc_service", "clearway.intents.v1.IntentService"))
    assert found["grpc_server_handled_total"][call] >= 1

    ended = watched.logged("change.ended")[-1]
    assert ended["person"] == "Nurse <nurse@hospital.example>"
    assert ended["outcome"] == "done"
    assert ended["request"] == TRACE
    assert "visit" in ended["intents"]  # type: ignore[operator]
    assert {line["phase"] for line in watched.logged("change.phase") if line["token"] == ended["token"]} >= {
        "prepare",
        "commit",
        "check",
        "confirm",
        "done",
    }

    def root() -> list[object]:
        return [s for s in watched.collector.named("change") if s.trace_id.hex() == TRACE]

    assert eventually(lambda: bool(root()))
    (span,) = root()
    words = attributes(span.attributes)  # type: ignore[attr-defined]
    assert words["clearway.change.token"] == ended["token"]
    assert words["clearway.change.outcome"] == "done"
    assert words["clearway.change.intents"] == ended["intents"]
    assert span.parent_span_id.hex() == "00f067aa0ba902b7"  # type: ignore[attr-defined]
    parts = watched.collector.below(span)  # type: ignore[arg-type]
    names = [p.name for p in parts]
    assert names[:2] == ["plan", "prepare"]
    assert {"commit", "check", "verify", "confirm"} <= set(names)
    for phase in (p for p in parts if p.name in ("prepare", "commit", "check", "confirm")):
        devices = watched.collector.below(phase)
        assert devices
        assert all(phase.start_time_unix_nano <= d.end_time_unix_nano <= phase.end_time_unix_nano for d in devices)
        assert all(d.status.code == 0 for d in devices)
    assert watched.collector.resource["service.name"] == "clearway"
    watched.delete()


def test_a_refusal_is_counted_by_its_code(watched: Watched) -> None:
    with pytest.raises(grpc.RpcError):
        watched.service.intents.GetIntent(pb.GetIntentRequest(name="nobody"))
    found = values(watched.port)["grpc_server_handled_total"]
    assert any(dict(k)["grpc_code"] == "NOT_FOUND" for k in found)
    with pytest.raises(grpc.RpcError):
        watched.service.channel.unary_unary("/clearway.intents.v1.IntentService/Made-Up")(b"")
    assert not any("Made" in dict(k)["grpc_method"] for k in values(watched.port)["grpc_server_handled_total"])


def test_watchers_are_counted_while_they_watch(watched: Watched) -> None:
    watch = watched.service.intents.WatchStatus(pb.WatchStatusRequest())
    next(watch)
    assert values(watched.port)["clearway_watchers"][()] == 1
    watch.cancel()
    assert eventually(lambda: values(watched.port)["clearway_watchers"][()] == 0)


def test_a_device_that_goes_silent_is_seen_and_nothing_is_claimed_meanwhile(site: Site, watched: Watched) -> None:
    down = (("device", "olt-1"),)
    site.kill("olt-1")
    assert eventually(lambda: values(watched.port)["clearway_device_up"].get(down) == 0)
    assert eventually(lambda: values(watched.port)["clearway_intents"][(("state", "unknown"),)] > 0)
    found = values(watched.port)
    assert (("intent", "ct-study"),) not in found.get("clearway_intent_holds", {})
    assert found["clearway_intents"][(("state", "broken"),)] == 0
    site.restart("olt-1")
    assert eventually(lambda: values(watched.port)["clearway_device_up"].get(down) == 1)
