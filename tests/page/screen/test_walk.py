"""A short walk through the page, as somebody in front of it takes it: a real browser, service and devices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from controller.access.roles import Role
from tests.page.conftest import Shown
from tests.page.screen.conftest import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect


def test_from_the_map_to_an_intents_way_to_a_sentence_understood(shown: Shown, visit: Visit) -> None:
    with visit(f"http://{shown.address}/", Role.ADMIN) as ada:
        _walk(ada.page)


def _walk(page: Page) -> None:
    expect(page.get_by_role("heading", name=re.compile(r"All \d+ intents hold"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^place ct room")).click()
    expect(page.get_by_role("heading", name=re.compile("^ct room"))).to_be_visible()

    page.get_by_role("link", name="Intents", exact=True).click()
    page.get_by_role("searchbox", name="Find in sentences, owners, commits").fill("ct-study")
    page.get_by_role("link", name=re.compile("ct-study")).click()
    expect(page.get_by_role("heading", name="The way")).to_be_visible()
    hops = page.locator(".hops > li .device a").all_inner_texts()
    assert hops == ["onu-ct", "olt-1", "core-1"]
    lit = page.locator("svg.map .lit[data-id]").evaluate_all("all => all.map(each => each.dataset.id)")
    assert {"place:ct-room", "onu-ct", "olt-1/pon-1", "olt-1", "core-1", "place:pacs"} <= set(lit)

    page.get_by_role("link", name="Say it").click()
    page.get_by_label("Sentence").fill("Ward 1 may reach HIS with https")
    expect(page.get_by_role("heading", name="Understood as")).to_be_visible()
    expect(page.get_by_text("Hitless")).to_be_visible()
    page.get_by_label("Sentence").fill("CT room to the moon gets priority")
    expect(page.get_by_role("heading", name="Not possible")).to_be_visible()
