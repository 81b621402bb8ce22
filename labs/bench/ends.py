"""The ends between which a study is measured: who holds it, who fetches it and who stores it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, Self

from labs.bench.place import Places, out
from labs.runner.devices import root
from labs.runner.errors import LabError

PACS: Final = "pacs"
PACS_PORT: Final = 8042
FETCHING_ROOM: Final = "diagnosis-room"
STORING_ROOM: Final = "ct-room"
CONNECTIONS: Final = 2  # a workstation takes two series at a time
IMAGES: Final = 1000
TRANSFER_WITHIN_S: Final = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One transfer of the whole study. turns: how often one end waits for the other before it goes on, one after the
    other. ends_s: processor time of both ends."""

    seconds: float
    first_image_ms: float | None = None
    turns: int = 0
    ends_s: float | None = None


class Ends(Protocol):
    """A PACS with a study, and those who talk to it. Use as a context manager: it starts the PACS and ends it."""

    def __enter__(self) -> Self:
        """Raises LabError."""

    def __exit__(self, *_: object) -> None:
        """Nothing is left."""

    def fetch(self, *, check: bool) -> Transfer:
        """The whole study to the room that diagnoses. check: look at what came. Raises LabError."""

    def store(self, *, check: bool) -> Transfer:
        """The whole study from the room that made it. Raises LabError."""


class LightEnds:
    """WADO-RS and STOW-RS between programs of the bench, which add the least of their own to what is measured."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._stack = ExitStack()
        self._about: Mapping[str, Any] = {}
        self._study = places.workspace.folder / "bench-study"

    def __enter__(self) -> Self:
        address = f"{self._places.address(PACS)}:{PACS_PORT}"
        words = ["--listen", address, "--scale", str(self._places.scale), "--images", str(IMAGES)]
        program = self._places.program("pacs", [*words, "--keep", str(self._study)], place=PACS)
        line = out(self._stack.enter_context(program)).readline()
        if not line:
            self._stack.close()
            raise LabError(f"the PACS of the bench did not start: see {self._places.log('pacs')}")
        self._about = json.loads(line)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def fetch(self, *, check: bool) -> Transfer:
        """WADO-RS, a series a request."""
        return transfer(self._places, "fetch", FETCHING_ROOM, self._about, ["--check"] if check else [])

    def store(self, *, check: bool) -> Transfer:  # noqa: ARG002 - the PACS answers how many it understood
        """STOW-RS, a series a request."""
        return transfer(self._places, "store", STORING_ROOM, self._about, ["--study", str(self._study)])


def transfer(
    places: Places, what: str, room: str, about: Mapping[str, Any], words: list[str], port: int = PACS_PORT
) -> Transfer:
    """Run `labs.bench.transfer` in a room. Raises LabError where the study does not get through."""
    to = ["--pacs", f"{places.address(PACS)}:{port}", "--connections", str(CONNECTIONS)]
    try:
        done = subprocess.run(
            [*places.at(room), sys.executable, "-m", "labs.bench.transfer", what, *to, *words],
            input=json.dumps(about) + "\n",
            capture_output=True,
            text=True,
            check=False,
            cwd=root(),
            timeout=TRANSFER_WITHIN_S,
        )
    except subprocess.TimeoutExpired:
        raise LabError(f"the study did not get through within {TRANSFER_WITHIN_S} s from {room}") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise LabError(f"the study does not get through at {room}: {said[0]}")
    found = json.loads(done.stdout)
    return Transfer(
        seconds=found["seconds"],
        first_image_ms=found.get("first_image_ms"),
        turns=len(about["series"]) // CONNECTIONS,
        ends_s=found.get("ends_s"),
    )


def keep_study(folder: Path, instances: Mapping[str, list[bytes]]) -> None:
    """Write each instance as a Part 10 file (PS3.10), for programs that store files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, series in enumerate(instances.values()):
        for index, instance in enumerate(series):
            (folder / f"{number:03}-{index:04}.dcm").write_bytes(instance)
