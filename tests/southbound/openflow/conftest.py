"""Switches for the contract tests: a private Open vSwitch, and the soft switch of the labs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from controller.openflow_listener import OpenFlowController
from intents.model.state import Difference
from labs.net import sandbox
from labs.net.sandbox import OvsSandbox
from southbound.openflow.driver import OpenFlowDriver
from tests.southbound.soft_switch import SoftSwitch

DATAPATH = 0xC1EA01


class Switch(Protocol):
    """What the tests do to a switch from outside."""

    def dial(self, host: str, port: int) -> None:
        """Point it at a controller."""

    def restart_empty(self) -> None:
        """Kill it and start it again without its entries."""


@dataclass
class Bench:
    """A controller, and a switch that dials it."""

    controller: OpenFlowController
    switch: Switch

    def driver(self, deadline_s: float = 10.0) -> OpenFlowDriver:
        """A new driver of the switch."""
        return OpenFlowDriver("core-1", DATAPATH, self.controller, deadline_s=deadline_s)

    def empty(self) -> None:
        """Take everything from the switch."""
        driver = self.driver()
        held = driver.observe().state.objects
        # Entries before the groups and meters that they use.
        order = {"flow": 0, "group": 1, "meter": 2}
        gone = sorted(held.items(), key=lambda i: order[str(i[0][0])])
        driver.prepare([Difference(key=k, before=o, after=None) for k, o in gone])
        driver.commit("empty", 1)
        driver.confirm("empty")


@contextmanager
def running(kind: str, controller: OpenFlowController) -> Iterator[Switch]:
    """A switch of this kind that dials the controller."""
    if kind == "soft":
        with SoftSwitch(DATAPATH) as soft:
            soft.dial(*controller.address)
            yield soft
        return
    if not sandbox.available():
        pytest.skip("Open vSwitch is not installed")
    with (
        tempfile.TemporaryDirectory(prefix="cw-of-") as directory,
        OvsSandbox(
            Path(directory), DATAPATH, protocols="OpenFlow13" if kind == "ovs 1.3" else "OpenFlow13,OpenFlow14"
        ) as ovs,
    ):
        ovs.dial(*controller.address)
        yield ovs


@pytest.fixture(
    scope="module",
    params=["soft", pytest.param("ovs", marks=pytest.mark.lab), pytest.param("ovs 1.3", marks=pytest.mark.lab)],
)
def full_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """One switch and controller for a module."""
    with (
        OpenFlowController("127.0.0.1", 0, {DATAPATH: "core-1"}) as controller,
        running(request.param, controller) as switch,
    ):
        yield Bench(controller, switch)


@pytest.fixture
def bench(full_bench: Bench) -> Bench:
    """The same, holding nothing."""
    full_bench.empty()
    return full_bench
