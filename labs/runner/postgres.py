"""A PostgreSQL server of one's own: on a free port of loopback, its data in a folder, run by a user without rights."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from labs.runner.errors import LabError

USER = "postgres"  # made by Debian's package; initdb refuses root


def programs() -> Path | None:
    """Where initdb and postgres are; Debian keeps them out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    if found:
        return found[-1].parent
    inside = shutil.which("initdb")
    return Path(inside).resolve().parent if inside else None


def why_not() -> str | None:
    """Why no server can be run here, or None."""
    if programs() is None:
        return "PostgreSQL is not installed (apt-get install postgresql)"
    if os.geteuid() == 0 and USER not in {entry.pw_name for entry in pwd.getpwall()}:
        return f"there is no user {USER} to run PostgreSQL as"
    return None


@dataclass
class Server:
    """A running server, with databases for whoever asks."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    databases: int = 0

    @staticmethod
    def make(folder: Path) -> Server:
        """A new cluster. folder: readable by everybody down to it."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        server = Server(folder / "postgres", port)
        server.folder.mkdir()
        if os.geteuid() == 0:
            shutil.chown(server.folder, USER, USER)
        server._run("initdb", "-D", str(server.data), "-A", "trust", "-U", "clearway", "--no-sync", "-E", "UTF8")
        server.start()
        return server

    @property
    def data(self) -> Path:
        """The cluster's files."""
        return self.folder / "data"

    def start(self, *options: str) -> None:
        """Start it, and wait until it answers. After a crash it refuses to while a process of before still ends."""
        deadline = time.monotonic() + 20
        while not self._started(options, deadline):
            if time.monotonic() > deadline:
                raise LabError("PostgreSQL does not start", f"see {self.folder.parent}/postgres.log")
            time.sleep(0.2)

    def _started(self, options: tuple[str, ...], deadline: float) -> bool:
        """Whether it answers before it ends or the deadline is over."""
        words = ["-D", str(self.data), "-p", str(self.port), "-k", str(self.folder), "-h", "127.0.0.1", *options]
        with (self.folder.parent / "postgres.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self._program("postgres")), *words], stdout=log, stderr=log, **self._who()
            )
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self._conninfo("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: end all sessions and stop, as `pg_ctl stop -m fast`; SIGQUIT: as if it crashed."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(20)
        self.process = None

    def database(self) -> str:
        """A new database: its connection string."""
        self.databases += 1
        name = f"clearway{self.databases}"
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._conninfo(name)

    def _conninfo(self, name: str) -> str:
        return f"postgresql://clearway@127.0.0.1:{self.port}/{name}"

    def _program(self, name: str) -> Path:
        found = programs()
        if found is None:
            raise LabError("PostgreSQL is not installed", "apt-get install postgresql")
        return found / name

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run([str(self._program(program)), *words], capture_output=True, check=False, **self._who())
        if done.returncode != 0:
            raise LabError(f"{program} failed: {done.stderr.decode().strip()}", "see whether the folder can be written")

    @staticmethod
    def _who() -> dict[str, Any]:
        """How the programs are started where they must not be root."""
        return {"user": USER, "group": USER, "cwd": "/"} if os.geteuid() == 0 else {}
