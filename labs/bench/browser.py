"""Debian's Chromium, headless, under Playwright: for what a bench or a test looks at as a person does.

Playwright comes with the extra `dev`, and brings no browser. Everything is left at its end.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from labs.runner.errors import LabError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DESK: Final = (1280, 800)
PHONE: Final = (360, 740)
WALL: Final = (2560, 1440)
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def why_none() -> str | None:
    """Why no browser can be driven here, or None."""
    if find_spec("playwright") is None:
        return "Playwright is not installed (pip install 'clearway[dev]')"
    return None if _program() else "Chromium is not installed (Debian: chromium)"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with a profile of its own. Raises LabError where there is none."""
    reason = why_none()
    if reason is not None:
        raise LabError(f"no browser can be driven here: {reason}")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where it is installed

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=_program(), args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def _program() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")
