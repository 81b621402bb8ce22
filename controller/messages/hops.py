"""The devices that a packet crosses, and what decided there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from controller._pb.clearway.intents.v1 import verdict_pb2 as pb
from controller.messages import plans
from intents.model.evidence import Decided, Hop, Owner, Way
from intents.model.state import ObjectKey

FOUND: Final[ObjectKey] = ("object",)  # messages say that there is an object, and name it in words only
OWNERS: Final = {
    Owner.ASKED: pb.OWNER_ASKED,
    Owner.CAMPUS: pb.OWNER_CAMPUS,
    Owner.NOBODY: pb.OWNER_NOBODY,
    Owner.UNKNOWN: pb.OWNER_UNSPECIFIED,
}
OWNERS_BACK: Final = {number: owner for owner, number in OWNERS.items()}


def fields(packet: Mapping[str, str]) -> list[pb.HeaderField]:
    """A packet's header as messages, in its order."""
    return [pb.HeaderField(name=name, value=said) for name, said in packet.items()]


def packet(found: Iterable[pb.HeaderField]) -> dict[str, str]:
    """The header that messages hold."""
    return {m.name: m.value for m in found}


def way_message(w: Way) -> pb.Way:
    """A way as a message."""
    return pb.Way(
        source=w.source, destination=w.destination, packet=fields(w.packet), hops=[message(h) for h in w.hops]
    )


def way(m: pb.Way) -> Way:
    """The way that a message holds."""
    return Way(source=m.source, destination=m.destination, packet=packet(m.packet), hops=tuple(map(value, m.hops)))


def message(h: Hop) -> pb.Hop:
    """A hop as a message."""
    return pb.Hop(
        device=h.device,
        decided=map(_decided_message, h.decided),
        in_port=h.in_port,
        out_port=h.out_port,
        vid_before=h.vid_before,
        pcp_before=h.pcp_before,
        vid=h.vid,
        pcp=h.pcp,
        queue=h.queue,
        meters=h.meters,
        note=h.note,
        trace=h.trace,
    )


def value(m: pb.Hop) -> Hop:
    """The hop that a message holds."""
    return Hop(
        device=m.device,
        decided=tuple(map(_decided, m.decided)),
        in_port=m.in_port,
        out_port=m.out_port,
        vid_before=m.vid_before if m.HasField("vid_before") else None,
        pcp_before=m.pcp_before if m.HasField("pcp_before") else None,
        vid=m.vid if m.HasField("vid") else None,
        pcp=m.pcp if m.HasField("pcp") else None,
        queue=m.queue,
        meters=tuple(m.meters),
        note=m.note,
        trace=m.trace,
    )


def _decided_message(d: Decided) -> pb.Decided:
    return pb.Decided(
        text=d.text,
        device=d.device,
        found=d.key is not None,
        table=d.table,
        priority=d.priority,
        cookie=d.cookie,
        owner=OWNERS[d.owner],
        askers=map(plans.asker, d.askers),
        ours=d.ours,
    )


def _decided(m: pb.Decided) -> Decided:
    return Decided(
        text=m.text,
        device=m.device,
        key=FOUND if m.found else None,
        table=m.table if m.HasField("table") else None,
        priority=m.priority if m.HasField("priority") else None,
        cookie=m.cookie if m.HasField("cookie") else None,
        owner=OWNERS_BACK[m.owner],
        askers=plans.askers(m.askers),
        ours=m.ours,
    )
