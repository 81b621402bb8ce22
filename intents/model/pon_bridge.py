"""Layer 2 forwarding (TR-383): forwarders, forwarding databases, split horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from intents.model.pon_base import Named, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarder(Named):
    """bbf-l2-forwarding forwarder. ports: (port name, sub-interface), sorted by port name."""

    kind: ClassVar[str] = "forwarder"
    name: str
    ports: tuple[tuple[str, str], ...]
    fdb: str | None = None
    split_horizon: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticMac:
    """A MAC address (lower case, colons) that lives behind one forwarder port only."""

    mac: str
    forwarder: str
    port: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardingDatabase(Named):
    """bbf-l2-forwarding forwarding database. static: sorted by mac."""

    kind: ClassVar[str] = "forwarding-database"
    name: str
    max_macs: int = 4096
    aging_s: int = 300
    static: tuple[StaticMac, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitHorizonProfile(Named):
    """Frames from a port of usage `in_usage` never leave by one of `out_usage`."""

    kind: ClassVar[str] = "split-horizon-profile"
    name: str
    in_usage: Usage = "user-port"
    out_usage: Usage = "user-port"
