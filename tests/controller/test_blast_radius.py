"""A change that interrupts more places than the campus allows: said at plan, refused at apply, made when meant."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from controller import operations
from controller.fleet import Fleet
from controller.operations import Permit, Request
from controller.project import Project
from controller.state.store import Store
from intents.compile import compile_intended
from intents.model.campus import Campus, Policy
from intents.model.diagnostic import ClearwayError, Severity
from intents.model.pon import ChannelGroup
from intents.model.state import DeviceState
from tests.compile.campuses import small_lab, small_lab_intents
from tests.fakes import MemoryDriver

KINDS = frozenset({"channel-group"})


class Site:
    """The small lab, whose OLT polls its PON otherwise than it should: putting that right starts the PON anew."""

    def __init__(self, folder: Path, most: int | None) -> None:
        self.campus = replace(small_lab(), policy=Policy(max_disrupted_places=most))
        intents = tuple(small_lab_intents(self.campus))
        intended = compile_intended(self.campus, intents).intended
        assert intended is not None
        group = ChannelGroup(name="cw.pon-1.group", polling_period_ds=50)
        olt = DeviceState(device="olt-1", objects={**intended.states["olt-1"].objects, group.key: group})
        self.olt = MemoryDriver("olt-1", KINDS, olt)
        self.core = MemoryDriver("core-1", KINDS, intended.states["core-1"])
        self.project = Project(root=folder, files={}, campus=self.campus, intents=intents, diagnostics=())
        self.store = Store(folder)

    def connect(self, campus: Campus) -> AbstractContextManager[Fleet]:
        return Fleet(campus, {"olt-1": [self.olt], "core-1": [self.core]})

    def apply(self, permit: Permit) -> operations.Applied:
        return operations.apply(self.project, self.connect, self.store, Request(token="t", about={}, permit=permit))


def test_a_plan_says_it_and_is_still_made(tmp_path: Path) -> None:
    planned = operations.plan(Site(tmp_path, 8).project, Site(tmp_path, 8).connect)
    assert len(planned.plan.changes) == 1
    (warning,) = [w for w in planned.warnings if w.code == "blast-radius"]
    assert warning.severity is Severity.WARNING
    assert "interrupts 9 places on olt-1 (camera-1, ct-room, diag-room and 6 more)" in warning.message
    assert "--allow-disruption" in warning.hint


def test_apply_refuses_before_anything_is_sent(tmp_path: Path) -> None:
    site = Site(tmp_path, 8)
    with pytest.raises(ClearwayError) as error:
        site.apply(Permit(absent_onus=True))
    assert [d.code for d in error.value.diagnostics] == ["blast-radius"]
    assert "commit" not in site.olt.calls
    assert not site.store.journal.unfinished()


def test_who_says_so_may_and_is_not_warned(tmp_path: Path) -> None:
    site = Site(tmp_path, 8)
    done = site.apply(Permit(absent_onus=True, disruption=True))
    assert "commit" in site.olt.calls
    assert not [w for w in done.warnings if w.code == "blast-radius"]


@pytest.mark.parametrize("most", [9, None])
def test_what_is_within_the_limit_is_made_without_a_word(tmp_path: Path, most: int | None) -> None:
    site = Site(tmp_path, most)
    done = site.apply(Permit(absent_onus=True))
    assert "commit" in site.olt.calls
    assert not done.warnings
