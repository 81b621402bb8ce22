"""Single faults of devices: an object that is lost, or holds something else than it should. Seeded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from intents.model.pon import (
    Classifier,
    CompositeFilter,
    Forwarder,
    ForwardingDatabase,
    GemPort,
    OltVEnet,
    SplitHorizonProfile,
    TrafficDescriptorProfile,
    VlanSubInterface,
)
from intents.model.state import DeviceObject, DeviceState
from intents.model.switch import FlowEntry, Meter, Output, PortQueue, SetField, SetQueue

VIDS = (20, 100, 110, 190)


@dataclass(frozen=True)
class Fault:
    """What was done to which device, and what it holds since."""

    said: str
    state: DeviceState


Change = Callable[[Random, Any], DeviceObject | None]  # None: this object cannot have the fault


def _action(wanted: Callable[[Any], bool], new: Callable[[Random, Any], Any]) -> Change:
    """Another action, or none, in place of the first of a flow entry that is wanted."""

    def change(random: Random, flow: FlowEntry) -> FlowEntry | None:
        at = next((n for n, action in enumerate(flow.actions) if wanted(action)), None)
        if at is None:
            return None
        other = new(random, flow.actions[at])
        return replace(flow, actions=(*flow.actions[:at], *([other] if other else []), *flow.actions[at + 1 :]))

    return change


def _sets(name: str) -> Callable[[Any], bool]:
    return lambda action: isinstance(action, SetField) and action.name == name


def _rules(change: Callable[[Random, Any], Any]) -> Change:
    """All rules of a VLAN sub-interface changed."""
    return lambda random, subif: replace(subif, rules=tuple(change(random, rule) for rule in subif.rules))


def _pushes(random: Random, rule: Any, **fields: Any) -> Any:
    if rule.rewrite is None or not rule.rewrite.push:
        return rule
    return replace(rule, rewrite=replace(rule.rewrite, push=tuple(replace(p, **fields) for p in rule.rewrite.push)))


def _moved(random: Random, forwarder: Forwarder) -> Forwarder | None:
    kept = list(forwarder.ports)
    if len(kept) < 2:
        return None
    kept.pop(random.randrange(len(kept)))
    return replace(forwarder, ports=tuple(kept))


def _tm(change: Callable[[Random, Any], Any]) -> Change:
    return lambda random, venet: None if venet.tm is None else replace(venet, tm=change(random, venet.tm))


# By name: of which kind of object, and what becomes of it.
CHANGES: Mapping[str, tuple[type, Change]] = {
    "a flow goes to another port": (
        FlowEntry,
        _action(lambda a: isinstance(a, Output), lambda r, _a: Output(r.choice((1, 10, 11)))),
    ),
    "a flow loses its output": (FlowEntry, _action(lambda a: isinstance(a, Output), lambda _r, _a: None)),
    "a flow sets another VLAN": (
        FlowEntry,
        _action(_sets("vlan_vid"), lambda r, _a: SetField("vlan_vid", 0x1000 | r.choice(VIDS))),
    ),
    "a flow sets another PCP": (
        FlowEntry,
        _action(_sets("vlan_pcp"), lambda r, _a: SetField("vlan_pcp", r.randrange(8))),
    ),
    "a flow trusts the PCP": (FlowEntry, _action(_sets("vlan_pcp"), lambda _r, _a: None)),
    "a flow uses another queue": (
        FlowEntry,
        _action(lambda a: isinstance(a, SetQueue), lambda r, _a: SetQueue(r.randrange(7))),
    ),
    "a flow has another priority": (FlowEntry, lambda r, f: replace(f, priority=r.choice((1, 100, 200, 300, 400)))),
    "a flow loses a condition": (
        FlowEntry,
        lambda r, f: replace(f, match=tuple(m for m in f.match if m.name != r.choice(("vlan_pcp", "eth_dst")))),
    ),
    "a flow loses its meter": (FlowEntry, lambda _r, f: None if f.meter is None else replace(f, meter=None)),
    "a meter lets ten times as much through": (Meter, lambda _r, m: replace(m, rate_kbps=m.rate_kbps * 10)),
    "a meter lets a tenth through": (Meter, lambda _r, m: replace(m, rate_kbps=max(m.rate_kbps // 10, 1))),
    "a queue gets another priority": (PortQueue, lambda r, q: replace(q, priority=r.randrange(8))),
    "a queue is promised a tenth": (PortQueue, lambda _r, q: replace(q, min_rate_bps=q.min_rate_bps // 10)),
    "a T-CONT is halved": (
        TrafficDescriptorProfile,
        lambda _r, p: (
            None if not p.assured_bps else replace(p, assured_bps=p.assured_bps // 2, maximum_bps=p.maximum_bps // 2)
        ),
    ),
    "a UNI trusts the PCP": (VlanSubInterface, _rules(lambda r, x: _pushes(r, x, pbit_from="tag"))),
    "a UNI pushes another VLAN": (VlanSubInterface, _rules(lambda r, x: _pushes(r, x, vid=r.choice(VIDS)))),
    "a sub-interface matches another VLAN": (
        VlanSubInterface,
        _rules(lambda r, x: x if x.match.vid is None else replace(x, match=replace(x.match, vid=r.choice(VIDS)))),
    ),
    "a sub-interface has no policy": (
        VlanSubInterface,
        lambda _r, s: None if s.ingress_policy is None else replace(s, ingress_policy=None),
    ),
    "a sub-interface leaves the tag on": (
        VlanSubInterface,
        lambda _r, s: None if s.egress is None else replace(s, egress=None),
    ),
    "a classifier marks another PCP": (
        Classifier,
        lambda r, c: None if c.pbit_marking is None else replace(c, pbit_marking=r.randrange(8)),
    ),
    "a classifier finds another class": (Classifier, lambda r, c: replace(c, traffic_class=r.randrange(7))),
    "a filter passes other PCPs": (CompositeFilter, lambda r, f: replace(f, pbits=(r.randrange(8),))),
    "a forwarder loses a port": (Forwarder, _moved),
    "a forwarder has no split horizon": (Forwarder, lambda _r, f: replace(f, split_horizon=())),
    "users are no longer kept apart": (SplitHorizonProfile, lambda _r, p: replace(p, out_usage="network-port")),
    "static addresses are lost": (ForwardingDatabase, lambda _r, f: replace(f, static=())),
    "a GEM port carries another class": (GemPort, lambda r, g: replace(g, traffic_class=r.randrange(7))),
    "a queue of a UNI is lost": (OltVEnet, _tm(lambda _r, tm: replace(tm, queues=tm.queues[1:]))),
    "a UNI's queues go last": (
        OltVEnet,
        _tm(lambda _r, tm: replace(tm, queues=tuple(replace(q, priority=0) for q in tm.queues))),
    ),
    "a UNI has no shaper": (OltVEnet, _tm(lambda _r, tm: replace(tm, shaper=None))),
}


def faults(states: Mapping[str, DeviceState], random: Random) -> Iterator[Fault]:
    """Without end. Half of them take an object away, each kind of change comes up as often as any other."""
    held = [(name, o) for name, state in sorted(states.items()) for o in state.objects.values()]
    while True:
        if random.random() < 0.25:
            name, lost = random.choice(held)
            kept = [o for o in states[name].objects.values() if o is not lost]
            yield Fault(f"{name}: {lost.key} is lost", DeviceState.of(name, kept))
            continue
        said = random.choice(sorted(CHANGES))
        kind, change = CHANGES[said]
        name, old = random.choice([(n, o) for n, o in held if isinstance(o, kind)])
        new = change(random, old)
        if new is None or new == old:
            continue
        objects = {o.key: o for o in states[name].objects.values() if o is not old}
        if new.key in objects:
            continue  # it would take another's place: two faults
        yield Fault(f"{name}: {said}: {old.key}", DeviceState.of(name, (*objects.values(), new)))
