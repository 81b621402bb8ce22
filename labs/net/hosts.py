"""End systems: a network namespace each, with one cable into a bridge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from labs.net.run import attempt, run
from labs.runner.blueprint import Host

MTU: Final = 3000  # note 0001, 5: at 1500 the processor limits what is measured
_MAX_DEVICE: Final = 15


def make_host(host: Host, namespace: str, cable: str) -> None:
    """Namespace, cable (its near end stays here, up), address and default route."""
    if len(cable) > _MAX_DEVICE:
        raise ValueError(cable)
    run(["ip", "netns", "add", namespace])
    link = ["ip", "link", "add", cable, "mtu", str(MTU), "numtxqueues", "1", "numrxqueues", "1"]
    run([*link, "type", "veth", "peer", "name", "eth0", "netns", namespace])
    run(["ip", "link", "set", cable, "up", "txqueuelen", "10000"])
    inside = ["ip", "-n", namespace]
    run([*inside, "link", "set", "lo", "up"])
    run([*inside, "link", "set", "eth0", "mtu", str(MTU), "address", host.mac, "up"])
    run([*inside, "addr", "add", f"{host.address}/{host.prefix_length}", "dev", "eth0"])
    run([*inside, "route", "add", "default", "via", str(host.gateway)])
    # Open vSwitch in user space does not fill in checksums that a virtual cable leaves open.
    run(["ip", "netns", "exec", namespace, "ethtool", "-K", "eth0", "tx", "off"])


def clean(prefix: str) -> None:
    """Remove every namespace and cable whose name begins with the prefix."""
    folder = Path("/run/netns")
    for path in sorted(folder.glob(f"{prefix}*")) if folder.exists() else ():
        attempt(["ip", "netns", "del", path.name])
    for link in json.loads(run(["ip", "-j", "link", "show"]) or "[]"):
        if str(link["ifname"]).startswith(prefix):
            attempt(["ip", "link", "del", link["ifname"]])
