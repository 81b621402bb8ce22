"""What breaks on the fibres of the lab, and what a hospital reads of it: places, promises, where to look."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from labs.runner import lab
from labs.runner.breaking import carry_out
from labs.runner.errors import LabError
from tests.endtoend.site import LAB, REPO, Site, site_in


def with_a_second_feeder(site: Site) -> None:
    """A port that stands by for the PON, and room on the cable for two PONs' worth, so that promises can be kept."""
    pon = "        clearway.pon.pon-1: xgs-pon\n"
    more = "        clearway.pon.pon-2: xgs-pon\n        clearway.protected-by.pon-1: olt-1/pon-2\n"
    site.edit("small.clab.yml", pon, pon + more)
    for wide in ("clearway.rate", "clearway.uplink.up-1"):
        site.edit("small.clab.yml", f"{wide}: 10 Gbit/s", f"{wide}: 100 Gbit/s")


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The small lab on loopback with a second feeder, its intents applied."""
    with site_in(tmp_path_factory.mktemp("site")) as site:
        with_a_second_feeder(site)
        lab.up(site.folder, lambda _: None, without_packets=True)
        applied = site.run("apply")
        assert applied.code == 0, applied.err
        yield site


@pytest.fixture
def site(up: Site) -> Iterator[Site]:
    yield up
    order(up, "clear")


def order(site: Site, fault: str, thing: str | None = None) -> None:
    """`clearway lab fault FOLDER FAULT THING`, in this process."""
    carry_out(site.folder, fault, thing)


def status(site: Site, fault: str, thing: str | None = None) -> dict[str, Any]:
    """What `clearway status --json` says after a fault."""
    order(site, fault, thing)
    return site.json("status")


def failing(said: dict[str, Any]) -> set[str]:
    return {i["name"] for i in said["intents"] if not i["holds"]}


def test_a_cut_fibre_names_the_rooms_the_promises_and_the_fibre(site: Site) -> None:
    said = status(site, "fibre-cut", "onu-ct")
    (trouble,) = said["troubles"]
    assert (trouble["kind"], trouble["at"], trouble["onus"]) == ("fibre", "onu-ct", ["onu-ct"])
    assert "ct-room" in trouble["places"]
    assert "from the splitter of olt-1/pon-1 to onu-ct" in trouble["look"]
    assert "ct-study" in trouble["lost"]
    assert set(trouble["lost"]) <= failing(said)
    assert "monitors" not in failing(said), "what does not go by that fibre holds"


def test_power_that_goes_is_told_from_a_fibre(site: Site) -> None:
    said = status(site, "power-loss", "onu-diag")
    (trouble,) = said["troubles"]
    assert (trouble["kind"], trouble["at"]) == ("power", "onu-diag")
    assert "power supply" in trouble["look"]
    assert "diagnosis-fetch" in trouble["lost"]


def test_two_that_lose_power_together_are_one_trouble(site: Site) -> None:
    order(site, "power-loss", "onu-diag")
    (trouble,) = status(site, "power-loss", "onu-ct")["troubles"]
    assert (trouble["kind"], trouble["onus"]) == ("power", ["onu-ct", "onu-diag"])


def test_a_cut_feeder_goes_over_to_the_port_that_stands_by(site: Site) -> None:
    said = status(site, "feeder-cut", "olt-1/pon-1")
    (trouble,) = said["troubles"]
    assert (trouble["kind"], trouble["dark"]) == ("switched-over", False)
    assert failing(said) == set()
    assert {o["state"] for o in said["onus"]} == {"up"}
    assert "ct-study" in trouble["atRisk"]
    assert "the feeder fibre from port pon-1 of olt-1" in trouble["look"]


def test_both_feeders_cut_darken_the_whole_pon(site: Site) -> None:
    order(site, "feeder-cut", "olt-1/pon-2")
    said = status(site, "feeder-cut", "olt-1/pon-1")
    (trouble,) = said["troubles"]
    assert (trouble["kind"], len(trouble["onus"])) == ("feeder", 8)
    assert {"ct-study", "monitors"} <= set(trouble["lost"])


def test_a_rogue_onu_is_named_and_unplugging_it_brings_back_the_others(site: Site) -> None:
    (trouble,) = status(site, "rogue-onu", "onu-lobby")["troubles"]
    assert (trouble["kind"], len(trouble["onus"])) == ("rogue", 8)
    assert "unplug onu-lobby" in trouble["look"]
    (left,) = status(site, "fibre-cut", "onu-lobby")["troubles"]
    assert (left["kind"], left["onus"]) == ("fibre", ["onu-lobby"])


def test_little_light_puts_at_risk_and_breaks_nothing(site: Site) -> None:
    said = status(site, "low-power", "onu-ct")
    (trouble,) = said["troubles"]
    assert (trouble["kind"], trouble["dark"], said["ok"]) == ("low-light", False, True)
    assert "-27.6 dBm" in trouble["what"]
    assert "ct-study" in trouble["atRisk"]


def test_light_is_no_part_of_the_proof(site: Site) -> None:
    before = site.json("verify")
    order(site, "low-power", "onu-ct")
    after = site.json("verify")
    assert after["intents"] == before["intents"]
    assert not site.json("plan")["changes"]


def test_status_reads_like_what_a_person_would_say(site: Site) -> None:
    order(site, "fibre-cut", "onu-ct")
    said = site.run("status").out
    assert "dark     onu-ct fell silent without a last word" in said
    assert "not kept for them: " in said


def test_when_all_is_whole_there_is_no_trouble(site: Site) -> None:
    said = status(site, "clear")
    assert (said["troubles"], said["ok"]) == ([], True)


def test_the_command_line_breaks_and_mends(up: Site) -> None:
    def told(*words: str) -> tuple[int, str]:
        command = [*LAB, "fault", str(up.folder), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPO)
        return done.returncode, done.stdout + done.stderr

    code, said = told("fibre-cut", "onu-ct")
    assert code == 0 and "next: clearway status" in said
    assert told("clear") == (0, "all is whole again\n")


@pytest.mark.parametrize(
    ("fault", "thing", "told"),
    [
        ("storm", "onu-ct", "there is no fault storm"),
        ("fibre-cut", "onu-x", "there is no ONU onu-x"),
        ("feeder-cut", "pon-1", "there is no PON pon-1"),
        ("fibre-cut", None, "fibre-cut of what?"),
    ],
)
def test_a_fault_of_what_is_not_there_is_refused(up: Site, fault: str, thing: str | None, told: str) -> None:
    with pytest.raises(LabError, match=re.escape(told)):
        order(up, fault, thing)
