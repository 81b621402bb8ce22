"""A hierarchical token bucket on an interface: what it is to be, as values, and the steps from one to the next.

Classes are chosen by the outer tag: its VID, or its PCP. One classic BPF program turns it into a class: the kernel
has taken the tag out of the packet here (labs/notes/0001, 2). Steps add before they remove, and leave alone what stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from labs.net.command import batch, run, tried

ROOT: Final = 0x1
# Where frames go that no rule knows: a queue without room.
NOWHERE: Final = 0xFFFE
VID_MASK: Final = 0x0FFF
PCP_MASK: Final = 0xE000
LEAST_BPS: Final = 8_000
MOST_RULES: Final = 2_000  # BPF_MAXINSNS is 4096, a rule takes two
_SHORTEST_BURST_S: Final = 0.00035
# tc prints classes as text only (iproute2 6.1).
_CLASS: Final = re.compile(
    r"^class htb 1:(?P<minor>[0-9a-f]+) .*\n"
    r"\s*Sent (?P<bytes>\d+) bytes (?P<packets>\d+) pkt \(dropped (?P<drops>\d+),.*\n"
    r"\s*backlog \S+ (?P<backlog>\d+)p",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HtbClass:
    """A class. minor, parent: 2..0xFFFD, parent ROOT for the top. rate: served before any priority; beyond it and up
    to ceil by priority (0 first) and, among equals, in proportion to quantum. limit_bytes: queue of a leaf, None for
    an inner class."""

    minor: int
    parent: int
    rate_bps: int
    ceil_bps: int
    priority: int = 0
    quantum_bytes: int = 0
    limit_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HtbTree:
    """capacity: of the whole. classes: parents before children. rules: (tag under the mask, minor of a leaf)."""

    capacity_bps: int
    frame_bytes: int
    classes: tuple[HtbClass, ...] = ()
    rules: tuple[tuple[int, int], ...] = ()
    mask: int = VID_MASK


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Lines for `tc -batch`: first those that make room, after them those that clear away."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def steps(device: str, old: HtbTree | None, new: HtbTree) -> Steps:
    """What turns old into new on an interface. old None: from nothing, or from something unknown."""
    if old is None:
        fresh = (f"qdisc replace dev {device} root handle 1: htb default {NOWHERE:x}", *_frame(device, new))
        return Steps(before=(*fresh, *(s for c in new.classes for s in _add(device, new, c)), _classify(device, new)))
    was = {c.minor: c for c in old.classes}
    before: list[str] = []
    if (old.capacity_bps, old.frame_bytes) != (new.capacity_bps, new.frame_bytes):
        before += _frame(device, new)
    for cls in new.classes:
        known = was.get(cls.minor)
        if known is None or _moved(known, cls):
            before += [] if known is None else _remove(device, known)
            before += _add(device, new, cls)
        elif known != cls or old.frame_bytes != new.frame_bytes:
            before += _add(device, new, cls)
    if (old.rules, old.mask) != (new.rules, new.mask):
        before.append(_classify(device, new))
    kept = {c.minor for c in new.classes}
    gone = [c for c in reversed(old.classes) if c.minor not in kept]
    return Steps(before=tuple(before), after=tuple(s for c in gone for s in _remove(device, c)))


def program(rules: tuple[tuple[int, int], ...], mask: int = VID_MASK) -> str:
    """The classifier, in the form of tc: class 1:minor for a value of the outer tag, no class for any other."""
    load_tci, masked = "32 0 0 4294963244", f"84 0 0 {mask}"  # SKF_AD_OFF + SKF_AD_VLAN_TAG
    code = [load_tci, masked]
    for value, minor in rules:
        code += [f"21 0 1 {value}", f"6 0 0 {0x10000 | minor}"]
    code.append("6 0 0 0")
    return f"{len(code)}," + ",".join(code)


def _moved(was: HtbClass, cls: HtbClass) -> bool:
    return was.parent != cls.parent or (was.limit_bytes is None) != (cls.limit_bytes is None)


def _frame(device: str, tree: HtbTree) -> list[str]:
    """The root, and the class for what belongs nowhere."""
    burst = _burst(tree, tree.capacity_bps)
    speed = f"rate {tree.capacity_bps}bit ceil {tree.capacity_bps}bit burst {burst}b cburst {burst}b"
    nothing = f"rate {LEAST_BPS}bit ceil {LEAST_BPS}bit prio 7 quantum {tree.frame_bytes}"
    return [
        f"class replace dev {device} parent 1: classid 1:{ROOT:x} htb {speed} quantum {tree.frame_bytes}",
        f"class replace dev {device} parent 1: classid 1:{NOWHERE:x} htb {nothing}",
        f"qdisc replace dev {device} parent 1:{NOWHERE:x} handle {NOWHERE:x}: pfifo limit 0",
    ]


def _burst(tree: HtbTree, rate_bps: int) -> int:
    """Bytes: what the rate carries between two looks at the clock, at least a few frames."""
    return max(6 * tree.frame_bytes, int(rate_bps / 8 * _SHORTEST_BURST_S))


def _add(device: str, tree: HtbTree, cls: HtbClass) -> list[str]:
    rate, ceil = max(cls.rate_bps, LEAST_BPS), max(cls.ceil_bps, cls.rate_bps, LEAST_BPS)
    where = f"dev {device} parent 1:{cls.parent:x} classid 1:{cls.minor:x}"
    bursts = f"burst {_burst(tree, rate)}b cburst {_burst(tree, ceil)}b"
    order = f"prio {cls.priority} quantum {max(cls.quantum_bytes, tree.frame_bytes)}"
    lines = [f"class replace {where} htb rate {rate}bit ceil {ceil}bit {bursts} {order}"]
    if cls.limit_bytes is not None:
        lines.append(
            f"qdisc replace dev {device} parent 1:{cls.minor:x} handle {cls.minor:x}: bfifo limit {cls.limit_bytes}b"
        )
    return lines


def _remove(device: str, cls: HtbClass) -> list[str]:
    return [f"class del dev {device} classid 1:{cls.minor:x}"]


def _classify(device: str, tree: HtbTree) -> str:
    code = program(tree.rules, tree.mask)
    return f'filter replace dev {device} parent 1: handle 1 protocol all prio 1 bpf bytecode "{code}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What a class has carried and dropped, and holds."""

    sent_bytes: int
    sent_packets: int
    dropped_packets: int
    backlog_packets: int


