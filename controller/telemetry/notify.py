"""systemd's notification protocol: a datagram of lines to the socket that NOTIFY_SOCKET names, nothing more
(https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html).

READY=1 when calls are taken, WATCHDOG=1 as long as every part moves, STATUS=... for `systemctl status`, STOPPING=1 when
the service begins to drain. Outside of systemd nothing is sent. Where a part has hung WATCHDOG=1 stays away and systemd
starts the service anew.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping
from typing import Final

from controller.telemetry.liveness import Liveness
from controller.telemetry.observer import Judged, Observer, State, state_of
from intents.model.evidence import Verdict

_US_PER_S: Final = 1_000_000


class Notifier(Observer):
    """Notifies from `ready` to `stopping`. environment: of the process."""

    def __init__(self, liveness: Liveness, environment: Mapping[str, str] = os.environ) -> None:
        self._liveness = liveness
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._every_s = _watchdog_s(environment) / 2
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._status = ""

    def ready(self, status: str) -> None:
        """Calls are taken; from now on the watchdog is kept quiet."""
        self._send("READY=1", f"STATUS={_line(status)}")
        if self._address and self._every_s:
            self._thread.start()

    def stopping(self) -> None:
        """The service drains."""
        self._ended.set()
        self._send("STOPPING=1", "STATUS=draining")
        if self._thread.is_alive():
            self._thread.join()

    def judged(self, judged: Judged) -> None:
        """How the network is, when that is news."""
        if judged.verdict is None:
            said = f"the network cannot be judged: {judged.faults[0].message}" if judged.faults else ""
        else:
            said = _said(judged.verdict)
        if said != self._status and not self._ended.is_set():
            self._status = said
            self._send(f"STATUS={_line(said)}")

    def _watch(self) -> None:
        while not self._ended.wait(self._every_s):
            silent = self._liveness.silent()
            if silent:
                self._send(f"STATUS=hung: {', '.join(silent)}")
            else:
                self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
                to.setblocking(False)  # never wait for who watches
                to.sendto("\n".join(lines).encode(), address)
        except OSError:
            return  # systemd is not there, or does not listen: it then judges by itself


def _said(verdict: Verdict) -> str:
    by_state = {s: [i.intent for i in verdict.intents if state_of(i) is s] for s in State}
    parts = [f"{len(by_state[State.HOLDS])} intents hold"]
    for state, words in ((State.BROKEN, "do not"), (State.UNKNOWN, "are not known to")):
        if by_state[state]:
            parts.append(f"{len(by_state[state])} {words}: {', '.join(by_state[state][:3])}")
    return "; ".join(parts)


def _watchdog_s(environment: Mapping[str, str]) -> float:
    """Within how many seconds systemd wants to hear of this process; 0: it does not."""
    pid, us = environment.get("WATCHDOG_PID", ""), environment.get("WATCHDOG_USEC", "")
    meant = not pid or pid == str(os.getpid())
    return int(us) / _US_PER_S if meant and us.isascii() and us.isdigit() else 0.0


def _line(text: str) -> str:
    return " ".join(text.split())[:200]
