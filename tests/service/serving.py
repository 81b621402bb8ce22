"""`clearway serve` as a process, and a client of it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc

from controller._pb.clearway.intents.v1 import intents_pb2_grpc
from tests.conftest import PATIENCE_S
from tests.endtoend.site import Site, eventually, free_ports


@dataclass
class Served:
    """A running service. log: what it prints."""

    process: subprocess.Popen[str]
    channel: grpc.Channel
    log: Path
    address: str = ""

    @property
    def intents(self) -> intents_pb2_grpc.IntentServiceStub:
        return intents_pb2_grpc.IntentServiceStub(self.channel)

    @property
    def said(self) -> str:
        return self.log.read_text()


@contextmanager
def served(site: Site, folder: Path, *words: str, port: int = 0) -> Iterator[Served]:
    """The service, ready; ended at the end."""
    port = port or free_ports(1)[0]
    log = folder / f"serve-{port}.log"
    with log.open("w") as file:
        process = site.start("serve", *words, "--listen", f"127.0.0.1:{port}", output=file)
    try:
        assert eventually(lambda: "serving intents on" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Served(process, channel, log, f"127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
