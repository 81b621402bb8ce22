"""The ends between which a study is measured: who holds it, who fetches it and who stores it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, Self

from labs.bench.place import Places, out
from labs.runner.errors import LabError

PACS: Final = "pacs"
PACS_PORT: Final = 8042
FETCHING_ROOM: Final = "diagnosis-room"
STORING_ROOM: Final = "ct-room"
CONNECTIONS: Final = 2  # a workstation takes two series at a time
IMAGES: Final = 1000


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
        return self._carry("fetch", FETCHING_ROOM, ["--check"] if check else [])

    def store(self, *, check: bool) -> Transfer:  # noqa: ARG002 - the PACS answers how many it understood
        """STOW-RS, a series a request."""
        return self._carry("store", STORING_ROOM, ["--study", str(self._study)])

    def _carry(self, what: str, room: str, words: list[str]) -> Transfer:
        to = ["--pacs", f"{self._places.address(PACS)}:{PACS_PORT}", "--connections", str(CONNECTIONS)]
        given = json.dumps(self._about) + "\n"
        found = self._places.result_of("labs.bench.transfer", [what, *to, *words], place=room, given=given)
        return Transfer(
            seconds=found["seconds"],
            first_image_ms=found.get("first_image_ms"),
            turns=len(self._about["series"]) // CONNECTIONS,
        )


def keep_study(folder: Path, instances: Mapping[str, list[bytes]]) -> None:
    """Write each instance as a Part 10 file (PS3.10), for programs that store files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, series in enumerate(instances.values()):
        for index, instance in enumerate(series):
            (folder / f"{number:03}-{index:04}.dcm").write_bytes(instance)
