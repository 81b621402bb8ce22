"""Changes, and what is promised and free."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from controller._pb.clearway.intents.v1 import plan_pb2 as pb
from controller.messages import diagnostics
from controller.operations import Permit
from controller.shown import ShownChange
from intents.compile import Room, Stock
from intents.model.plan import Asker

_OPERATIONS: Final = {
    "add": pb.Change.OPERATION_ADD,
    "modify": pb.Change.OPERATION_MODIFY,
    "remove": pb.Change.OPERATION_REMOVE,
}
_OPS: Final = {number: op for op, number in _OPERATIONS.items()}


def message(c: ShownChange) -> pb.Change:
    """A change as a message."""
    return pb.Change(
        device=c.device,
        operation=_OPERATIONS[c.op],
        summary=c.summary,
        disruptive=c.disruptive,
        places=c.places,
        intents=[f"{a.name} ({a.position.file}:{a.position.line})" for a in c.askers],
        kind=c.kind,
        name=c.name,
        reason=c.reason,
        onus=c.onus,
        askers=map(asker, c.askers),
    )


def value(m: pb.Change) -> ShownChange:
    """The change that a message holds."""
    return ShownChange(
        device=m.device,
        op=_OPS[m.operation],
        kind=m.kind,
        name=m.name,
        summary=m.summary,
        askers=askers(m.askers),
        places=tuple(m.places),
        reason=m.reason,
        onus=tuple(m.onus),
    )


def asker(a: Asker) -> pb.Asker:
    """Who asks, as a message."""
    return pb.Asker(name=a.name, position=diagnostics.position(a.position))


def askers(found: Iterable[pb.Asker]) -> tuple[Asker, ...]:
    """Those whom messages name."""
    return tuple(Asker(m.name, diagnostics.place(m.position)) for m in found)


def resource(r: Room) -> pb.Resource:
    """A resource as a message."""
    return pb.Resource(
        name=r.resource,
        capacity_bps=r.capacity_bps,
        promised_bps=r.promised_bps,
        free_bps=r.free_bps,
        shares=[pb.Share(intent=name, promised_bps=bps) for name, bps in r.holders],
    )


def room(m: pb.Resource) -> Room:
    """The resource that a message holds."""
    return Room(
        resource=m.name,
        capacity_bps=m.capacity_bps,
        promised_bps=m.promised_bps,
        free_bps=m.free_bps,
        holders=tuple((s.intent, s.promised_bps) for s in m.shares),
    )


def stock_message(s: Stock) -> pb.Stock:
    """What is counted, as a message."""
    return pb.Stock(name=s.resource, used=s.used, most=s.most)


def stock(m: pb.Stock) -> Stock:
    """What is counted, from a message."""
    return Stock(resource=m.name, used=m.used, most=m.most if m.HasField("most") else None)


def permit_message(p: Permit) -> pb.Permit:
    """What is permitted, as a message."""
    return pb.Permit(mass_delete=p.mass_delete, absent_onus=p.absent_onus, disruption=p.disruption)


def permit(m: pb.Permit) -> Permit:
    """What a message permits."""
    return Permit(mass_delete=m.mass_delete, absent_onus=m.absent_onus, disruption=m.disruption)
