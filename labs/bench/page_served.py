"""`clearway serve` with its page over the devices of a lab, and one who may do everything there."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from labs.bench.ports import free_ports
from labs.runner.devices import root
from labs.runner.errors import LabError

if TYPE_CHECKING:
    from playwright.sync_api import Page

USER: Final = "bench"
_PASSWORD_IN: Final = "CLEARWAY_BENCH_PASSWORD"  # noqa: S105 - the name of a variable
_STARTS_WITHIN_S: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where the page is, http://HOST:PORT/, and how USER logs in."""

    address: str
    password: str

    def login(self, page: Page) -> None:
        """From the log-in page to the first view."""
        page.goto(self.address)
        page.locator("#user").fill(USER)
        page.locator("#password").fill(self.password)
        page.locator("button[type=submit]").click()
        page.locator("svg.map .box").first.wait_for()


@contextmanager
def served(folder: Path, *words: str) -> Iterator[Served]:
    """The service of a project's folder, until the end. words: more for `clearway serve`. Raises LabError."""
    password = secrets.token_urlsafe(16)
    _add_user(folder, password)
    api, shown = (f"127.0.0.1:{port}" for port in free_ports(2))
    log = folder / "serve.log"
    command = ["serve", *(words or (str(folder),)), "--listen", api, "--page", shown, "--judge", "3600"]
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen([sys.executable, "-m", "controller", *command], cwd=root(), stdout=file, stderr=file)
    try:
        end = time.monotonic() + _STARTS_WITHIN_S
        while "the page is at" not in log.read_text(encoding="utf-8"):
            if process.poll() is not None or time.monotonic() > end:
                raise LabError(f"the service did not start: {log.read_text(encoding='utf-8')}")
            time.sleep(0.05)
        yield Served(address=f"http://{shown}/", password=password)
    finally:
        process.terminate()
        process.wait(30)


def _add_user(folder: Path, password: str) -> None:
    words = ["user", "add", USER, "--role", "admin", "--password", f"env:{_PASSWORD_IN}", "--dir", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "controller", *words],
        cwd=root(), capture_output=True, text=True, check=False, env={**os.environ, _PASSWORD_IN: password},
    )  # fmt: skip
    if done.returncode:
        raise LabError(done.stderr)
