"""Real DICOM between two places of a deployed topology, in the nodes themselves, with the PACS that stands there.

    python -m labs.containers.carry store 10.20.0.5:8042 --images 1000 --scale 20     # STOW-RS, at the CT room
    python -m labs.containers.carry fetch 10.20.0.5:8042 --images 1000 --scale 20     # WADO-RS, at the diagnosis room
    python -m labs.containers.carry refused 10.20.0.5:8042                            # at a place that may not

Prints JSON: images, bytes, seconds. Paths are those of PS3.18 10.4 and 10.5 below /dicom-web.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import socket
import sys
import time
from email.message import Message
from typing import Any, Final

from labs.bench.multipart import BOUNDARY, multipart
from labs.bench.study import Study, make_study

SERIES: Final = 20
_ROOT: Final = "/dicom-web"
_KIND: Final = 'multipart/related; type="application/dicom"'
_ANSWERS_WITHIN_S: Final = 120.0
_REFUSED_AFTER_S: Final = 3.0


def store(pacs: tuple[str, int], study: Study) -> dict[str, Any]:
    """Store a study, a request a series. Raises OSError, ValueError where the PACS takes less than all."""
    connection = http.client.HTTPConnection(*pacs, timeout=_ANSWERS_WITHIN_S)
    started = time.monotonic()
    sent = 0
    for instances in study.series.values():
        body = multipart(instances)
        kind = f"{_KIND}; boundary={BOUNDARY.decode()}"
        headers = {"Content-Type": kind, "Accept": "application/dicom+json"}
        connection.request("POST", f"{_ROOT}/studies", body, headers)
        answer = json.loads(_read(connection))
        taken = len(answer.get("00081199", {}).get("Value", []))  # Referenced SOP Sequence
        if taken != len(instances):
            raise ValueError(f"the PACS took {taken} of {len(instances)} images of a series")
        sent += len(body)
    return {"images": study.images, "bytes": sent, "seconds": round(time.monotonic() - started, 3)}


def fetch(pacs: tuple[str, int], study: Study) -> dict[str, Any]:
    """Fetch the same study, and hold every image against the one that was stored. Raises OSError, ValueError."""
    import pydicom  # noqa: PLC0415 - takes a second, before the clock starts

    connection = http.client.HTTPConnection(*pacs, timeout=_ANSWERS_WITHIN_S)
    started = time.monotonic()
    answers = []
    for series in study.series:
        connection.request("GET", f"{_ROOT}/studies/{study.uid}/series/{series}", headers={"Accept": _KIND})
        answers.append(_parts(connection))
    seconds = time.monotonic() - started
    parts = [part for answer in answers for part in answer]
    pixels = {i.SOPInstanceUID: i.PixelData for i in (pydicom.dcmread(io.BytesIO(p)) for p in parts)}
    ours = {i.SOPInstanceUID: i.PixelData for i in map(_image, _instances(study))}
    if pixels != ours:
        raise ValueError(f"{len(pixels)} images came, and {len(ours)} others were stored")
    return {"images": len(pixels), "bytes": sum(map(len, parts)), "seconds": round(seconds, 3)}


def refused(pacs: tuple[str, int]) -> dict[str, Any]:
    """That no connection is to be had. Raises ValueError where one is."""
    try:
        socket.create_connection(pacs, timeout=_REFUSED_AFTER_S).close()
    except OSError as error:
        return {"refused": str(error)}
    raise ValueError("the PACS can be reached from here, and must not")


def _instances(study: Study) -> list[bytes]:
    return [instance for instances in study.series.values() for instance in instances]


def _image(raw: bytes) -> Any:
    import pydicom  # noqa: PLC0415 - see fetch

    return pydicom.dcmread(io.BytesIO(raw))


def _read(connection: http.client.HTTPConnection) -> bytes:
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != http.client.OK:
        raise ValueError(f"the PACS says {answer.status}: {body[:200].decode(errors='replace')}")
    return body


def _parts(connection: http.client.HTTPConnection) -> list[bytes]:
    """The parts of a multipart answer, whatever its boundary."""
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != http.client.OK:
        raise ValueError(f"the PACS says {answer.status}: {body[:200].decode(errors='replace')}")
    message = Message()
    message["Content-Type"] = answer.headers["Content-Type"]
    boundary = b"--" + str(message.get_param("boundary")).encode()
    pieces = body.split(boundary)[1:-1]
    return [piece.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for piece in pieces]


def main() -> None:
    """Do one thing and print its figures; exit with a sentence where it cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["store", "fetch", "refused"])
    parser.add_argument("pacs", metavar="ADDRESS:PORT")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--scale", type=int, default=20)
    options = parser.parse_args()
    host, _, port = options.pacs.rpartition(":")
    pacs = (host, int(port))
    try:
        if options.what == "refused":
            found = refused(pacs)
        else:
            study = make_study(images=options.images, series=min(SERIES, options.images), scale=options.scale)
            found = (store if options.what == "store" else fetch)(pacs, study)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise SystemExit(f"{options.what}: {error}") from None
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
