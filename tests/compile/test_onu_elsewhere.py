"""An ONU that its OLT sees on another PON than the campus says: refused before anything is sent."""

from __future__ import annotations

from intents.compile import compile_intended
from intents.ingest import load
from intents.model.diagnostic import Diagnostic
from intents.model.pon import ChannelTermination, DetectedOnu, OltFacts, VAni
from intents.model.state import Observation, Operational
from labs.bench.om import wing
from labs.bench.om.wing import Doors

DOORS = Doors(netconf=(1, 2), ovsdb=3, openflow=4, keys="keys")
BEFORE = wing.campus(2, DOORS)
CT = wing.serial(201)


def found(text: str, ct_on: str) -> list[Diagnostic]:
    """What is said of a campus where the OLT holds what BEFORE asks for, and the CT's ONU hangs on a PON."""
    first = load({"campus.yaml": BEFORE, "intents/owed.yaml": wing.INTENTS})
    assert first.campus is not None
    intended = compile_intended(first.campus, first.intents, None).intended
    assert intended is not None
    state = intended.states["olt-1"]
    held = state.objects.values()
    port = {o.hardware: o.name for o in held if isinstance(o, ChannelTermination)}
    of = {o.channel_pair: o.name for o in held if isinstance(o, ChannelTermination)}
    others = [v for v in held if isinstance(v, VAni) and v.serial != CT]
    facts = OltFacts(
        up_v_anis=frozenset(v.name for v in others),
        detected=(
            *(DetectedOnu(serial=v.serial, channel_termination=of[v.channel_pair], v_ani=v.name) for v in others),
            DetectedOnu(serial=CT, channel_termination=port[ct_on]),
        ),
    )
    operational = Operational(devices={"olt-1": Observation(state=state, facts=facts)})
    again = load({"campus.yaml": text, "intents/owed.yaml": wing.INTENTS})
    assert again.campus is not None
    said = compile_intended(again.campus, again.intents, operational).diagnostics
    return [d for d in said if d.code == "unknown-onu"]


def moved(pon: str) -> str:
    return BEFORE.replace("onu-ct: {pon: olt-1/pon-1", f"onu-ct: {{pon: olt-1/{pon}")


def test_where_it_hangs_it_may_be_written() -> None:
    assert found(moved("pon-2"), "pon-2") == []


def test_where_it_does_not_hang_it_is_refused_and_the_right_pon_named() -> None:
    (said,) = found(moved("pon-4"), "pon-2")
    assert said.message == f"olt-1 sees onu-ct (serial number {CT}) on olt-1/pon-2, and not on olt-1/pon-4"
    assert "`pon: olt-1/pon-2`" in said.hint
    assert said.position.line == moved("pon-4")[: moved("pon-4").index("onu-ct:")].count("\n") + 1


def test_on_the_port_that_stands_by_it_is_where_it_may_be() -> None:
    text = moved("pon-4").replace(
        "pon-4: {technology: xgs-pon", "pon-4: {technology: xgs-pon, protected-by: olt-1/pon-2"
    )
    assert found(text, "pon-2") == []


def test_where_its_second_fibre_leads_it_may_be() -> None:
    assert found(moved("pon-4, backup: olt-1/pon-2"), "pon-2") == []
