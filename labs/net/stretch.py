"""A fibre: two virtual cables a-b and c-d joined in the kernel, shaped both ways by HTB between them.

Open vSwitch holds `a` and `d`; what it sends into `a` leaves by `c`'s queues and arrives at `d`, and back by `b`'s. An
Open vSwitch port itself cannot be shaped: all classes would share its socket's buffer (labs/notes/0001).
One BPF program takes the class from the frame's outer tag, so that filters never change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from labs.net.hosts import MTU
from labs.net.run import attempt, run

QUEUE_PACKETS: Final = 200
_TAGS: Final = 8  # two 802.1Q tags beyond the hosts' MTU
# Class 1:(tag control information without the "tag present" bit); the root class number 0x10000 | TCI.
_CLASSIFY: Final = "4,32 0 0 4294963244,84 0 0 {mask},68 0 0 65536,22 0 0 0"
MASK_VID_PCP: Final = 61439
_ROOT: Final = 0xFFFE
_NOTHING: Final = 0xFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A queue: frames whose outer tag has this VID and PCP. Rates in bit/s; prio 0 is served first."""

    vid: int
    pcps: tuple[int, ...]
    rate_bps: int
    ceil_bps: int
    prio: int
    quantum: int = 3000
    burst_bytes: int = 18000


class Stretch:
    """Device names begin with `name` (at most 13 characters) and end with a, b, c, d."""

    def __init__(self, name: str) -> None:
        self.near, self.far = f"{name}a", f"{name}d"
        self._down, self._up = f"{name}c", f"{name}b"
        self._made: dict[str, tuple[int, tuple[Leaf, ...]]] = {}

    def make(self) -> None:
        """Lay the cables and join them."""
        mtu = ["mtu", str(MTU + _TAGS), "numtxqueues", "1", "numrxqueues", "1"]
        for one, other in ((self.near, self._up), (self._down, self.far)):
            run(["ip", "link", "add", one, *mtu, "type", "veth", "peer", "name", other, *mtu])
            for device in (one, other):
                run(["ip", "link", "set", device, "up", "txqueuelen", "10000"])
        for here, there in ((self._up, self._down), (self._down, self._up)):
            run(["tc", "qdisc", "add", "dev", here, "ingress"])
            redirect = ["u32", "match", "u32", "0", "0", "action", "mirred", "egress", "redirect", "dev", there]
            run(["tc", "filter", "add", "dev", here, "parent", "ffff:", "protocol", "all", "prio", "1", *redirect])

    def shape_down(self, capacity_bps: int, leaves: Sequence[Leaf]) -> None:
        """From near to far: the PON's downstream."""
        self._shape(self._down, capacity_bps, tuple(leaves))

    def shape_up(self, capacity_bps: int, leaves: Sequence[Leaf]) -> None:
        """From far to near: the PON's upstream."""
        self._shape(self._up, capacity_bps, tuple(leaves))

    def _shape(self, device: str, capacity_bps: int, leaves: tuple[Leaf, ...]) -> None:
        """Replace the queues when they change. Frames of no leaf are dropped."""
        if self._made.get(device) == (capacity_bps, leaves):
            return
        attempt(["tc", "qdisc", "del", "dev", device, "root"])
        run(["tc", "-batch", "-"], stdin="\n".join(_commands(device, capacity_bps, leaves)) + "\n")
        self._made[device] = (capacity_bps, leaves)


def _commands(device: str, capacity_bps: int, leaves: tuple[Leaf, ...]) -> list[str]:
    burst = "burst 18k cburst 18k"
    lines = [
        f"qdisc add dev {device} root handle 1: htb default {_NOTHING:x}",
        f"class add dev {device} parent 1: classid 1:{_ROOT:x} htb rate {capacity_bps}bit {burst}",
        f"class add dev {device} parent 1: classid 1:{_NOTHING:x} htb rate 8bit burst 1 cburst 1 quantum 1500",
        f"qdisc add dev {device} parent 1:{_NOTHING:x} pfifo limit 1",
    ]
    for leaf in leaves:
        ceil = min(leaf.ceil_bps, capacity_bps)
        rate = min(leaf.rate_bps, ceil)
        # HTB has no inner class shared by several tags: the first PCP's class is the queue, further ones are alike.
        for pcp in leaf.pcps:
            minor = pcp << 13 | leaf.vid
            lines.append(
                f"class add dev {device} parent 1:{_ROOT:x} classid 1:{minor:x} htb rate {max(rate, 1000)}bit "
                f"ceil {max(ceil, 1000)}bit prio {leaf.prio} quantum {leaf.quantum} "
                f"burst {leaf.burst_bytes} cburst {leaf.burst_bytes}"
            )
            lines.append(f"qdisc add dev {device} parent 1:{minor:x} pfifo limit {QUEUE_PACKETS}")
    program = _CLASSIFY.format(mask=MASK_VID_PCP)
    lines.append(f'filter add dev {device} parent 1: protocol all prio 1 bpf bytecode "{program}"')
    return lines
