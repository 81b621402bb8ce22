"""A node that is a splitter: from the first interface to all others, and from each of them to the first alone.

Light has no addresses: nothing is learnt. Its first interface, in the order of names, leads to the OLT.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from labs.containers.idle import FOREVER, is_ready
from labs.net.command import batch, run

_GLASS: Final = "glass"


def become(interfaces: Sequence[str]) -> list[str]:
    """Raises LabError."""
    lines = [f"link add name {_GLASS} type bridge stp_state 0 mcast_snooping 0 ageing_time 0"]
    lines += [f"link set dev {name} master {_GLASS} up" for name in interfaces]
    batch("ip", [*lines, f"link set dev {_GLASS} up"])
    for number, name in enumerate(interfaces):
        isolated = "off" if number == 0 else "on"
        run(["bridge", "link", "set", "dev", name, "learning", "off", "flood", "on", "isolated", isolated])
    is_ready()
    return list(FOREVER)
