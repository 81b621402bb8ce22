"""From a sentence to the network and back, and what each role may do on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from controller.access.roles import Role
from tests.endtoend.site import eventually
from tests.page.browser import Browser
from tests.page.conftest import PEOPLE, Shown

VISIT = "Ward 2 visit may reach updates with https"
ENDED = ("succeeded", "failed", "cancelled")
LOOKS = ("network", "intents", "intents/ct-study", "capacity", "history", "operations", "drift", "breakglass")
TRIES: tuple[tuple[str, Any], ...] = (("say", {"text": VISIT}), ("plan", {}), ("capacity", {"text": VISIT}))
CHANGES: tuple[tuple[str, Any], ...] = (
    ("apply", {"text": "nobody may reach nothing"}),
    ("delete", {"name": "nothing"}),
    ("revert", {"commit": "0000000"}),
    ("operations/none/cancel", {}),
)


@pytest.mark.parametrize("role", list(Role))
def test_everybody_may_look(somebody: Callable[[Role], Browser], role: Role) -> None:
    for path in LOOKS:
        found = somebody(role).get(f"/api/{path}")
        assert found.status == 200, (path, found.body)


@pytest.mark.parametrize(("path", "sent"), TRIES)
def test_who_only_looks_may_try(vera: Browser, path: str, sent: Any) -> None:
    found = vera.post(f"/api/{path}", sent)
    assert found.status == 200, found.body


@pytest.mark.parametrize("role", list(Role))
def test_only_who_has_the_role_may_change_approve_or_read_the_audit(
    somebody: Callable[[Role], Browser], role: Role
) -> None:
    browser = somebody(role)
    for path, sent in CHANGES:
        found = browser.post(f"/api/{path}", sent)
        assert (found.status == 403) == (role in {Role.VIEWER, Role.APPROVER}), (path, found.body)
        assert role not in {Role.VIEWER, Role.APPROVER} or found.json["code"] == "not-allowed"
    approves = role in {Role.APPROVER, Role.ADMIN}
    assert browser.post("/api/approve", {"commit": "0000000"}).status == (404 if approves else 403)
    assert browser.get("/api/audit").status == (200 if approves else 403)


def test_a_sentence_is_said_back_with_what_it_would_be_promised_and_whom_it_takes_it_from(vera: Browser) -> None:
    found = vera.post("/api/say", {"text": "ER view to PACS is guaranteed 50 Mbit/s", "language": "en"}).json
    assert found["refusal"] is None
    assert found["understood"]["sentence"]["en"].startswith("er-view to pacs")
    assert "guarantee: 50000000 bit/s" in found["understood"]["yaml"]
    assert found["promised"]["holds"], found["promised"]
    assert found["promised"]["guarantee"]["rate_bps"] == 50_000_000
    assert found["promised"]["bound"]["rate_bps"] >= 50_000_000
    pon = next(r for r in found["takes_from"] if r["node"] == "olt-1/pon-1")
    assert pon["promised_bps"] - pon["promised_before_bps"] == 50_000_000
    assert "ct-study" in pon["intents"]
    assert found["disruption"]["kind"] in {"hitless", "disruptive"}
    chinese = vera.post("/api/say", {"text": "急诊阅片室到PACS保证50 Mbit/s", "language": "zh"}).json
    assert chinese["refusal"] is None or chinese["refusal"]["diagnostics"]


@pytest.mark.parametrize(
    ("sentence", "code", "understood"),
    [
        ("bananas are yellow", "not-a-sentence", False),
        ("CT room to Mars gets priority", "unknown-name", False),
        ("CT room to PACS is guaranteed 40 Gbit/s", "capacity-exceeded", True),
    ],
)
def test_why_not_is_an_answer(vera: Browser, sentence: str, code: str, understood: bool) -> None:
    found = vera.post("/api/say", {"text": sentence})
    assert found.status == 200
    assert found.json["refusal"]["diagnostics"][0]["message"], code
    assert (found.json["understood"] is not None) == understood


def test_a_sentence_becomes_a_commit_that_is_approved_applied_proven_and_taken_back(
    shown: Shown, olaf: Browser, april: Browser, ada: Browser
) -> None:
    said = olaf.post("/api/say", {"text": VISIT}).json
    name = said["understood"]["name"]
    started = olaf.post("/api/apply", {"name": name, "text": VISIT, "base": said["base"]})
    assert started.status == 202, started.body
    ended = end_of(olaf, started.json["id"])
    assert ended["state"] == "succeeded", ended
    assert ended["author"] == f"olaf <{PEOPLE[Role.OPERATOR]}>"
    commit = ended["result"]["commit"]
    assert (commit["state"], commit["can"]["approve"]) == ("waiting-for-approval", True)
    assert shown.repo.git("log", "-1", "--format=%an <%ae>") == f"olaf <{PEOPLE[Role.OPERATOR]}>"
    assert april.post("/api/approve", {"commit": commit["commit"]}).status == 200
    assert eventually(lambda: newest(april)["state"] == "applied-and-holding"), newest(april)
    there = newest(april)
    assert (there["commit"], there["proof"]["broken"]) == (commit["commit"], [])
    assert there["plan"]["changes"]["core-1"] > 0
    assert eventually(lambda: olaf.get(f"/api/intents/{name}").json.get("state") == "holds")
    back = olaf.post("/api/revert", {"commit": commit["commit"]})
    assert back.status == 200, back.body
    assert back.json["change"]["subject"].startswith("Revert")
    assert april.post("/api/approve", {"commit": back.json["change"]["commit"]}).status == 200
    assert eventually(lambda: olaf.get(f"/api/intents/{name}").status == 404)
    log = ada.get("/api/audit").json["records"]
    assert [r["seq"] for r in log] == sorted((r["seq"] for r in log), reverse=True)
    calls = {r["fields"].get("method"): r["fields"] for r in log if r["kind"] == "call"}
    assert calls["ApproveCommit"]["who"] == PEOPLE[Role.APPROVER]
    assert calls["StartOperation"]["who"] == PEOPLE[Role.OPERATOR]
    older = ada.get(f"/api/audit?before={log[-1]['seq']}&limit=3").json["records"]
    assert all(r["seq"] < log[-1]["seq"] for r in older)


def test_what_is_full_is_shown_with_who_has_it(vera: Browser) -> None:
    found = vera.get("/api/capacity").json
    nodes = {n["id"] for n in vera.get("/api/network").json["nodes"]}
    kinds = {(r["kind"], r["direction"]) for r in found["resources"]}
    assert {("pon", "up"), ("pon", "down"), ("port", "out")} <= kinds
    for each in found["resources"]:
        assert each["node"] in nodes, each
        assert each["promised_bps"] == sum(i["bps"] for i in each["intents"])
    more = vera.post("/api/capacity", {"text": "ER view to PACS is guaranteed 50 Mbit/s"}).json
    pon = next(r for r in more["resources"] if r["resource"] == "olt-1/pon-1 upstream")
    assert pon["planned_bps"] == pon["promised_bps"] + 50_000_000


def end_of(browser: Browser, key: str) -> Any:
    """The operation, once it has ended."""
    assert eventually(lambda: browser.get(f"/api/operations/{key}").json["state"] in ENDED, 60)
    return browser.get(f"/api/operations/{key}").json


def newest(browser: Browser) -> Any:
    return browser.get("/api/history").json["changes"][0]
