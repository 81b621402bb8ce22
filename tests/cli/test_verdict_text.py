"""What a verdict looks like: lines that fit a terminal, the cause once, and the rest on request."""

from __future__ import annotations

import pytest

from controller.cli.drift_text import MOST_OBJECTS
from controller.cli.verdict_text import WIDTH, print_verdict
from intents.model.diagnostic import Position
from intents.model.evidence import (
    Counterexample,
    Decided,
    Drift,
    DriftKind,
    Finding,
    Hop,
    IntentVerdict,
    Property,
    Verdict,
)

LONG = "table 1 priority 100 " + ",".join(f"field_{i}=10.20.0.{i}" for i in range(9)) + " -> drop"
HOPS = (
    Hop(
        device="onu-ct",
        decided=(Decided(text="T-CONT cw.onu-ct.1.tc3"),),
        in_port="1",
        out_port="PON",
        vid=100,
        pcp=3,
        queue="T-CONT 8551",
    ),
    Hop(
        device="core-1",
        decided=(Decided(text="table 0 priority 100 in_port=1 -> goto 1"), Decided(text=LONG)),
        in_port="1",
    ),
)


def broken(name: str, line: int) -> IntentVerdict:
    example = Counterexample(
        packet={"ipv4_src": "10.10.0.11", "ipv4_dst": "10.20.0.5"},
        hops=HOPS,
        blame_device="core-1",
        blame_object="table 1: an entry for this packet",
        expected="it arrives",
        actual="it is dropped",
    )
    said = f"{name}: ct-room to pacs does not arrive"
    finding = Finding(property=Property.REACHABILITY, holds=False, statement=said, counterexample=example)
    good = Finding(property=Property.TRUST, holds=True, statement="nobody else gets in")
    return IntentVerdict(intent=name, position=Position("a.yaml", line, 1), findings=(finding, good))


def drifted(device: str, number: int) -> Drift:
    return Drift(device=device, key=("queue", 1, number), name=f"queue {number} of port 1", kind=DriftKind.MISSING)


VERDICT = Verdict(
    intents=(broken("study", 1), broken("view", 2), broken("scan", 3)),
    drift=(*(drifted("core-1", n) for n in range(9)), drifted("olt-1", 0)),
)


def said(capsys: pytest.CaptureFixture[str], verdict: Verdict, *, full: bool = False) -> list[str]:
    print_verdict(verdict, full=full)
    return capsys.readouterr().out.splitlines()


def test_a_hop_is_a_line_with_what_decided_below_and_no_line_is_too_wide(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, VERDICT)
    at = lines.index("   1. onu-ct  1 -> PON, untagged -> VLAN 100 PCP 3, T-CONT 8551")
    assert lines[at + 1 : at + 6] == [
        "      T-CONT cw.onu-ct.1.tc3",
        "   2. core-1  1 -> nowhere, untagged",
        "      table 0 priority 100 in_port=1 -> goto 1",
        "      table 1 priority 100 field_0=10.20.0.0,field_1=10.20.0.1,field_2=10.20.0.2,",
        "        field_3=10.20.0.3,field_4=10.20.0.4,field_5=10.20.0.5,field_6=10.20.0.6,field_7=10.20.0.7,",
    ]
    assert max(map(len, lines)) <= WIDTH


def test_what_one_object_breaks_is_shown_once_and_the_others_named(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, VERDICT)
    assert sum(line.startswith("  blame ") for line in lines) == 1
    assert "  the same object breaks scan (reachability), view (reachability)" in lines
    assert lines[-1] == "3 of 3 intents do not hold"


def test_of_what_drifted_the_first_few_of_each_device_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, VERDICT)
    assert sum("missing" in line and "queue" in line for line in lines) == MOST_OBJECTS + 1
    assert "       and 4 more: clearway verify --full" in lines


def test_full_shows_each_property_each_packet_and_all_drift(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, VERDICT, full=True)
    assert sum(line.startswith("  blame ") for line in lines) == 3
    assert sum(line.strip() == "trust: nobody else gets in" for line in lines) == 3
    assert sum("missing" in line and "queue" in line for line in lines) == 10
    assert not [line for line in lines if "the same object" in line]
