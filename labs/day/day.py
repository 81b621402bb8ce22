"""`clearway lab day`: a hospital's day replayed on a lab that is up with packets and applied."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from intents.ingest import load
from intents.ingest.load import Loaded
from labs.day.plan import flows_of
from labs.day.profile import HOURS
from labs.day.report import Day, day
from labs.net.steering import off_the_switch_cpu
from labs.runner import lab, packets
from labs.runner.blueprint import blueprint, with_packets_on
from labs.runner.devices import root
from labs.runner.errors import LabError
from labs.runner.processes import waits_s
from labs.runner.workspace import Workspace

MOST_WAITING: Final = 0.05  # more, and packets waited for the lab's own switch rather than for a line
_MORE_S: Final = 90.0  # for sockets to be opened, and the last studies to end


def replay(path: Path, say: Callable[[str], None], *, hour_s: float) -> Day:
    """The day, an hour of it in so many seconds. Raises LabError where the lab is not up with packets, or where nothing
    gets through."""
    workspace = lab.running(path)
    about = packets.noted(workspace) or {}
    if about.get("mode") != "packets":
        raise LabError("this lab runs without packets", "as root with Open vSwitch it has them: clearway lab up")
    loaded = _texts(workspace)
    if loaded.campus is None:
        raise LabError("the campus cannot be read", f"clearway check {workspace.topology.parent}")
    plan = blueprint(loaded.campus)
    pons = about.get("pons")
    carrying = with_packets_on(plan, pons) if isinstance(pons, list) and pons else plan
    scale = int(str(about["scale"]))
    netns = {host.name: packets.namespace_of(workspace, host.name) for host in carrying.hosts}
    flows = flows_of(loaded.campus, loaded.intents, netns.keys(), netns.__getitem__, scale)
    if not flows:
        raise LabError(
            "no place of this lab is in a segment whose day is known",
            "a day is known of the hospital of `clearway lab generate`: labs/day/profile.py",
        )
    say(f"{len({flow.place for flow in flows})} places, {len(flows)} flows, a day in {HOURS * hour_s:g} s")
    switch = packets.ovs_of(workspace)
    before, waited = switch.lost(), waits_s(switch.pid)
    began = time.monotonic()
    found = _replayed(json.dumps([flow.as_json() for flow in flows]), hour_s)
    lost: Counter[str] = switch.lost() - before
    share = (waits_s(switch.pid) - waited) / (time.monotonic() - began)
    faults = [f"{count} packets were lost {where}" for where, count in sorted(lost.items())]
    if share > MOST_WAITING:
        faults.append(f"the switch waited for a processor {share:.0%} of the time")
    return day(flows, found, hour_s, scale, tuple(faults))


def _texts(workspace: Workspace) -> Loaded:
    folder = workspace.topology.parent
    top = sorted(folder.glob("*.y*ml")) if workspace.topology.name == lab.CAMPUS else [workspace.topology]
    files = [*top, *sorted((folder / "intents").rglob("*.y*ml"))]
    return load({str(path): path.read_text(encoding="utf-8") for path in files}, dict(os.environ))


def _replayed(flows: str, hour_s: float) -> list[dict[str, object]]:
    words = [sys.executable, "-m", "labs.day.replay", "--hour-s", str(hour_s)]
    try:
        with off_the_switch_cpu():
            done = subprocess.run(
                words, input=flows, capture_output=True, text=True, check=False, cwd=root(),
                timeout=HOURS * hour_s + _MORE_S,
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise LabError("the day did not end", "are the lab's intents applied?") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise LabError(f"the day cannot be replayed: {said[0]}", "are the lab's intents applied?")
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found
