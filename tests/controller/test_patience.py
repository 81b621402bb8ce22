"""How long devices keep a change that nobody has confirmed yet."""

from __future__ import annotations

from pathlib import Path

from controller.recovery import CONFIRM_TIMEOUT_S
from controller.transaction import Change, patience_s
from intents.model.state import DeviceState
from intents.model.switch import Meter
from tests.controller.test_transaction import Bench
from tests.fakes import changes


def test_devices_wait_the_longer_for_a_proof_the_more_they_hold(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    small = bench.fleet.observe()
    assert patience_s(bench.change, small) == CONFIRM_TIMEOUT_S
    many = [Meter(meter_id=number, rate_kbps=10) for number in range(1, 50_001)]
    bench.s2.state = DeviceState.of("s2", many)
    large = bench.fleet.observe()
    assert patience_s(bench.change, large) == CONFIRM_TIMEOUT_S + 250
    first = Change(token="t2", rounds=({"s2": changes(DeviceState.of("s2", ()), bench.s2.state)},), askers={}, about={})
    assert patience_s(first, small) == CONFIRM_TIMEOUT_S + 250
