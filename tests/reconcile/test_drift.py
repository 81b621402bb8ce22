"""Drift on real devices: seen, told with what differs, put back or left as the policy says, and no more than that."""

from __future__ import annotations

from dataclasses import replace

from controller.service.reconcile.settings import Policy
from intents.model.switch import FlowEntry, Meter
from southbound.netconf.standard.names import IF, NC
from tests.endtoend.site import Site
from tests.reconcile.network import Watched


def a_flow(network: Watched, which: int = 0) -> FlowEntry:
    return [o for o in network.applied() if isinstance(o, FlowEntry) and o.table == 1 and o.actions][which]


def test_a_flow_that_somebody_deletes_is_reported_with_who_asked_for_it(network: Watched) -> None:
    network.policies["core-1"] = Policy.REPORT
    flow, before = a_flow(network), network.last
    network.change_switch(flow, None)
    seen = network.wait_for(lambda e: bool(e.verdict and e.verdict.drift), before)
    assert [d.key for d in seen.verdict.drift] == [flow.key]  # type: ignore[union-attr]
    assert any("was applied and is gone" in line for line in network.saw("drift", before).details)  # type: ignore[union-attr]
    network.change_switch(None, flow)
    assert network.wait_for(lambda e: e.holds and not e.verdict.drift, seen.revision)  # type: ignore[union-attr]


def test_what_somebody_changes_is_put_back_and_what_is_not_ours_stays(network: Watched) -> None:
    before = network.last
    flow = a_flow(network)
    foreign = FlowEntry(table=1, priority=7, match=flow.match, actions=(), cookie=0x1234)
    network.change_switch(None, foreign)
    network.change_switch(flow, replace(flow, actions=()))
    mended = network.wait_for(lambda e: e.cause == "repaired" and e.verdict is not None, before)
    assert mended.holds
    assert not mended.verdict.drift  # type: ignore[union-attr]
    held = {o.key: o for o in _switch(network)}
    assert held[flow.key] == flow
    assert held[foreign.key] == foreign
    assert network.changes == [("repair of drift", "done")]
    network.change_switch(foreign, None)


def test_a_meter_and_an_olt_are_put_back_too(site: Site, network: Watched) -> None:
    before = network.last
    meter = next(o for o in network.applied() if isinstance(o, Meter))
    network.change_switch(meter, replace(meter, rate_kbps=meter.rate_kbps + 1))
    network.wait_for(lambda e: e.cause == "repaired" and e.holds, before)
    before = network.last
    site.edit_olt(_without_weight("cw.onu-diag.1"))
    mended = network.wait_for(lambda e: e.cause == "repaired" and e.holds, before)
    assert not mended.verdict.drift  # type: ignore[union-attr]


def test_whoever_writes_back_what_we_repair_is_said_and_left(network: Watched) -> None:
    flow, before = a_flow(network, 9), network.last
    for _ in range(2):
        network.change_switch(flow, replace(flow, actions=()))
        before = network.wait_for(lambda e: e.cause == "repaired" and e.holds, before).revision
    network.change_switch(flow, replace(flow, actions=()))
    left = network.wait_for(lambda e: e.cause == "held", before)
    assert any("something else keeps changing core-1" in line for line in left.details)
    assert {o.key: o for o in _switch(network)}[flow.key] != flow
    network.change_switch(None, flow)
    network.wait_for(lambda e: e.holds and not e.verdict.drift, left.revision)  # type: ignore[union-attr]


def _switch(network: Watched) -> list[FlowEntry]:
    planned = network.engine.plan(network.engine.current().project)
    held = planned.operational.devices["core-1"].state.objects.values()
    return [o for o in held if isinstance(o, FlowEntry)]


def _without_weight(name: str) -> str:
    return f"""<config xmlns="{NC}"><interfaces xmlns="{IF}"><interface>
      <name>{name}</name><tm-root xmlns="urn:bbf:yang:bbf-qos-traffic-mngt"><queue>
      <local-queue-id>3</local-queue-id><priority>0</priority></queue></tm-root>
    </interface></interfaces></config>"""
