"""Numbers that others use on a PON are not given out again, whatever they call their part of it."""

from __future__ import annotations

from dataclasses import replace

from intents.compile import compile_intended
from intents.model import pon
from intents.model.state import DeviceState, Observation, Operational
from tests.compile.campuses import small_lab, small_lab_intents


def test_what_others_hold_on_the_same_port_is_kept_clear_of() -> None:
    campus = small_lab()
    intents = small_lab_intents(campus)
    alone = compile_intended(campus, intents, None).intended
    assert alone is not None
    ours = [o for o in alone.states["olt-1"].objects.values() if isinstance(o, pon.PonObject)]
    tconts = {o.alloc_id for o in ours if isinstance(o, pon.TCont)}
    # Somebody else has every one of the numbers that we would take, on channels of his own on the same port.
    theirs: list[pon.PonObject] = [
        pon.ChannelTermination(name="t", channel_pair="p", type="xgs", pon_id=7, hardware="pon-1"),
        pon.VAni(name="v", onu_id=3, channel_partition="x", channel_pair="p", serial="OLDX00000001"),
        pon.OltVEnet(name="e", v_ani="v"),
    ]
    theirs += [replace(o, name=f"their-{o.name}", v_ani="v") for o in ours if isinstance(o, pon.TCont)]
    theirs += [replace(o, name=f"their-{o.name}", interface="e") for o in ours if isinstance(o, pon.GemPort)]
    seen = Observation(state=DeviceState.of("olt-1", theirs), facts=pon.OltFacts())
    beside = compile_intended(campus, intents, Operational(devices={"olt-1": seen})).intended
    assert beside is not None
    now = beside.states["olt-1"].objects.values()
    assert {o.alloc_id for o in now if isinstance(o, pon.TCont) and o.name.startswith("cw.")}.isdisjoint(tconts)
    gems = {o.gemport_id for o in ours if isinstance(o, pon.GemPort)}
    assert {o.gemport_id for o in now if isinstance(o, pon.GemPort) and o.name.startswith("cw.")}.isdisjoint(gems)
    assert 3 not in {o.onu_id for o in now if isinstance(o, pon.VAni) and o.name.startswith("cw.")}
