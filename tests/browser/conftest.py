"""A browser, and the small hospital in front of it: devices on loopback, a repository, and the service with its page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dulwich import porcelain

from controller.access.roles import Role
from controller.page.users import Users, user_of
from labs.runner import lab
from tests.browser.chromium import Visitor, chromium, visitor, why_none
from tests.endtoend.site import Site, eventually, free_ports, site_in
from tests.service.serving import Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PASSWORD = "correct horse battery"
WRITER = b"Anna Meier <anna@hospital.example>"
PEOPLE = {Role.VIEWER: "vera", Role.OPERATOR: "olaf", Role.APPROVER: "april", Role.ADMIN: "ada"}


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
    porcelain.init(str(folder), default_branch=b"main")
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
        words = ("--git", str(site.folder), "--look", "0.5", "--page", f"127.0.0.1:{port}")
        with served(site, tmp_path_factory.mktemp("log"), *words) as running:
            assert eventually(lambda: "holds=True" in running.said, 60), running.said
            yield Hospital(site, running, f"http://127.0.0.1:{port}/")


@pytest.fixture
def vera(browser: Browser, hospital: Hospital) -> Iterator[Visitor]:
    """A viewer who has logged in."""
    yield from _somebody(browser, hospital, Role.VIEWER)


@pytest.fixture
def ada(browser: Browser, hospital: Hospital) -> Iterator[Visitor]:
    """An admin who has logged in."""
    yield from _somebody(browser, hospital, Role.ADMIN)


def _somebody(browser: Browser, hospital: Hospital, role: Role) -> Iterator[Visitor]:
    with visitor(browser, hospital.address) as here:
        here.login(PEOPLE[role], PASSWORD)
        yield here
        assert here.faults == []
