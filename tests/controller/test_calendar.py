"""Which intents hold when: windows, time zones, and every instant of a week at which that changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller import operations
from controller.calendar import active, instant, moments, resting
from controller.project import Project, project_of
from intents.model.calendar import window_of
from intents.model.diagnostic import ClearwayError

REPO = Path(__file__).resolve().parents[2]
TOPOLOGY = (REPO / "labs" / "small" / "small.clab.yml").read_text(encoding="utf-8")
SHANGHAI = ZoneInfo("Asia/Shanghai")
YEAR = datetime(2026, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone


def project(**whens: str) -> Project:
    text = "---\n".join(
        f"apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {{name: {name}}}\n"
        f"spec: {{from: ct-room, to: pacs, class: imaging, guarantee: {3 + n} Gbit/s, when: {when}}}\n"
        for n, (name, when) in enumerate(whens.items())
    )
    return project_of(Path(), {"small.clab.yml": TOPOLOGY, "intents/x.yaml": text})


@pytest.mark.parametrize(
    ("when", "at", "holds"),
    [
        ("weekdays 08:00-18:00 Asia/Shanghai", datetime(2026, 11, 25, 8, 0, tzinfo=SHANGHAI), True),
        ("weekdays 08:00-18:00 Asia/Shanghai", datetime(2026, 11, 25, 7, 59, tzinfo=SHANGHAI), False),
        ("weekdays 08:00-18:00 Asia/Shanghai", datetime(2026, 11, 25, 18, 0, tzinfo=SHANGHAI), False),
        ("weekdays 08:00-18:00 Asia/Shanghai", datetime(2026, 11, 25, 9, 59, tzinfo=UTC), True),
        ("weekdays 08:00-18:00 Asia/Shanghai", datetime(2026, 11, 28, 12, 0, tzinfo=SHANGHAI), False),
        ("fri 22:00-06:00 UTC", datetime(2026, 11, 28, 5, 59, tzinfo=UTC), True),
        ("fri 22:00-06:00 UTC", datetime(2026, 11, 27, 5, 59, tzinfo=UTC), False),
        ("weekends 00:00-24:00 UTC", datetime(2026, 11, 29, 23, 59, tzinfo=UTC), True),
        # On 2026-03-29 Zurich's clock goes from 02:00 to 03:00.
        ("sun 03:00-04:00 Europe/Zurich", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), True),
    ],
)
def test_a_window_is_open_in_its_own_time_zone(when: str, at: datetime, holds: bool) -> None:
    made = project(x=when)
    assert [r.name for r in active(made.intents, at)] == (["x"] if holds else [])
    assert [r.name for r in resting(made.intents, at)] == ([] if holds else ["x"])


@given(st.datetimes(YEAR, YEAR.replace(year=2027), timezones=st.just(UTC)))
def test_what_holds_at_any_instant_held_at_one_of_the_moments(at: datetime) -> None:
    made = project(
        day="weekdays 08:00-18:00 Europe/Zurich", night="daily 22:00-06:00 Asia/Shanghai", one="sat 07:30-07:31"
    )
    sets = [{r.name for r in active(made.intents, m)} for m in moments(made.intents, datetime(2026, 6, 1, tzinfo=UTC))]
    assert {r.name for r in active(made.intents, at)} in sets
    assert len(sets) <= 8


def test_promises_that_never_meet_are_both_possible_and_those_that_meet_are_not() -> None:
    since = datetime(2026, 11, 25, tzinfo=UTC)
    apart = project(day="daily 08:00-18:00 UTC", night="daily 20:00-06:00 UTC")
    assert [d.code for d in operations.check(apart, since)] == []
    others = "{from: pacs, to: ct-room, deny: true, when: sat 10:00-11:00 UTC}"
    text = apart.files["intents/x.yaml"] + (
        f"---\napiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {{name: shut}}\nspec: {others}\n"
    )
    meets = project_of(Path(), {**apart.files, "intents/x.yaml": text})
    assert [d.code for d in operations.check(meets, since)] == ["allow-and-deny"]


def test_a_time_zone_that_is_not_there_is_named_with_its_place() -> None:
    with pytest.raises(ClearwayError) as error:
        project(x="daily 08:00-18:00 Mars/Olympus").at(datetime(2026, 1, 1, tzinfo=UTC))
    (diagnostic,) = error.value.diagnostics
    assert (diagnostic.code, diagnostic.position.line) == ("unknown-zone", 4)


def test_an_instant_is_read_in_the_machines_own_time_unless_it_says_otherwise() -> None:
    assert instant("2026-11-25T08:00+08:00") == datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
    with pytest.raises(ClearwayError):
        instant("tomorrow")


def test_a_window_has_as_many_edges_as_days_twice() -> None:
    assert sorted(window_of("mon,wed 22:00-06:00").edges()) == [(0, 1320), (1, 360), (2, 1320), (3, 360)]
