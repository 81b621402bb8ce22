"""Pictures of the page for README and docs, from the running system: nothing in them is made up.

    python -m labs.pictures FOLDER

The small lab comes up on loopback, its intents are applied, and a headless Chromium looks at each view; then a flow
entry is taken off the switch, and it looks at the intent that is broken by it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dulwich import porcelain

from labs.bench.api import small_site
from labs.bench.browser import DESK, chromium
from labs.bench.page import delete_flow
from labs.bench.page_served import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_SENTENCE: Final = "50 images of 512 KiB from PACS to reading room 1 within 8 seconds"
_WRITER: Final = b"Anna Meier <anna@hospital.example>"
_WITHIN_MS: Final = 120_000


def take(folder: Path) -> None:
    """All pictures as PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser, small_site(_say, loopback=True) as site, _followed(site) as service:
        page = _window(browser, service)
        _views(page, service, folder)
        delete_flow(site, "10.10.0.11", "10.20.0.5")
        _look(page, service, "intents/ct-study", ".broken-block .packet", folder / "broken.png")


@contextmanager
def _followed(site: Path) -> Iterator[Served]:
    """The service following a repository with the lab's texts, so that there is a history to be seen."""
    porcelain.init(str(site))
    (site / ".gitignore").write_text(".lab/\n.clearway/\n*.log\n", encoding="utf-8")
    porcelain.add(str(site), [str(path) for path in site.rglob("*.y*ml") if ".lab" not in path.parts])
    porcelain.commit(str(site), message=b"The small hospital", author=_WRITER, committer=_WRITER)
    branch = porcelain.active_branch(str(site)).decode()
    with served(site, "--git", str(site), "--branch", branch) as service:
        yield service


def _views(page: Page, service: Served, folder: Path) -> None:
    _look(page, service, "map", ".overview h1.holds", folder / "map.png")
    _look(page, service, "intents/ct-study", ".hops", folder / "intent.png")
    page.goto(f"{service.address}#/say")
    page.locator("#say").fill(_SENTENCE)
    page.locator(".actions .primary").wait_for(timeout=_WITHIN_MS)
    page.screenshot(path=folder / "say.png")
    _look(page, service, "capacity", ".resources li", folder / "capacity.png")
    _look(page, service, "history", ".commits .word.holds", folder / "history.png")


def _window(browser: Browser, service: Served) -> Page:
    width, height = DESK
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", color_scheme="light", locale="en-GB"
    )
    page = context.new_page()
    service.login(page)
    return page


def _look(page: Page, service: Served, view: str, until: str, file: Path) -> None:
    page.goto(f"{service.address}#/{view}")
    page.locator(until).first.wait_for(timeout=_WITHIN_MS)
    page.screenshot(path=file)


def _say(words: str) -> None:
    print(words, file=sys.stderr)


if __name__ == "__main__":
    take(Path(sys.argv[1]))
