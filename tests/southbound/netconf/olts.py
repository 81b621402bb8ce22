"""Lab OLTs of every profile with our driver on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from intents.model.pon import PonObject
from intents.model.state import DeviceState, Difference, diff
from southbound.netconf.driver import NetconfDriver
from southbound.netconf.session import Access
from tests.labs.olt_lab import Olt
from tests.southbound.netconf.plant import whole_plant

Start = Callable[..., Olt]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start an OLT with options."""
    started: list[Olt] = []

    def one(*options: str) -> Olt:
        olt = Olt(tmp_path / f"olt-{len(started)}", *options)
        olt.start()
        started.append(olt)
        return olt

    yield one
    for olt in started:
        olt.stop()


def access_to(olt: Olt, rpc_timeout_s: float = 30.0) -> Access:
    """As the campus would have it."""
    return Access(
        host="127.0.0.1",
        port=olt.port,
        username="clearway",
        private_key=(olt.folder / "client").read_text(),
        host_key=(olt.folder / "host.pub").read_text(),
        rpc_timeout_s=rpc_timeout_s,
    )


def driver_of(olt: Olt, rpc_timeout_s: float = 30.0) -> NetconfDriver:
    """A driver that knows nothing of it yet."""
    return NetconfDriver("olt-1", access_to(olt, rpc_timeout_s), lock_wait_s=1.0)


def state_of(objects: tuple[PonObject, ...]) -> DeviceState:
    return DeviceState.of("olt-1", objects)


NOTHING = state_of(())
ONE, TWO = state_of(whole_plant(1)), state_of(whole_plant(2))


def between(before: DeviceState, after: DeviceState) -> tuple[Difference, ...]:
    return diff(before, after)


def carry_out(driver: NetconfDriver, differences: tuple[Difference, ...], token: str) -> None:
    """As the transaction does it."""
    driver.prepare(differences)
    driver.commit(token, 60)
    driver.confirm(token)


def held(olt: Olt) -> DeviceState:
    """What it holds, by a driver of its own."""
    driver = driver_of(olt)
    try:
        return driver.observe().state
    finally:
        driver.close()
