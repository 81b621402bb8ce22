"""A workstation that fetches a study by WADO-RS, or a modality that stores one by STOW-RS, over parallel connections.

    python -m labs.bench.transfer fetch --pacs 10.20.0.5:8042 --connections 4 < about.json
    python -m labs.bench.transfer store --pacs 10.20.0.5:8042 --connections 4 --study DIR < about.json

Prints JSON: seconds, first_image_ms, images, bytes. With --check each image is parsed as DICOM after the clock has
stopped.
"""

from __future__ import annotations

import argparse
import io
import json
import queue
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labs.bench.multipart import BOUNDARY, split_multipart
from labs.bench.sockets import tune

_CHUNK = 1 << 18


class TransferError(Exception):
    """The transfer did not do what it was to measure."""


@dataclass
class _Run:
    """What the connections of one transfer share."""

    work: queue.Queue[tuple[str, bytes]]
    bodies: list[bytes] = field(default_factory=list)
    first_s: float | None = None
    faults: list[Exception] = field(default_factory=list)


def fetch(
    pacs: tuple[str, int], study: str, series: list[str], connections: int, image_bytes: int, *, check: bool
) -> dict[str, Any]:
    """Fetch every series; seconds from the first SYN to the last byte. check: parse each image as DICOM afterwards."""
    run = _Run(queue.Queue())
    for uid in series:
        run.work.put((f"GET /studies/{study}/series/{uid} HTTP/1.1\r\nHost: pacs\r\n\r\n", b""))
    seconds = _parallel(run, pacs, connections, image_bytes)
    parts = [part for body in run.bodies for part in split_multipart(body) if part[128:132] == b"DICM"]
    if check:
        import pydicom  # noqa: PLC0415 - takes a second to import while the network is under load

        images = [pydicom.dcmread(io.BytesIO(part), specific_tags=["SOPInstanceUID"]) for part in parts]
        parts = list({str(i.SOPInstanceUID).encode() for i in images})
    return {
        "seconds": round(seconds, 4),
        "first_image_ms": round((run.first_s or 0) * 1000, 1),
        "images": len(parts),
        "bytes": sum(len(b) for b in run.bodies),
    }


def store(pacs: tuple[str, int], bodies: list[bytes], connections: int) -> dict[str, Any]:
    """Store every body; seconds from the first SYN to the last answer."""
    run = _Run(queue.Queue())
    kind = f'multipart/related; type="application/dicom"; boundary={BOUNDARY.decode()}'
    for body in bodies:
        head = f"POST /studies HTTP/1.1\r\nHost: pacs\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        run.work.put((head, body))
    seconds = _parallel(run, pacs, connections, 0)
    stored = sum(json.loads(b)["stored"] for b in run.bodies)
    return {"seconds": round(seconds, 4), "images": stored, "bytes": sum(len(b) for b in bodies)}


def _parallel(run: _Run, pacs: tuple[str, int], connections: int, image_bytes: int) -> float:
    threads = [
        threading.Thread(target=_connection, args=(run, pacs, image_bytes, time.monotonic()))
        for _ in range(connections)
    ]
    started = time.monotonic()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    seconds = time.monotonic() - started
    if run.faults:
        raise TransferError(str(run.faults[0])) from run.faults[0]
    return seconds


def _connection(run: _Run, pacs: tuple[str, int], image_bytes: int, started: float) -> None:
    try:
        with socket.socket() as sock:
            tune(sock)
            sock.settimeout(300)
            sock.connect(pacs)
            while True:
                try:
                    head, body = run.work.get_nowait()
                except queue.Empty:
                    return
                sock.sendall(head.encode())
                if body:
                    sock.sendall(body)
                run.bodies.append(_answer(run, sock, image_bytes, started))
    except (OSError, ValueError) as error:
        run.faults.append(error)


def _answer(run: _Run, sock: socket.socket, image_bytes: int, started: float) -> bytes:
    """One HTTP answer with Content-Length."""
    data = bytearray()
    while b"\r\n\r\n" not in data:
        chunk = sock.recv(_CHUNK)
        if not chunk:
            raise ValueError("the PACS closed the connection")
        data += chunk
    end = data.index(b"\r\n\r\n") + 4
    head = bytes(data[:end]).decode("latin-1").lower()
    if " 200 " not in head.split("\r\n", 1)[0] + " ":
        raise ValueError(head.split("\r\n", 1)[0])
    length = int(head.split("content-length:")[1].split("\r\n", 1)[0])
    body = bytearray(length)
    view = memoryview(body)
    have = len(data) - end
    view[:have] = data[end:]
    while have < length:
        count = sock.recv_into(view[have:], min(_CHUNK, length - have))
        if count == 0:
            raise ValueError("the PACS closed the connection in the middle of an answer")
        have += count
        if image_bytes and run.first_s is None and have >= image_bytes:
            run.first_s = time.monotonic() - started
    return bytes(body)


def main() -> None:
    """Run one transfer and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["fetch", "store"])
    parser.add_argument("--pacs", required=True)
    parser.add_argument("--check", action="store_true", help="parse each image as DICOM after the clock has stopped")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--study", type=Path, help="what the PACS kept: a multipart body a series")
    options = parser.parse_args()
    host, _, port = options.pacs.rpartition(":")
    about = json.loads(sys.stdin.readline())
    if options.what == "fetch":
        size = about["bytes"] // about["images"]
        result = fetch(
            (host, int(port)), about["study"], about["series"], options.connections, size, check=options.check
        )
    else:
        bodies = [path.read_bytes() for path in sorted(options.study.glob("*.multipart"))]
        result = store((host, int(port)), bodies, options.connections)
    if result["images"] != about["images"]:
        raise SystemExit(f"{result['images']} of {about['images']} images arrived")
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
