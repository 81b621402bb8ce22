"""What the rules beyond YANG share: a finding, the paths of objects, and the limits of each PON technology."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from labs.olt.paths import quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault of a configuration. tag: an error-tag of RFC 6241; app_tag: what kind of fault."""

    tag: str
    app_tag: str
    message: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Inclusive ranges, and what a PON carries upstream after its own overhead."""

    alloc_ids: tuple[int, int]
    gemport_ids: tuple[int, int]
    onu_ids: tuple[int, int]
    capacity_bps: int


# XGS-PON: G.9807.1 C.6.1.5 (ONU-ID, Alloc-ID, XGEM Port-ID; what is below is for management), 9.95328 Gbit/s less
# synchronisation and FEC. GPON: G.984.3 5.2-5.4, a port's DBA bandwidth.
LIMITS: Final = {
    "xgs-pon": Limits(
        alloc_ids=(1024, 16383), gemport_ids=(1021, 65534), onu_ids=(0, 1020), capacity_bps=8_670_000_000
    ),
    "gpon": Limits(alloc_ids=(256, 4094), gemport_ids=(256, 4094), onu_ids=(0, 127), capacity_bps=1_238_784_000),
}


def interface(name: str, leaf: str = "") -> str:
    """The path of an interface, and of a leaf below."""
    return f"/if:interfaces/if:interface[if:name={quoted(name)}]{leaf}"


def gemtcont(kind: str, name: str, leaf: str = "") -> str:
    """The path of a traffic-descriptor-profile, tcont or gemport, and of a leaf of the same module below."""
    p = "bbf-xpongemtcont"
    tail = f"/{p}:{leaf}" if leaf else ""
    return f"/{p}:xpongemtcont/{p}:{kind}s/{p}:{kind}[{p}:name={quoted(name)}]{tail}"


def gbit(bps: int) -> str:
    """A rate for a reader."""
    return f"{bps / 1e9:g} Gbit/s" if bps >= 10**8 else f"{bps / 1e6:g} Mbit/s"
