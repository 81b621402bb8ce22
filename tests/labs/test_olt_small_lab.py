"""The small lab's own configuration, as planned and rendered, on the OLT: taken, read back the same, undone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from intents.compile import compile_intended
from intents.ingest.load import load
from intents.model.pon import PonObject
from intents.model.state import DeviceState, diff
from southbound.driver import DeviceRefused
from southbound.netconf.driver import NetconfDriver
from southbound.netconf.session import Access
from southbound.netconf.standard.config import config_of
from tests.conftest import REPO
from tests.labs.olt_lab import Olt, until
from tests.labs.test_olt_yang import accept
from tests.southbound.netconf import genuine


@cache
def intended(intents: str = "intents") -> DeviceState:
    """The OLT's state that the small lab's intents ask for."""
    folder = REPO / "labs" / "small"
    paths = [folder / "small.clab.yml", *sorted((folder / intents).glob("*.yaml"))]
    loaded = load({path.name: path.read_text() for path in paths}, {})
    assert loaded.campus is not None
    compiled = compile_intended(loaded.campus, loaded.intents, None)
    assert compiled.intended is not None, compiled.diagnostics
    return compiled.intended.states["olt-1"]


def text_of(state: DeviceState) -> str:
    objects = [o for o in state.objects.values() if isinstance(o, PonObject)]
    return genuine.text_of(config_of(objects))


@pytest.fixture
def olt(tmp_path: Path) -> Iterator[Olt]:
    olt = Olt(tmp_path)
    olt.start()
    yield olt
    olt.stop()


@pytest.fixture
def driver(olt: Olt) -> Iterator[NetconfDriver]:
    access = Access(
        host="127.0.0.1",
        port=olt.port,
        username="clearway",
        private_key=(olt.folder / "client-rsa").read_text(),  # elsewhere they are of Ed25519
        host_key=(olt.folder / "host.pub").read_text(),
    )
    driver = NetconfDriver("olt-1", access)
    yield driver
    driver.close()


@pytest.mark.parametrize("intents", ["intents", "baseline-intents"])
def test_the_olt_takes_it_and_so_do_the_genuine_modules(shared: Path, intents: str) -> None:
    config, parsed = accept(text_of(intended(intents)))
    assert parsed.tconts and parsed.forwarders
    assert genuine.by_wheel(shared, genuine.text_of(config)) == ""


def test_it_is_read_back_as_it_was_sent(driver: NetconfDriver) -> None:
    state = intended()
    driver.prepare(diff(DeviceState(device="olt-1"), state))
    driver.commit("change-1", 60)
    driver.confirm("change-1")
    assert diff(driver.observe().state, state) == ()


def test_a_change_that_is_not_confirmed_leaves_what_was_there(driver: NetconfDriver) -> None:
    before = driver.observe().state
    driver.prepare(diff(before, intended()))
    driver.commit("change-1", 60)
    driver.revert("change-1")
    assert diff(driver.observe().state, before) == ()
    driver.prepare(diff(before, intended()))
    driver.commit("change-2", 1)
    driver.close()
    until(lambda: not driver.observe().state.objects)


def test_a_change_of_intents_goes_through_and_back(driver: NetconfDriver) -> None:
    states = [DeviceState(device="olt-1"), intended(), intended("baseline-intents"), intended()]
    for n, (before, after) in enumerate(pairwise(states)):
        driver.prepare(diff(before, after))
        driver.commit(f"change-{n}", 60)
        driver.confirm(f"change-{n}")
        assert diff(driver.observe().state, after) == ()


def test_taking_a_profile_from_under_a_tcont_is_refused_by_name(driver: NetconfDriver) -> None:
    state = intended()
    driver.prepare(diff(DeviceState(device="olt-1"), state))
    driver.commit("change-1", 60)
    driver.confirm("change-1")
    profile = state.kind("traffic-descriptor-profile")[0]
    without = DeviceState.of("olt-1", [o for o in state.objects.values() if o.key != profile.key])
    with pytest.raises(DeviceRefused) as refusal:
        driver.prepare(diff(state, without))
    assert refusal.value.object_name.startswith("cw.")
