"""A campus's switch, through the composition that every command uses."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

from controller.connect import Connector
from intents.model.campus import Campus, Switch
from intents.model.state import DeviceState
from intents.model.switch import FlowEntry, Output, PortQueue, SwitchFacts
from tests.southbound.openflow.test_driver import added
from tests.southbound.soft_switch import SoftSwitch

FLOW = FlowEntry(table=0, priority=5, match=(), actions=(Output(2),))
QUEUE = PortQueue(port=1, queue_id=5, min_rate_bps=4_000_000, max_rate_bps=10_000_000, priority=2)


def campus(openflow: str, ovsdb: str) -> Campus:
    """One switch and nothing else."""
    core = Switch(name="core-1", datapath_id=0x5151, ports={1: 10**10}, gateway=True, ovsdb=ovsdb, openflow=openflow)
    return Campus(
        name="c",
        segments={},
        switches={"core-1": core},
        olts={},
        onus={},
        links=(),
        places={},
        groups={},
        classes={},
        services={},
    )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_flows_and_queues_of_a_switch_are_one_device(tmp_path: Path) -> None:
    before = threading.active_count()
    port = free_port()
    with SoftSwitch(0x5151) as switch:
        switch.dial("127.0.0.1", port)
        with Connector(tmp_path)(campus(f"tcp:127.0.0.1:{port}", switch.ovsdb)) as fleet:
            for driver in fleet.all():
                driver.prepare(added([FLOW if "flow" in driver.kinds else QUEUE]))
                driver.commit("t1", 10)
                driver.confirm("t1")
            seen = fleet.observe().devices["core-1"]
            assert seen.state == DeviceState.of("core-1", [FLOW, QUEUE])
            assert isinstance(seen.facts, SwitchFacts)
            assert seen.facts.up == {1, 2, 10}
    fleet_threads = {t for t in threading.enumerate() if t.name.startswith("fleet")}
    for thread in fleet_threads:
        thread.join(5)
    assert threading.active_count() == before
