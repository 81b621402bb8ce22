"""A hospital's day: who sends follows from what was written, it is replayed over real sockets, and a broken promise is
said."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, replace
from typing import Any

import pytest

from intents.ingest import load
from labs.campus import Size, generate
from labs.day.plan import Flow, flows_of
from labs.day.profile import HOURS, PROFILES, busy
from labs.day.report import day
from labs.runner.devices import root

ALWAYS = (1.0,) * HOURS
HERE = {"sender": None, "receiver": None}


def small() -> tuple[Flow, ...]:
    loaded = load(generate(Size(sites=1, onus=32, places=100, intents=90)))
    assert loaded.campus is not None
    return flows_of(loaded.campus, loaded.intents, set(loaded.campus.places), lambda place: f"ns-{place}", 20)


def seen(flow: Flow, **more: Any) -> dict[str, Any]:
    """A flow that got all that it asked for."""
    sent = [1000] * HOURS
    known = {"sent": sent, "got": sent, "packets": 100, "delays": [1.0] * 100, "studies": []}
    return {**known, **({"studies": [flow.within / 2]} if flow.study else {}), **more}


def test_each_place_sends_in_the_way_of_its_kind_to_whom_an_intent_says() -> None:
    flows = small()
    assert {flow.kind for flow in flows} == set(PROFILES)
    camera = next(flow for flow in flows if flow.kind == "cctv")
    assert (camera.sender, camera.receiver) == (f"ns-{camera.place}", "ns-s01-recorder")
    fetched = next(flow for flow in flows if flow.kind == "reading")
    assert (fetched.sender, fetched.receiver) == ("ns-s01-pacs", f"ns-{fetched.place}")
    assert (fetched.study, fetched.within) == (200 * 512 * 1024 // 20, 5)
    stored = next(flow for flow in flows if flow.kind == "modalities")
    assert (stored.sender, stored.receiver) == (f"ns-{stored.place}", "ns-s01-pacs")
    assert len([flow for flow in flows if flow.kind == "phones"]) == 2 * len(
        {flow.place for flow in flows if flow.kind == "phones"}
    )


def test_at_k_a_place_sends_a_kth_of_its_rate() -> None:
    camera = next(flow for flow in small() if flow.kind == "cctv")
    assert camera.pace * (camera.size + 46) * 8 == pytest.approx(4_000_000 / 20)


@pytest.mark.parametrize("kind", PROFILES)
def test_every_kind_has_a_day_of_24_hours_with_something_in_it(kind: str) -> None:
    hours = PROFILES[kind].hours
    assert len(hours) == HOURS
    assert max(busy(hours, hour) for hour in range(HOURS)) > 0


def test_who_got_everything_is_said_to_hold() -> None:
    flows = small()
    found = day(flows, [seen(flow) for flow in flows], 1.0, 20)
    assert found.held
    assert found.text().endswith("everybody got what was promised")
    assert len(found.as_json()["services"]) >= len(PROFILES)


@pytest.mark.parametrize(
    ("kind", "what", "why"),
    [
        ("monitors", {"delays": [1.0] * 90}, "of its packets were lost"),
        ("reading", {"studies": [1.0, None]}, "of 2 studies were late"),
        ("modalities", {"studies": [5.1]}, "of 1 studies were late"),
    ],
)
def test_who_did_not_get_what_was_promised_is_named(kind: str, what: dict[str, Any], why: str) -> None:
    flows = tuple(flow for flow in small() if flow.kind == kind)[:1]
    found = day(flows, [seen(flows[0], **what)], 1.0, 20)
    assert not found.held
    assert why in found.text()


def test_more_than_a_limit_is_no_promise_kept() -> None:
    flow = next(flow for flow in small() if flow.kind == "cctv")
    flow, limited = replace(flow, limit_bps=0), replace(flow, limit_bps=6_000_000)
    much = [6_000_000 // 8 // 20 * 2] * HOURS
    assert not day((limited,), [seen(limited, sent=much, got=much)], 1.0, 20).held
    assert day((flow,), [seen(flow, sent=much, got=much)], 1.0, 20).held


def on_loopback(**what: Any) -> dict[str, Any]:
    flow = Flow(kind="x", place="x", sender="", address="127.9.0.1", receiver="", to_address="127.9.0.2", busy=ALWAYS)
    return {**asdict(replace(flow, **what)), **HERE}


def test_a_day_is_replayed_over_sockets() -> None:
    flows = [
        on_loopback(size=200, pace=100.0),
        on_loopback(study=300_000, within=1.0),
        on_loopback(flows=2, busy=(1.0, *ALWAYS[1:])),
        on_loopback(size=100, pace=100.0, busy=(0.0,) * 12 + (1.0,) * 12),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "labs.day.replay", "--hour-s", "0.05"],
        input=json.dumps(flows), capture_output=True, text=True, check=True, cwd=root(),
    )  # fmt: skip
    paced, study, greedy, afternoon = json.loads(done.stdout)
    assert len(paced["delays"]) == paced["packets"] > 50
    assert sum(paced["sent"]) == sum(paced["got"]) == 200 * paced["packets"]
    assert len(study["studies"]) == HOURS
    assert None not in study["studies"]
    assert sum(study["got"]) == HOURS * 300_000
    assert sum(greedy["got"]) > 1_000_000
    assert sum(afternoon["sent"][:12]) == 0 < sum(afternoon["sent"][12:])
