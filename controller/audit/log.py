"""The log as it is written: one record after the other, on the disk before `append` returns.

Any thread and any process may append: a lock on the file orders them, and who comes reads where the other stopped. What
a process was killed in the middle of is found by the next, taken off, and kept in a record that says so. Threads that
write at the same time share one fsync.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from controller.audit import files
from controller.audit.chain import BEFORE_FIRST, Head, NotARecord, read, sealed
from intents.model.diagnostic import ClearwayError, Diagnostic, Position

ROTATE_BYTES: Final = 16 * 2**20
_TORN_KEPT: Final = 4096


class AuditLog:
    """The log in a state folder. rotate_bytes: a file that has grown beyond is closed, and another begun."""

    def __init__(self, state: Path, *, rotate_bytes: int = ROTATE_BYTES) -> None:
        self.folder = state / files.FOLDER
        self.path = self.folder / files.CURRENT
        self._rotate_bytes = rotate_bytes
        self._writing = threading.Lock()
        self._syncing = threading.Lock()
        self._file: IO[bytes] | None = None
        self._head = BEFORE_FIRST
        self._end = -1  # of the file, as far as this process knows
        self._synced = 0

    @property
    def head(self) -> Head:
        """The last record that this object has written or seen."""
        return self._head

    def append(self, kind: str, fields: Mapping[str, Any], *, durable: bool = True) -> Head:
        """Write a record; with `durable` it is on the disk before this returns. Raises ClearwayError where it cannot
        be written: then it is not there."""
        try:
            with self._writing:
                with self._locked() as file:
                    self._catch_up(file)
                    if self._end == 0 and self._head == BEFORE_FIRST:
                        self._write(file, "opened", {"version": 1, "host": os.uname().nodename})
                    self._write(file, kind, fields)
                head = self._head
            if durable:
                self._sync(head.n)
        except OSError as error:
            raise self._error(
                "audit-write",
                f"the audit log cannot be written: {error.strerror}",
                "nothing is changed that cannot be written down: make room on the disk, and the folder writable",
            ) from error
        except files.Damaged as error:
            raise self._error(
                "audit-damaged",
                f"the audit log was altered: {error}",
                "look at it with `clearway audit verify`, keep the folder elsewhere, and move it away: "
                "a new log begins then",
            ) from error
        return head

    def close(self) -> None:
        """Let go of the file."""
        with self._writing, self._syncing:
            if self._file is not None:
                self._file.close()
            self._file = None

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        """The growing file, nobody else's meanwhile."""
        file = self._opened()
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            while os.fstat(file.fileno()).st_nlink == 0 or not self._is_current(file):  # another has closed it
                fcntl.flock(file, fcntl.LOCK_UN)
                self._reopen()
                file = self._opened()
                fcntl.flock(file, fcntl.LOCK_EX)
            if self._end > self._rotate_bytes:
                file = self._rotated(file)
            yield file
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

    def _is_current(self, file: IO[bytes]) -> bool:
        try:
            there = self.path.stat()
        except FileNotFoundError:
            return False
        mine = os.fstat(file.fileno())
        return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            number = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._file = os.fdopen(number, "r+b", buffering=0)
            self._end = -1
            _sync_folder(self.folder)
        return self._file

    def _reopen(self) -> None:
        with self._syncing:
            if self._file is not None:
                self._file.close()
            self._file = None

    def _rotated(self, file: IO[bytes]) -> IO[bytes]:
        """Close the growing file, which is locked, and begin another."""
        self._catch_up(file)
        os.fsync(file.fileno())
        self.path.rename(files.next_closed(self.folder))
        self._reopen()
        fresh = self._opened()
        fcntl.flock(fresh, fcntl.LOCK_EX)  # another process may have written there first: `_catch_up` sees
        return fresh

    def _catch_up(self, file: IO[bytes]) -> None:
        """Know the last record, also where another process wrote it, and mend what one was killed in the middle of."""
        size = os.fstat(file.fileno()).st_size
        if size == self._end:
            return
        self._head, end = files.tail(file, self.folder)
        self._end = end
        if end < size:
            file.seek(end)
            self._mend(file, file.read(size - end))

    def _mend(self, file: IO[bytes], torn: bytes) -> None:
        """A record that only lacks its line feed gets it; anything else is taken off."""
        os.ftruncate(file.fileno(), self._end)
        try:
            whole = read(torn)
        except NotARecord:
            whole = None
        if whole is not None and (whole.n, whole.prev) == (self._head.n + 1, self._head.hash):
            self._put(file, torn + b"\n", whole.head)
        self._write(
            file,
            "tail-mended",
            {
                "bytes": len(torn),
                "sha256": hashlib.sha256(torn).hexdigest(),
                "kept": whole is not None,
                "torn": base64.b64encode(torn[:_TORN_KEPT]).decode(),
            },
        )

    def _write(self, file: IO[bytes], kind: str, fields: Mapping[str, Any]) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line, head = sealed(self._head, time, kind, fields)
        if len(line) > files.MOST_LINE_BYTES:
            raise ValueError(f"a record of {len(line)} bytes")
        self._put(file, line, head)

    def _put(self, file: IO[bytes], line: bytes, head: Head) -> None:
        left = memoryview(line)
        try:
            while left:
                left = left[os.write(file.fileno(), left) :]
        except OSError:
            os.ftruncate(file.fileno(), self._end)
            raise
        self._end += len(line)
        self._head = head

    def _sync(self, n: int) -> None:
        """Have the record with this number on the disk, and those that came meanwhile."""
        with self._syncing:
            if self._synced >= n or self._file is None:  # a file is on the disk before it is closed
                return
            upto = self._head.n
            os.fsync(self._file.fileno())
            self._synced = upto

    def _error(self, code: str, message: str, hint: str) -> ClearwayError:
        return ClearwayError(Diagnostic(code=code, message=message, hint=hint, position=Position(str(self.path))))


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
