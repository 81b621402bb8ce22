"""End systems: a network namespace each, with one Ethernet interface `eth0` whose other end is for a switch."""

from __future__ import annotations

import ctypes
import fcntl
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from labs.net.command import batch
from labs.net.netns import add_netns, entered
from labs.net.record import Record
from labs.net.steering import steer_away

INTERFACE: Final = "eth0"
_SIOCETHTOOL: Final = 0x8946
_ETHTOOL_STXCSUM: Final = 0x17
_SETTINGS: Final = {
    "ipv4.tcp_no_metrics_save": "1",  # one arm of a bench must not teach the next
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLink:
    """A host to make. outside: the end that is plugged in, a name in the switches' namespace. address with its prefix
    length."""

    netns: str
    outside: str
    mac: str
    address: str | None = None
    gateway: str | None = None
    mtu: int = 1500


def add_hosts(record: Record, hosts: Sequence[HostLink], switches: str) -> None:
    """Make hosts, with their outside interfaces up and unplugged in the namespace `switches`. Raises LabError."""
    for host in hosts:
        record.note("netns", name=host.netns)
    for host in hosts:
        add_netns(host.netns)
    links = []
    for h in hosts:
        ends = f"mtu {h.mtu} numtxqueues 1 numrxqueues 1"
        inside = f"name {INTERFACE} netns {h.netns} address {h.mac} {ends}"
        links += [f"link add name {h.outside} {ends} type veth peer {inside}", f"link set dev {h.outside} up"]
    batch("ip", links, netns=switches)
    for host in hosts:
        _configure(host)
    steer_away(h.netns for h in hosts)


def _configure(host: HostLink) -> None:
    with entered(host.netns):
        settle()
    batch("ip", addressing(host.address, host.gateway), netns=host.netns)


def addressing(address: str | None, gateway: str | None) -> list[str]:
    """Lines of `ip -batch` that bring a host's interfaces up."""
    lines = ["link set dev lo up", f"link set dev {INTERFACE} up"]
    if address is not None:
        lines.append(f"addr add {address} dev {INTERFACE}")
    if gateway is not None:
        lines.append(f"route add default via {gateway}")
    return lines


def settle() -> None:
    """Make the namespace of this thread one whose host can be measured."""
    for name, value in _SETTINGS.items():
        path = Path("/proc/sys/net") / name.replace(".", "/")
        if path.exists():
            path.write_text(value, encoding="utf-8")
    _checksum_in_software()


def _checksum_in_software() -> None:
    """Open vSwitch reads packets as they leave the host: a checksum left to hardware would never be filled in."""
    value = ctypes.create_string_buffer(struct.pack("II", _ETHTOOL_STXCSUM, 0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sP", INTERFACE.encode(), ctypes.addressof(value))
        fcntl.ioctl(sock, _SIOCETHTOOL, request)
