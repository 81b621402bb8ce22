"""What a plan says of those whom it interrupts."""

from __future__ import annotations

import pytest

from controller import present
from controller.cli.plan_text import print_plan
from intents.model.plan import Plan
from tests.compile.campuses import small_lab
from tests.compile.test_touched import edited


def said(capsys: pytest.CaptureFixture[str], plan: Plan, *, full: bool) -> list[str]:
    print_plan(plan, full=full)
    return capsys.readouterr().out.splitlines()


def test_a_shared_profile_says_how_many_onus_it_touches(capsys: pytest.CaptureFixture[str]) -> None:
    plan = edited(small_lab(), "bac", "cw.bac.1000000", max_queue_bytes=1)
    touches = "a profile is edited under its users; touches 8 ONUs: onu-3, onu-4, onu-5 and 5 more"
    short = said(capsys, plan, full=False)
    assert f"  ! bac cw.bac.1000000: {touches}" in short
    assert short[0].startswith("olt-1  1 to change; interrupts camera-1, ct-room, diag-room")
    assert any(touches in line for line in said(capsys, plan, full=True))


def test_one_onu_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    plan = edited(small_lab(), "v-ani", "cw.onu-ct", upstream_fec=False)
    assert "  ! v-ani cw.onu-ct: the ONU is activated anew; touches 1 ONU: onu-ct" in said(capsys, plan, full=False)


def test_what_interrupts_nobody_says_hitless_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    plan = edited(small_lab(), "forwarder", "cw.v110", split_horizon=())
    short = said(capsys, plan, full=False)
    assert short[0].endswith("; hitless")
    assert not any("!" in line for line in short)


def test_machines_read_the_same_in_full() -> None:
    plan = edited(small_lab(), "channel-group", "cw.pon-1.group", polling_period_ds=50)
    (change,) = present.plan(plan)
    assert change["disruptive"] is True
    assert change["reason"] == "the PON is started anew"
    assert len(change["onus"]) == 8
    assert len(change["places"]) == 9
