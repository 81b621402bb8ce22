"""Sentences: what they mean, and that the sentence given back for an intent means the same intent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intents.ingest import Loaded, load, sentence, sentence_zh
from intents.ingest.report import Report
from intents.ingest.sentence import read_sentence
from intents.ingest.tree import Scalar
from intents.ingest.vocabulary import vocabulary
from intents.model.diagnostic import NOWHERE, has_errors
from intents.model.intent import Deliver, Intent, Permission
from tests.conftest import examples

TOPOLOGY = (Path(__file__).parents[2] / "labs" / "small" / "small.clab.yml").read_text(encoding="utf-8")

CAMPUS = load({"small.clab.yml": TOPOLOGY}).campus


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


def read(text: str) -> Intent:
    """The intent of a sentence alone, also where it is about nobody in particular."""
    assert CAMPUS is not None
    report = Report()
    say = Scalar(text, text, NOWHERE)
    found = read_sentence(say, "x", NOWHERE, vocabulary(CAMPUS), report)
    assert found is not None, (text, report.diagnostics)
    return found


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
WINDOWS = st.sampled_from([None, "weekdays 08:00-18:00", "mon,wed 07:30-12:00 Asia/Shanghai"])
BARE = st.builds(
    Intent,
    name=st.just("x"),
    permission=st.just(Permission.ALLOW),
    sources=NAMES.map(tuple),
    one_way=st.booleans(),
    service_class=st.sampled_from([None, "voice"]),
    limit_bps=st.sampled_from([None, 4_000_000]),
    when=WINDOWS,
).filter(lambda i: i.service_class is not None or i.limit_bps is not None)
QUARANTINE = st.builds(
    Intent, name=st.just("x"), permission=st.just(Permission.QUARANTINE), sources=NAMES.map(tuple), when=WINDOWS
)
DENY = st.builds(
    Intent,
    name=st.just("x"),
    permission=st.just(Permission.DENY),
    sources=NAMES.map(tuple),
    destinations=OTHERS.map(tuple),
    one_way=st.booleans(),
    services=st.sampled_from([(), ("https",)]),
    when=WINDOWS,
)


@settings(max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(INTENTS | DENY | BARE | QUARANTINE)
def test_the_sentence_of_an_intent_means_the_same_intent(intent: Intent) -> None:
    for text in (sentence(intent), sentence_zh(intent)):
        back = read(text)
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


@pytest.mark.parametrize(
    ("english", "chinese", "code"),
    [
        ("CT room to PACS is guaranteed 0 Mbit/s", "CT室到PACS保证0 Mbit/s", "bad-rate"),
        ("CT room to PACS gets at most 0 Mbit/s", "CT室到PACS最多0 Mbit/s", "bad-rate"),
        ("CT room to PACS keeps delay under 0 ms", "CT室到PACS时延低于0毫秒", "bad-duration"),
        ("0 images of 1 KiB from PACS to CT room within 1 s", "PACS到CT室1秒内0幅1 KiB图像", "bad-number"),
        ("1 images of 0 KiB from PACS to CT room within 1 s", "PACS到CT室1秒内1幅0 KiB图像", "bad-size"),
        (
            "CT room to PACS is guaranteed 5 Mbit/s, gets at most 4 Mbit/s",
            "CT室到PACS保证5 Mbit/s，最多4 Mbit/s",
            "contradiction",
        ),
        ("CT room to PACS gets gold priority", "CT室到PACS gold优先", "unknown-class"),
        ("CT room to PACSX gets priority", "CT室到ＰＡＣＳＸ优先", "unknown-place"),
    ],
)
def test_a_sentence_may_say_no_more_than_fields_may(english: str, chinese: str, code: str) -> None:
    assert [d.code for d in said(english).diagnostics] == [code]
    assert [d.code for d in said(chinese).diagnostics] == [code]


def in_a_campus(text: str, **aliases: str) -> Loaded:
    written = ", ".join(f"{alias}: {name}" for alias, name in aliases.items())
    return load(
        {
            "campus.yaml": f"""
apiVersion: clearway.dev/v1
kind: Campus
metadata: {{name: c}}
spec:
  segments: {{ward: {{vlan: 10, subnet: 10.1.0.0/16}}}}
  switches: {{core-1: {{datapath: 0x1, ports: {{1: 10 Gbit/s, 2: 10 Gbit/s, 3: 10 Gbit/s, 4: 10 Gbit/s}}}}}}
  places:
    ct-room: {{port: "core-1:1", segment: ward}}
    ctroom: {{port: "core-1:2", segment: ward}}
    clinic-3: {{port: "core-1:3", segment: ward}}
    ward-2: {{port: "core-1:4", segment: ward}}
  aliases: {{{written}}}
""",
            "x.yaml": f"apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {{name: x}}\nspec: {{say: '{text}'}}\n",
        }
    )


@pytest.mark.parametrize(
    "text",
    [
        "Teleconsultation between clinic-3 and ward-2 keeps delay under 150 ms on weekdays from 8 to 18",
        "clinic-3与ward-2之间远程会诊时延低于150 ms，工作日8点到18点",
    ],
)
def test_the_teleconsultation_of_a_hospital_is_understood(text: str) -> None:
    (found,) = in_a_campus(text).intents
    intent = found.intent
    assert (intent.sources, intent.destinations) == (("clinic-3",), ("ward-2",))
    assert (intent.latency_us, intent.when) == (150_000, "weekdays 08:00-18:00")


@pytest.mark.parametrize(
    ("text", "sources", "destinations"),
    [
        ("放射科到二病区优先", ("ct-room",), ("ward-2",)),
        ("放射科到到家优先", ("ct-room",), ("clinic-3",)),  # a name may hold a word of the grammar
        ("放射科楼到二病区优先", ("clinic-3",), ("ward-2",)),  # the longest name is meant
        ("放射科、和平楼到二病区优先", ("ct-room", "clinic-3"), ("ward-2",)),
    ],
)
def test_a_chinese_alias_is_found_without_spaces(
    text: str, sources: tuple[str, ...], destinations: tuple[str, ...]
) -> None:
    aliases = {
        "放射科": "ct-room",
        "放射科楼": "clinic-3",
        "和平楼": "clinic-3",
        "到家": "clinic-3",
        "二病区": "ward-2",
    }
    loaded = in_a_campus(text, **aliases)
    (found,) = loaded.intents
    assert (found.intent.sources, found.intent.destinations) == (sources, destinations)


def test_two_readings_are_shown_in_the_language_of_the_sentence() -> None:
    (fault,) = in_a_campus("CT室到ward-2语音优先").diagnostics
    assert fault.code == "ambiguous-sentence"
    assert [r.message for r in fault.related] == [
        "reading: ct-room到ward-2语音优先",
        "reading: ctroom到ward-2语音优先",
    ]
    (fault,) = in_a_campus("CT room to ward-2 gets voice priority").diagnostics
    assert [r.message for r in fault.related] == [
        "reading: ct-room to ward-2 gets voice priority",
        "reading: ctroom to ward-2 gets voice priority",
    ]
