"""Every refusal of the planner, and word for word what an engineer reads. CLEARWAY_GOLDEN=write renews the page."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from intents.compile import blast_radius, compile_intended, make_plan, mass_delete
from intents.ingest import load
from intents.model.campus import Campus, FlowSpace, Model, Policy
from intents.model.diagnostic import Diagnostic
from intents.model.pon import (
    ChannelPair,
    ChannelTermination,
    DetectedOnu,
    OltFacts,
    PonObject,
    TCont,
    TrafficDescriptorProfile,
    VAni,
)
from intents.model.state import DeviceState, Observation, Operational
from intents.model.switch import FlowEntry, Output, SwitchFacts
from tests.compile.campuses import applied, small_lab, small_lab_intents
from tests.ingest.test_bad_input import shown

HERE = Path(__file__).parent / "refusals"
PAGE = HERE / "refusals.txt"
SOURCES = Path(__file__).parents[2] / "intents" / "compile"


def of_file(path: Path) -> Iterable[Diagnostic]:
    base = (HERE / "campus.yaml").read_text(encoding="utf-8")
    loaded = load({"campus.yaml": base, path.name: path.read_text(encoding="utf-8")})
    assert loaded.campus is not None, loaded.diagnostics
    return (*loaded.diagnostics, *compile_intended(loaded.campus, loaded.intents).diagnostics)


def _lab(**changes: object) -> Campus:
    return replace(small_lab(), **changes)  # type: ignore[arg-type]


def no_gateway() -> Iterable[Diagnostic]:
    switches = {"a": _switch(1, gateway=False), "b": _switch(2, gateway=False)}
    return compile_intended(_lab(switches=switches), []).diagnostics


def two_gateways() -> Iterable[Diagnostic]:
    switches = {"a": _switch(1, gateway=True), "b": _switch(2, gateway=True)}
    return compile_intended(_lab(switches=switches), []).diagnostics


def _switch(number: int, *, gateway: bool) -> object:
    return replace(small_lab().switches["core-1"], name="ab"[number - 1], datapath_id=number, gateway=gateway)


def unknown_class() -> Iterable[Diagnostic]:
    campus = small_lab()
    first = small_lab_intents(campus)[0]
    wrong = replace(first, intent=replace(first.intent, service_class="nobody"))
    return compile_intended(campus, [wrong]).diagnostics


def place_twice() -> Iterable[Diagnostic]:
    campus = small_lab()
    names = sorted(campus.places)[:2]
    twin = replace(campus.places[names[0]], address=campus.places[names[1]].address)
    places = {**campus.places, names[0]: twin}
    first = small_lab_intents(campus)[0]
    asked = replace(first, sources=(twin,), destinations=(places[names[1]],))
    return compile_intended(_lab(places=places), [asked]).diagnostics


def port_shared() -> Iterable[Diagnostic]:
    campus = small_lab()
    intents = small_lab_intents(campus)
    one, other = intents[0].sources[0], intents[0].destinations[0]
    twin = replace(one, name="twin", address=None, mac=None, segment=other.segment)
    places = {**campus.places, "twin": twin}
    asked = replace(intents[0], sources=(one, twin))
    return compile_intended(_lab(places=places), [asked]).diagnostics


def meters() -> Iterable[Diagnostic]:
    campus = small_lab()
    core = replace(campus.switches["core-1"], model="tiny")
    tiny = _lab(switches={**campus.switches, "core-1": core}, models={"tiny": Model(name="tiny", meters=1, flows=3)})
    intents = small_lab_intents(campus)
    first = replace(intents[0], intent=replace(intents[0].intent, limit_bps=10**9, deliver=None, guarantee_bps=None))
    return compile_intended(tiny, [first]).diagnostics


def flows() -> Iterable[Diagnostic]:
    campus = small_lab()
    core = replace(campus.switches["core-1"], model="tiny")
    tiny = _lab(switches={**campus.switches, "core-1": core}, models={"tiny": Model(name="tiny", flows=3)})
    return compile_intended(tiny, small_lab_intents(campus)).diagnostics


def unknown_onu() -> Iterable[Diagnostic]:
    campus = small_lab()
    lit = ChannelTermination(name="cw.pon-1.termination", channel_pair="x", type="xgs", pon_id=1, hardware="pon-1")
    seen = Observation(state=DeviceState.of("olt-1", [lit]), facts=OltFacts())
    return compile_intended(campus, small_lab_intents(campus), Operational(devices={"olt-1": seen})).diagnostics


def _beside(*theirs: PonObject) -> Iterable[Diagnostic]:
    """What is refused on an OLT that holds these of others."""
    campus = small_lab()
    serials = tuple(DetectedOnu(serial=o.serial, channel_termination="t") for o in campus.onus.values())
    seen = Observation(state=DeviceState.of("olt-1", theirs), facts=OltFacts(detected=serials))
    return compile_intended(campus, small_lab_intents(campus), Operational(devices={"olt-1": seen})).diagnostics


def pon_technology() -> Iterable[Diagnostic]:
    return _beside(ChannelTermination(name="t", channel_pair="p", type="gpon", pon_id=7, hardware="pon-1"))


def pon_shared() -> Iterable[Diagnostic]:
    return _beside(
        ChannelPair(name="p", channel_group="g", channel_partition="x", type="xgs"),
        ChannelTermination(name="t", channel_pair="p", type="xgs", pon_id=7, hardware="pon-1"),
        VAni(name="v", onu_id=3, channel_partition="x", channel_pair="p", serial="OLDX00000001"),
        TrafficDescriptorProfile(name="most", fixed_bps=10**9, assured_bps=7_600_000_000, maximum_bps=9_000_000_000),
        TCont(name="c", alloc_id=1024, v_ani="v", profile="most"),
    )


def mass_deleted() -> Iterable[Diagnostic]:
    campus = small_lab()
    before = compile_intended(campus, small_lab_intents(campus)).intended
    after = compile_intended(campus, []).intended
    assert before is not None and after is not None
    held = applied(before, campus)
    found = mass_delete(make_plan(after, campus, held), held)
    return () if found is None else (found,)


def too_wide() -> Iterable[Diagnostic]:
    campus = _lab(policy=Policy(max_disrupted_places=1))
    before = compile_intended(campus, small_lab_intents(campus)).intended
    moved = {n: replace(o, serial=f"CWLB9999{i:04}") for i, (n, o) in enumerate(campus.onus.items())}
    after = compile_intended(replace(campus, onus=moved), small_lab_intents(campus)).intended
    assert before is not None and after is not None
    found = blast_radius(make_plan(after, campus, applied(before, campus)), campus)
    return () if found is None else (found,)


def entry_taken() -> Iterable[Diagnostic]:
    campus = _lab(flow_space=FlowSpace(first_table=10, priority=1))
    theirs = FlowEntry(table=0, priority=1, match=(), actions=(Output(7),), cookie=0x5EED)
    seen = Observation(state=DeviceState.of("core-1", [theirs]), facts=SwitchFacts())
    return compile_intended(campus, small_lab_intents(campus), Operational(devices={"core-1": seen})).diagnostics


def said() -> str:
    cases = {path.stem: of_file(path) for path in sorted(HERE.glob("*.yaml")) if path.name != "campus.yaml"}
    for case in (
        no_gateway,
        two_gateways,
        unknown_class,
        place_twice,
        port_shared,
        meters,
        flows,
        unknown_onu,
        pon_technology,
        pon_shared,
        mass_deleted,
        too_wide,
        entry_taken,
    ):
        cases[case.__name__.replace("_", "-")] = case()
    return "\n".join(f"# {name}\n" + "\n".join(shown(d) for d in found) + "\n" for name, found in cases.items())


def test_each_refusal_reads_as_it_should() -> None:
    page = said()
    if os.environ.get("CLEARWAY_GOLDEN") == "write":
        PAGE.write_text(page, encoding="utf-8")
    assert page == PAGE.read_text(encoding="utf-8")


def test_every_refusal_of_the_planner_has_a_case() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.py"))
    codes = set(re.findall(r'code="([a-z-]+)"', text)) | set(re.findall(r'_note\(found, "([a-z-]+)"', text))
    shown_codes = set(re.findall(r"\[([a-z-]+)\]$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert codes - shown_codes == set()
