"""python -m tests.endtoend.dies WHERE WORDS: the command line, that kills itself (as kill -9 does) on its way.

WHERE is a phase of the journal, once it is on disk; or `flows`, when OLTs and queues are committed and flows are not;
or `confirmed`, when the OLT is confirmed and nothing else.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from controller.cli import main
from controller.journal import Journal
from southbound.netconf.driver import NetconfDriver
from southbound.openflow.driver import OpenFlowDriver


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _at_phase(phase: str) -> None:
    append = Journal._append

    def and_die(self: Journal, token: str, record: Mapping[str, Any]) -> None:
        append(self, token, record)
        if record["phase"] == phase:
            _die()

    Journal._append = and_die  # type: ignore[method-assign]


def _after_confirm() -> None:
    confirm = NetconfDriver.confirm

    def and_die(self: NetconfDriver, token: str) -> None:
        confirm(self, token)
        _die()

    NetconfDriver.confirm = and_die  # type: ignore[method-assign]


if __name__ == "__main__":
    where, *words = sys.argv[1:]
    if where == "flows":
        OpenFlowDriver.commit = _die  # type: ignore[assignment, method-assign]
    elif where == "confirmed":
        _after_confirm()
    else:
        _at_phase(where)
    main.run(words)
