"""A browser, as much of one as the server can tell: cookies, origin, token; over a real socket, without a library that
forgives."""

from __future__ import annotations

import gzip
import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

PASSWORD = "correct horse battery"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Event:
    name: str
    data: Any
    id: str


@dataclass
class Browser:
    """address: HOST:PORT. tls: None is plain HTTP."""

    address: str
    tls: ssl.SSLContext | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def connection(self, timeout: float = 30) -> http.client.HTTPConnection:
        if self.tls is not None:
            return http.client.HTTPSConnection(self.address, timeout=timeout, context=self.tls)
        return http.client.HTTPConnection(self.address, timeout=timeout)

    @property
    def origin(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.address}"

    def headers(self, method: str, more: dict[str, str | None]) -> dict[str, str]:
        found: dict[str, str | None] = {"Accept-Encoding": "gzip"}
        if self.cookies:
            found["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if method != "GET":
            found |= {"Origin": self.origin, "X-CSRF-Token": self.csrf, "Content-Type": "application/json"}
        return {k: v for k, v in (found | more).items() if v is not None}

    def ask(self, method: str, path: str, body: Any = None, **more: str | None) -> Answer:
        """more: headers with `_` for `-`; None leaves one out."""
        changed = {k.replace("_", "-"): v for k, v in more.items()}
        sent = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        connection = self.connection()
        try:
            connection.request(method, path, sent, self.headers(method, changed))
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        found = {k.lower(): v for k, v in answer.getheaders()}
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        raw = gzip.decompress(raw) if found.get("content-encoding") == "gzip" else raw
        return Answer(answer.status, found, raw)

    def get(self, path: str, **more: str | None) -> Answer:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: str | None) -> Answer:
        return self.ask("POST", path, {} if body is None else body, **more)

    def login(self, user: str, password: str = PASSWORD) -> Answer:
        found = self.post("/api/login", {"user": user, "password": password})
        if found.status == 200:
            self.csrf = found.json["csrf"]
        return found

    @contextmanager
    def events(self, last: str = "") -> Iterator[Iterator[Event]]:
        """Server-Sent Events, after one of them."""
        connection = self.connection()
        try:
            connection.request("GET", "/api/events", headers=self.headers("GET", {"Last-Event-ID": last or None}))
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            assert answer.headers["Content-Type"] == "text/event-stream"
            yield _events(answer)
        finally:
            connection.close()


def _events(answer: http.client.HTTPResponse) -> Iterator[Event]:
    name, data, key = "", "", ""
    while line := answer.readline():
        text = line.decode().rstrip("\n")
        if not text:
            if name:
                yield Event(name, json.loads(data), key)
            name = data = ""
        elif text.startswith("event: "):
            name = text.removeprefix("event: ")
        elif text.startswith("data: "):
            data = text.removeprefix("data: ")
        elif text.startswith("id: "):
            key = text.removeprefix("id: ")
