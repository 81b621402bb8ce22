"""NETCONF message framing (RFC 6242 section 4): end-of-message marks and chunks, as bytes in and messages out.

No I/O. A decoder starts with the end-of-message framing; after both hellos `chunked()` switches it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

END_OF_MESSAGE: Final = b"]]>]]>"
MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
_MAX_HEADER: Final = 13  # \n # 10 digits \n
_CHUNK: Final = 1 << 20


class FramingError(Exception):
    """The peer's bytes are not framed as agreed: the session cannot go on."""


class MessageTooBig(FramingError):
    """A message is over the limit."""


class Decoder:
    """Bytes to messages."""

    def __init__(self, limit: int = MAX_MESSAGE_BYTES) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._scanned = 0
        self._chunked = False
        self._message = bytearray()

    def chunked(self) -> None:
        """From here on the peer sends chunks; what is buffered already counts."""
        self._chunked = True

    def feed(self, data: bytes) -> None:
        """Take bytes from the peer."""
        self._buffer += data

    def messages(self) -> Iterator[bytes]:
        """Each whole message so far. Raises FramingError."""
        while (message := self._next_chunked() if self._chunked else self._next_marked()) is not None:
            yield message

    def _next_marked(self) -> bytes | None:
        at = self._buffer.find(END_OF_MESSAGE, max(0, self._scanned - len(END_OF_MESSAGE)))
        if at < 0:
            self._scanned = len(self._buffer)
            if len(self._buffer) > self._limit:
                raise MessageTooBig(f"a message of more than {self._limit} bytes")
            return None
        if at > self._limit:
            raise MessageTooBig(f"a message of more than {self._limit} bytes")
        message = bytes(self._buffer[:at])
        del self._buffer[: at + len(END_OF_MESSAGE)]
        self._scanned = 0
        return message

    def _next_chunked(self) -> bytes | None:
        while True:
            header = self._header()
            if header is None:
                return None
            size, length = header
            if size == 0:
                if not self._message:
                    raise FramingError("a message without a chunk")
                del self._buffer[:length]
                message = bytes(self._message)
                self._message.clear()
                return message
            if len(self._message) + size > self._limit:
                raise MessageTooBig(f"a message of more than {self._limit} bytes")
            if len(self._buffer) < length + size:
                return None
            self._message += self._buffer[length : length + size]
            del self._buffer[: length + size]

    def _header(self) -> tuple[int, int] | None:
        """(chunk size or 0 at the end of the chunks, length of the header); None while it is not all there."""
        head = bytes(self._buffer[:_MAX_HEADER])
        if not b"\n#".startswith(head[:2]):
            raise FramingError("a chunk does not begin with LF #")
        if len(head) < 4:
            return None
        if head.startswith(b"\n##"):
            if head[3:4] != b"\n":
                raise FramingError("the end of the chunks is not LF ## LF")
            return 0, 4
        end = head.find(b"\n", 2)
        digits = head[2:end] if end > 0 else head[2:]
        if not digits.isdigit() or digits.startswith(b"0") or len(digits) > 10:
            raise FramingError("a chunk size is not a number from 1 to 4294967295")
        return None if end < 0 else (int(digits), end + 1)


def encode(message: bytes, *, chunked: bool) -> bytes:
    """A message, framed."""
    if not chunked:
        return message + END_OF_MESSAGE
    parts = []
    for start in range(0, len(message), _CHUNK):
        chunk = message[start : start + _CHUNK]
        parts += [b"\n#%d\n" % len(chunk), chunk]
    return b"".join([*parts, b"\n##\n"])