@dataclass
class Shaper:
    """The HTB of one interface, with what it is known to be. tree None: nothing, or unknown."""

    netns: str
    device: str
    tree: HtbTree | None = None
    _later: tuple[str, ...] = field(default=(), repr=False)

    def prepare(self, tree: HtbTree) -> None:
        """Make room for `tree`: everything of it is there afterwards, and what it lacks still works. Raises LabError;
        the interface's state is unknown then, and the next call starts from nothing."""
        found = steps(self.device, self.tree, tree)
        old, self.tree = self.tree, None
        if old is None:
            tried(["tc", "-n", self.netns, "qdisc", "del", "dev", self.device, "root"])
        batch("tc", found.before, netns=self.netns)
        self.tree, self._later = tree, found.after

    def finish(self) -> None:
        """Clear away what the tree before had and this one lacks. Raises LabError."""
        later, self._later = self._later, ()
        tree, self.tree = self.tree, None
        batch("tc", later, netns=self.netns)
        self.tree = tree

    def counters(self) -> dict[int, Counters]:
        """By minor number. Raises LabError."""
        return counters(self.netns, self.device)


def counters(netns: str, device: str) -> dict[int, Counters]:
    """Of the classes of an interface, by minor number. Raises LabError."""
    found = _CLASS.finditer(run(["tc", "-n", netns, "-s", "class", "show", "dev", device]))
    return {
        int(m["minor"], 16): Counters(
            sent_bytes=int(m["bytes"]),
            sent_packets=int(m["packets"]),
            dropped_packets=int(m["drops"]),
            backlog_packets=int(m["backlog"]),
        )
        for m in found
    }
