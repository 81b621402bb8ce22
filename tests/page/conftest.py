"""One service with a page over the loopback lab, and somebody of each role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from controller.access.roles import Role
from controller.page.users import Users, user_of
from labs.runner import lab
from tests.endtoend.site import Site, eventually, free_ports, site_in
from tests.git.witness import Witness
from tests.page.browser import PASSWORD, Browser
from tests.service.serving import Served, served

PEOPLE = {
    Role.VIEWER: "vera",
    Role.OPERATOR: "olaf@hospital.example",
    Role.APPROVER: "april",
    Role.ADMIN: "ada@hospital.example",
}


@dataclass
class Shown:
    """A service that follows a branch, whose commits wait for approval, and shows the page. address: HOST:PORT of it.
    repo: with the first commit approved."""

    site: Site
    service: Served
    address: str
    repo: Witness

    def browser(self) -> Browser:
        """Nobody has logged in."""
        return Browser(self.address)


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with site_in(tmp_path_factory.mktemp("page")) as site:
        lab.up(site.folder, lambda _: None, without_packets=True)
        assert site.run("apply").code == 0
        users = Users(site.folder / ".clearway" / "users.json")
        for role, name in PEOPLE.items():
            users.put(user_of(name, role, PASSWORD))
        repo = Witness(site.folder)
        repo.write(".gitignore", ".lab\n.clearway\n")
        repo.git("init", "-q", "-b", "main")
        repo.commit("The small hospital")
        port = free_ports(1)[0]
        words = ("--git", str(site.folder), "--look", "0.2", "--policy", "manual")
        more = ("--judge", "3600", "--page", f"127.0.0.1:{port}")
        with served(site, tmp_path_factory.mktemp("log"), *words, *more) as running:
            assert eventually(lambda: "the page is at" in running.said), running.said
            yield Shown(site, running, f"127.0.0.1:{port}", repo)


@pytest.fixture(scope="session")
def somebody(shown: Shown) -> Callable[[Role], Browser]:
    """Who has logged in, by role; the same each time, as each try counts."""
    known: dict[Role, Browser] = {}

    def of(role: Role) -> Browser:
        if role not in known:
            known[role] = shown.browser()
            assert known[role].login(PEOPLE[role]).status == 200
        return known[role]

    assert eventually(lambda: approved(of(Role.APPROVER)))
    return of


def approved(april: Browser) -> bool:
    """Whether every commit is in force; whatever waits is approved."""
    found = april.get("/api/history").json["changes"]
    for change in found:
        if change["can"]["approve"]:
            april.post("/api/approve", {"commit": change["commit"]})
    return bool(found) and found[0]["state"] == "applied-and-holding"


@pytest.fixture
def vera(somebody: Callable[[Role], Browser]) -> Browser:
    """A viewer."""
    return somebody(Role.VIEWER)


@pytest.fixture
def olaf(somebody: Callable[[Role], Browser]) -> Browser:
    """An operator."""
    return somebody(Role.OPERATOR)


@pytest.fixture
def april(somebody: Callable[[Role], Browser]) -> Browser:
    """An approver."""
    return somebody(Role.APPROVER)


@pytest.fixture
def ada(somebody: Callable[[Role], Browser]) -> Browser:
    """An admin."""
    return somebody(Role.ADMIN)
