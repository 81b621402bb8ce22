"""Message framing of NETCONF over SSH (RFC 6242, 4) for ncclient, each byte looked at once.

ncclient's own parser goes through all that has come so far whenever four more kilobytes do: 36 MB, what an OLT of 1,000
ONUs says of itself, took it most of a minute. It lets a device handler bring a parser, and this is one.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ncclient.devices.default import DefaultDeviceHandler
from ncclient.transport.errors import NetconfFramingError
from ncclient.transport.session import NetconfBase

_END_OF_MESSAGE: Final = b"]]>]]>"
_CHUNK: Final = re.compile(rb"\n#(?:([1-9][0-9]{0,9})|#)\n")
_LONGEST_HEADER: Final = 13
_MOST_BYTES: Final = 512 * 2**20  # of one message; an OLT of 1,000 ONUs says 36 MB of itself
_DOCTYPE: Final = b"<!DOCTYPE"


class Handler(DefaultDeviceHandler):  # type: ignore[misc, unused-ignore]
    """ncclient's default device, with this framing."""

    def get_xml_parser(self, session: Any) -> Framing:
        """The parser of a session's bytes."""
        return Framing(session)


class Framing:
    """Bytes in any pieces to whole messages: `]]>]]>` until the session is at base:1.1, chunks from then on."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._buffer = bytearray()
        self._message: list[bytes] = []
        self._left = 0  # bytes of the chunk that are still to come
        self._searched = 0
        self._size = 0  # of the message under way

    def parse(self, data: bytes) -> None:
        """Take what came; tells the session of each message. Raises NetconfFramingError, UnicodeDecodeError."""
        self._buffer += data
        self._size += len(data)
        if self._size > _MOST_BYTES:
            raise NetconfFramingError(f"it sends more than {_MOST_BYTES >> 20} MiB in one message", b"")
        while self._buffer and (self._chunked() if self._session._base == NetconfBase.BASE_11 else self._ended()):  # noqa: SLF001
            pass

    def _ended(self) -> bool:
        """One message of the old framing; whether there may be more in the buffer."""
        at = self._buffer.find(_END_OF_MESSAGE, self._searched)
        if at < 0:
            self._searched = max(0, len(self._buffer) - len(_END_OF_MESSAGE) + 1)
            return False
        message = bytes(self._buffer[:at])
        del self._buffer[: at + len(_END_OF_MESSAGE)]
        self._searched = 0
        self._tell(message.strip())
        return True

    def _chunked(self) -> bool:
        """One header or a piece of a chunk; whether there may be more in the buffer."""
        if self._left:
            piece = bytes(self._buffer[: self._left])
            del self._buffer[: self._left]
            self._message.append(piece)
            self._left -= len(piece)
            return True
        header = _CHUNK.match(self._buffer)
        if header is None:
            if len(self._buffer) >= _LONGEST_HEADER or not self._buffer.startswith(b"\n#"[: len(self._buffer)]):
                raise NetconfFramingError("a chunk does not begin where one must", bytes(self._buffer[:80]))
            return False
        size = header.group(1)
        del self._buffer[: header.end()]
        if size is not None:
            self._left = int(size)
            return True
        message = b"".join(self._message)
        self._message = []
        self._tell(message)
        return True

    def _tell(self, message: bytes) -> None:
        self._size = len(self._buffer)
        if _DOCTYPE in message:  # RFC 6241, 3: no document type, and so no entities
            raise NetconfFramingError("it sends a document type, which no NETCONF message has", b"")
        self._session._dispatch_message(message.decode())  # noqa: SLF001 - ncclient's way from parser to session
