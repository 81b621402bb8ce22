"""The Docker engine: the one that runs, or one of our own for as long as it is needed.

Our own leaves no trace on the machine's network: no bridge, no packet filter, no forwarding; a lab's management
network reaches this machine and nothing else. Where this machine itself lacks a capability (a container that others
made, a small virtual machine), a privileged container must not ask for it: runc is called through a script that strikes
it out.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final, Self

from labs.containers.commands import cache, run
from labs.runner.errors import LabError
from labs.runner.processes import alive, start_time

RUN: Final = Path("/run/clearway-lab-docker")
_READY_S: Final = 60.0
_STOP_S: Final = 30.0
_CAPABILITIES: Final = {24: "CAP_SYS_RESOURCE", 17: "CAP_SYS_RAWIO", 16: "CAP_SYS_MODULE", 22: "CAP_SYS_BOOT"}
# An engine of ours touches nothing but its own folders.
_QUIET: Final = ("--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false")
_WRAPPER: Final = """\
#!/bin/sh
previous=
for word in "$@"; do
  case $previous in
    --bundle) spec=$word/config.json ;;
    --process) spec=$word ;;
    *) spec= ;;
  esac
  [ -z "$spec" ] || sed -i '{strike}' "$spec"
  previous=$word
done
exec runc "$@"
"""


class Engine:
    """A Docker engine that answers. socket: None for the one that docker finds by itself."""

    def __init__(self, socket: Path | None) -> None:
        self.socket = socket

    @property
    def environment(self) -> dict[str, str]:
        """What docker and containerlab need to find it."""
        found = {"DOCKER_BUILDKIT": "0"}
        return found if self.socket is None else {**found, "DOCKER_HOST": f"unix://{self.socket}"}

    def docker(self, *words: str, text: str | None = None, within_s: float | None = None) -> str:
        """What `docker` prints. Raises LabError."""
        return run(["docker", *words], environment=self.environment, text=text, within_s=within_s)

    @property
    def answers(self) -> bool:
        """Whether it is there."""
        with contextlib.suppress(LabError):
            self.docker("info", within_s=_READY_S)
            return True
        return False


class Dockerd:
    """Our own daemon, for as long as it is entered or until `stop`, also one that an earlier run left."""

    def __init__(self, folder: Path = RUN) -> None:
        self.folder = folder
        self.engine = Engine(folder / "docker.sock")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def runs(self) -> bool:
        """Whether it was started and not stopped."""
        return self._pid() is not None

    def start(self) -> None:
        """Start it unless it runs. Raises LabError."""
        if self.runs and self.engine.answers:
            return
        self.stop()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        words = ["dockerd", *_QUIET, f"--data-root={cache() / 'docker'}", f"--exec-root={self.folder / 'exec'}"]
        words += [f"--pidfile={self.folder / 'docker.pid'}", f"--host=unix://{self.engine.socket}", *self._runtime()]
        with (self.folder / "dockerd.log").open("ab") as log:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=_environment()
            )
        (self.folder / "started").write_text(f"{process.pid} {start_time(process.pid)}", encoding="utf-8")
        deadline = time.monotonic() + _READY_S
        while not self.engine.answers:
            if process.poll() is not None or time.monotonic() > deadline:
                said = (self.folder / "dockerd.log").read_text(errors="replace").strip().splitlines()[-3:]
                self.stop()
                raise LabError("the Docker engine does not start: " + "\n".join(said))
            time.sleep(0.2)

    def stop(self) -> None:
        """End it, and with it what it runs."""
        pid = self._pid()
        for number, within_s in ((signal.SIGTERM, _STOP_S), (signal.SIGKILL, _STOP_S)):
            if pid is None or not alive(pid):
                break
            os.kill(pid, number)
            deadline = time.monotonic() + within_s
            while alive(pid) and time.monotonic() < deadline:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
                time.sleep(0.05)
        if self.folder.exists():
            for line in reversed(Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()):
                mounted = line.split()[1]
                if mounted.startswith(f"{self.folder}/"):
                    subprocess.run(["umount", "-l", mounted], check=False, capture_output=True)
            shutil.rmtree(self.folder, ignore_errors=True)

    def _pid(self) -> int | None:
        """Its process, if that is still the one started."""
        try:
            pid, started = (self.folder / "started").read_text(encoding="utf-8").split(maxsplit=1)
        except (OSError, ValueError):
            return None
        return int(pid) if str(start_time(int(pid))) == started else None

    def _runtime(self) -> list[str]:
        """Call runc as it is, or through a script that strikes out what this machine does not have itself."""
        lacking = _lacking()
        if not lacking:
            return []
        wrapper = self.folder / "runc-within"
        strike = "; ".join(f's/"{name}",//g; s/,"{name}"//g' for name in lacking)
        wrapper.write_text(_WRAPPER.replace("{strike}", strike), encoding="utf-8")
        wrapper.chmod(0o700)
        return ["--add-runtime", f"within={wrapper}", "--default-runtime", "within"]


def _lacking() -> list[str]:
    """Capabilities that no process here may have."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("CapBnd:"):
            bounds = int(line.split()[1], 16)
            return [name for bit, name in sorted(_CAPABILITIES.items()) if not bounds >> bit & 1]
    return []


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}


def why_not() -> str | None:
    """Why no engine can be had here, or None."""
    if shutil.which("docker") is None:
        return "docker is not installed"
    if Engine(None).answers:
        return None
    if os.geteuid() != 0:
        return "no Docker engine answers, and only root can start one"
    if shutil.which("dockerd", path=_environment()["PATH"]) is None:
        return "no Docker engine answers, and dockerd is not installed"
    return None
