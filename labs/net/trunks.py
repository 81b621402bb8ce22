"""Makes the queues of switch-to-switch links real: python -m labs.net.trunks CONFIG.

The user-space datapath of Open vSwitch keeps QoS and Queue rows and set_queue, and does nothing with them. This agent
reads them as a switch would, which queue a flow puts which PCP into, and shapes the stretch at the port accordingly
(HTB, as type linux-htb says: min-rate first, the rest by priority, up to max-rate). A port without rows is one queue.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from labs.net.htb import PCP_MASK, ROOT, HtbClass, HtbTree, Shaper
from labs.net.ovs import OvsInstance
from labs.runner.errors import LabError

POLL_S: Final = 1.0
# A Gigabit port carries 941 Mbit/s of TCP payload at MTU 1500; the lab's longer frames would get 977 out of it.
FRAMING: Final = 0.963
QUEUE_FRAMES: Final = 40
_PCPS: Final = range(8)
_FIRST_MINOR: Final = 0x10
_UNSORTED: Final = 0x20  # what no flow gives a queue
_STEP: Final = re.compile(
    r"set_queue:(?P<queue>\d+)|(?:set_field:(?P<pcp>\d+)->vlan_pcp)|output:(?P<out>\d+)|group:(?P<group>\d+)"
)
_GROUP: Final = re.compile(r"group_id=(\d+)")
_OUTPUT: Final = re.compile(r"output:(\d+)")
_MATCHED_PCP: Final = re.compile(r"dl_vlan_pcp=(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """One direction of a link: what leaves port `number` of `bridge` is shaped at `device` in `netns`."""

    bridge: str
    interface: str
    number: int
    rate_bps: int
    netns: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Of a port: bit/s, and HTB's priority (0 first)."""

    min_bps: int
    max_bps: int
    priority: int


def queue_of_pcp(flows: str, port: int, groups: str = "") -> dict[int, int]:
    """PCP to queue at a port, by the flows and groups (text of ovs-ofctl) that output there, or may."""
    found: dict[int, int] = {}
    lines = [line for line in groups.splitlines() if str(port) in _OUTPUT.findall(line)]
    through = {number for line in lines for number in _GROUP.findall(line)}
    for line in flows.splitlines():
        match, _, actions = line.partition("actions=")
        matched = _MATCHED_PCP.search(match)
        pcp = int(matched[1]) if matched else None
        queue = None
        for step in _STEP.finditer(actions):
            if step["queue"] is not None:
                queue = int(step["queue"])
            elif step["pcp"] is not None:
                pcp = int(step["pcp"])
            elif (step["out"] == str(port) or step["group"] in through) and pcp is not None and queue is not None:
                found[pcp] = queue
    return found


def tree(trunk: Trunk, queues: Mapping[int, Queue], by_pcp: Mapping[int, int], scale: int, frame_bytes: int) -> HtbTree:
    """The shaping of a direction. Rates are divided by scale, queues hold QUEUE_FRAMES."""
    capacity = int(trunk.rate_bps / scale * FRAMING)
    limit = QUEUE_FRAMES * frame_bytes

    def leaf(minor: int, queue: Queue) -> HtbClass:
        rate = int(queue.min_bps / scale)
        ceil = min(capacity, int(queue.max_bps / scale) or capacity)
        return HtbClass(
            minor=minor,
            parent=ROOT,
            rate_bps=min(rate, ceil),
            ceil_bps=ceil,
            priority=queue.priority,
            quantum_bytes=frame_bytes,
            limit_bytes=limit,
        )

    minors = {number: _FIRST_MINOR + number for number in sorted(queues)}
    classes = [leaf(minors[n], q) for n, q in sorted(queues.items())]
    classes.append(leaf(_UNSORTED, Queue(min_bps=0, max_bps=0, priority=7)))
    rules = tuple((pcp << 13, minors.get(by_pcp.get(pcp, -1), _UNSORTED)) for pcp in _PCPS)
    return HtbTree(capacity_bps=capacity, frame_bytes=frame_bytes, classes=tuple(classes), rules=rules, mask=PCP_MASK)


def write_config(path: Path, ovs: OvsInstance, trunks: Sequence[Trunk], scale: int, frame_bytes: int) -> None:
    """What `main` reads."""
    about = {"folder": str(ovs.folder), "netns": ovs.netns, "scale": scale, "frame_bytes": frame_bytes}
    path.write_text(json.dumps(about | {"trunks": [asdict(t) for t in trunks]}, indent=1), encoding="utf-8")


def read_queues(ovs: OvsInstance) -> dict[str, dict[int, Queue]]:
    """By port name, from the database. Raises LabError."""
    ports, qos, queues = (
        _table(ovs, *words)
        for words in (("Port", "name,qos"), ("QoS", "_uuid,other_config,queues"), ("Queue", "_uuid,other_config"))
    )
    by_qos = {r["_uuid"][1]: r for r in qos}
    by_queue = {r["_uuid"][1]: dict(r["other_config"][1]) for r in queues}
    found = {}
    for port in ports:
        row = by_qos.get(port["qos"][1]) if port["qos"][0] == "uuid" else None
        if row is None:
            continue
        most = int(dict(row["other_config"][1]).get("max-rate", 0))
        rows = {int(n): by_queue[uuid] for n, (_, uuid) in row["queues"][1]}
        found[port["name"]] = {n: _queue(config, most) for n, config in rows.items()}
    return found


def _queue(config: Mapping[str, str], most_bps: int) -> Queue:
    return Queue(
        min_bps=int(config.get("min-rate", 0)),
        max_bps=int(config.get("max-rate", most_bps)),
        priority=min(int(config.get("priority", 0)), 7),
    )


def _table(ovs: OvsInstance, table: str, columns: str) -> list[dict[str, Any]]:
    found = json.loads(ovs.vsctl("--format=json", f"--columns={columns}", "list", table) or '{"headings":[],"data":[]}')
    return [dict(zip(found["headings"], row, strict=True)) for row in found["data"]]


class Agent:
    """Keeps the stretches as the switches' configuration says."""

    def __init__(self, about: Mapping[str, Any]) -> None:
        self._ovs = OvsInstance(Path(about["folder"]), about["netns"])
        self._scale, self._frame_bytes = int(about["scale"]), int(about["frame_bytes"])
        self._shapers = {(t := Trunk(**each)): Shaper(netns=t.netns, device=t.device) for each in about["trunks"]}

    def turn(self) -> bool:
        """Look once; whether anything changed. Raises LabError."""
        queues = read_queues(self._ovs)
        bridges = sorted({t.bridge for t in self._shapers})
        flows, groups = ({b: self._ovs.ofctl(what, b) for b in bridges} for what in ("dump-flows", "dump-groups"))
        changed = False
        for trunk, shaper in self._shapers.items():
            by_pcp = queue_of_pcp(flows[trunk.bridge], trunk.number, groups[trunk.bridge])
            wanted = tree(trunk, queues.get(trunk.interface, {}), by_pcp, self._scale, self._frame_bytes)
            if wanted != shaper.tree:
                shaper.prepare(wanted)
                shaper.finish()
                changed = True
        return changed


def main() -> None:
    """Look again and again until killed."""
    agent = Agent(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    while True:
        try:
            if agent.turn():
                sys.stdout.write("shaped\n")
                sys.stdout.flush()
        except LabError as error:
            sys.stdout.write(f"{error}\n")
            sys.stdout.flush()
        time.sleep(POLL_S)


if __name__ == "__main__":
    main()
