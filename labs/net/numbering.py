"""Which port of which bridge is what at an OLT: the same for whoever counts. Pure."""

from __future__ import annotations

from typing import Final

from labs.runner.blueprint import OltBlueprint

_FIRST_LINE: Final = 1000


def lines(olt: OltBlueprint) -> dict[str, int]:
    """PON to the port of its line, on the OLT's bridge and on those of its ONUs."""
    return {pon: _FIRST_LINE + number for number, pon in enumerate(sorted(olt.plant["pons"]))}


def uplinks(olt: OltBlueprint) -> dict[str, int]:
    """Uplink to port of the OLT's bridge."""
    return {name: number for number, name in enumerate(sorted(olt.plant["uplinks"]), start=1)}


def unis(olt: OltBlueprint) -> dict[str, dict[int, int]]:
    """ONU's name, then UNI, to port: different for all UNIs of an OLT."""
    found: dict[str, dict[int, int]] = {}
    port = 0
    for _, body in sorted(olt.plant["pons"].items()):
        for onu in body["onus"]:
            found[onu["name"]] = {uni: port + n for n, uni in enumerate(sorted(int(u) for u in onu["unis"]), start=1)}
            port += len(onu["unis"])
    return found
