"""Who somebody is: a name out of a certificate that our CA signed, or the user at the other end of a unix socket.

The name is the first of these that the certificate has (RFC 5280, 4.2.1.6; SPIFFE X.509-SVID, 2):

1. the SPIFFE ID, a URI among the subject's alternative names that begins with `spiffe://`: exactly one;
2. the first e-mail address among them;
3. the first DNS name among them;
4. the common name.

A certificate with two SPIFFE IDs names nobody, and so does one without any of the four.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["spiffe", "email", "dns", "name", "user", "loopback"]
_SPIFFE: Final = "spiffe://"
_LONGEST: Final = 512


class Unnamed(ValueError):
    """The certificate does not say who holds it; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody. units: the organisational units of the certificate. fingerprint: SHA-256 of the certificate in DER, in
    hexadecimal, empty where there is none."""

    name: str
    kind: Kind
    units: tuple[str, ...] = ()
    fingerprint: str = ""

    @property
    def author(self) -> str:
        """As git writes who made a commit."""
        clean = re.sub(r"[<>\r\n\0]", "", self.name)
        return f"{clean.partition('@')[0]} <{clean}>" if self.kind == "email" else f"{clean} <{clean}>"


LOOPBACK: Final = Identity(name="loopback", kind="loopback")


def identity_of(certificate: Mapping[str, Any], fingerprint: str) -> Identity:
    """Who holds a certificate, in the form of Python's `SSLObject.getpeercert`. Raises Unnamed."""
    other: dict[str, list[str]] = {}
    for kind, value in certificate.get("subjectAltName", ()):
        other.setdefault(kind, []).append(value)
    subject: dict[str, list[str]] = {}
    for part in certificate.get("subject", ()):
        for key, value in part:
            subject.setdefault(key, []).append(value)
    spiffe = [uri for uri in other.get("URI", ()) if uri.startswith(_SPIFFE)]
    if len(spiffe) > 1:
        raise Unnamed("its certificate has more than one SPIFFE ID")
    found: tuple[tuple[Kind, list[str]], ...] = (
        ("spiffe", spiffe),
        ("email", other.get("email", [])),
        ("dns", other.get("DNS", [])),
        ("name", subject.get("commonName", [])),
    )
    for form, names in found:
        if names and names[0].strip() and len(names[0]) <= _LONGEST and names[0].isprintable():
            units = tuple(subject.get("organizationalUnitName", ()))
            return Identity(name=names[0], kind=form, units=units, fingerprint=fingerprint)
    raise Unnamed("its certificate names nobody: no SPIFFE ID, e-mail address, DNS name or common name")
