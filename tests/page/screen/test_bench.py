"""The bench of the page measures all that it says, on a hospital small enough to wait for."""

from __future__ import annotations

import pytest

from labs.bench import page
from labs.bench.browser import why_none
from labs.campus import Size

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def test_the_bench_gives_every_figure_that_has_a_target() -> None:
    reason = why_none()
    if reason is not None:
        pytest.skip(reason)
    report = page.run(lambda _: None, Size(sites=1, onus=32, places=120, intents=40))
    assert page.TARGETS.keys() <= report.figures.keys()
    assert all(figure > 0 for figure in report.figures.values())
    assert report.figures["click_p95_ms"] >= report.figures["click_median_ms"]
    assert report.figures["way_p95_ms"] >= report.figures["way_median_ms"]
