"""Orthanc as the lab's PACS: DIMSE services (PS3.7) on one port, DICOMweb (PS3.18) by its plugin on another."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from labs.runner.errors import LabError

AET: Final = "PACS"
DIMSE_PORT: Final = 11112  # registered for DICOM beside 104
HTTP_PORT: Final = 8042
MAX_PDU: Final = 131_072
TIMEOUT_S: Final = 300
STARTED_WITHIN_S: Final = 20.0
# In a process of its own, because it is asked in a network namespace.
_ASK: Final = "import sys, urllib.request as r; sys.stdout.buffer.write(r.urlopen(sys.argv[1], timeout=5).read())"
_PLUGINS: Final = (
    Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so"),
    Path("/usr/lib/orthanc/libOrthancDicomWeb.so"),
)


def why_not() -> str | None:
    """Why Orthanc cannot be had here; None: it can."""
    if shutil.which("Orthanc") is None:
        return "Orthanc is not installed (Debian: orthanc)"
    if _plugin() is None:
        return "Orthanc's DICOMweb plugin is not installed (Debian: orthanc-dicomweb)"
    return None


def _plugin() -> Path | None:
    return next((path for path in _PLUGINS if path.exists()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """address: that it listens at. folder: of its own, for index and objects. knows: application entity title to
    (address, port), whom it may be told to send to (C-MOVE). nagle: leave the algorithm on at DIMSE connections, as
    DCMTK does by itself (RFC 896)."""

    address: str
    folder: Path
    knows: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    nagle: bool = False
    dimse_port: int = DIMSE_PORT
    http_port: int = HTTP_PORT

    def as_json(self) -> dict[str, Any]:
        """Orthanc's own configuration."""
        return {
            "Name": AET,
            "StorageDirectory": str(self.folder),
            "IndexDirectory": str(self.folder),
            "HttpPort": self.http_port,
            "HttpThreadsCount": 16,
            "KeepAlive": True,
            "TcpNoDelay": True,
            "RemoteAccessAllowed": True,
            "AuthenticationEnabled": False,
            "OrthancExplorerEnabled": False,
            "DicomAet": AET,
            "DicomPort": self.dimse_port,
            "DicomThreadsCount": 4,
            "DicomCheckCalledAet": True,
            "DicomAlwaysAllowEcho": True,
            "DicomAlwaysAllowStore": True,
            "DicomAlwaysAllowFind": True,
            "DicomAlwaysAllowGet": True,
            "DicomAlwaysAllowMove": True,
            "DicomModalities": {aet.lower(): [aet, address, port] for aet, (address, port) in self.knows.items()},
            "DicomScpTimeout": TIMEOUT_S,
            "DicomScuTimeout": TIMEOUT_S,
            "MaximumPduLength": MAX_PDU,
            "OverwriteInstances": True,
            "StorageAccessOnFind": "Never",
            "SaveJobs": False,
            "Plugins": [str(_plugin())],
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        }


@contextmanager
def running(settings: Settings, at: Sequence[str] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """Orthanc, ready, ended at the end. at: the words that put a command to its place. Raises LabError."""
    reason = why_not()
    if reason is not None:
        raise LabError(reason, "make setup, as root")
    settings.folder.mkdir(parents=True, exist_ok=True)
    file, log = settings.folder / "orthanc.json", settings.folder / "orthanc.log"
    file.write_text(json.dumps(settings.as_json(), indent=1), encoding="utf-8")
    words = [*at, "env", f"TCP_NODELAY={int(not settings.nagle)}", "Orthanc", str(file)]
    with log.open("wb") as out:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    try:
        _wait(process, settings, at, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], settings: Settings, at: Sequence[str], log: Path) -> None:
    url = f"http://{settings.address}:{settings.http_port}/system"
    until = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        if get(url, at) is not None:
            return
        time.sleep(0.2)
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    raise LabError(f"Orthanc does not answer at {settings.address}: {said[0]}", f"its log is {log}")


def get(url: str, at: Sequence[str] = ()) -> Any:
    """What Orthanc's REST interface says, as seen from a place; None where it does not answer."""
    words = [*at, sys.executable, "-c", _ASK, url]
    done = subprocess.run(words, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    try:
        return json.loads(done.stdout) if done.returncode == 0 else None
    except ValueError as error:
        raise LabError(f"{url} answers something else than Orthanc") from error


def stored(address: str, at: Sequence[str] = (), port: int = HTTP_PORT) -> int:
    """How many instances it holds."""
    found = get(f"http://{address}:{port}/statistics", at)
    if found is None:
        raise LabError(f"Orthanc does not answer at {address}")
    return int(found["CountInstances"])
