"""Somebody in front of the page: a browser's window, and what goes wrong in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from labs.bench.browser import DESK

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response


@dataclass
class Visitor:
    """Somebody in front of the page. faults: what the page said went wrong, and what was asked of elsewhere."""

    context: BrowserContext
    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    def login(self, user: str, password: str) -> None:
        self.page.goto(self.address)
        self.page.get_by_label("Name").fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()
        self.page.get_by_role("navigation").wait_for()

    def go(self, view: str) -> None:
        self.page.goto(f"{self.address}#/{view}")


@contextmanager
def visitor(browser: Browser, address: str, size: tuple[int, int] = DESK, **more: Any) -> Iterator[Visitor]:
    """A new visitor, in English, who notes what goes wrong. address: http://HOST:PORT/."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="en-GB", **more)
    page = context.new_page()
    here = Visitor(context, page, address)

    def noted(message: ConsoleMessage) -> None:
        # What the server refused is noted below, with its address.
        if message.type == "error" and "Failed to load resource" not in message.text:
            here.faults.append(message.text)

    def answered(answer: Response) -> None:
        # A first visit asks who is here, and 401 is the answer.
        if answer.status >= 400 and not answer.url.endswith("/api/session"):
            here.faults.append(f"{answer.status} {answer.url}")

    page.on("console", noted)
    page.on("response", answered)
    page.on("pageerror", lambda error: here.faults.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((address, "data:")) else here.faults.append(f"asked {r.url}"))
    try:
        yield here
    finally:
        context.close()
