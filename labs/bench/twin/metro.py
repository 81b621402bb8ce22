"""The metro of 50 sites, 100 OLTs, 50,000 ONUs: rolled out from texts to proof, then changed at a thousand places.

Every OLT is a NETCONF server (light ones, in one process), every site has two switches that speak OpenFlow and OVSDB.
What is timed is `clearway rollout`, Python's start included: read, planned, sent, committed, read back, proven, kept.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

from labs.bench.ports import free_stretch
from labs.bench.product import clearway
from labs.campus import Loopback, Size, metro
from labs.runner import sites
from labs.runner.errors import LabError
from labs.runner.processes import processor_s

Say = Callable[[str], None]
SIZES: Final = (1, 5, 20, 50)
CHANGES: Final = 1_000
_FIRST: Final = 20_000
_LAST: Final = 32_000
# What is promised or capped, as written in fields and in a sentence: images of a study, and rates.
_PROMISED: Final = re.compile(r"(?:images: |say: (?=\d)|limit: |guarantee: |is guaranteed |gets at most )(\d+)")


def measure(say: Say, numbers: Sequence[int] = SIZES, of: Size | None = None) -> dict[str, float]:
    """All figures. numbers: of sites, the largest last. of: a site's size. Raises LabError."""
    figures: dict[str, float] = {}
    for number in numbers:
        size = metro(number) if of is None else Size(sites=number, onus=of.onus, places=of.places, intents=of.intents)
        last = number == numbers[-1]
        found = _measured(say, size, changes=CHANGES * number // SIZES[-1] if last else 0)
        figures |= {f"{number}_sites_{name}": value for name, value in found.items() if name in ("s", "rss_gib")}
        if last:
            figures |= found
    return figures


def _measured(say: Say, size: Size, changes: int) -> dict[str, float]:
    say(f"a metro of {size.sites} sites, {size.sites * size.onus:,} ONUs")
    with tempfile.TemporaryDirectory(prefix="cw-metro-") as scratch:
        folder = Path(scratch)
        sites.write(size, folder, free_ports(size.sites))
        sites.up(folder)
        try:
            say("its devices are up and empty; rolling out")
            figures = _rolled_out(folder, size)
            if changes:
                say(f"{changes} intents of it changed, those of a site at once")
                figures |= _changed(folder, size, changes)
            return figures
        finally:
            sites.down(folder)


def _rolled_out(folder: Path, size: Size) -> dict[str, float]:
    devices = _processors(folder)
    began = time.monotonic()
    found = _clearway_rollout(folder)
    took = time.monotonic() - began
    onus = sum(site["onus"] for site in found)
    if onus != size.sites * size.onus:
        raise LabError(f"{onus} ONUs were rolled out, not {size.sites * size.onus}")
    used = sum(site["processorSeconds"] for site in found)
    now = _processors(folder)
    olts = now["light-olts"] - devices["light-olts"]
    return {
        "s": round(took, 1),
        "onus_per_s": round(onus / took, 1),
        "rss_gib": round(_rss_gib(found), 2),
        "objects": sum(site["changes"] for site in found),
        "intents": sum(site["intents"] for site in found),
        "controller_ms_per_onu": round(1000 * used / onus, 1),
        "olts_ms_per_onu": round(1000 * olts / onus, 1),
        "switches_ms_per_onu": round(1000 * (sum(now.values()) - sum(devices.values()) - olts) / onus, 1),
    }


def _changed(folder: Path, size: Size, changes: int) -> dict[str, float]:
    """As many intents promise or cap something else, chosen at random, as many at each site as at any other."""
    random = Random(1)  # noqa: S311 - the same choice again is what is wanted
    each = max(1, changes // size.sites)
    made = 0
    for site in sites.sites_in(folder):
        for path in sorted((site / "intents").glob("*.yaml")):
            text = path.read_text(encoding="utf-8")
            places = list(_PROMISED.finditer(text))
            for place in sorted(random.sample(places, min(each, len(places))), key=lambda m: -m.start()):
                other = str(int(place[1]) * 4 // 5 or 2)
                text = text[: place.start(1)] + other + text[place.end(1) :]
                made += 1
            path.write_text(text, encoding="utf-8")
    began = time.monotonic()
    found = _clearway_rollout(folder)
    if any(site["changes"] == 0 for site in found) or len(found) != size.sites:
        raise LabError("a site was not changed")
    return {"changes": made, "changes_s": round(time.monotonic() - began, 1)}


def _clearway_rollout(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = clearway("rollout", str(folder))["sites"]
    return found


def _rss_gib(found: list[dict[str, Any]]) -> float:
    """The most memory that the controller can have taken at once: of as many sites as were under way."""
    most = sorted((site["rssKib"] for site in found), reverse=True)
    return float(sum(most[: os.cpu_count() or 1])) / 2**20


def free_ports(number: int) -> Loopback:
    """Stretches of ports for so many sites that nobody listens on now, below those that the system gives to whoever
    asks."""
    stretch = 5 * number  # a site has two OLTs, two switches, and a controller that these dial
    first = free_stretch(stretch, range(_FIRST + os.getpid() % 50 * 4, _LAST - stretch, 200))
    return Loopback(netconf=first, openflow=first + 2 * number, ovsdb=first + 3 * number)


def _processors(folder: Path) -> dict[str, float]:
    return {name: processor_s(pid) for name, pid in sites.processes(folder).items()}
