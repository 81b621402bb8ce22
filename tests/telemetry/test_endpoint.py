"""What those who watch see over HTTP: the figures, and whether the service lives; whatever a client sends."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from controller.telemetry.build import measure_build
from controller.telemetry.endpoint import CLIENTS, Endpoint
from controller.telemetry.liveness import Liveness
from controller.telemetry.meters import MAX_SERIES, Meters
from intents.model.diagnostic import ClearwayError
from tests.endtoend.site import eventually
from tests.telemetry.lint import faults
from tests.telemetry.scrape import families, get, values


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


class Shown:
    """An endpoint with all it shows."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.meters, self.liveness = Meters(), Liveness(self.clock)
        self.endpoint = Endpoint("127.0.0.1:0", self.meters, self.liveness)
        self.port = self.endpoint.port


@pytest.fixture
def shown() -> Iterator[Shown]:
    made = Shown()
    made.endpoint.start()
    yield made
    made.endpoint.stop()


def test_figures_come_in_both_formats_and_by_the_conventions(shown: Shown) -> None:
    measure_build(shown.meters)
    shown.meters.gauge("clearway_lease_term", "Term of the leader's lease.", lambda: 7)
    shown.meters.gauge("clearway_device_up", "Answers.", lambda: {("olt-1",): 1, ('o"\\\nlt',): 0}, ("device",))
    shown.meters.total("clearway_windows_opened_total", "Windows that opened.", lambda: 3)
    shown.meters.counter("clearway_changes", "Changes.", ("outcome",)).labels("done").inc()
    shown.meters.histogram("clearway_verify_duration_seconds", "How long.").observe(0.3)
    for openmetrics in (False, True):
        found = families(shown.port, openmetrics=openmetrics)
        assert faults(found.values()) == []
        assert {"clearway_lease_term", "process_resident_memory_bytes"} <= set(found)
    found = values(shown.port)
    assert found["clearway_lease_term"] == {(): 7}
    assert found["clearway_device_up"][(("device", 'o"\\\nlt'),)] == 0
    assert found["clearway_windows_opened_total"] == {(): 3}
    ((words, one),) = found["clearway_build_info"].items()
    assert one == 1
    assert set(dict(words)) == {"version", "python"}


def test_a_figure_that_cannot_be_read_is_left_out_and_counted(shown: Shown) -> None:
    shown.meters.gauge("clearway_lease_term", "Term.", lambda: 1 // 0)
    shown.meters.gauge("clearway_watchers", "Clients that watch.", lambda: None)
    shown.meters.gauge("clearway_intents", "Intents.", lambda: 4)
    found = values(shown.port)
    assert "clearway_lease_term" not in found
    assert "clearway_watchers" not in found
    assert found["clearway_intents"] == {(): 4}
    assert values(shown.port)["clearway_metrics_left_out_total"][(("metric", "clearway_lease_term"),)] >= 1


def test_the_number_of_series_is_bounded_and_a_name_is_there_once(shown: Shown) -> None:
    many = {(f"intent-{i:05}",): 1.0 for i in range(MAX_SERIES + 500)}
    shown.meters.gauge("clearway_intent_holds", "Holds.", lambda: many, ("intent",))
    assert len(values(shown.port)["clearway_intent_holds"]) == MAX_SERIES
    with pytest.raises(ValueError, match="clearway_intent_holds"):
        shown.meters.gauge("clearway_intent_holds", "Again.", lambda: 1)


def test_health_is_what_the_service_is(shown: Shown) -> None:
    assert get(shown.port, "/healthz")[::2] == (200, "ok\n")
    assert get(shown.port, "/readyz")[::2] == (503, "not serving\n")
    shown.liveness.serve(serving=True)
    assert get(shown.port, "/readyz")[::2] == (200, "ok\n")
    shown.liveness.expect("follow", 60)
    shown.clock.at = 61
    assert get(shown.port, "/healthz")[::2] == (503, "not heard of for too long: follow\n")
    assert get(shown.port, "/readyz")[0] == 503
    shown.liveness.beat("follow")
    assert get(shown.port, "/readyz")[0] == 200
    shown.clock.at = 200
    shown.liveness.done("follow")
    assert get(shown.port, "/healthz")[0] == 200


def test_what_is_not_there_and_what_is_nonsense(shown: Shown) -> None:
    assert get(shown.port, "/")[0] == 404
    assert get(shown.port, "/metrics?x=1")[0] == 200
    assert get(shown.port, "/metrics", method="HEAD")[2] == ""
    assert get(shown.port, "/metrics", method="POST")[0] == 501
    assert get(shown.port, "/metrics", accept="application/openmetrics-text; version=nonsense")[0] == 200
    for junk in (
        b"\0" * 70_000,
        b"GET\r\n\r\n",
        b"GET /metrics HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 99_999,
    ):
        with socket.create_connection(("127.0.0.1", shown.port), timeout=10) as client:
            try:
                client.sendall(junk + b"\r\n\r\n")
                client.shutdown(socket.SHUT_WR)
                assert not client.recv(65_536).startswith(b"HTTP/1.0 200")
            except OSError:
                pass  # let go before it had said everything
    assert get(shown.port, "/healthz")[0] == 200


def test_silent_clients_take_no_more_than_their_places(shown: Shown) -> None:
    silent = [socket.create_connection(("127.0.0.1", shown.port)) for _ in range(CLIENTS + 8)]
    refused = [s for s in silent[CLIENTS:] if s.recv(1) == b""]
    assert len(refused) == 8
    for client in silent:
        client.close()
    assert eventually(lambda: get(shown.port, "/healthz")[0] == 200)


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:x", "127.0.0.1:99999999", "203.0.113.9:1", "[::1]:²"])
def test_an_address_that_is_none_is_refused_in_words(address: str) -> None:
    with pytest.raises(ClearwayError, match="cannot show metrics on"):
        Endpoint(address, Meters(), Liveness())


def test_a_taken_address_is_refused_and_a_port_alone_is_of_loopback(shown: Shown) -> None:
    with pytest.raises(ClearwayError, match="in use"):
        Endpoint(f":{shown.port}", Meters(), Liveness())
    made = Endpoint("0", Meters(), Liveness())
    assert made._server.server_address[0] == "127.0.0.1"
    made._server.server_close()
