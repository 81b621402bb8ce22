"""Devices that hold nothing change nothing: what was compiled before they were read need not be compiled again."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from intents.compile import compile_intended, is_blank
from intents.model.campus import Campus
from intents.model.intent import ResolvedIntent
from intents.model.state import DeviceState, Operational
from tests.compile.campuses import applied
from tests.compile.strategies import asked
from tests.verify.test_agreement import SLOWLY


@SLOWLY
@given(asked())
def test_with_blank_devices_it_comes_to_the_same_as_with_none(given_: tuple[Campus, list[ResolvedIntent]]) -> None:
    campus, intents = given_
    compiled = compile_intended(campus, intents)
    if compiled.intended is None:
        return
    full = applied(compiled.intended, campus)
    blank = Operational(
        devices={name: replace(seen, state=DeviceState.of(name, ())) for name, seen in full.devices.items()}
    )
    assert is_blank(blank)
    assert not is_blank(full)
    assert compile_intended(campus, intents, blank) == compiled
