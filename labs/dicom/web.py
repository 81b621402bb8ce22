"""A workstation that fetches a study from a PACS's DICOMweb (WADO-RS, PS3.18 10.4), or a modality that stores one there
(STOW-RS, 10.5): whatever the PACS does with its connections.

    python -m labs.dicom.web fetch --root http://10.20.0.5:8042/dicom-web --study 1.2.3 --connections 2
    python -m labs.dicom.web store --root http://10.20.0.5:8042/dicom-web --files DIR --connections 2

Prints JSON: seconds (of fetch: after the list of series is there), first_image_ms, images, bytes, requests.
"""

from __future__ import annotations

import argparse
import http.client
import json
import queue
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from labs.bench.multipart import BOUNDARY, multipart

PER_REQUEST: Final = 50  # instances of one STOW-RS request: a series
_CHUNK: Final = 1 << 18
_MARK: Final = b"DICM"
_DATASETS: Final = {"Accept": 'multipart/related; type="application/dicom"'}
_STORE: Final = {
    "Content-Type": f'multipart/related; type="application/dicom"; boundary={BOUNDARY.decode()}',
    "Accept": "application/dicom+json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(slots=True)
class _Run:
    """What the connections of one transfer share."""

    host: str
    work: queue.Queue[_Ask]
    began: float = field(default_factory=time.monotonic)
    bodies: list[bytes] = field(default_factory=list)
    first_s: float | None = None
    fault: str = ""


def fetch(root: str, study: str, connections: int) -> dict[str, Any]:
    """Every series of a study, one request each."""
    parts = urlsplit(root)
    series = [s["0020000E"]["Value"][0] for s in json.loads(_one(parts.netloc, f"{parts.path}/studies/{study}/series"))]
    asks = [_Ask(method="GET", path=f"{parts.path}/studies/{study}/series/{uid}", headers=_DATASETS) for uid in series]
    run, seconds = _carry(parts.netloc, asks, connections)
    return {
        "seconds": round(seconds, 4),
        "first_image_ms": round((run.first_s or 0) * 1000, 1),
        "images": sum(body.count(b"\0" * 128 + _MARK) for body in run.bodies),
        "bytes": sum(map(len, run.bodies)),
        "requests": len(asks),
    }


def store(root: str, files: Path, connections: int, per_request: int = PER_REQUEST) -> dict[str, Any]:
    """Every object of a folder, so many a request."""
    parts = urlsplit(root)
    objects = [path.read_bytes() for path in sorted(files.glob("*.dcm"))]
    asks = [
        _Ask(method="POST", path=f"{parts.path}/studies", headers=_STORE, body=multipart(objects[n : n + per_request]))
        for n in range(0, len(objects), per_request)
    ]
    run, seconds = _carry(parts.netloc, asks, connections)
    stored = sum(len(json.loads(body)["00081199"]["Value"]) for body in run.bodies)
    return {"seconds": round(seconds, 4), "images": stored, "bytes": sum(map(len, objects)), "requests": len(asks)}


def _one(host: str, path: str) -> bytes:
    connection = http.client.HTTPConnection(host, timeout=300)
    try:
        connection.request("GET", path, headers={"Accept": "application/dicom+json"})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise SystemExit(f"{host} answers {answer.status} to {path}")
    return body


def _carry(host: str, asks: list[_Ask], connections: int) -> tuple[_Run, float]:
    run = _Run(host, queue.Queue())
    for ask in asks:
        run.work.put(ask)
    threads = [threading.Thread(target=_connection, args=(run,)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - run.began
    if run.fault:
        raise SystemExit(run.fault)
    return run, seconds


def _connection(run: _Run) -> None:
    connection = http.client.HTTPConnection(run.host, timeout=300)
    try:
        for ask in _until_empty(run.work):
            connection.request(ask.method, ask.path, ask.body or None, dict(ask.headers))
            answer = connection.getresponse()
            body = bytearray()
            while chunk := answer.read1(_CHUNK):
                body += chunk
                if run.first_s is None and body.count(_MARK) > 1:  # the second has begun: the first is whole
                    run.first_s = time.monotonic() - run.began
            answer.read()  # read1 ends at the length given, and leaves the answer open
            if answer.status != http.client.OK:
                raise OSError(f"{run.host} answers {answer.status} to {ask.method} {ask.path}")
            run.bodies.append(bytes(body))
    except (OSError, http.client.HTTPException) as error:
        run.fault = str(error) or type(error).__name__
    finally:
        connection.close()


def _until_empty(work: queue.Queue[_Ask]) -> Iterator[_Ask]:
    while True:
        try:
            yield work.get_nowait()
        except queue.Empty:
            return


def main() -> None:
    """Run one transfer and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["fetch", "store"])
    parser.add_argument("--root", required=True)
    parser.add_argument("--study", default="")
    parser.add_argument("--files", type=Path, default=Path())
    parser.add_argument("--connections", type=int, default=2)
    options = parser.parse_args()
    if options.what == "fetch":
        result = fetch(options.root, options.study, options.connections)
    else:
        result = store(options.root, options.files, options.connections)
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
