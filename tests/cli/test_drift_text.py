"""What an engineer reads of devices that somebody changed, word for word. CLEARWAY_GOLDEN=write renews the page."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from controller import present
from controller.cli.drift_text import print_drift
from controller.owners import owned
from intents.compile import compile_intended
from intents.model.evidence import Drift
from intents.model.pon import TcMap, TCont
from intents.model.state import DeviceObject, DeviceState
from intents.model.switch import FlowEntry, Meter, PortQueue, SetQueue
from intents.verify import verify
from tests.compile.campuses import observed, small_lab, small_lab_intents

PAGE = Path(__file__).parent / "drift.txt"
CAMPUS = small_lab()
INTENTS = small_lab_intents(CAMPUS)
INTENDED = compile_intended(CAMPUS, INTENTS).intended
assert INTENDED is not None


def drift_of(device: str, edit: Callable[[list[DeviceObject]], Iterable[DeviceObject]]) -> tuple[Drift, ...]:
    """What drifted where somebody edited what a device holds."""
    assert INTENDED is not None
    held = dict(INTENDED.states)
    held[device] = DeviceState.of(device, edit(list(held[device].objects.values())))
    found = verify(CAMPUS, INTENTS, observed(held, CAMPUS), applied=INTENDED.states).drift
    return tuple(owned(d, INTENDED) for d in found)


def _tcont(things: list[DeviceObject]) -> Iterable[DeviceObject]:
    for thing in things:
        if isinstance(thing, TCont) and thing.name == "cw.onu-ct.1.tc3":
            yield replace(thing, profile="somebody-elses", queues=(replace(thing.queues[0], weight=9),))
        elif thing.key != ("gemport", "cw.onu-ct.1.tc3"):
            yield thing
    yield TcMap(name="cw.tc.9", entries=((9, 9),))


def _flows(things: list[DeviceObject]) -> Iterable[DeviceObject]:
    for thing in things:
        if isinstance(thing, FlowEntry) and thing.table == 1 and thing.meter is not None:
            actions = tuple(SetQueue(0) if isinstance(a, SetQueue) else a for a in thing.actions)
            yield replace(thing, actions=actions, meter=None, cookie=0xBEEF)
        elif not isinstance(thing, Meter):
            yield thing


def _queue(things: list[DeviceObject]) -> Iterable[DeviceObject]:
    for thing in things:
        slower = isinstance(thing, PortQueue) and thing.queue_id == 3
        yield replace(thing, min_rate_bps=0) if slower else thing  # type: ignore[type-var]
    yield Meter(meter_id=0xC000, rate_kbps=4_000)


CASES: dict[str, Callable[[], tuple[Drift, ...]]] = {
    "an OLT: a T-CONT changed, its GEM port gone, a map of nobody's": lambda: drift_of("olt-1", _tcont),
    "a switch: entries taken over by somebody else, their meters gone": lambda: drift_of("core-1", _flows),
    "the same, with --full": lambda: drift_of("core-1", _flows),
    "a switch: promised rates gone, a meter of nobody's": lambda: drift_of("core-1", _queue),
}


def test_word_for_word(capsys: pytest.CaptureFixture[str]) -> None:
    parts: list[str] = []
    for name, case in CASES.items():
        print_drift(case(), full="--full" in name)
        parts.append(f"# {name}\n{capsys.readouterr().out}")
    first = [present.drift(d) for d in CASES["an OLT: a T-CONT changed, its GEM port gone, a map of nobody's"]()]
    parts.append(f"# --json\n{json.dumps(first, indent=2)}\n")
    page = "\n".join(parts)
    if os.environ.get("CLEARWAY_GOLDEN") == "write":
        PAGE.write_text(page, encoding="utf-8")
    assert page == PAGE.read_text(encoding="utf-8")


def as_json(drift: tuple[Drift, ...]) -> list[dict[str, Any]]:
    return [present.drift(d) for d in drift]


def test_a_machine_gets_everything() -> None:
    found = as_json(drift_of("core-1", _flows))
    assert len(found) > 5
    assert {d["drift"] for d in found} == {"missing", "changed"}
    assert all(d["askers"] and not d["ours"] for d in found if d["drift"] == "changed")
