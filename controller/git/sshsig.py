"""SSH signatures of commits: the SSHSIG format (openssh-portable, PROTOCOL.sshsig), namespace `git`.

An armoured blob: `SSHSIG`, version 1, public key, namespace, reserved, hash algorithm, signature; what is signed is
`SSHSIG`, namespace, reserved, hash algorithm and the hash of the message; all in SSH's own wire form (RFC 4251, 5).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

NAMESPACE: Final = "git"
_MAGIC: Final = b"SSHSIG"
_BEGIN: Final = b"-----BEGIN SSH SIGNATURE-----"
_END: Final = b"-----END SSH SIGNATURE-----"
_MOST_BYTES: Final = 16 * 1024
_LEAST_RSA_BITS: Final = 2048
_CURVES: Final[dict[bytes, hashes.HashAlgorithm]] = {
    b"ecdsa-sha2-nistp256": hashes.SHA256(),
    b"ecdsa-sha2-nistp384": hashes.SHA384(),
    b"ecdsa-sha2-nistp521": hashes.SHA512(),
}


class BadSignature(Exception):
    """It is none, of a form that is not known, or not of these bytes. The text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """key: the public key in SSH's wire form. signed: what the key's algorithm has signed."""

    key: bytes
    algorithm: bytes
    raw: bytes
    signed: bytes

    @property
    def fingerprint(self) -> str:
        """`SHA256:...`, as ssh-keygen shows the key."""
        return fingerprint(self.key)


def fingerprint(key: bytes) -> str:
    """Of a key in SSH's wire form."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).rstrip(b"=").decode()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._data):
            raise BadSignature("the signature is cut short")
        self._at += count
        return self._data[self._at - count : self._at]

    def text(self) -> bytes:
        (length,) = struct.unpack(">I", self.take(4))
        return self.take(length)

    def end(self) -> None:
        if self._at != len(self._data):
            raise BadSignature("there is more behind the signature")


def _wire(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def read_signature(armoured: bytes, message: bytes) -> Signature:
    """Take apart the signature of a message; it is not verified yet. Raises BadSignature."""
    lines = armoured.strip().splitlines()
    if len(lines) < 3 or lines[0].strip() != _BEGIN or lines[-1].strip() != _END or len(armoured) > _MOST_BYTES:
        raise BadSignature("it is no SSH signature")
    try:
        blob = base64.b64decode(b"".join(line.strip() for line in lines[1:-1]), validate=True)
    except binascii.Error as error:
        raise BadSignature("it is no base64") from error
    reader = _Reader(blob)
    if reader.take(len(_MAGIC)) != _MAGIC or reader.take(4) != b"\0\0\0\1":
        raise BadSignature("it is not of version 1 of SSHSIG")
    key, namespace, reserved, digest, packed = (reader.text() for _ in range(5))
    reader.end()
    if namespace != NAMESPACE.encode():
        raise BadSignature(f"it was made for {namespace.decode(errors='replace')!r}, not for git")
    if digest not in (b"sha256", b"sha512"):
        raise BadSignature(f"the hash {digest.decode(errors='replace')!r} is not one of SSHSIG's")
    inner = _Reader(packed)
    algorithm, raw = inner.text(), inner.text()
    if not algorithm.startswith(b"sk-"):  # a security key's has flags and a counter behind it
        inner.end()
    hashed = hashlib.new(digest.decode(), message).digest()
    signed = _MAGIC + _wire(namespace, reserved, digest, hashed)
    return Signature(key=key, algorithm=algorithm, raw=raw, signed=signed)


def verify(signature: Signature) -> None:
    """Whether the key that it names has made it. Raises BadSignature."""
    kind = _Reader(signature.key).text()
    try:
        public = serialization.load_ssh_public_key(kind + b" " + base64.b64encode(signature.key))
        _verify(public, kind, signature)
    except InvalidSignature as error:
        raise BadSignature("it is not of these bytes: the commit was altered after it was signed") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadSignature(f"keys of the kind {kind.decode(errors='replace')!r} are not supported") from error


def _verify(public: object, kind: bytes, signature: Signature) -> None:
    raw, signed = signature.raw, signature.signed
    match public:
        case ed25519.Ed25519PublicKey() if signature.algorithm == kind:
            public.verify(raw, signed)
        case ec.EllipticCurvePublicKey() if signature.algorithm == kind and kind in _CURVES:
            reader = _Reader(raw)
            r, s = (int.from_bytes(reader.text(), "big") for _ in range(2))
            public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(_CURVES[kind]))
        case rsa.RSAPublicKey() if signature.algorithm in (b"rsa-sha2-256", b"rsa-sha2-512"):
            if public.key_size < _LEAST_RSA_BITS:
                raise BadSignature(f"its RSA key has {public.key_size} bits, fewer than {_LEAST_RSA_BITS}")
            sha512 = signature.algorithm.endswith(b"512")
            chosen: hashes.HashAlgorithm = hashes.SHA512() if sha512 else hashes.SHA256()
            public.verify(raw, signed, padding.PKCS1v15(), chosen)
        case _:
            raise BadSignature(f"{signature.algorithm.decode(errors='replace')!r} does not fit its key")


def sign(message: bytes, private_key: bytes) -> bytes:
    """The armoured signature of a message by an Ed25519 key in OpenSSH's form, no passphrase. Raises ValueError."""
    key = serialization.load_ssh_private_key(private_key, password=None)
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")  # noqa: TRY004 - what the file holds, no type of ours
    kind = b"ssh-ed25519"
    raw_public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    namespace, digest = NAMESPACE.encode(), b"sha512"
    signed = _MAGIC + _wire(namespace, b"", digest, hashlib.sha512(message).digest())
    packed = _wire(kind, key.sign(signed))
    blob = _MAGIC + b"\0\0\0\1" + _wire(_wire(kind, raw_public), namespace, b"", digest, packed)
    text = base64.b64encode(blob)
    return b"\n".join([_BEGIN, *(text[i : i + 70] for i in range(0, len(text), 70)), _END])
