"""Rates as measured: from counters of the switch to the page, over a restart of what counts, and for a week."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.page.kept import Kept
from controller.page.rates import Pair, Rates
from controller.state.store import Store
from intents.model.state import Difference
from southbound.openflow.change import message
from southbound.openflow.counters import _ports
from southbound.openflow.decode import Malformed
from southbound.openflow.dialect import OPENFLOW_13, dialect
from tests.endtoend.site import eventually
from tests.page.browser import Browser
from tests.page.conftest import Shown
from tests.page.test_views import flow_of, order

CT = Pair("ct-room", "pacs")


def test_a_rate_is_what_went_by_between_two_countings() -> None:
    rates: Rates[str] = Rates(5)
    for at, count in ((0.0, 0), (5.0, 1_000_000), (10.0, 1_000_000), (15.0, 500_000)):  # then it began anew
        rates.counted(at, {"a": count})
    assert [found.get("a", 0.0) for _, found in rates.between(0, 15)] == [1_600_000, 0, 800_000]
    assert rates.now("a") == 800_000
    assert rates.now("b") is None
    rates.lost()
    rates.counted(100.0, {"a": 10**9})
    assert rates.between(16, 100) == []


def test_averages_are_kept_for_a_week_and_over_a_restart(tmp_path: Path) -> None:
    store, rates = Store(tmp_path), Rates[Pair](5)
    day = 24 * 3600.0
    for begin in (0.0, 8 * day):
        kept = Kept(store.records, lambda: True)
        for step in range(62):
            rates.counted(begin + 5 * step, {CT: 625_000 * step})
            kept.keep(begin + 5 * step, rates)
    again = Kept(Store(tmp_path).records, lambda: True)
    found = list(again.between(0, 9 * day))
    assert [at for at, _ in found] == [8 * day + 300]
    assert found[0][1][CT] == pytest.approx(1_000_000, rel=0.05)


def test_ports_are_counted_in_both_versions_and_half_a_port_is_refused() -> None:
    head = bytes(16)
    old = struct.pack("!I4xQQQQ", 7, 1, 2, 3, 4) + bytes(72)
    new = struct.pack("!H2xI8xQQQQ", 48, 7, 1, 2, 3, 4)
    assert list(_ports(dialect(OPENFLOW_13), [head + old + old])) == [(7, 3, 4)] * 2
    assert list(_ports(dialect(OPENFLOW_13 + 1), [head + new])) == [(7, 3, 4)]
    for wrong in (old[:-1], bytes(3)):
        with pytest.raises(Malformed):
            list(_ports(dialect(OPENFLOW_13), [head + wrong]))
    with pytest.raises(Malformed):
        list(_ports(dialect(OPENFLOW_13 + 1), [head + bytes(48)]))


def test_what_a_guaranteed_service_gets_is_shown_beside_its_promise(shown: Shown, vera: Browser) -> None:
    flow = flow_of(shown.site)
    frame = message(dialect(), Difference(key=flow.key, before=None, after=flow)).hex()

    def carries() -> bool:
        order(shown.site, cmd="carry", frame=frame, bytes=10_000_000)
        line = vera.get("/api/series?intent=ct-study").json["rates"][0]
        return line["pair"] == "ct-room > pacs" and any(bps > 0 for _, bps in line["points"])

    assert eventually(carries, 40)
    found = vera.get("/api/series?intent=ct-study").json
    assert found["bound"]["completion_us"] > 0
    assert found["rates"][0]["where"] == "core-1"
    first, last = found["rates"][0]["points"][0], found["rates"][0]["points"][-1]
    assert datetime.fromisoformat(first[0]) <= datetime.fromisoformat(last[0]) <= datetime.now(UTC)
    assert vera.get("/api/series?intent=ct-studi").status == 404
    assert vera.get("/api/series?intent=ct-study&from=yesterday").status == 400
    assert vera.get("/api/series?intent=ct-study&from=2020-01-01T00:00:00Z").json["step_s"] == 300
