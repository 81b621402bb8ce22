"""Who gets in, what stands around every answer, and what another site cannot make a browser do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from controller.access.roles import Role
from controller.page.sessions import Sessions
from controller.page.users import PASSWORD_COST, Users, user_of
from tests.commandline import clearway
from tests.page.browser import PASSWORD, Browser
from tests.page.conftest import PEOPLE, Shown

VIEWS = ("session", "network", "intents", "intents/ct-study", "drift", "breakglass", "events")


@pytest.mark.parametrize("view", VIEWS)
def test_nobody_sees_anything_who_has_not_logged_in(shown: Shown, view: str) -> None:
    found = shown.browser().get(f"/api/{view}")
    assert (found.status, found.json["code"]) == (401, "not-authenticated")
    forged = Browser(shown.address, cookies={"clearway": "A" * 43})
    assert forged.get(f"/api/{view}").status == 401


def test_every_answer_bears_the_headers(shown: Shown, vera: Browser) -> None:
    for found in (
        vera.get("/api/session"),
        vera.get("/api/nothing"),
        vera.get("/"),
        shown.browser().get("/api/network"),
    ):
        policy = {part.split()[0]: part.split()[1:] for part in found.headers["content-security-policy"].split("; ")}
        assert policy["default-src"] == ["'self'"]
        assert policy["frame-ancestors"] == ["'none'"]
        assert "unsafe" not in found.headers["content-security-policy"]
        assert found.headers["x-content-type-options"] == "nosniff"
        assert found.headers["referrer-policy"] == "no-referrer"
        assert "server" not in found.headers


def test_a_session_says_who_it_is_and_its_cookie_is_for_the_browser_alone(shown: Shown) -> None:
    browser = shown.browser()
    found = browser.login(PEOPLE[Role.ADMIN])
    cookie = found.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert len(browser.cookies["clearway"]) >= 43
    told = browser.get("/api/session").json
    assert (told["user"], told["role"]) == (PEOPLE[Role.ADMIN], "admin")
    assert told["roles"] == ["viewer", "operator", "approver", "admin"]
    assert told["languages"] == ["en", "zh"]
    old = dict(browser.cookies)
    assert browser.login(PEOPLE[Role.ADMIN]).status == 200
    assert browser.cookies != old
    assert Browser(shown.address, cookies=old).get("/api/session").status == 401
    assert browser.post("/api/logout").status == 204
    assert browser.get("/api/session").status == 401


def test_a_wrong_password_and_a_wrong_name_are_told_alike_and_soon_refused(shown: Shown) -> None:
    browser = shown.browser()
    said = [browser.login(name, "not the password") for name in ("nobody", "mallory", "nobody", "mallory")]
    assert {(a.status, a.json["title"]) for a in said} == {(401, "the name or the password is wrong")}
    while (refused := browser.login("mallory", "not the password")).status == 401:
        pass
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) > 0
    kinds = [json.loads(line) for line in (shown.site.folder / ".clearway/audit/audit.jsonl").read_text().splitlines()]
    assert any("not-logged-in" in json.dumps(r) and "mallory" in json.dumps(r) for r in kinds)
    assert "not the password" not in json.dumps(kinds)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X_CSRF_Token": None}, 403),
        ({"X_CSRF_Token": "x" * 43}, 403),
        ({"Origin": None}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Cookie": None}, 401),
        ({"Host": "evil.example:8080"}, 403),
    ],
)
def test_another_site_cannot_end_a_session(vera: Browser, headers: dict[str, str | None], status: int) -> None:
    assert vera.post("/api/logout", **headers).status == status
    assert vera.get("/api/session").status == 200


def test_a_login_from_another_site_is_refused(shown: Shown) -> None:
    asked = {"user": PEOPLE[Role.VIEWER], "password": PASSWORD}
    for headers in ({"Origin": "https://evil.example"}, {"Origin": None}, {"Content_Type": "text/plain"}):
        found = shown.browser().post("/api/login", asked, **headers)
        assert found.status in {400, 403}
        assert "set-cookie" not in found.headers


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"", 400), (b"[]", 400), (b"{", 400), (b"[" * 100_000, 400), (b'{"user": 1}', 400), (b" " * 300_000, 413)],
)
def test_what_is_no_request_is_a_problem_and_no_fault_of_ours(shown: Shown, sent: bytes, status: int) -> None:
    found = shown.browser().post("/api/login", sent)
    assert (found.status, found.headers["content-type"]) == (status, "application/problem+json; charset=utf-8")


def test_nothing_of_the_disk_is_served_but_the_page(vera: Browser) -> None:
    for path in (
        "/../page.py",
        "/%2e%2e/page.py",
        "/..%2fpage.py",
        "/static/../users.json",
        "//etc/passwd",
        "/page.py",
    ):
        assert vera.get(path).status in {400, 404}, path


def test_a_session_ends_when_it_is_idle_when_it_is_old_and_with_its_user(tmp_path: Path) -> None:
    users, now = Users(tmp_path / "users.json"), [0.0]
    users.put(user := user_of("anna", Role.VIEWER, PASSWORD))
    sessions = Sessions(users, 60, 150, lambda: now[0])
    secret, _ = sessions.begin(user)
    for now[0] in (59, 118, 149):
        assert sessions.of(secret) is not None
    now[0] = 151
    assert sessions.of(secret) is None
    secret, _ = sessions.begin(user)
    now[0] += 61
    assert sessions.of(secret) is None
    secret, _ = sessions.begin(user)
    users.put(user_of("anna", Role.ADMIN, PASSWORD))
    assert sessions.of(secret) is None


def test_users_are_added_listed_and_removed_and_no_password_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEARWAY_STATE", str(tmp_path))
    monkeypatch.setenv("ANNA", "a sentence nobody guesses")
    assert clearway("user", "add", "anna", "--role", "operator", "--password", "env:ANNA").code == 0
    assert "anna" in clearway("user", "list").out
    file = tmp_path / "users.json"
    assert "guesses" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    known = Users(file).all()["anna"]
    assert known.has("a sentence nobody guesses")
    assert not known.has("a sentence nobody guesse")
    assert known.scrypt["n"] >= PASSWORD_COST["n"]
    for wrong in (("add", "anna", "--role", "king"), ("add", "a b", "--role", "viewer", "--password", "env:ANNA")):
        assert clearway("user", *wrong).code != 0
    monkeypatch.setenv("ANNA", "short")
    assert "bad-password" in clearway("user", "add", "anna", "--role", "viewer", "--password", "env:ANNA").err
    assert clearway("user", "remove", "anna").code == 0
    assert clearway("user", "remove", "anna").code == 1
    file.write_text('{"users": [{"name": "anna", "role": "admin", "scrypt": {"n": 2, "r": 8, "p": 1}}]}')
    assert "users-file" in clearway("user", "list").err
