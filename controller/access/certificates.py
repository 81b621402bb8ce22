"""The service's own certificate for TLS, read again when it is renewed on disk: who comes then is shown the new one,
and who is connected stays so.
"""

from __future__ import annotations

import hashlib
import logging
import ssl
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from controller.access.settings import ServerIdentity
from controller.secrets import text_of
from intents.model.diagnostic import ClearwayError, Diagnostic
from southbound.tls import Identity, NoIdentity, context

LOG: Final = logging.getLogger("clearway.access")
_LOOK_S: Final = 1.0


class Certificates:
    """What is shown now. Used from one thread."""

    def __init__(self, identity: ServerIdentity, *, protocol: str = "h2", asks: bool = True) -> None:
        """protocol: that is spoken inside (ALPN, RFC 7301). asks: for a certificate of the caller. Raises ClearwayError
        where the service's own cannot be used as it is."""
        self._identity, self._protocol, self._asks = identity, protocol, asks
        self._looked = time.monotonic()
        texts = self._texts()
        self._digest = _digest(texts)
        self._context = self._made(texts)

    def now(self) -> ssl.SSLContext:
        """For the next handshake. A certificate that was renewed wrongly is logged, and the old one shown on."""
        at = time.monotonic()
        if at - self._looked >= _LOOK_S:
            self._looked = at
            try:
                texts = self._texts()
                if (digest := _digest(texts)) != self._digest:
                    self._digest = digest
                    self._context = self._made(texts)
                    LOG.info("certificate renewed")
            except ClearwayError as error:
                LOG.warning("the renewed certificate is not used", extra={"fault": str(error)})
        return self._context

    def _texts(self) -> tuple[str, str, str, str]:
        wanted = self._identity
        named = (
            (wanted.certificate, "the service's certificate"),
            (wanted.key, "the key of the service's certificate"),
            (wanted.ca, "the CA of callers"),
        )
        try:
            certificate, key, ca = (text_of(ref, what, Path()) for ref, what in named)
            revoked = text_of(wanted.revoked, "the list of revoked certificates", Path()) if wanted.revoked else ""
        except ClearwayError as error:
            raise ClearwayError(*(replace(d, position=wanted.position) for d in error.diagnostics)) from error
        return certificate, key, ca, revoked

    def _made(self, texts: tuple[str, str, str, str]) -> ssl.SSLContext:
        certificate, key, ca, revoked = texts
        try:
            made = context(Identity(certificate=certificate, key=key, ca=ca), server=True)
            if revoked:
                _revoke(made, revoked)
        except NoIdentity as error:
            fault = Diagnostic(
                code="bad-certificate",
                message=f"access: {error}",
                hint="give PEM files without a password; `clearway pki init` makes them",
                position=self._identity.position,
            )
            raise ClearwayError(fault) from error
        # Who shows none is answered UNAUTHENTICATED, in words.
        made.verify_mode = ssl.CERT_OPTIONAL if self._asks else ssl.CERT_NONE
        made.set_alpn_protocols([self._protocol])
        return made


def _revoke(made: ssl.SSLContext, revoked: str) -> None:
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", suffix=".pem"
    ) as file:  # Python reads a CRL from a file only
        file.write(revoked)
        file.flush()
        try:
            made.load_verify_locations(cafile=file.name)
        except (ssl.SSLError, ValueError) as error:
            raise NoIdentity(
                "the list of revoked certificates is not in PEM form (-----BEGIN X509 CRL-----)"
            ) from error
    made.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


def _digest(texts: tuple[str, ...]) -> bytes:
    return hashlib.sha256("\0".join(texts).encode()).digest()
