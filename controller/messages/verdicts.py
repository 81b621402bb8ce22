"""Verdicts: what holds, by which bound, and the packet where it does not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

from google.protobuf.message import Message

from controller._pb.clearway.intents.v1 import verdict_pb2 as pb
from controller.messages import diagnostics, hops, plans
from controller.messages.hops import FOUND, OWNERS, OWNERS_BACK, fields, packet
from intents.model.evidence import (
    Blame,
    Bound,
    Counterexample,
    Differing,
    Drift,
    DriftKind,
    Finding,
    HopBound,
    IntentVerdict,
    Property,
    Remedy,
    Verdict,
)

Kind = TypeVar("Kind")
_REMEDIES: Final = {
    Remedy.RESTORE: pb.Blame.REMEDY_RESTORE,
    Remedy.REVERT: pb.Blame.REMEDY_REVERT,
    Remedy.REMOVE: pb.Blame.REMEDY_REMOVE,
}
_REMEDIES_BACK: Final = {number: remedy for remedy, number in _REMEDIES.items()}
_DRIFTS: Final = {
    DriftKind.MISSING: pb.Drift.KIND_MISSING,
    DriftKind.EXTRA: pb.Drift.KIND_EXTRA,
    DriftKind.CHANGED: pb.Drift.KIND_CHANGED,
}
_DRIFTS_BACK: Final = {number: kind for kind, number in _DRIFTS.items()}


def statuses(verdict: Verdict) -> list[pb.IntentStatus]:
    """The verdict on each intent."""
    return [status(v) for v in verdict.intents]


def status(v: IntentVerdict) -> pb.IntentStatus:
    """The verdict on one intent, with the ways that it shows."""
    return pb.IntentStatus(
        name=v.intent,
        holds=v.holds,
        findings=map(_finding_message, v.findings),
        position=diagnostics.position(v.position),
        ways=map(hops.way_message, v.paths),
    )


def verdict(found: Iterable[pb.IntentStatus], drifted: Iterable[pb.Drift]) -> Verdict:
    """The verdict that messages hold."""
    return Verdict(intents=tuple(map(intent_verdict, found)), drift=tuple(map(_drift, drifted)))


def intent_verdict(m: pb.IntentStatus) -> IntentVerdict:
    """The verdict on one intent that a message holds."""
    return IntentVerdict(
        intent=m.name,
        position=diagnostics.place(m.position),
        findings=tuple(map(_finding, m.findings)),
        paths=tuple(map(hops.way, m.ways)),
    )


def _finding_message(f: Finding) -> pb.Finding:
    return pb.Finding(
        property=str(f.property),
        holds=f.holds,
        statement=f.statement,
        counterexample=None if f.counterexample is None else _example_message(f.counterexample),
        cannot_prove=f.cannot_prove,
        vacuous=f.vacuous,
        bound=None if f.bound is None else _bound_message(f.bound),
    )


def _finding(m: pb.Finding) -> Finding:
    return Finding(
        property=Property(m.property),
        holds=m.holds,
        statement=m.statement,
        counterexample=_example(m.counterexample) if m.HasField("counterexample") else None,
        cannot_prove=m.cannot_prove,
        vacuous=m.vacuous,
        bound=_bound(m.bound) if m.HasField("bound") else None,
    )


def _bound_message(b: Bound) -> pb.Bound:
    return pb.Bound(
        source=b.source,
        destination=b.destination,
        rate_bps=b.rate_bps,
        rate_bound_by=b.slowest,
        delay_us=b.delay_us,
        delay_bound_by=b.longest,
        backlog_bits=b.backlog_bits,
        completion_us=b.completion_us,
        relies_on=b.relies,
        hops=[
            pb.HopBound(device=h.device, queue=h.where, rate_bps=h.rate_bps, latency_us=h.latency_us) for h in b.hops
        ],
    )


def _bound(m: pb.Bound) -> Bound:
    return Bound(
        source=m.source,
        destination=m.destination,
        rate_bps=m.rate_bps,
        slowest=m.rate_bound_by,
        delay_us=_optional(m, "delay_us", m.delay_us),
        longest=m.delay_bound_by,
        backlog_bits=_optional(m, "backlog_bits", m.backlog_bits),
        completion_us=_optional(m, "completion_us", m.completion_us),
        relies=tuple(m.relies_on),
        hops=tuple(
            HopBound(device=h.device, where=h.queue, rate_bps=h.rate_bps, latency_us=h.latency_us) for h in m.hops
        ),
    )


def _example_message(c: Counterexample) -> pb.Counterexample:
    return pb.Counterexample(
        packet=fields(c.packet),
        hops=map(hops.message, c.hops),
        blame_device=c.blame_device,
        blame_object=c.blame_object,
        expected=c.expected,
        actual=c.actual,
        failing_hop=c.failing,
        stands_for=c.alike,
        blames=map(_blame_message, c.blames),
        all_needed=c.together,
    )


def _example(m: pb.Counterexample) -> Counterexample:
    return Counterexample(
        packet=packet(m.packet),
        hops=tuple(map(hops.value, m.hops)),
        blame_device=m.blame_device,
        blame_object=m.blame_object,
        expected=m.expected,
        actual=m.actual,
        failing=_optional(m, "failing_hop", m.failing_hop),
        alike=m.stands_for,
        blames=tuple(map(_blame, m.blames)),
        together=m.all_needed,
    )


def _blame_message(b: Blame) -> pb.Blame:
    return pb.Blame(
        device=b.device,
        name=b.name,
        remedy=_REMEDIES[b.remedy],
        found=b.key is not None,
        owner=OWNERS[b.owner],
        askers=map(plans.asker, b.askers),
        ours=b.ours,
    )


def _blame(m: pb.Blame) -> Blame:
    return Blame(
        device=m.device,
        name=m.name,
        remedy=_REMEDIES_BACK[m.remedy],
        key=FOUND if m.found else None,
        owner=OWNERS_BACK[m.owner],
        askers=plans.askers(m.askers),
        ours=m.ours,
    )


def drift_message(d: Drift) -> pb.Drift:
    """What drifted, as a message."""
    return pb.Drift(
        device=d.device,
        name=d.name,
        kind=_DRIFTS[d.kind],
        differences=[pb.Difference(attribute=a.attribute, applied=a.applied, found=a.found) for a in d.differs],
        ours=d.ours,
        owner=OWNERS[d.owner],
        askers=map(plans.asker, d.askers),
    )


def _drift(m: pb.Drift) -> Drift:
    return Drift(
        device=m.device,
        key=FOUND,
        name=m.name,
        kind=_DRIFTS_BACK[m.kind],
        differs=tuple(Differing(attribute=a.attribute, applied=a.applied, found=a.found) for a in m.differences),
        ours=m.ours,
        owner=OWNERS_BACK[m.owner],
        askers=plans.askers(m.askers),
    )


def _optional(m: Message, name: str, value: Kind) -> Kind | None:
    return value if m.HasField(name) else None
