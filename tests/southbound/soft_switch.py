"""The labs' soft switch as a process, for tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from labs.olt.control import ask

REPO = Path(__file__).resolve().parents[2]


class SoftSwitch:
    """Start with `with`, or by `dial`. ovsdb: serve OVSDB on a free port. control: where to take orders (`order`)."""

    def __init__(self, datapath_id: int, ports: tuple[int, ...] = (1, 2, 10), *, control: Path | None = None) -> None:
        self._control = control
        self._datapath_id = datapath_id
        self._ports = ports
        self._process: subprocess.Popen[str] | None = None
        self._targets: tuple[tuple[str, int], ...] = (("127.0.0.1", 1),)  # nobody is there
        self.ovsdb = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def dial(self, host: str, port: int) -> None:
        """Start it, pointed at a controller."""
        self.dial_all((host, port))

    def dial_all(self, *addresses: tuple[str, int]) -> None:
        """The same with several."""
        self._targets = addresses
        self.start()

    def order(self, **command: Any) -> dict[str, Any]:
        """A command to its control socket: see labs/softswitch/manners.py."""
        assert self._control is not None
        return ask(self._control, **command)

    def restart_empty(self) -> None:
        """Kill it and start it again."""
        self.stop()
        self.start()

    def start(self) -> None:
        """Start it and wait until it serves OVSDB."""
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "labs.softswitch", "--ovsdb", "127.0.0.1:0"),
                *(word for host, port in self._targets for word in ("--openflow", f"tcp:{host}:{port}")),
                *("--datapath", hex(self._datapath_id)),
                *("--ports", ",".join(map(str, self._ports))),
                *(() if self._control is None else ("--control", str(self._control))),
            ],
            cwd=REPO,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.ovsdb = "tcp:" + self._process.stdout.readline().removeprefix("ovsdb at ").strip()

    def stop(self) -> None:
        """Ask it to end; it does so at once."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        assert process.wait(10) == 0
        if process.stdout is not None:
            process.stdout.close()
