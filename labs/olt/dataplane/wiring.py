"""How the OLT and its ONUs are wired to this machine: bridges, port numbers, stretches, and the scale. JSON.

The runner writes it when it builds the lab; the configuration never says any of this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from labs.olt.hook import DataplaneError


@dataclass(frozen=True, slots=True, kw_only=True)
class PonWiring:
    """A PON. stretch: namespace in which its traffic is shaped; olt_port, onu_port: its ends on the two bridges."""

    stretch: str
    olt_port: int
    onu_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnuWiring:
    """An ONU. unis: UNI number to port on its bridge. present: whether it has light. bridge: one of its own, elsewhere:
    `tcp:HOST:PORT` where it takes OpenFlow; None: the ONUs' bridge of this machine."""

    pon: str
    unis: Mapping[str, int]
    present: bool = True
    bridge: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """ovs: folder and namespace (None: this one) of the Open vSwitch. scale: every rate and queue is divided by it.
    frame_bytes: the longest frame. uplinks: name to port on the OLT's bridge. onus: by serial number."""

    ovs_folder: str
    ovs_netns: str | None
    olt_bridge: str
    onu_bridge: str
    scale: int
    frame_bytes: int
    uplinks: Mapping[str, int]
    pons: Mapping[str, PonWiring]
    onus: Mapping[str, OnuWiring] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """To a file."""
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")


def read(path: Path) -> Wiring:
    """From a file. Raises DataplaneError."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        pons = {name: PonWiring(**pon) for name, pon in found.pop("pons").items()}
        onus = {serial: OnuWiring(**onu) for serial, onu in found.pop("onus").items()}
        return Wiring(pons=pons, onus=onus, **found)
    except OSError as error:
        raise DataplaneError(f"no wiring {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataplaneError(f"the wiring {path} is wrong: {error}") from None
