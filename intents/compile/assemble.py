"""compile_intended: campus and intents in, the intended state of every device or diagnostics out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from intents.compile import conflict
from intents.compile.admit import admit
from intents.compile.context import Context, Recorder
from intents.compile.demand import collect, merge, place_classes
from intents.compile.latency import late
from intents.compile.load import port_loads, uni_loads
from intents.compile.pon_access import add_access
from intents.compile.pon_forwarding import add_forwarding
from intents.compile.pon_service import add_services
from intents.compile.queues import add_queues
from intents.compile.reach import unknown_onus, without_other_way
from intents.compile.switch_access import add_access_switch, received
from intents.compile.switch_gateway import add_gateway
from intents.compile.switch_ports import add_entry_tables
from intents.compile.topology import build_topology
from intents.model.campus import Campus, Onu, PonId
from intents.model.diagnostic import Diagnostic, has_errors
from intents.model.intent import ResolvedIntent
from intents.model.plan import Intended
from intents.model.state import Operational


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The intended state, None when there cannot be one. Diagnostics are sorted by position.

    An ONU that its OLT does not see (`unknown-onu`) is an error beside an intended state: who knows that it is only
    switched off may go on.
    """

    intended: Intended | None
    diagnostics: tuple[Diagnostic, ...]


def compile_intended(
    campus: Campus, intents: Sequence[ResolvedIntent], operational: Operational | None = None
) -> Compiled:
    """The intended state of every device of the campus.

    Pure and deterministic: the order of `intents` does not matter. With `operational`, numbers that devices hold are
    kept, and an ONU that its OLT does not see is an error.
    """
    context, faults = context_of(campus, intents, operational)
    if context is None:
        return _refused(tuple(faults))
    faults += late(context)
    if not has_errors(faults):
        faults += admit(context)
    if has_errors(faults):
        return _refused(tuple(faults))
    faults += unknown_onus(context)
    return Compiled(intended=build(context), diagnostics=_sorted(faults))


def context_of(
    campus: Campus, intents: Sequence[ResolvedIntent], operational: Operational | None = None
) -> tuple[Context | None, list[Diagnostic]]:
    """What the intents ask for, before it is asked whether there is room; None with what is wrong."""
    unusable = conflict.unusable(campus, intents)
    topology = build_topology(campus)
    if unusable or isinstance(topology, tuple):
        return None, [*unusable, *(topology if isinstance(topology, tuple) else ())]
    claims = collect(intents)
    faults = list(claims.diagnostics) + list(conflict.contradictions(claims))
    if has_errors(faults):
        return None, faults
    streams = merge(campus, claims)
    marks = place_classes(campus, streams)
    context = Context(campus=campus, topology=topology, streams=streams, marks=marks, operational=operational)
    faults += conflict.port_faults(campus, {name: cls.name for name, cls in marks.items()}, topology.trunks)
    faults += without_other_way(context, intents)
    return context, faults


def build(context: Context) -> Intended:
    """The objects of every device, from checked input."""
    recorder = Recorder()
    unis = uni_loads(context)
    onus: dict[PonId, list[Onu]] = defaultdict(list)
    for name in sorted(context.campus.onus):
        onus[context.campus.onus[name].pon].append(context.campus.onus[name])
    for name in sorted(context.campus.olts):
        add_access(context, recorder, context.campus.olts[name], onus)
    add_services(context, recorder, unis)
    add_forwarding(context, recorder, unis)
    into = received(context)
    for name in sorted(context.campus.switches):
        recorder.device(name)
        if name in context.topology.depth:
            add_entry_tables(context, recorder, name)
            add_access_switch(context, recorder, name, into)
    add_gateway(context, recorder)
    add_queues(context, recorder, port_loads(context))
    return recorder.intended()


def _refused(faults: tuple[Diagnostic, ...]) -> Compiled:
    return Compiled(intended=None, diagnostics=_sorted(faults))


def _sorted(faults: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(set(faults), key=lambda d: (d.position, d.code, d.message)))
