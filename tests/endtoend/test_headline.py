"""It is the intents that do it: with them the study takes a second, without them, all else alike, tens of seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from controller.project import read_project
from labs.bench.ends import LightEnds
from labs.bench.place import Places
from labs.bench.stage import Stage
from labs.runner import lab
from tests.endtoend.site import Site, site_in
from tests.labs.lab_net import needs_a_lab

pytestmark = [*needs_a_lab, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as made:
        lab.up(made.folder, lambda _: None)
        yield made


def study_s(site: Site, *, runs: int) -> float:
    campus = read_project(site.folder).checked_campus()
    places = Places(workspace=lab.running(site.folder), campus=campus, scale=lab.DEFAULT_SCALE)
    with Stage(places, LightEnds(places)) as stage:
        arm = stage.measure("study", upwards=False, loaded=True, repeats=runs)
    assert arm.faults == ()
    return arm.median_s


def test_the_study_is_slow_again_when_its_intents_are_removed_and_fast_when_they_are_back(site: Site) -> None:
    assert site.run("apply").code == 0
    with_intents = study_s(site, runs=3)
    # The same places may still talk, but nothing is promised to images any more, and nobody is kept behind them.
    everybody = (site.folder / "baseline-intents" / "everybody.yaml").read_text()
    for path in (site.folder / "intents").iterdir():
        path.unlink()
    site.write("intents/everybody.yaml", everybody)
    assert site.run("apply", "--allow-mass-delete").code == 0
    without = study_s(site, runs=1)
    site.restore()
    assert site.run("apply", "--allow-mass-delete").code == 0
    again = study_s(site, runs=3)
    assert without > 10 * with_intents
    assert without > 10 * again
