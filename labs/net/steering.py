"""Which processor does what, so that the switch has one to itself (labs/notes/0001, 10).

A packet that Open vSwitch sends over a veth is received, up to the socket of the host, in the time of whoever sent it:
half of the switch's time would be the hosts' TCP. Receive packet steering hands that to the other processors, in order
for each flow, and the switch's main thread stays on the one that is left out.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator

from labs.net.command import run


def switch_cpu() -> int | None:
    """The processor for the switch; None where there is only one for everything."""
    there = sorted(os.sched_getaffinity(0))
    return there[-1] if len(there) > 1 else None


@contextlib.contextmanager
def off_the_switch_cpu() -> Iterator[None]:
    """This process, and what it starts meanwhile, stays off the switch's processor."""
    cpu, before = switch_cpu(), os.sched_getaffinity(0)
    if cpu is not None:
        os.sched_setaffinity(0, before - {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def keep_on_its_cpu(pid: int) -> None:
    """The main thread of the switch's daemon stays on its processor."""
    cpu = switch_cpu()
    if cpu is not None:
        with contextlib.suppress(OSError):  # a container may forbid it; figures are then less steady
            os.sched_setaffinity(pid, {cpu})


def steer_away(namespaces: Iterable[str]) -> None:
    """What the interfaces of these namespaces receive is worked on by the processors that are not the switch's."""
    cpu = switch_cpu()
    if cpu is None:
        return
    mask = _mask(c for c in os.sched_getaffinity(0) if c != cpu)
    script = f'for f in /sys/class/net/*/queues/rx-*/rps_cpus; do echo {mask} > "$f" || true; done'
    for netns in namespaces:
        run(["ip", "netns", "exec", netns, "sh", "-c", script])


def _mask(cpus: Iterable[int]) -> str:
    """As the kernel takes it: hexadecimal, in groups of 32 bits."""
    bits = sum(1 << c for c in cpus)
    groups: list[str] = []
    while bits or not groups:
        groups.append(f"{bits & 0xFFFFFFFF:08x}")
        bits >>= 32
    return ",".join(reversed(groups))
