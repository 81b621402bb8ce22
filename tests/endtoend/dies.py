"""python -m tests.endtoend.dies WHERE WORDS: the command line, that kills itself (as kill -9 does) on its way.

WHERE is a phase of the journal, once it is on disk; or `round-3`, when two rounds are committed and the third is about
to be; or `flows`, when the first flows are about to be; or `confirmed`, when the OLT is confirmed and nothing else.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from controller.cli import main
from controller.state.journal import Journal, Phase
from southbound.netconf.driver import NetconfDriver
from southbound.openflow.driver import OpenFlowDriver


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _at_phase(phase: str, times: int = 1) -> None:
    """times: when it is reached for the so-manieth time."""
    begin, reach = Journal.begin, Journal.reach
    left = times

    def begin_and_die(self: Journal, token: str, differences: Any, about: Mapping[str, Any]) -> None:
        begin(self, token, differences, about)
        if phase == Phase.PLANNED:
            _die()

    def reach_and_die(self: Journal, token: str, reached: Phase, *rest: Any) -> None:
        nonlocal left
        reach(self, token, reached, *rest)
        left -= reached == phase
        if left == 0:
            _die()

    Journal.begin = begin_and_die  # type: ignore[method-assign]
    Journal.reach = reach_and_die  # type: ignore[method-assign]


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
    elif where.startswith("round-"):
        _at_phase(Phase.COMMIT, int(where.removeprefix("round-")))
    else:
        _at_phase(where)
    main.run(words)
