"""Flow entries into Open vSwitch: our driver beside `ovs-ofctl --bundle replace-flows`, the same entries, in one run.

The entries are those of the gateway of a made-up metro. Both begin with an empty switch, turn by turn; the tool's time
has its start in it, ours the making of the messages. What is there afterwards is compared.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

from controller.openflow_listener import OpenFlowController
from intents.compile import compile_intended
from intents.ingest import load
from intents.model.state import Difference
from intents.model.switch import FlowEntry
from labs.campus import generate, metro
from labs.net.sandbox import OvsSandbox, available
from labs.runner.errors import LabError
from southbound.openflow.driver import OpenFlowDriver

Say = Callable[[str], None]
DATAPATH: Final = 0xC1EA01
SIZES: Final = ((1_000, 9), (20_000, 5))  # entries, and turns of each


def measure(say: Say) -> dict[str, float]:
    """Seconds and ratios by size. Raises LabError."""
    if not available():
        raise LabError("Open vSwitch is not installed", "apt-get install openvswitch-switch")
    entries = entries_of_a_gateway()
    figures: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory(prefix="cw-push-") as folder,
        OpenFlowController("127.0.0.1", 0, {DATAPATH: "core-1"}) as controller,
        OvsSandbox(Path(folder), DATAPATH) as ovs,
    ):
        ovs.dial(*controller.address)
        driver = OpenFlowDriver("core-1", DATAPATH, controller, deadline_s=60)
        driver.probe()
        for size, turns in SIZES:
            say(f"{size:,} flow entries into Open vSwitch")
            figures |= _side_by_side(ovs, driver, entries[:size], turns)
    return figures


def entries_of_a_gateway() -> tuple[FlowEntry, ...]:
    """Entries that need nothing but themselves."""
    loaded = load(generate(metro(2)))
    compiled = compile_intended(loaded.campus, loaded.intents) if loaded.campus is not None else None
    if compiled is None or compiled.intended is None:
        raise LabError("the made-up metro cannot be planned", str(loaded.diagnostics[:1]))
    things = compiled.intended.states["gateway"].objects.values()
    return tuple(thing for thing in things if isinstance(thing, FlowEntry) and thing.meter is None)


def _side_by_side(
    ovs: OvsSandbox, driver: OpenFlowDriver, entries: Sequence[FlowEntry], turns: int
) -> dict[str, float]:
    size, file = len(entries), ovs.directory / "entries"
    ours, theirs = [], []
    for _ in range(turns):
        ours.append(_timed(ovs, lambda: _push(driver, entries)))
        held = _held(ovs)
        if len(held) != size:
            raise LabError(f"the driver put {len(held):,} entries there instead of {size:,}")
        file.write_text("\n".join(held), encoding="utf-8")
        theirs.append(_timed(ovs, lambda: ovs.ofctl("replace-flows", str(file), options=["--bundle"])))
        if _held(ovs) != held:
            raise LabError("ovs-ofctl put other entries there than the driver")
    return {
        f"ovs_{size}_ours_s": round(median(ours), 4),
        f"ovs_{size}_ofctl_s": round(median(theirs), 4),
        f"ovs_{size}_ratio": round(median(ours) / median(theirs), 2),
    }


def _push(driver: OpenFlowDriver, entries: Sequence[FlowEntry]) -> None:
    """As the transaction does it: staged and checked, then committed."""
    driver.prepare([Difference(entry.key, None, entry) for entry in entries])
    driver.commit("push", 60)
    driver.confirm("push")


def _timed(ovs: OvsSandbox, job: Callable[[], object]) -> float:
    """Seconds that a job takes on an empty switch."""
    ovs.ofctl("del-flows")
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def _held(ovs: OvsSandbox) -> list[str]:
    """What the switch holds, a line an entry, without counters."""
    return sorted(
        line.strip() for line in ovs.ofctl("dump-flows", options=["--no-stats"]).splitlines() if "actions=" in line
    )
