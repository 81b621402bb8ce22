"""HTTP for those who watch: GET /metrics (Prometheus and OpenMetrics text), /healthz, /readyz.

No TLS and no log-in: it is for the machine itself (loopback) or a network that only the operators reach. What comes in
is bounded: a request line and headers by the library, a silent client by a time-out, the number of clients here.
"""

from __future__ import annotations

import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from prometheus_client.exposition import choose_encoder

from controller.telemetry.liveness import Liveness
from controller.telemetry.meters import Meters
from intents.model.diagnostic import ClearwayError, Diagnostic

CLIENTS: Final = 16
SILENCE_S: Final = 10
PLAIN: Final = "text/plain; charset=utf-8"


class Endpoint:
    """Listens on `address`: HOST:PORT, or a port alone, which is then of loopback; port 0 picks a free one, see
    `port`. Raises ClearwayError where it cannot."""

    def __init__(self, address: str, meters: Meters, liveness: Liveness) -> None:
        host, port = _split(address)
        handler = type("Handler", (_Handler,), {"meters": meters, "liveness": liveness})
        try:
            self._server = _Server((host, port), handler)
        except (OSError, OverflowError) as error:
            raise _refused(address, "in use or not an address of this machine") from error
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)

    def start(self) -> None:
        """Answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    """Answers at most CLIENTS at once; the next is let go without an answer."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._room = threading.BoundedSemaphore(CLIENTS)
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a place, or refuse."""
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Give the place back at the end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    meters: Meters
    liveness: Liveness
    timeout = SILENCE_S
    server_version = "clearway"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer one of the three."""
        match self.path.partition("?")[0]:
            case "/metrics":
                kind, body = self._metrics()
                self._answer(HTTPStatus.OK, body, kind)
            case "/healthz":
                silent = self.liveness.silent()
                self._say(ok=not silent, fault=f"not heard of for too long: {', '.join(silent)}")
            case "/readyz":
                self._say(ok=self.liveness.ready, fault="not serving")
            case _:
                self._answer(HTTPStatus.NOT_FOUND, b"/metrics, /healthz, /readyz\n")

    do_HEAD = do_GET  # noqa: N815 - as http.server calls it

    def _metrics(self) -> tuple[str, bytes]:
        try:
            encode, kind = choose_encoder(self.headers.get("Accept", ""))
        except Exception:  # noqa: BLE001 - the library takes some headers apart without looking
            encode, kind = choose_encoder("")
        return kind, encode(self.meters.registry)

    def _say(self, *, ok: bool, fault: str) -> None:
        if ok:
            self._answer(HTTPStatus.OK, b"ok\n")
        else:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, f"{fault}\n".encode())

    def _answer(self, status: HTTPStatus, body: bytes, kind: str = PLAIN) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """A scrape is no event."""


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not port.isascii() or not port.isdigit():
        raise _refused(address, "not HOST:PORT")
    return host.strip("[]") or "127.0.0.1", int(port)


def _refused(address: str, why: str) -> ClearwayError:
    return ClearwayError(
        Diagnostic(
            code="metrics-address",
            message=f"cannot show metrics on {address}: {why}",
            hint="choose another with --metrics HOST:PORT, such as 127.0.0.1:9464",
        )
    )
