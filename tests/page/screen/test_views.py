"""Each view of the page before a running service, in both languages, on three screens, and for whoever sees little."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from controller.access.roles import Role
from labs.bench.browser import DESK, PHONE, WALL
from tests.page.screen.conftest import Hospital, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
pytestmark = pytest.mark.slow

VIEWS = ("map", "map/onu-ct", "intents", "intents/ct-study", "say", "capacity", "time", "history")
SERIOUS = {"serious", "critical"}


@pytest.mark.parametrize("size", [DESK, PHONE, WALL], ids=["desk", "phone", "wall"])
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh", "dark")])
def test_every_view_is_for_everybody_and_nothing_is_cut_off(
    hospital: Hospital, visit: Visit, size: tuple[int, int], language: str, theme: str
) -> None:
    with visit(hospital.address, Role.ADMIN, size) as ada:
        page = ada.page
        page.evaluate(
            "([l, t]) => { localStorage['clearway.language'] = l; localStorage['clearway.theme'] = t }",
            [language, theme],
        )
        page.reload()
        for view in VIEWS:
            ada.go(view)
            page.wait_for_load_state("networkidle") if view == "say" else page.wait_for_timeout(400)
            found = Axe().run(page).response["violations"]
            serious = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in SERIOUS]
            assert serious == [], view
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{view} is too wide"


def test_the_log_in_page_is_for_everybody(hospital: Hospital, browser: object, visit: Visit) -> None:
    with visit(hospital.address, Role.VIEWER) as vera:
        vera.page.get_by_role("button", name="Log out").click()
        expect(vera.page.get_by_label("Password")).to_be_visible()
        assert [v["id"] for v in Axe().run(vera.page).response["violations"] if v["impact"] in SERIOUS] == []
        vera.page.get_by_label("Name").fill("vera")
        vera.page.get_by_label("Password").fill("wrong")
        vera.page.get_by_role("button", name="Log in").click()
        expect(vera.page.get_by_role("alert")).to_have_text("Name and password do not belong together.")
        vera.faults.clear()


def test_the_map_is_walked_and_folded_by_keys_alone(hospital: Hospital, visit: Visit) -> None:
    with visit(hospital.address, Role.VIEWER) as vera:
        page = vera.page
        page.locator("[data-id='core-1']").focus()
        for expected in ("olt-1", "olt-1/pon-1"):
            page.keyboard.press("ArrowRight")
            assert _at(page) == expected
        before = page.locator("svg.map [data-id]").count()
        page.keyboard.press("Space")
        expect(page.locator("[data-id='olt-1/pon-1']")).to_have_attribute("aria-expanded", "false")
        assert page.locator("svg.map [data-id]").count() < before
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=re.compile("pon-1"))).to_be_visible()
        page.get_by_role("combobox").fill("ct-room")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=re.compile("^ct room"))).to_be_visible()
        expect(page.locator("[data-id='place:ct-room']")).to_have_attribute("aria-pressed", "true")


def test_a_viewer_looks_and_changes_nothing(hospital: Hospital, visit: Visit) -> None:
    with visit(hospital.address, Role.VIEWER) as vera:
        vera.go("say")
        vera.page.get_by_label("Sentence").fill("Ward 2 may reach HIS with https")
        expect(vera.page.get_by_text("To apply it takes the role operator.")).to_be_visible()
        assert vera.page.get_by_role("button", name="Commit and apply").count() == 0
        vera.go("history")
        expect(vera.page.get_by_text("The small hospital")).to_be_visible()
        assert vera.page.get_by_role("button", name="Revert").count() == 0
        assert vera.page.get_by_role("heading", name="Audit log").count() == 0


def test_language_and_light_are_a_button_away_and_kept(hospital: Hospital, visit: Visit) -> None:
    with visit(hospital.address, Role.VIEWER) as vera:
        page = vera.page
        page.get_by_role("button", name="中文").click()
        expect(page.get_by_role("link", name="网络图")).to_be_visible()
        assert page.evaluate("document.documentElement.lang") == "zh-CN"
        page.reload()
        expect(page.get_by_role("link", name="网络图")).to_be_visible()
        bright = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.evaluate("localStorage['clearway.theme'] = 'dark'")
        page.reload()
        expect(page.get_by_role("link", name="网络图")).to_be_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != bright


def _at(page: Page) -> str | None:
    found: str | None = page.evaluate("document.activeElement.dataset.id")
    return found
