"""Logs: constant names and fields, whatever is in them; repeats are counted; nobody outside forges a line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from controller.telemetry import logs
from controller.telemetry.repeats import EACH, KINDS, WITHIN_S, Sparing
from controller.telemetry.settings import TelemetrySettings

LOG = logging.getLogger("clearway.test")


class Clock:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers = handlers


def written(form: str, level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    logs.configure(TelemetrySettings(log_format=form, log_level=level), stream)
    return stream


def test_json_is_an_object_a_line_whatever_is_in_it() -> None:
    stream = written("json")
    nasty = 'a\n{"event": "forged"}\r\x1b[2J\u2028"\ud800'
    LOG.info("change.ended", extra={"token": "t-1", "person": nasty, "seconds": 0.25, "intents": {"b", "a"}})
    LOG.warning("device.drifted", extra={"device": "olt-1", "time": "a field of a reserved name", "commit": ""})
    logging.getLogger("dulwich").info("fetched %s", 3)
    first, second, third = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["event"] == "change.ended"
    assert first["level"] == "info"
    assert first["time"].endswith("Z")
    assert first["person"] == nasty.replace("\ud800", "\\ud800")
    assert (first["seconds"], first["intents"]) == (0.25, ["a", "b"])
    assert second["time_"] == "a field of a reserved name"
    assert "commit" not in second
    assert (third["event"], third["message"]) == ("library.message", "fetched 3")


def test_text_keeps_what_came_from_outside_on_its_line() -> None:
    stream = written("text")
    LOG.info("change.ended", extra={"person": "a\nb 2026 ERROR forged", "empty": None, "devices": ("x", "y z")})
    (line,) = stream.getvalue().splitlines()
    assert line.endswith('INFO    change.ended devices=x,"y z" person="a\\nb 2026 ERROR forged"')


def test_a_fault_has_its_stack_and_keys_are_never_written() -> None:
    stream = written("json")
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----"
    try:
        raise ValueError(f"cannot load {key}")
    except ValueError:
        LOG.exception("follower.failed", extra={"what": key, "long": "x" * 10_000})
    assert "c2VjcmV0" not in stream.getvalue()
    found = json.loads(stream.getvalue())
    assert found["exception"] == "ValueError: cannot load [private key]"
    assert "test_logs.py" in found["stack"]
    assert len(found["long"]) < 5000


def test_what_is_logged_in_a_request_bears_it() -> None:
    stream = written("json")
    with logs.context(request="r-1"):
        with logs.context(person="Nurse"):
            LOG.info("call.ended", extra={"person": "as said here"})
        LOG.info("call.ended")
    LOG.info("call.ended")
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(f.get("request"), f.get("person")) for f in found] == [
        ("r-1", "as said here"),
        ("r-1", None),
        (None, None),
    ]


def test_a_level_is_the_lowest_that_is_written() -> None:
    stream = written("text", "warning")
    LOG.info("change.begun")
    LOG.warning("device.drifted")
    assert "change.begun" not in stream.getvalue()
    assert "device.drifted" in stream.getvalue()


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def record(event: str, **fields: object) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "clearway.x", "levelname": "WARNING", "msg": event, **fields})


def test_repeats_are_said_a_few_times_and_then_counted() -> None:
    kept, clock = Kept(), Clock()
    sparing = Sparing(kept, clock)
    for _ in range(100):
        sparing.handle(record("device.flaps", device="olt-1"))
    sparing.handle(record("device.flaps", device="olt-2"))
    assert len(kept.records) == EACH + 1
    clock.at = WITHIN_S + 1
    sparing.handle(record("something.else"))
    more = kept.records[EACH + 1]
    assert (more.msg, vars(more)["device"], vars(more)["repeated"]) == ("device.flaps", "olt-1", "95 more like it")
    sparing.handle(record("device.flaps", device="olt-1"))
    assert "repeated" not in vars(kept.records[-1])


def test_deeds_are_never_held_back_and_an_end_tells_what_was() -> None:
    kept = Kept()
    sparing = Sparing(kept, Clock())
    for number in range(50):
        sparing.handle(record("change.ended", token=f"t-{number}"))
        sparing.handle(record("device.flaps", device="olt-1"))
    assert sum(r.msg == "change.ended" for r in kept.records) == 50
    sparing.close()
    assert vars(kept.records[-1])["repeated"] == "45 more like it"


def test_kinds_that_are_remembered_are_bounded() -> None:
    kept = Kept()
    sparing = Sparing(kept, Clock())
    for number in range(3 * KINDS):
        sparing.handle(record("device.flaps", device=f"d-{number}"))
    assert len(sparing._said) <= KINDS
    assert len(kept.records) == 3 * KINDS
