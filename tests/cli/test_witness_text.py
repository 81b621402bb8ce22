"""What an engineer reads and sees of a packet's way, word for word. CLEARWAY_GOLDEN=write renews the pages."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from controller import present
from controller.cli.output import out
from controller.cli.verdict_text import WIDTH, print_failure, print_way
from controller.explain import Explained
from controller.owners import Register
from intents.compile import compile_intended
from intents.ingest import sentence
from intents.model.evidence import IntentVerdict
from intents.model.state import DeviceState
from intents.model.switch import FieldMatch, FlowEntry, Output, SetField, match
from intents.verify import verify
from tests.compile.campuses import observed, small_lab, small_lab_intents
from tests.verify.test_mutations import forwards, kind, without

PAGES = Path(__file__).parent
CAMPUS = small_lab()
INTENTS = small_lab_intents(CAMPUS)
INTENDED = compile_intended(CAMPUS, INTENTS).intended
assert INTENDED is not None
STATES = INTENDED.states
HOLE = FlowEntry(
    table=1,
    priority=500,
    match=match(
        FieldMatch("in_port", 1),
        FieldMatch("eth_type", 0x0800),
        FieldMatch("ipv4_src", int(CAMPUS.places["guests"].address or 0)),
    ),
    actions=(
        SetField("vlan_vid", 0x1000 | 110),
        SetField("vlan_pcp", 2),
        SetField("eth_dst", 0x020000000031),
        Output(0xFFFFFFF8),
    ),
    cookie=0,
)
# What is wrong, which intent shows it, and the state of the one device that is not as applied.
CASES: dict[str, tuple[str, DeviceState | None]] = {
    "all is well": ("ct-to-pacs", None),
    "the gateway lost the entry of a pair": ("ct-to-pacs", without("core-1", forwards("ct-room", "pacs"))),
    "the OLT lost a GEM port": ("ct-to-pacs", without("olt-1", kind("gemport", name="cw.onu-ct.1.tc3"))),
    "somebody let the guests into a ward": (
        "no-guests",
        DeviceState.of("core-1", [*STATES["core-1"].objects.values(), HOLE]),
    ),
}


def explained(case: str) -> Explained:
    assert INTENDED is not None
    name, other = CASES[case]
    held = {**STATES, **({other.device: other} if other is not None else {})}
    seen = observed(held, CAMPUS)
    resolved = next(r for r in INTENTS if r.name == name)
    verdict = next(i for i in verify(CAMPUS, INTENTS, seen, STATES, {name}).intents if i.intent == name)
    judged: IntentVerdict = Register(intended=INTENDED, operational=seen).judged(verdict, ways=True)
    return Explained(
        text=sentence(resolved.intent),
        verdict=judged,
        sources=tuple(p.name for p in resolved.sources),
        destinations=tuple(p.name for p in resolved.destinations),
        carriers=(),
        campus=CAMPUS,
    )


def golden(page: str, text: str) -> None:
    path = PAGES / page
    if os.environ.get("CLEARWAY_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_the_text_is_word_for_word_as_on_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    for case in CASES:
        out.print(f"--- {case}")
        verdict = explained(case).verdict
        for finding in verdict.findings:
            if not finding.holds:
                print_failure(verdict, finding)
        if verdict.holds:
            for way in verdict.paths[:2]:
                print_way(way)
    said = capsys.readouterr().out
    golden("witness.txt", said)
    assert max(len(line) for line in said.splitlines() if "ofproto/trace" not in line) <= WIDTH


def test_the_json_is_as_on_the_page() -> None:
    found = {case: [present.finding(f) for f in explained(case).verdict.findings if not f.holds] for case in CASES}
    golden("witness.json", json.dumps(found, indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize(
    ("case", "page"),
    [("all is well", "holds.svg"), ("somebody let the guests into a ward", "leak.svg")],
)
def test_the_picture_is_as_on_the_page(case: str, page: str) -> None:
    drawn = explained(case).svg()
    ET.fromstring(drawn)  # noqa: S314 - our own
    golden(page, drawn)


def test_the_picture_marks_the_hop_that_fails_and_names_what_is_to_blame() -> None:
    drawn = explained("the gateway lost the entry of a pair").svg()
    words = [element.text or "" for element in ET.fromstring(drawn).iter()]  # noqa: S314 - our own
    assert "to blame" in words
    assert any(word.startswith("core-1: put back table 1 priority 100") for word in words)
    assert "is dropped at core-1" in words
