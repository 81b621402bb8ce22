"""multipart/related bodies of DICOM objects (PS3.18 8.6.1.2, RFC 2387): made, and taken apart."""

from __future__ import annotations

from typing import Final

BOUNDARY: Final = b"clearway-lab-part"


def multipart(instances: list[bytes]) -> bytes:
    """The body that carries the instances."""
    parts = [b"--" + BOUNDARY + b"\r\nContent-Type: application/dicom\r\n\r\n" + i + b"\r\n" for i in instances]
    return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"


def split_multipart(body: bytes) -> list[bytes]:
    """The parts of a body that `multipart` made."""
    parts = []
    for piece in body.split(b"--" + BOUNDARY)[1:-1]:
        _, _, content = piece.partition(b"\r\n\r\n")
        parts.append(content.removesuffix(b"\r\n"))
    return parts
