"""An emergency: what somebody changes by hand on a device that he holds stays until he ends it, or his time is over."""

from __future__ import annotations

import getpass
from dataclasses import replace
from datetime import timedelta

import pytest
from google.protobuf import timestamp_pb2

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.audit import files
from controller.audit.chain import Record
from controller.audit.check import records
from controller.breakglass import BreakGlass, Ending, Hold
from controller.calendar import now
from controller.service.api.breakglass import BreakGlassCalls
from controller.service.api.call import Call
from controller.service.reconcile.settings import Policy
from controller.state.store import Store
from intents.model.diagnostic import ClearwayError
from intents.model.switch import FlowEntry
from tests.commandline import clearway
from tests.endtoend.site import Site
from tests.reconcile.network import Watched


def glass(site: Site) -> BreakGlass:
    return BreakGlass(Store(site.folder / ".clearway"))


def logged(site: Site) -> list[Record]:
    """What the audit log says of break-glass."""
    every = records(files.every(site.folder / ".clearway" / files.FOLDER))
    return [r for r in every if r.kind.startswith("break-glass")]


def a_flow(network: Watched) -> FlowEntry:
    return next(o for o in network.applied() if isinstance(o, FlowEntry) and o.table == 1 and o.actions)


def opened(site: Site, *words: str) -> int:
    terms = ("--owner", "A. Meier", "--for", "4h", "--why", "PACS is down")
    return clearway("break-glass", "core-1", "--dir", str(site.folder), *(words or terms)).code


def test_a_fix_by_hand_stays_while_it_is_held_and_goes_when_its_owner_says(site: Site, network: Watched) -> None:
    assert opened(site) == 0
    flow, before = a_flow(network), network.last
    network.change_switch(flow, replace(flow, actions=()))
    seen = network.wait_for(lambda e: e.cause == "held" and e.verdict is not None, before)
    assert any("core-1 is held by A. Meier until" in line and "PACS is down" in line for line in seen.details)
    assert [d.key for d in seen.verdict.drift] == [flow.key]  # type: ignore[union-attr]

    done = network.engine.apply(network.engine.current(), by="a test", cause="api")
    assert not done.plan.changes  # the fix is not undone by the way
    assert [d.code for d in done.warnings] == ["break-glass-held"]

    before = network.last
    assert opened(site, "--revert") == 0  # by the service, that has the switch
    mended = network.wait_for(lambda e: e.cause == "repaired" and e.holds, before)
    assert not mended.verdict.drift  # type: ignore[union-attr]
    assert glass(site).holds() == {}
    assert [(r.kind, r.fields["by"], r.fields["owner"]) for r in logged(site)] == [
        ("break-glass-opened", getpass.getuser(), "A. Meier"),
        ("break-glass-to-end", getpass.getuser(), "A. Meier"),
        ("break-glass-ended", "Clearway", "A. Meier"),
    ]
    shown = clearway("audit", "show", str(site.folder), "--device", "core-1", "--who", getpass.getuser()).out
    assert "holds core-1 for A. Meier until" in shown
    assert "wants to end the break-glass of A. Meier on core-1: revert" in shown


def test_when_the_time_is_over_what_was_applied_is_put_back(site: Site, network: Watched) -> None:
    network.policies["core-1"] = Policy.REPORT
    since = now()
    hold = Hold(device="core-1", owner="B", why="test", since=since, until=since + timedelta(seconds=1.5))
    glass(site).open(hold)
    flow, before = a_flow(network), network.last
    network.change_switch(flow, None)
    network.wait_for(lambda e: e.cause == "held", before)
    network.wait_for(lambda e: e.cause == "repaired" and e.holds, before)
    assert glass(site).holds() == {}


