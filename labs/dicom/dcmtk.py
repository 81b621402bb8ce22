"""DCMTK's programs as modality (C-STORE) and workstation (C-ECHO, C-FIND, C-GET, C-MOVE): PS3.4, annexes A, B and C.

Each is one process with one association: what a modality's own software does. DCMTK leaves Nagle's algorithm on unless
its environment says TCP_NODELAY=1. pynetdicom brings programs of the same names into a virtual environment, so DCMTK's
are looked for where the system has its own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from labs.dicom.orthanc import AET, DIMSE_PORT, MAX_PDU
from labs.runner.errors import LabError

PROGRAMS: Final = ("echoscu", "storescu", "findscu", "getscu", "movescu")
WITHIN_S: Final = 240
_WHERE: Final = "/usr/local/bin:/usr/bin:/bin"
_UID: Final = re.compile(r"\(0020,000d\) UI \[([0-9.]+)")


def why_not() -> str | None:
    """Why DCMTK cannot be had here; None: it can."""
    missing = [name for name in PROGRAMS if _program(name) is None]
    return f"DCMTK is not installed (Debian: dcmtk): no {', '.join(missing)}" if missing else None


def _program(name: str) -> str | None:
    return shutil.which(name, path=_WHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One who speaks DICOM to a PACS. aet: its title. at: the words that put a command to its place. port: at which it
    takes what the PACS sends (C-MOVE)."""

    aet: str
    pacs: str
    at: Sequence[str] = ()
    pacs_port: int = DIMSE_PORT
    port: int = DIMSE_PORT
    nagle: bool = False

    def echo(self) -> None:
        """C-ECHO. Raises LabError where the PACS does not answer."""
        self._run("echoscu", [], [])

    def store(self, folder: Path) -> None:
        """C-STORE of every object in a folder, over one association."""
        self._run("storescu", ["-pdu", str(MAX_PDU), "+sd"], [str(folder)])

    def find(self, patient: str) -> list[str]:
        """C-FIND at study level: the UIDs of a patient's studies."""
        keys = [*_keys("STUDY"), "-k", f"0010,0020={patient}", "-k", "0020,000D"]
        # The answers are told on stderr, each attribute on a line.
        said = self._run("findscu", ["-v", "-S", *keys], [])
        return sorted(set(_UID.findall(said)))

    def get(self, study: str, into: Path) -> None:
        """C-GET of a study into a folder: the objects come by the association that asked."""
        self._run("getscu", ["-pdu", str(MAX_PDU), *self._asked(study, into)], [])

    def move(self, study: str, into: Path) -> None:
        """C-MOVE of a study to oneself: the PACS opens an association of its own to this peer."""
        # A room has no name server, and each look-up for the PACS's name would be waited for.
        words = [
            "--disable-host-lookup",
            "-pdu",
            str(MAX_PDU),
            "-aem",
            self.aet,
            "+P",
            str(self.port),
            *self._asked(study, into),
        ]
        self._run("movescu", words, [])

    def _asked(self, study: str, into: Path) -> list[str]:
        into.mkdir(parents=True, exist_ok=True)
        return ["-S", *_keys("STUDY"), "-k", f"0020,000D={study}", "-od", str(into)]

    def _run(self, program: str, options: Sequence[str], operands: Sequence[str]) -> str:
        reason = why_not()
        if reason is not None:
            raise LabError(reason, "make setup, as root")
        words = [
            *self.at,
            "env",
            f"TCP_NODELAY={int(not self.nagle)}",
            str(_program(program)),
            "-aet",
            self.aet,
            "-aec",
            AET,
        ]
        words += [*options, self.pacs, str(self.pacs_port), *operands]
        try:
            done = subprocess.run(
                words, capture_output=True, text=True, check=False, timeout=WITHIN_S, stdin=subprocess.DEVNULL
            )
        except subprocess.TimeoutExpired:
            raise LabError(f"{program} of {self.aet} does not end within {WITHIN_S} s") from None
        said = done.stdout + done.stderr
        wrong = [line[3:] for line in said.splitlines() if line[:3] in {"E: ", "F: "}]
        if done.returncode != 0 or wrong:
            raise LabError(f"{program} of {self.aet}: {wrong[0] if wrong else f'ended with {done.returncode}'}")
        return said


def _keys(level: str) -> list[str]:
    return ["-k", f"0008,0052={level}"]
