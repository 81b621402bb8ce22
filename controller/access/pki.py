"""A small certificate authority, for a hospital or a lab that has none: one CA in a folder, and what it signs.

    ca.pem, ca.key     the CA, P-256, ten years; the key is for the owner's eyes only
    crl.pem            what was revoked, anew with each that is
    NAME.pem, NAME.key what was issued

Source: RFC 5280; names as controller/access/identity.py reads them.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from intents.model.diagnostic import ClearwayError, Diagnostic, Position

CA_DAYS: Final = 3650
DAYS: Final = 397
_BACK: Final = timedelta(minutes=5)  # clocks differ
_PEM: Final = serialization.Encoding.PEM


def init(folder: Path, name: str, *, now: datetime | None = None) -> Path:
    """Make a CA in a folder that has none; its certificate. Raises ClearwayError."""
    at = now or datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(name, "")
    builder = _builder(subject, subject, key.public_key(), at, CA_DAYS)
    usage = _usage(signs=True)
    certificate = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write_key(folder / "ca.key", key)
    _write(folder / "ca.pem", certificate.public_bytes(_PEM), 0o644)
    _write_crl(folder, key, certificate, [], at)
    return folder / "ca.pem"


def issue(
    folder: Path, name: str, *, unit: str = "", hosts: Iterable[str] = (), days: int = DAYS, now: datetime | None = None
) -> Path:
    """Sign a certificate for a person or program (`alice@hospital.example`, `spiffe://...`, or a plain name), or with
    hosts for a server that is reached by these names or addresses. Returns its path; the key lies beside it. Raises
    ClearwayError."""
    authority, signer = _authority(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    other = [_host(h) for h in hosts] or _other_names(name)
    serves = [ExtendedKeyUsageOID.SERVER_AUTH] if hosts else []
    builder = _builder(_subject(name, unit), authority.subject, key.public_key(), now or datetime.now(UTC), days)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs=False), critical=True)
    builder = builder.add_extension(
        x509.ExtendedKeyUsage([*serves, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
    ).add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    if other:
        builder = builder.add_extension(x509.SubjectAlternativeName(other), critical=False)
    stem = re.sub(r"[^A-Za-z0-9._@-]+", "_", name).strip("._") or "certificate"
    _write_key(folder / f"{stem}.key", key)
    _write(folder / f"{stem}.pem", builder.sign(signer, hashes.SHA256()).public_bytes(_PEM), 0o644)
    return folder / f"{stem}.pem"


def revoke(folder: Path, certificate: Path, *, now: datetime | None = None) -> Path:
    """Put a certificate on the list of those that are not taken any more; the list. Raises ClearwayError."""
    authority, signer = _authority(folder)
    gone = _certificate(certificate)
    listed = list(x509.load_pem_x509_crl(_read(folder / "crl.pem")))
    at = now or datetime.now(UTC)
    if gone.serial_number not in {entry.serial_number for entry in listed}:
        entry = x509.RevokedCertificateBuilder().serial_number(gone.serial_number).revocation_date(at).build()
        listed.append(entry)
    return _write_crl(folder, signer, authority, listed, at)


def _write_crl(
    folder: Path,
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    listed: Iterable[x509.RevokedCertificate],
    at: datetime,
) -> Path:
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.subject)
    builder = builder.last_update(at - _BACK).next_update(at + timedelta(days=CA_DAYS))
    for entry in listed:
        builder = builder.add_revoked_certificate(entry)
    _write(folder / "crl.pem", builder.sign(key, hashes.SHA256()).public_bytes(_PEM), 0o644, replaces=True)
    return folder / "crl.pem"


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, at: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _BACK)
        .not_valid_after(at + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _subject(name: str, unit: str) -> x509.Name:
    parts = [(NameOID.COMMON_NAME, name), (NameOID.ORGANIZATIONAL_UNIT_NAME, unit)]
    try:
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts if text])
    except ValueError as error:
        raise _fault("bad-name", f"'{name[:80]}' cannot be the name in a certificate: {error}", "") from error


def _other_names(name: str) -> list[x509.GeneralName]:
    if name.startswith("spiffe://"):
        return [x509.UniformResourceIdentifier(name)]
    return [x509.RFC822Name(name)] if "@" in name else []


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate = _certificate(folder / "ca.pem")
    try:
        key = serialization.load_pem_private_key(_read(folder / "ca.key"), password=None)
    except (ValueError, TypeError) as error:
        raise _fault(
            "no-ca", f"{folder / 'ca.key'} is not the key of a CA", "make one: clearway pki init DIR"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise _fault("no-ca", f"{folder / 'ca.key'} is not the key of {folder / 'ca.pem'}", "take both from one place")
    return certificate, key


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(_read(path))
    except ValueError as error:
        raise _fault("no-ca", f"{path} is not a certificate", "give one in PEM form") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _fault("no-ca", f"{path}: {error.strerror}", "make a CA first: clearway pki init DIR") from error


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    text = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(path, text, 0o600)


def _write(path: Path, data: bytes, mode: int, *, replaces: bool = False) -> None:
    """A new file; what is there is never overwritten, but for a list, which is replaced as a whole."""
    target = path.with_suffix(".new") if replaces else path
    try:
        number = os.open(target, os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if replaces else os.O_EXCL), mode)
        with os.fdopen(number, "wb") as file:
            file.write(data)
        if replaces:
            target.replace(path)
    except FileExistsError as error:
        raise _fault("file-exists", f"{path} is there already", "give another folder or name") from error
    except OSError as error:
        raise _fault("cannot-write", f"{path}: {error.strerror}", "give a folder that you may write") from error


def _fault(code: str, message: str, hint: str) -> ClearwayError:
    return ClearwayError(Diagnostic(code=code, message=message, hint=hint, position=Position("<none>")))
