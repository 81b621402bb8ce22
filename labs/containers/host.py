"""A node that is an end system: its one link is `eth0`, with the address that the topology says."""

from __future__ import annotations

from pathlib import Path

from labs.containers.idle import FOREVER, is_ready
from labs.net.command import batch
from labs.net.fabric import MTU
from labs.net.hosts import INTERFACE, addressing, settle
from labs.runner.blueprint import Host


def become(place: Host) -> list[str]:
    """Raises LabError."""
    batch("ip", [f"link set dev {INTERFACE} address {place.mac} mtu {MTU}"])
    settle()
    batch("ip", addressing(f"{place.address}/{place.prefix_length}", str(place.gateway)))
    # It knows itself, and there is nobody to ask for other names: a program that does is not kept waiting.
    with Path("/etc/hosts").open("a", encoding="utf-8") as hosts:
        hosts.write(f"{place.address}\t{place.name}\n")
    Path("/etc/resolv.conf").write_text("", encoding="utf-8")
    is_ready()
    return list(FOREVER)
