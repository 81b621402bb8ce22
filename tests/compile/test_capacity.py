"""What is said to be free can be promised, and no more."""

from __future__ import annotations

from hypothesis import assume, given, settings

from intents.compile import capacity, compile_intended
from intents.model.campus import Campus
from intents.model.diagnostic import has_errors
from intents.model.intent import ResolvedIntent
from tests.compile.campuses import G, M, intent, small_lab, small_lab_intents
from tests.compile.strategies import asked
from tests.conftest import examples


def test_the_small_lab_has_room_where_nobody_was_promised_it() -> None:
    campus = small_lab()
    rooms = {r.resource: r for r in capacity(campus, small_lab_intents(campus))}
    pon = rooms["olt-1/pon-1 upstream"]
    assert pon.capacity_bps == 8_667_648_000
    assert pon.promised_bps == sum(bps for _, bps in pon.holders)
    assert dict(pon.holders).keys() == {"study", "wards"}
    assert rooms["core-1:10 in"].holders[0][0] == "study"
    assert rooms["onu-8:1 in"].promised_bps == 0


def test_all_that_is_free_on_a_port_can_be_promised_and_not_a_megabit_more() -> None:
    campus = small_lab()
    intents = small_lab_intents(campus)
    (port,) = (r for r in capacity(campus, intents) if r.resource == "onu-3:1 in")
    assert port.free_bps == 1 * G - 10 * M
    for more, fits in ((0, True), (1 * M, False)):
        rate = port.promised_bps + port.free_bps + more
        asks = [i for i in intents if i.name != "wards"]
        asks.append(intent(campus, "wards", "ward-1", "his", one_way=True, guarantee_bps=rate))
        assert has_errors(compile_intended(campus, asks).diagnostics) is not fits


@settings(max_examples=examples(40), deadline=None)
@given(asked())
def test_nothing_is_promised_beyond_what_there_is(given_: tuple[Campus, list[ResolvedIntent]]) -> None:
    campus, intents = given_
    assume(compile_intended(campus, intents).intended is not None)
    for room in capacity(campus, intents):
        assert room.promised_bps + room.free_bps <= room.capacity_bps or room.capacity_bps == 0
        assert room.promised_bps <= room.capacity_bps
