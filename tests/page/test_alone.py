"""The page without a lab: by TLS, with a certificate that is renewed, and with people who send nothing."""

from __future__ import annotations

import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from controller.access import pki
from controller.access.bucket import Rate
from controller.access.front import Front
from controller.access.refusals import RefusalLog
from controller.access.roles import Role
from controller.access.settings import AccessSettings, Limits, ServerIdentity
from controller.audit.log import AuditLog
from controller.connect import Connector
from controller.page import gate
from controller.page.ears import Ears
from controller.page.page import Page
from controller.page.settings import PageSettings
from controller.page.users import user_of
from controller.service.engine import Engine
from controller.service.server import Server
from controller.service.source import FolderSource
from controller.state.store import Store
from intents.model.campus import SecretRef
from intents.model.diagnostic import ClearwayError
from tests.endtoend.site import REPO, eventually
from tests.page.browser import PASSWORD, Browser


@contextmanager
def alone(state: Path, access: AccessSettings | None = None, listen: str = "127.0.0.1:0") -> Iterator[Page]:
    folder, store, access = REPO / "labs/small", Store(state), access or AccessSettings()
    engine, refusals = Engine(FolderSource(folder), Connector(folder), store), RefusalLog(AuditLog(state))
    page = Page(PageSettings(listen=listen), access, engine, refusals, Ears(), lambda _: {}, git=False)
    server = Server(engine, Front("127.0.0.1:0", access, refusals), guest=page)
    try:
        server.start()
        yield page
    finally:
        server.stop(1)


def address(page: Page) -> str:
    return page.address.partition("://")[2].strip("/")


def test_by_tls_the_cookie_is_of_this_host_alone_and_a_renewed_certificate_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.access.certificates._LOOK_S", 0.0)
    ca, certificate = tmp_path / "ca", tmp_path / "shown.pem"

    def renew() -> None:
        for name in ("pem", "key"):
            (ca / f"service.{name}").unlink(missing_ok=True)
        pki.issue(ca, "service", hosts=["127.0.0.1"])
        for name in ("pem", "key"):
            shutil.copy(ca / f"service.{name}", tmp_path / f"shown.{name}")

    pki.init(ca, "Test CA")
    renew()
    ref = {name: SecretRef(kind="file", name=str(tmp_path / f"shown.{name}")) for name in ("pem", "key")}
    signed = SecretRef(kind="file", name=str(ca / "ca.pem"))
    access = AccessSettings(identity=ServerIdentity(certificate=ref["pem"], key=ref["key"], ca=signed))
    with alone(tmp_path / "state", access) as page:
        page.users.put(user_of("anna", Role.VIEWER, PASSWORD))
        tls = ssl.create_default_context(cafile=str(ca / "ca.pem"))
        tls.set_alpn_protocols(["h2", "http/1.1"])
        browser = Browser(address(page), tls)
        found = browser.login("anna")
        assert found.status == 200
        assert list(browser.cookies) == ["__Host-clearway"]
        assert "Secure" in found.headers["set-cookie"]
        assert "max-age" in found.headers["strict-transport-security"]
        assert browser.get("/api/intents").json["intents"][0]["state"] == "unknown"
        before = certificate_at(page, tls)
        assert before == ssl.PEM_cert_to_DER_cert(certificate.read_text())
        renew()
        assert eventually(lambda: certificate_at(page, tls) not in {before, None})
        assert browser.get("/api/session").status == 200
        plain = Browser(address(page))
        with pytest.raises(OSError):
            plain.get("/")


def certificate_at(page: Page, tls: ssl.SSLContext) -> bytes | None:
    host, _, port = address(page).rpartition(":")
    with socket.create_connection((host, int(port))) as plain, tls.wrap_socket(plain, server_hostname=host) as secure:
        assert secure.selected_alpn_protocol() == "http/1.1"
        return secure.getpeercert(binary_form=True)


def test_no_password_crosses_a_network_in_plain_text(tmp_path: Path) -> None:
    with pytest.raises(ClearwayError) as refused, alone(tmp_path, listen="0.0.0.0:0"):
        pass
    assert refused.value.diagnostics[0].code == "page-without-tls"


def test_an_address_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(ClearwayError) as refused, alone(tmp_path, listen=f"127.0.0.1:{taken.getsockname()[1]}"):
            pass
        assert refused.value.diagnostics[0].code == "page-address"


def test_who_asks_for_nothing_is_sent_away_and_who_comes_too_many_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "PATIENCE_S", 0.2)
    monkeypatch.setattr(gate, "MOST", 3)
    with alone(tmp_path) as page:
        host, _, port = address(page).rpartition(":")

        def dial() -> socket.socket:
            return socket.create_connection((host, int(port)), timeout=20)

        with dial() as silent, dial() as slow:
            slow.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
            assert (silent.recv(1), slow.recv(1)) == (b"", b"")
        held = [dial() for _ in range(3)]
        try:
            for each in held:
                each.sendall(b"GET /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert each.recv(12) == b"HTTP/1.1 401"
            with dial() as more:
                assert more.recv(1) == b""
        finally:
            for each in held:
                each.close()
        assert eventually(lambda: answers(Browser(address(page))))


def answers(browser: Browser) -> bool:
    try:
        return browser.get("/api/session").status == 401
    except OSError:
        return False


ODD = (
    None,
    True,
    0,
    -1,
    1e400,
    "",
    "\0",
    "\ud800",
    "x" * 5000,
    [],
    [1],
    {},
    {"a": 1},
    {"a": {"b": []}},
    "../..",
    "é" * 90,
)
KEYS = ("text", "yaml", "name", "etag", "base", "permit", "commit", "allow", "language")
CALLS = ("say", "plan", "capacity", "apply", "delete", "approve", "revert", "operations/x/cancel")


def test_no_request_however_odd_is_a_fault_of_ours(tmp_path: Path) -> None:
    random = Random(8)  # noqa: S311 - examples
    access = AccessSettings(limits=Limits(changes=Rate(per_s=10_000, burst=10_000)))
    with alone(tmp_path, access) as page:
        page.users.put(user_of("ada", Role.ADMIN, PASSWORD))
        browser = Browser(address(page))
        assert browser.login("ada").status == 200
        for number in range(160):
            said = {key: random.choice(ODD) for key in random.sample(KEYS, random.randint(1, 4))}
            found = browser.post(f"/api/{CALLS[number % len(CALLS)]}", said)
            assert found.status in {200, 202, 400, 404, 409, 422, 429, 503}, (said, found.body)
            assert found.status < 400 or found.json["diagnostics"][0]["message"]
        for query in ("before=-1", "before=x", "limit=99999999999999999999", "limit=0", "before=%00"):
            assert browser.get(f"/api/audit?{query}").status in {200, 400}, query
        for name in ("%00", "..%2f..", "%ff", "a" * 3000, "%F0%9F%98%80"):
            assert browser.get(f"/api/intents/{name}").status in {400, 404}, name
