"""The proof on two processors: a second process proves a large network from the other end (intents/verify/beside.py).

Python runs one thread at a time, so it is a process; it is given everything that the proof is about, and knows nothing
else. Where it cannot be started, or ends early, the first prover goes on alone: it is faster with it, and right
without.
"""

from __future__ import annotations

import gc
import io
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Final

from intents.model.evidence import Verdict
from intents.verify import Task, second, verify
from intents.verify.beside import OfAnybody, Own, Piece

LARGE: Final = 10_000  # objects on all devices: some seconds of proof; to begin a second process costs more than one

_ALONE: Final[ContextVar[bool]] = ContextVar("alone", default=False)
PATIENCE_S: Final = 60.0  # for the second process, when the first has done its half


def prove(task: Task, shown: Collection[str] = (), *, large: int = LARGE) -> Verdict:
    """What intents.verify.verify says of the task, sooner where it is large and there is a processor to spare."""
    objects = sum(len(seen.state.objects) for seen in task.operational.devices.values())
    if objects < large or not has_spare():
        return verify(*task, shown=shown)
    with beside(task) as other:
        return verify(*task, shown=shown, beside=other)


@contextmanager
def alone() -> Iterator[None]:
    """Within it no second prover is begun: others have the processors."""
    token = _ALONE.set(True)
    try:
        yield
    finally:
        _ALONE.reset(token)


def has_spare() -> bool:
    """Whether a second prover is worth while: there is a processor for it."""
    return _processors() > 1 and not _ALONE.get()


def _processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def beside(task: Task) -> Iterator[_Other | None]:
    """A second prover at work, None where there can be none. It is ended when the first has done."""
    root = str(Path(__file__).resolve().parents[1])
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))},
        )  # fmt: skip
    except OSError:
        yield None
        return
    other = _Other(process, task)
    try:
        yield other
    finally:
        other.end()


class _Other:
    """See intents.verify.beside.Beside. A thread of its own hears what the process has found."""

    def __init__(self, process: subprocess.Popen[bytes], task: Task) -> None:
        self._process = process
        self._own: dict[str, Own] = {}
        self._anybody: Mapping[str, OfAnybody] | None = None
        self._heard = threading.Event()
        self._thread = threading.Thread(target=self._talk, args=(task,), name="second-prover", daemon=True)
        self._thread.start()

    def own(self, name: str) -> Own | None:
        """See Beside."""
        return self._own.get(name)

    def anybody(self) -> Mapping[str, OfAnybody] | None:
        """See Beside."""
        self._heard.wait(PATIENCE_S)
        return self._anybody

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._thread.join()

    def _talk(self, task: Task) -> None:
        given, told = self._process.stdin, self._process.stdout
        if given is None or told is None:
            raise AssertionError(self._process)
        try:
            with given, told, suppress(OSError, EOFError, pickle.PickleError):
                given.write(_packed(task))
                given.close()
                while True:
                    self._hear(pickle.load(told))  # noqa: S301 - it is our own process that tells
        finally:
            self._heard.set()  # nothing more will be

    def _hear(self, piece: Piece) -> None:
        if piece.own is not None:
            self._own[piece.name] = piece.own
        if piece.anybody is not None:
            self._anybody = piece.anybody
            self._heard.set()


class _Pickler(pickle.Pickler):
    """Also mappings that are not to be changed."""

    def reducer_override(self, value: Any) -> Any:
        """A mapping proxy by what it holds."""
        if isinstance(value, MappingProxyType):
            return read_only, (dict(value),)
        return NotImplemented


def read_only(held: dict[Any, Any]) -> Mapping[Any, Any]:
    """A mapping that is not to be changed."""
    return MappingProxyType(held)


def _packed(task: Task) -> bytes:
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(tuple(task))
    return buffer.getvalue()


def work(given: IO[bytes], told: IO[bytes]) -> None:
    """The second prover: a task comes, what is found of it goes, piece by piece."""
    task = Task(*pickle.load(given))  # noqa: S301 - it is the first prover that gives it
    for piece in second(task):
        pickle.dump(piece, told, pickle.HIGHEST_PROTOCOL)
        told.flush()


if __name__ == "__main__":
    gc.disable()  # it ends soon, and what it makes lives until then
    with suppress(BrokenPipeError):
        work(sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)
