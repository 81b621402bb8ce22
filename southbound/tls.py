"""TLS with a certificate on both sides, as Open vSwitch does it: each end checks the other's by its CA.

No host name is compared: the certificates of `ovs-pki` carry none, and its CA signs switches and controllers only.
Older protocols than TLS 1.2 are refused (RFC 8996).
"""

from __future__ import annotations

import socket
import ssl
import tempfile
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_READ: Final = 65536
_NOT_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNEXPECTED_MESSAGE", "RECORD_LAYER_FAILURE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the controller is, and whom it believes, as PEM texts. The key is never shown."""

    certificate: str
    key: str = field(repr=False)
    ca: str


class NoIdentity(ValueError):
    """The texts are not a certificate, its key and a CA; says which."""


def context(identity: Identity, *, server: bool) -> ssl.SSLContext:
    """What either side's handshake needs; the other side must show a certificate. Raises NoIdentity."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.options |= ssl.OP_NO_RENEGOTIATION
    try:
        made.load_verify_locations(cadata=identity.ca)
    except (ssl.SSLError, ValueError) as error:
        raise NoIdentity("the CA is not a certificate in PEM form (-----BEGIN CERTIFICATE-----)") from error
    # Python's ssl reads the pair from a file only. This one is ours alone (mode 0600) and gone when it is read.
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".pem") as pair:
        pair.write(f"{identity.key}\n{identity.certificate}\n")
        pair.flush()
        try:
            made.load_cert_chain(pair.name, password="")  # without a password it would ask at the terminal
        except ssl.SSLError as error:
            what = "the key does not belong to the certificate"
            if error.reason != "KEY_VALUES_MISMATCH":
                what = "the certificate and its key are not in PEM form, or the key is encrypted"
            raise NoIdentity(what) from error
    return made


def why(error: Exception) -> str:
    """A failure of a connection that may be TLS, in words about the other side."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message} (tls.ca says which CA is)"
    if not isinstance(error, ssl.SSLError):
        return str(error)
    reason = str(error.reason or "")
    if reason in _NOT_TLS:
        return "it does not speak TLS"
    if reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return "it shows no certificate"
    if "ALERT" in reason:
        said = reason.partition("ALERT_")[2].replace("_", " ").lower()
        return f"it does not accept our certificate (tls.certificate): {said}"
    if isinstance(error, ssl.SSLEOFError):
        return "it closed the connection before TLS was agreed"
    return f"TLS: {reason.replace('_', ' ').lower() or error}"


def names_in(certificate: Mapping[str, Any] | None) -> frozenset[str]:
    """Whom a certificate names, as Python's ssl tells it: common name (without ` id:...`, which ovs-pki adds) and DNS
    names."""
    shown = certificate or {}
    common = [value for part in shown.get("subject", ()) for key, value in part if key == "commonName"]
    other = [value for kind, value in shown.get("subjectAltName", ()) if kind == "DNS"]
    return frozenset(name.partition(" id:")[0] for name in (*common, *other))


def misnamed(names: Iterable[str], wanted: str) -> str:
    """What is said of whoever shows a certificate that names others than it should."""
    return (
        f"its certificate names {' and '.join(sorted(names)) or 'nobody'}, not {wanted}: give it one of that name, or "
        "write the name that it has as certificate: of the switch in the campus"
    )


class TlsSocket:
    """A connected TCP socket with TLS over it, for one thread that reads and one that writes.

    Before 3.13 Python's SSLSocket does not bear two threads: so the engine works in memory under a lock, and only the
    TCP socket below it blocks. `shutdown` from any thread ends what waits, as it does with a plain socket.
    """

    def __init__(self, below: socket.socket, tls: ssl.SSLContext, *, server: bool) -> None:
        self._below = below
        self._arrived, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._engine = tls.wrap_bio(self._arrived, self._leaving, server_side=server)
        self._lock = threading.Lock()
        self._turn = threading.Lock()  # records leave in the order in which they were made

    def handshake(self) -> None:
        """Agree on keys and check the other's certificate; ends with the connection. Raises OSError: see `why`."""
        while True:
            try:
                self._engine.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
            except ssl.SSLError:
                self._flush()  # the other side is told
                raise
            else:
                self._flush()
                return
            try:
                piece = self._below.recv(_READ)
            except TimeoutError:
                continue
            if not piece:
                raise ConnectionError("it closed the connection before TLS was agreed")
            self._arrived.write(piece)

    @property
    def names(self) -> frozenset[str]:
        """Whom the other's certificate names: see names_in."""
        with self._lock:
            return names_in(self._engine.getpeercert())

    def recv(self, size: int) -> bytes:
        """Up to so many bytes; none at the end. Raises OSError, TimeoutError."""
        while True:
            with self._lock:
                try:
                    return self._engine.read(size)
                except ssl.SSLWantReadError:
                    pass
                except ssl.SSLZeroReturnError:
                    return b""
            if self._leaving.pending and self._turn.acquire(blocking=False):  # else the writer takes it along
                try:
                    self._flush()
                finally:
                    self._turn.release()
            piece = self._below.recv(_READ)
            if not piece:
                return b""
            with self._lock:
                self._arrived.write(piece)

    def sendall(self, data: bytes) -> None:
        """All of it. Raises OSError, TimeoutError."""
        with self._turn:
            left = memoryview(data)
            with self._lock:
                while left:
                    left = left[self._engine.write(left) :]
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            records = self._leaving.read()
        if records:
            self._below.sendall(records)

    def setsockopt(self, level: int, name: int, value: int) -> None:
        """As of the TCP socket."""
        self._below.setsockopt(level, name, value)

    def settimeout(self, seconds: float | None) -> None:
        """As of the TCP socket."""
        self._below.settimeout(seconds)

    def shutdown(self, how: int) -> None:
        """As of the TCP socket."""
        self._below.shutdown(how)

    def close(self) -> None:
        """As of the TCP socket."""
        self._below.close()
