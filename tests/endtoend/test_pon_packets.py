"""Fibres that break under packets: who is cut off hears nothing, who is protected notices nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from labs.runner import lab
from labs.runner.breaking import carry_out
from tests.endtoend.site import LAB, REPO, Site, site_in
from tests.endtoend.test_pon_faults import with_a_second_feeder
from tests.labs.lab_net import needs_a_lab

pytestmark = needs_a_lab

PACS, HIS = "10.20.0.5", "10.20.0.6"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as site:
        with_a_second_feeder(site)
        lab.up(site.folder, lambda _: None)
        applied = site.run("apply")
        assert applied.code == 0, applied.err
        yield site


@pytest.fixture
def site(up: Site) -> Iterator[Site]:
    yield up
    carry_out(up.folder, "clear", None)


def pings(site: Site, place: str, address: str) -> bool:
    words = ["exec", str(site.folder), place, "--", "ping", "-c", "2", "-i", "0.2", "-W", "1", address]
    return subprocess.run([*LAB, *words], capture_output=True, check=False, cwd=REPO).returncode == 0


@pytest.mark.parametrize("fault", ["fibre-cut", "power-loss"])
def test_one_that_is_dark_is_cut_off_alone(site: Site, fault: str) -> None:
    assert pings(site, "ct-room", PACS)
    carry_out(site.folder, fault, "onu-ct")
    assert not pings(site, "ct-room", PACS)
    assert pings(site, "nurse-station", HIS)
    carry_out(site.folder, "clear", None)
    assert pings(site, "ct-room", PACS)


def test_a_rogue_silences_its_neighbours(site: Site) -> None:
    carry_out(site.folder, "rogue-onu", "onu-lobby")
    assert not pings(site, "nurse-station", HIS)
    carry_out(site.folder, "fibre-cut", "onu-lobby")
    assert pings(site, "nurse-station", HIS)


def test_a_protected_feeder_is_not_missed_and_both_are(site: Site) -> None:
    carry_out(site.folder, "feeder-cut", "olt-1/pon-1")
    assert pings(site, "ct-room", PACS)
    carry_out(site.folder, "feeder-cut", "olt-1/pon-2")
    assert not pings(site, "ct-room", PACS)


def test_little_light_loses_nothing(site: Site) -> None:
    carry_out(site.folder, "low-power", "onu-ct")
    assert pings(site, "ct-room", PACS)