def test_a_fix_is_adopted_only_once_the_texts_say_so(site: Site, network: Watched) -> None:
    assert opened(site) == 0
    before = network.last
    flow = a_flow(network)
    network.change_switch(flow, None)
    held = network.wait_for(lambda e: bool(e.cause == "held" and e.verdict and e.verdict.drift), before)
    glass(site).end("core-1", Ending.ADOPT)
    unwritten = network.wait_for(lambda e: any(d.code == "break-glass-unwritten" for d in e.faults), held.revision)
    said = clearway("break-glass", "--dir", str(site.folder)).out
    assert "not adopted" in said
    assert "was applied and is gone" in said

    # A text that takes the intent away asks for less than is there, and is refused for the fix's sake: ...
    network.change_switch(None, flow)
    restored = network.wait_for(lambda e: bool(e.holds and e.verdict and not e.verdict.drift), unwritten.revision)
    glass(site).end("core-1", Ending.ADOPT)  # ... what is as it was needs no text
    network.wait_for(lambda e: any("0 objects are adopted" in line for line in e.details), restored.revision)
    assert glass(site).holds() == {}


def test_a_change_that_wants_otherwise_what_is_held_says_who_holds_it(site: Site, network: Watched) -> None:
    assert opened(site) == 0
    try:
        intent = next(i for i in network.engine.current().project.intents if i.name == "cameras")
        sources = {str(p.address) for p in intent.sources}
        flows = [o for o in network.applied() if isinstance(o, FlowEntry) and o.table == 1 and o.actions]
        flow = next(f for f in flows if any(m.name == "ipv4_src" and _dotted(m.value) in sources for m in f.match))
        before = network.last
        network.change_switch(flow, replace(flow, actions=flow.actions[:-1]))
        network.wait_for(lambda e: e.cause == "held" and e.verdict is not None, before)
        text = (site.folder / "intents/building.yaml").read_text()
        site.write("intents/building.yaml", "\n---\n".join(d for d in text.split("---\n") if "cameras" not in d))
        with pytest.raises(ClearwayError) as refused:
            network.engine.apply(network.engine.current(), by="a test", cause="api")
        assert refused.value.diagnostics[0].code == "break-glass-held"
        assert "A. Meier" in refused.value.diagnostics[0].message
    finally:
        site.restore()
        before = network.last
        glass(site).close("core-1", Ending.REVERT)
        network.wait_for(lambda e: e.holds and not e.verdict.drift, before)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("core-2", "--owner", "A", "--for", "1h", "--why", "x"), "did you mean 'core-1'?"),
        (("core-1", "--owner", "A", "--for", "1h"), "needs an owner and a reason"),
        (("core-1", "--owner", "A", "--for", "1000h", "--why", "x"), "at most 7 days"),
        (("core-1", "--owner", "A", "--for", "soon", "--why", "x"), "--for 4h"),
        (("core-1", "--revert"), "not held by anybody"),
    ],
)
def test_terms_that_make_no_sense_are_refused(site: Site, words: tuple[str, ...], said: str) -> None:
    done = clearway("break-glass", *words, "--dir", str(site.folder))
    assert done.code == 1
    assert said in done.err


def test_nobody_takes_over_what_another_holds(site: Site) -> None:
    assert opened(site) == 0
    other = clearway(
        *("break-glass", "core-1", "--dir", str(site.folder), "--owner", "B", "--for", "1h", "--why", "also")
    )
    assert (other.code, "held by A. Meier" in other.err) == (1, True)
    glass(site).close("core-1", Ending.REVERT)


def test_the_api_opens_lists_and_ends_it(network: Watched) -> None:
    api, call = BreakGlassCalls(network.engine), Call()
    until = timestamp_pb2.Timestamp()
    until.FromDatetime(now() + timedelta(hours=1))
    asked = pb.BreakGlass(device="core-1", owner="A. Meier", why="PACS is down", until=until)
    api.OpenBreakGlass(pb.OpenBreakGlassRequest(break_glass=asked), call)
    (held,) = api.ListBreakGlass(pb.ListBreakGlassRequest(), call).break_glass
    assert (held.owner, held.until) == ("A. Meier", until)
    flow, before = a_flow(network), network.last
    network.change_switch(flow, None)
    network.wait_for(lambda e: e.cause == "held" and e.verdict is not None, before)
    ending = pb.EndBreakGlassRequest(device="core-1", ending=pb.EndBreakGlassRequest.ENDING_REVERT)
    assert api.EndBreakGlass(ending, call).objects == 1
    network.wait_for(lambda e: e.holds and not e.verdict.drift, before)  # type: ignore[union-attr]


def _dotted(value: int) -> str:
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))
