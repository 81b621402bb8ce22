"""Restores, and is killed at the n-th statement: python -m tests.backup.killed STATE FILE N."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from controller.backup.restore import restore
from controller.state import sqlite
from controller.state.store import Store


def main(state: str, file: str, last: int) -> None:
    """Prints `done` where it got to the end before."""
    left = last

    def counted(inner: Any) -> Any:
        def call(*arguments: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return inner(*arguments)

        return call

    sqlite._Statements.run = counted(sqlite._Statements.run)  # type: ignore[method-assign]
    sqlite._Statements.run_many = counted(sqlite._Statements.run_many)  # type: ignore[method-assign]
    restore(Store(Path(state)), Path(file), "tester")
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
