"""Real DICOM ends: Orthanc holds the study, DCMTK or a DICOMweb client fetches and stores it."""

from __future__ import annotations

import os
import resource
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

from labs.bench.ends import (
    CONNECTIONS,
    FETCHING_ROOM,
    IMAGES,
    PACS,
    STORING_ROOM,
    Transfer,
    keep_study,
)
from labs.bench.place import Places
from labs.bench.study import make_study
from labs.dicom import Via, dcmtk, orthanc
from labs.dicom.dcmtk import Peer
from labs.runner.errors import LabError

SERIES: Final = 20
MODALITY: Final = "CT"
WORKSTATION: Final = "DIAG"


def why_not() -> str | None:
    """Why they cannot be had here; None: they can."""
    return orthanc.why_not() or dcmtk.why_not()


class DicomEnds:
    """Fetch by WADO-RS, C-GET or C-MOVE; store by STOW-RS (with wado) or C-STORE. nagle: leave the algorithm on at both
    ends' DIMSE connections."""

    def __init__(self, places: Places, via: Via, *, nagle: bool = False) -> None:
        self._places, self._via, self._nagle = places, via, nagle
        self._stack = ExitStack()
        self._folder = places.workspace.folder / "bench-dicom"
        self._study = ""
        self._orthanc = 0  # its process

    def __enter__(self) -> Self:
        shutil.rmtree(self._folder, ignore_errors=True)
        study = make_study(images=IMAGES, series=SERIES, scale=self._places.scale)
        self._study = study.uid
        keep_study(self._folder / "study", study.series)
        self._start()
        if self._via == "wado":
            self._web("store", PACS)
        else:
            self._peer(MODALITY, PACS).store(self._folder / "study")
        self._expect(orthanc.stored(self._address, self._places.at(PACS)), "stored in Orthanc")
        return self

    def _start(self) -> None:
        settings = orthanc.Settings(
            address=self._address,
            folder=self._folder / "orthanc",
            knows={WORKSTATION: (self._places.address(FETCHING_ROOM), orthanc.DIMSE_PORT)},
            nagle=self._nagle,
        )
        self._orthanc = self._stack.enter_context(orthanc.running(settings, self._places.at(PACS))).pid

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _address(self) -> str:
        return self._places.address(PACS)

    def _peer(self, aet: str, place: str) -> Peer:
        return Peer(aet=aet, pacs=self._address, at=self._places.at(place), nagle=self._nagle)

    def fetch(self, *, check: bool) -> Transfer:
        """The study to the room that diagnoses."""
        if self._via == "wado":
            return self._timed(lambda: self._web("fetch", FETCHING_ROOM))
        into = self._folder / "fetched"
        shutil.rmtree(into, ignore_errors=True)
        peer = self._peer(WORKSTATION, FETCHING_ROOM)

        def carry() -> Transfer:
            began = time.monotonic()
            (peer.get if self._via == "cget" else peer.move)(self._study, into)
            # Each object is answered before the next is sent (PS3.7, 9.1.1): one association, no window.
            return Transfer(seconds=round(time.monotonic() - began, 4), turns=IMAGES)

        done = self._timed(carry)
        if check:
            self._expect(sum(1 for _ in into.iterdir()), f"here after {self._via}")
        return done

    def store(self, *, check: bool) -> Transfer:
        """The study from the room that made it; it is there already, and written again."""
        if self._via == "wado":
            return self._timed(lambda: self._web("store", STORING_ROOM))
        peer = self._peer(MODALITY, STORING_ROOM)

        def carry() -> Transfer:
            began = time.monotonic()
            peer.store(self._folder / "study")
            return Transfer(seconds=round(time.monotonic() - began, 4), turns=IMAGES)

        done = self._timed(carry)
        if check:
            self._expect(orthanc.stored(self._address, self._places.at(PACS)), "stored in Orthanc")
        return done

    def _web(self, what: str, place: str) -> Transfer:
        words = ["--root", f"http://{self._address}:{orthanc.HTTP_PORT}/dicom-web", "--study", self._study]
        words += ["--files", str(self._folder / "study"), "--connections", str(CONNECTIONS)]
        found = self._places.result_of("labs.dicom.web", [what, *words], place=place)
        self._expect(found["images"], f"here after {what}")
        turns = -(-found["requests"] // CONNECTIONS)
        return Transfer(seconds=found["seconds"], first_image_ms=found.get("first_image_ms"), turns=turns)

    def _timed(self, carry: Callable[[], Transfer]) -> Transfer:
        """With the processor time of both ends."""
        before = self._worked()
        done = carry()
        return replace(done, ends_s=round(self._worked() - before, 3))

    def _worked(self) -> float:
        """Processor time so far: Orthanc's, and that of all programs that have ended; seconds."""
        fields = Path(f"/proc/{self._orthanc}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return ticks / os.sysconf("SC_CLK_TCK") + ended.ru_utime + ended.ru_stime

    def _expect(self, images: int, where: str) -> None:
        if images != IMAGES:
            raise LabError(f"{images} of {IMAGES} images are {where}")
