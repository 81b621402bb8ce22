"""A small PACS: WADO-RS retrieve of a series and STOW-RS store (PS3.18 10.4, 10.5) of real DICOM objects.

    python -m labs.bench.pacs --listen 10.20.0.5:8042 --scale 20

Prints one JSON line with the study's UIDs when it is ready. Orthanc stands here in other benches; this one adds the
least of its own to what is measured.
"""

from __future__ import annotations

import argparse
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from labs.bench.multipart import BOUNDARY, multipart, split_multipart
from labs.bench.sockets import tune
from labs.bench.study import Study, make_study


class Pacs(ThreadingHTTPServer):
    """Holds one study to retrieve, and counts what is stored."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], study: Study) -> None:
        super().__init__(address, Handler)
        self.bodies = {uid: multipart(instances) for uid, instances in study.series.items()}
        self.study = study

    def process_request(self, request: Any, client_address: Any) -> None:
        """Tune each connection before it is served."""
        tune(request)
        super().process_request(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """GET .../series/UID, POST /studies."""

    protocol_version = "HTTP/1.1"
    server: Pacs

    def do_GET(self) -> None:
        """Retrieve a series."""
        parts = self.path.strip("/").split("/")
        body = self.server.bodies.get(parts[3]) if len(parts) == 4 and parts[2] == "series" else None
        if body is None or parts[1] != self.server.study.uid:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", f'multipart/related; type="application/dicom"; boundary={BOUNDARY.decode()}')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Store instances; the answer says how many were understood."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        stored = sum(1 for part in split_multipart(body) if part[128:132] == b"DICM")
        answer = json.dumps({"stored": stored}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/dicom+json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing: the bench reads stdout."""


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", required=True)
    parser.add_argument("--scale", type=int, default=20)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--series", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="write the study there, a file a series, for those who store it")
    options = parser.parse_args()
    host, _, port = options.listen.rpartition(":")
    study = make_study(images=options.images, series=options.series, scale=options.scale)
    server = Pacs((host, int(port)), study)
    if options.keep is not None:
        options.keep.mkdir(exist_ok=True)
        for number, body in enumerate(server.bodies.values()):
            (options.keep / f"{number:04}.multipart").write_bytes(body)
    about = {"study": study.uid, "series": list(study.series), "images": study.images, "bytes": study.size_bytes}
    sys.stdout.write(json.dumps(about) + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
