"""Kill -9 between any two steps of a change of five rounds, on Open vSwitch and with packets: nobody is cut off by it,
and the next command brings the old state or the new."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from labs.runner import lab
from tests.endtoend.site import Site, site_in
from tests.endtoend.test_packets import PACS, lab_exec
from tests.labs.lab_net import needs_a_lab

pytestmark = needs_a_lab

MONITORING = "10.20.0.11"
LATE = ("confirm", "confirmed")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as made:
        lab.up(made.folder, lambda _: None)
        yield made


@pytest.fixture
def due(site: Site) -> Site:
    """The lab as in the repository, and another class for a monitor that is still to be applied."""
    site.restore()
    site.settle()
    edit = ("Monitor 1 to monitoring gets telemetry", "Monitor 1 to monitoring gets video")
    site.edit("intents/clinical.yaml", *edit)
    return site


def all_talk(site: Site) -> bool:
    """Twenty packets each, and none lost."""
    return all(
        " 0% packet loss" in lab_exec(site, place, "ping", "-c", "20", "-i", "0.01", "-W", "2", address).stdout
        for place, address in (("monitor-1", MONITORING), ("ct-room", PACS))
    )


def slow(where: str) -> object:
    return pytest.param(where, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    "where", ["round-2", "round-4", "confirm", *map(slow, ("round-1", "round-3", "round-5", "check", "confirmed"))]
)
def test_whoever_may_talk_talks_on_and_the_next_command_undoes_or_finishes(due: Site, where: str) -> None:
    assert all_talk(due)
    died = due.start(where, "apply", str(due.folder), module="tests.endtoend.dies")
    died.communicate(timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert all_talk(due)
    if where not in LATE:
        due.restore()  # what was before the change: now there is nothing to do but to undo it
    said = due.json("apply")
    assert said["ok"], said["errors"]
    assert [r.partition(" ")[2] for r in said["recovered"]] == ["finished" if where in LATE else "reverted"]
    assert said["changes"] == []
    assert due.json("verify")["ok"]
    assert all_talk(due)
