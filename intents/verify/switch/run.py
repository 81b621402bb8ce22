"""A set of packets on its way through one switch, between two actions."""

from __future__ import annotations

from typing import NamedTuple

from intents.verify.packets.packet import Header
from intents.verify.switch.index import Entry


class Out(NamedTuple):
    """A copy that leaves by a port, as it was when it was sent."""

    port: int
    header: Header
    queue: int | None
    meters: tuple[int, ...]
    learns: tuple[int, ...]
    note: str


class Run(NamedTuple):
    """A packet on its way through one switch. `share`: the part of what entered that takes this way."""

    share: Header
    header: Header
    queue: int | None = None
    meters: tuple[int, ...] = ()
    learns: tuple[int, ...] = ()
    outs: tuple[Out, ...] = ()
    trail: tuple[Entry, ...] = ()
    missed: int | None = None
    now: bool = True
    doubt: str = ""
    dropped: str = ""  # why nothing came of it; what stands after is done, unless it ended
    ended: bool = False
    inside: bool = False  # in a table that was resubmitted to, or in a bucket
    expired: bool = False  # its TTL ran out: what it is inside of ends, and no more
    note: str = ""
    groups: tuple[int, ...] = ()
    ever: bool = False  # asked is what may happen at any time, not what happens now

    @property
    def over(self) -> bool:
        """Whether nothing more is done to it here."""
        return bool(self.doubt) or self.ended or self.expired
