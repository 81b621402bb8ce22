"""Sentences: what they mean, and that the sentence given back for an intent means the same intent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intents.ingest import Loaded, load, sentence
from intents.model.diagnostic import has_errors
from intents.model.intent import Deliver, Intent, Permission

TOPOLOGY = (Path(__file__).parents[2] / "labs" / "small" / "small.clab.yml").read_text(encoding="utf-8")


def said(text: str) -> Loaded:
    quoted = text.replace("'", "''")
    head = "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: x}\n"
    return load({"small.clab.yml": TOPOLOGY, "intents/x.yaml": f"{head}spec: {{say: '{quoted}'}}\n"})


def meant(text: str) -> Intent:
    found = said(text)
    assert not has_errors(found.diagnostics), [d.message for d in found.diagnostics]
    return found.intents[0].intent


@pytest.mark.parametrize(
    ("text", "sources", "destinations", "fields"),
    [
        ("CT room to PACS gets priority", ("ct-room",), ("pacs",), {"service_class": "imaging"}),
        ("The CT room to the PACS gets clinical priority", ("ct-room",), ("pacs",), {"service_class": "clinical"}),
        ("Wards may reach HIS with https", ("wards",), ("his",), {"services": ("https",)}),
        (
            "Guest Wi-Fi never reaches clinical systems",
            ("guest-wifi",),
            ("clinical-systems",),
            {"permission": Permission.DENY},
        ),
        (
            "1,000 images of 512 KiB from PACS to the diagnosis room within 1 second",
            ("pacs",),
            ("diagnosis-room",),
            {"deliver": Deliver(images=1000, size_bytes=512 * 1024, within_us=10**6)},
        ),
        ("Quarantine pump-17", ("pump-17",), (), {"permission": Permission.QUARANTINE}),
        ("Quarantine pump 17", ("pump-17",), (), {"permission": Permission.QUARANTINE}),
        (
            "Monitor 1 to monitoring is guaranteed 5 Mbit/s",
            ("monitor-1",),
            ("monitoring",),
            {"guarantee_bps": 5_000_000},
        ),
        (
            "Phone 1 to phone exchange keeps delay under 10 ms",
            ("phone-1",),
            ("phone-exchange",),
            {"latency_us": 10_000},
        ),
        ("Nurse station and ward-1 to HIS gets clinical priority", ("nurse-station", "ward-1"), ("his",), {}),
        (
            "Infusion pumps to monitoring gets telemetry priority, one way",
            ("pumps",),
            ("monitoring",),
            {"one_way": True},
        ),
    ],
)
def test_a_sentence_means(
    text: str, sources: tuple[str, ...], destinations: tuple[str, ...], fields: dict[str, object]
) -> None:
    intent = meant(text)
    assert tuple(sorted(intent.sources)) == tuple(sorted(sources))
    assert intent.destinations == destinations
    for name, value in fields.items():
        assert getattr(intent, name) == value


def test_a_limit_on_its_own_speaks_of_what_other_intents_allow() -> None:
    assert [d.code for d in said("Cameras get at most 4 Mbit/s each").diagnostics] == ["no-effect"]


NAMES = st.lists(
    st.sampled_from(["ct-room", "ward-1", "nurse-station", "monitor-1"]), min_size=1, max_size=2, unique=True
)
OTHERS = st.lists(st.sampled_from(["pacs", "his", "monitoring", "archive"]), min_size=1, max_size=2, unique=True)
INTENTS = st.builds(
    Intent,
    name=st.just("x"),
    permission=st.just(Permission.ALLOW),
    sources=NAMES.map(tuple),
    destinations=OTHERS.map(tuple),
    one_way=st.booleans(),
    services=st.sampled_from([(), ("https",), ("dicom", "hl7")]),
    service_class=st.sampled_from([None, "imaging", "clinical", "voice"]),
    guarantee_bps=st.none() | st.integers(1, 50).map(lambda n: n * 1_000_000),
    limit_bps=st.none() | st.integers(60, 90).map(lambda n: n * 1_000_000),
    latency_us=st.none() | st.sampled_from([5_000, 150_000]),
    deliver=st.none()
    | st.builds(Deliver, images=st.integers(1, 3000), size_bytes=st.just(524288), within_us=st.just(10**6)),
    when=st.sampled_from([None, "weekdays 08:00-18:00", "daily 20:00-06:00"]),
)
ODD = st.builds(
    Intent,
    name=st.just("x"),
    permission=st.just(Permission.DENY),
    sources=NAMES.map(tuple),
    destinations=OTHERS.map(tuple),
    one_way=st.booleans(),
    services=st.sampled_from([(), ("https",)]),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(INTENTS | ODD)
def test_the_sentence_of_an_intent_means_the_same_intent(intent: Intent) -> None:
    text = sentence(intent)
    back = meant(text)
    plain = {"position": intent.position, "positions": {}, "say": None, "labels": {}, "annotations": {}}
    assert replace(back, **plain) == replace(intent, **plain), text
