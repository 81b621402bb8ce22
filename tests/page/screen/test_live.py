"""What happens while somebody looks: a change from a sentence, a device changed behind its back, a line that is cut."""

from __future__ import annotations

import re

import pytest

from controller.access.roles import Role
from intents.model.state import Difference
from tests.page.screen.behind import change, delete_flow
from tests.page.screen.conftest import Hospital, Visit

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
pytestmark = pytest.mark.slow


def test_a_sentence_is_applied_proven_shown_and_reverted(hospital: Hospital, visit: Visit) -> None:
    with visit(hospital.address, Role.ADMIN) as ada:
        page = ada.page
        ada.go("say")
        page.get_by_label("Sentence").fill("50 images of 512 KiB from PACS to reading room 1 within 8 seconds")
        expect(page.get_by_text("done in 3.02 s at worst")).to_be_visible()
        page.get_by_role("button", name="Show the plan").click()
        expect(page.get_by_role("heading", name=re.compile(r"Plan: \d+ changes on 2 devices"))).to_be_visible()
        page.get_by_role("button", name="Commit and apply").click()
        expect(page.get_by_role("heading", name="Applied, and proven")).to_be_visible(timeout=30_000)

        page.locator(".operation a").click()
        expect(
            page.get_by_role("heading", name=re.compile("pacs to reading-room-1 delivers 50 images"))
        ).to_be_visible()
        expect(page.locator(".verdict.holds")).to_be_visible()

        ada.go("history")
        newest = page.locator(".commits > li").first
        expect(newest).to_contain_text("applied, holds")
        newest.get_by_role("button", name="Revert").click()
        expect(page.locator(".commits > li").first).to_contain_text("Revert", timeout=30_000)
        expect(page.locator(".counts")).to_contain_text("17 hold", timeout=30_000)


def test_a_flow_deleted_behind_its_back_turns_its_intent_red_with_the_packet(hospital: Hospital, visit: Visit) -> None:
    with visit(hospital.address, Role.VIEWER) as vera:
        page = vera.page
        vera.go("intents/ct-study")
        expect(page.locator(".verdict.holds")).to_be_visible()
        flow = delete_flow(hospital.site.topology, hospital.site.folder, "10.10.0.11", "10.20.0.5")
        try:
            expect(page.get_by_role("heading", name="A packet that shows it")).to_be_visible(timeout=20_000)
            block = page.locator(".broken-block")
            expect(block).to_contain_text("10.10.0.11")
            expect(block).to_contain_text("is dropped at core-1")
            expect(block.locator(".blame")).to_contain_text("core-1")
            expect(block.locator(".blame")).to_contain_text("put back")
            expect(page.locator("[data-id='core-1'].blamed")).to_be_visible()
            expect(page.locator(".counts")).to_contain_text("broken")
        finally:
            change(hospital.site.topology, Difference(key=flow.key, before=None, after=flow))
        expect(page.locator(".verdict.holds")).to_be_visible(timeout=20_000)


def test_a_line_that_is_cut_is_said_and_mended(hospital: Hospital, visit: Visit) -> None:
    with visit(hospital.address, Role.VIEWER) as vera:
        page = vera.page
        expect(page.locator(".line")).to_have_text(re.compile(r"Live, \d\d:\d\d:\d\d"))
        vera.context.set_offline(True)
        page.evaluate("dispatchEvent(new Event('offline'))")
        expect(page.locator(".line")).to_have_text(re.compile(r"Not connected. As of \d\d:\d\d:\d\d"), timeout=40_000)
        vera.context.set_offline(False)
        expect(page.locator(".line")).to_have_text(re.compile(r"Live"), timeout=30_000)
        vera.faults.clear()  # the browser notes what it could not fetch


def test_a_session_that_ends_elsewhere_ends_here(hospital: Hospital, visit: Visit) -> None:
    with visit(hospital.address, Role.OPERATOR) as olaf:
        page = olaf.page
        olaf.context.clear_cookies()
        olaf.go("capacity")
        expect(page.get_by_role("alert")).to_have_text("The session is over. Log in again.")
        olaf.faults.clear()
