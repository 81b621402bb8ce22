"""Where the bench's programs run: at a place of a lab that is up, each in its network namespace."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from intents.model.campus import Campus
from labs.runner import packets
from labs.runner.devices import root
from labs.runner.errors import LabError
from labs.runner.workspace import Workspace

TRANSFER_WITHIN_S: Final = 240
_ROUND_TRIP: Final = re.compile(r"= [0-9.]+/([0-9.]+)/")  # min/avg/max


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The places of a running lab. scale: k, by which its rates are divided."""

    workspace: Workspace
    campus: Campus
    scale: int

    def at(self, place: str) -> list[str]:
        """The words that put a command to a place."""
        return ["ip", "netns", "exec", self.netns(place)]

    def netns(self, place: str) -> str:
        """The network namespace of a place."""
        return packets.namespace_of(self.workspace, place)

    def address(self, place: str) -> str:
        """The IPv4 address of a place."""
        return str(self.campus.places[place].address)

    def log(self, name: str) -> Path:
        """What a program says on stderr."""
        return self.workspace.folder / f"bench-{name}.log"

    def round_trip_ms(self, place: str, to: str) -> float:
        """What a packet takes there and back, the mean of five. Raises LabError."""
        words = ["ping", "-n", "-q", "-c", "5", "-i", "0.2", self.address(to)]
        done = subprocess.run([*self.at(place), *words], capture_output=True, text=True, check=False)
        found = _ROUND_TRIP.search(done.stdout)
        if found is None:
            raise LabError(f"{place} does not reach {to}", "are the lab's intents applied?")
        return float(found.group(1))

    def result_of(
        self, module: str, words: Sequence[str], *, place: str, given: str | None = None
    ) -> Mapping[str, Any]:
        """What a program says that carries a study at a place, as JSON. given: its standard input. Raises LabError
        where the study does not get through."""
        try:
            done = subprocess.run(
                [*self.at(place), sys.executable, "-m", module, *words],
                input=given,
                capture_output=True,
                text=True,
                check=False,
                cwd=root(),
                timeout=TRANSFER_WITHIN_S,
            )
        except subprocess.TimeoutExpired:
            raise LabError(f"the study did not get through within {TRANSFER_WITHIN_S} s at {place}") from None
        if done.returncode != 0:
            said = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
            raise LabError(f"the study does not get through at {place}: {said[0]}")
        found: Mapping[str, Any] = json.loads(done.stdout)
        return found

    @contextmanager
    def program(self, name: str, words: Sequence[str], *, place: str | None = None) -> Iterator[subprocess.Popen[str]]:
        """A program of the bench; at a place, or (None) one that enters namespaces itself. Ended in any case."""
        before = self.at(place) if place else []
        with self.log(name).open("w") as log:
            process = subprocess.Popen(
                [*before, sys.executable, "-m", f"labs.bench.{name}", *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=root(),
            )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def out(process: subprocess.Popen[str]) -> IO[str]:
    """What a program prints."""
    if process.stdout is None:
        raise LabError("a program of the bench has no standard output")
    return process.stdout
