"""Sentences: what they mean, and that the sentence given back for an intent means the same intent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intents.ingest import Loaded, load, sentence, sentence_zh
from intents.model.diagnostic import NOWHERE, has_errors
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
    via=st.sampled_from([None, "core-1"]),
    survive=st.sampled_from([None, "any single link", "any single switch", "olt-1/pon-1", "core-1"]),
    when=st.sampled_from(
        [
            None,
            "weekdays 08:00-18:00",
            "daily 20:00-06:00 Asia/Shanghai",
            "mon,wed 07:30-12:00 America/New_York",
            "weekends 00:00-24:00 UTC",
        ]
    ),
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
    for text in (sentence(intent), sentence_zh(intent)):
        back = meant(text)
        plain = {"position": intent.position, "positions": {}, "say": None, "labels": {}, "annotations": {}}
        assert replace(back, **plain) == replace(intent, **plain), text


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("CT室到PACS优先", "CT room to PACS gets priority"),
        ("CT室到PACS临床优先。", "CT room to PACS gets clinical priority"),
        ("病房可以访问HIS，使用https和hl7", "Wards may reach HIS with https and hl7"),
        ("访客Wi-Fi不得访问临床系统", "Guest Wi-Fi never reaches clinical systems"),
        (
            "PACS到诊断室，1秒内1,000幅512 KiB图像",
            "1,000 images of 512 KiB from PACS to the diagnosis room within 1 second",
        ),
        ("隔离pump-17", "Quarantine pump-17"),
        (
            "monitor-1到monitoring遥测优先，保证5 Mbit/s",
            "Monitor 1 to monitoring gets telemetry priority, is guaranteed 5 Mbit/s",
        ),
        (
            "ward-1与ward-2之间远程会诊时延低于150毫秒，工作日8点到18点",
            "Teleconsultation between ward-1 and ward-2 keeps delay under 150 ms on weekdays from 8 to 18",
        ),
        ("ward-1、ward-2到HIS优先，单向", "Ward-1 and ward-2 to HIS gets priority, one way"),
        ("ＣＴ室到ＰＡＣＳ优先，可承受任一链路故障", "CT room to PACS gets priority, survives any single link"),
    ],
)
def test_chinese_means_what_english_means(chinese: str, english: str) -> None:
    plain = {"positions": {}, "position": NOWHERE, "say": None}
    assert replace(meant(chinese), **plain) == replace(meant(english), **plain)


def test_a_chinese_limit_speaks_of_what_other_intents_allow() -> None:
    assert [d.code for d in said("摄像头每个最多4 Mbit/s").diagnostics] == ["no-effect"]


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("CT车到PACS优先", "unknown-place", 14),
        ("CT室飞PACS", "not-a-sentence", 13),
        ("ward-1到HIS优先，工作日8点到8点", "not-a-sentence", 13),
    ],
)
def test_a_chinese_sentence_that_is_none_is_refused(text: str, code: str, column: int) -> None:
    (fault,) = said(text).diagnostics
    assert (fault.code, fault.position.column) == (code, column)
    assert fault.hint
