"""What an OLT in tests does with a commit, plugged in where its dataplane is (see labs/olt/hook.py)."""

from __future__ import annotations

import time

from labs.olt.commit import Committer, Request
from labs.olt.config import OltConfig
from labs.olt.hook import Dataplane, DataplaneError, NullDataplane


def liar() -> Dataplane:
    """Answers ok to every commit and does nothing."""

    async def commit(_self: Committer, _request: Request) -> None:
        """Nothing."""

    Committer.commit = commit  # type: ignore[assignment, method-assign]
    return NullDataplane()


class _Full(NullDataplane):
    def apply(self, config: OltConfig) -> None:
        if config.tconts and self.running != config:
            if self.running is not None:
                raise DataplaneError("no hardware resources left")
            self.running = config

    running: OltConfig | None = None


def full() -> Dataplane:
    """Keeps what it came up with and refuses any commit that changes it."""
    return _Full()


class _Slow(NullDataplane):
    def apply(self, config: OltConfig) -> None:
        time.sleep(1.5)


def slow() -> Dataplane:
    """Takes its time with every commit, so that something can happen meanwhile."""
    return _Slow()
