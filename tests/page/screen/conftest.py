"""A browser, and the small hospital behind it: devices on loopback, a repository, the service with its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from dulwich import porcelain

from controller.access.roles import Role
from controller.page.users import Users, user_of
from labs.bench.browser import DESK, chromium, why_none
from labs.runner import lab
from tests.endtoend.site import Site, eventually, free_ports, site_in
from tests.page.conftest import PASSWORD, PEOPLE
from tests.page.screen.visitor import Visitor, visitor
from tests.service.serving import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WRITER = b"Anna Meier <anna@hospital.example>"

Visit = Callable[..., AbstractContextManager[Visitor]]


@dataclass
class Hospital:
    """A running one. address: of the page."""

    site: Site
    service: Served
    address: str


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    reason = why_none()
    if reason is not None:
        pytest.skip(reason)
    with chromium() as running:
        yield running


def repository_of(folder: Path) -> Path:
    """The lab's folder as a repository with one commit."""
    porcelain.init(str(folder))
    (folder / ".gitignore").write_text(".lab/\n.clearway/\n", encoding="utf-8")
    porcelain.add(str(folder), [str(p) for p in folder.rglob("*.y*ml") if ".lab" not in p.parts])
    porcelain.commit(str(folder), message=b"The small hospital", author=WRITER, committer=WRITER)
    return folder


@pytest.fixture(scope="session")
def hospital(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """The first commit is carried out when the service starts."""
    with site_in(tmp_path_factory.mktemp("hospital")) as site:
        repository_of(site.folder)
        lab.up(site.folder, lambda _: None, without_packets=True)
        users = Users(site.folder / ".clearway" / "users.json")
        for role, name in PEOPLE.items():
            users.put(user_of(name, role, PASSWORD))
        port = free_ports(1)[0]
        branch = porcelain.active_branch(str(site.folder)).decode()
        words = ("--git", str(site.folder), "--branch", branch, "--look", "0.5", "--page", f"127.0.0.1:{port}")
        with served(site, tmp_path_factory.mktemp("log"), *words) as running:
            assert eventually(lambda: "holds=True" in running.said, 60), running.said
            yield Hospital(site, running, f"http://127.0.0.1:{port}/")


@pytest.fixture
def visit(browser: Browser) -> Visit:
    """Opens the page of a service: visit(address, role, size). Whoever it was must have seen no fault."""

    @contextmanager
    def opened(address: str, role: Role, size: tuple[int, int] = DESK, **more: Any) -> Iterator[Visitor]:
        with visitor(browser, address, size, **more) as here:
            here.login(PEOPLE[role], PASSWORD)
            yield here
            assert here.faults == []

    return opened
