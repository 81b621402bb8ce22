"""A stretch of cable that only the kernel touches, where traffic is shaped each way.

    near ==veth== b -- redirect --> c ==veth== far      HTB on c: near to far ("down")
                  b <-- redirect -- c                   HTB on b: far to near ("up")

Open vSwitch sits at `near` and `far`. b and c live in a namespace of their own: a packet that crosses into it no longer
counts against the socket of Open vSwitch, so a full queue here holds up nobody else (labs/notes/0001, 1 and 4).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from labs.net.command import batch
from labs.net.netns import add_netns
from labs.net.record import Record
from labs.net.steering import steer_away

DOWN: Final = "c"
UP: Final = "b"
_TAGS_BYTES: Final = 8
_EVERYTHING: Final = "protocol all prio 1 u32 match u32 0 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """near, far: interfaces in the switches' namespace. netns: where the shaped interfaces `b` and `c` are."""

    near: str
    far: str
    netns: str


def add_stretch(record: Record, label: str, mtu: int, switches: str | None) -> Stretch:
    """Make a stretch that carries frames of `mtu` and two tags, as yet unshaped. label: at most 13 characters;
    switches: the namespace of Open vSwitch, None for this process's own. Raises LabError."""
    stretch = Stretch(near=f"{label}.a", far=f"{label}.d", netns=record.names.netns(f"stretch-{label}"))
    record.note("netns", name=stretch.netns)
    ends = f"mtu {mtu + _TAGS_BYTES} numtxqueues 1 numrxqueues 1"
    add_netns(stretch.netns)
    batch(
        "ip",
        [
            f"link add name {inside} {ends} type veth peer name {outside} netns {switches or os.getpid()} {ends}"
            for outside, inside in ((stretch.near, UP), (stretch.far, DOWN))
        ],
        netns=stretch.netns,
    )
    batch("ip", [f"link set dev {outside} up" for outside in (stretch.near, stretch.far)], netns=switches)
    batch("ip", [f"link set dev {inside} up" for inside in (UP, DOWN)], netns=stretch.netns)
    join(UP, DOWN, stretch.netns)
    if switches is not None:
        steer_away([stretch.netns])
    return stretch


def join(one: str, other: str, netns: str | None) -> None:
    """What comes in at one interface goes out at the other, both ways, without a look. Raises LabError."""
    lines = []
    for into, out in ((one, other), (other, one)):
        lines += [
            f"qdisc add dev {into} ingress",
            f"filter add dev {into} parent ffff: {_EVERYTHING} action mirred egress redirect dev {out}",
        ]
    batch("tc", lines, netns=netns)
