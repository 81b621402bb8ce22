"""The bench of changes, small: what it pushes arrives, whichever way it goes."""

from __future__ import annotations

import pytest

from labs.bench import push_olt, push_ovs
from labs.campus import Size
from labs.net import sandbox

pytestmark = pytest.mark.lab


def test_the_driver_and_ovs_ofctl_leave_the_same_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    if not sandbox.available():
        pytest.skip("Open vSwitch is not installed")
    monkeypatch.setattr(push_ovs, "SIZES", ((200, 1),))
    figures = push_ovs.measure(lambda _: None)
    assert figures["ovs_200_ours_s"] > 0
    assert figures["ovs_200_ratio"] > 0


def test_an_olt_is_configured_read_and_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_olt, "TURNS", 1)
    for name in ("SMALL", "LARGE"):
        monkeypatch.setattr(push_olt, name, Size(sites=1, onus=32, places=64, intents=10))
    figures = push_olt.measure(lambda _: None)
    assert {"olt512_ratio", "olt1000_read_ratio", "one_onu_s"} <= figures.keys()
