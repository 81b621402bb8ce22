"""Which bridge port is which UNI and uplink: from the plant, which the lab's runner writes. Pure but for reading it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from labs.olt.config import OltConfig

NEAR: Final = 1000  # the fibre's port on the OLT's bridge
FAR: Final = 1000  # and on the ODN's


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """unis: (serial, UNI number) to port of the ODN's bridge; uplinks: name to port of the OLT's; serials present."""

    unis: dict[tuple[str, int], int]
    uplinks: dict[str, int]
    present: frozenset[str]


def read_wiring(plant: Path) -> Wiring:
    """From the plant file."""
    data = json.loads(plant.read_text(encoding="utf-8"))
    onus = [o for pon in data["pons"].values() for o in pon["onus"]]
    return Wiring(
        unis={(o["serial"], int(n)): port for o in onus for n, port in o.get("uni_ports", {}).items()},
        uplinks=dict(data.get("uplink_ports", {})),
        present=frozenset(o["serial"] for o in onus if o.get("present", True)),
    )


def uni_ports(config: OltConfig, wiring: Wiring) -> dict[str, int]:
    """olt-v-enet name to the ODN's port of its UNI, for ONUs that are there. UNIs are found by the link table."""
    v_enets = {v.name: v.v_ani for v in config.olt_v_enets}
    serials = {v.name: v.serial for v in config.v_anis if v.enabled}
    hardware = {e.name: e.hardware for e in config.ethernets}
    position = {c.name: c.position for c in config.components}
    found: dict[str, int] = {}
    for uni, v_enet in config.links:
        serial = serials.get(v_enets.get(v_enet, ""))
        number = position.get(hardware.get(uni) or "")
        port = wiring.unis.get((serial or "", number or 0))
        if port is not None and serial in wiring.present:
            found[v_enet] = port
    return found
