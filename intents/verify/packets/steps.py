"""What a device does with a set of packets: alternatives, each with the copies that leave and what decided.

`evaluate` of a device returns alternatives that together cover the set: for each packet in an alternative's share,
one of the alternatives that cover it happens, and then all its copies leave. `now`: it happens with the state as read
(ports up, neighbours that have spoken, ONUs there). Alternatives and copies with now=False may happen at another time
(a port comes up, another bucket takes over): a promise that packets arrive looks at `now` only, a promise that packets
do not arrive looks at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from intents.model.campus import Endpoint
from intents.model.evidence import Decided
from intents.model.state import DeviceObject
from intents.model.switch import FlowEntry
from intents.verify.packets.packet import Header

QueueKind = Literal["switch", "tcont", "pon"]


@dataclass(frozen=True, slots=True)
class QueueUse:
    """The queue that a packet waits in. scheduler: who shares it out: (device, port) of a switch, or (OLT, PON).

    owner: the interface or T-CONT that the queue hangs on. exists False: the packet asks for a queue that is not there.
    """

    kind: QueueKind
    scheduler: tuple[str, str]
    owner: str
    queue_id: int
    exists: bool
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Limit:
    """Something that caps a rate on the way: a meter, a policer, a T-CONT's maximum, a shaper. Rate in bit/s.

    burst_bits: of a meter or a policer, which drops what is beyond, so that what comes after it keeps to both. 0: it
    makes wait instead.
    """

    device: str
    name: str
    rate_bps: int
    burst_bits: int = 0


class Said(NamedTuple):
    """What decided, in the device's words. thing: the object, and the device that holds it; none: it is not there."""

    text: str
    device: str = ""
    thing: DeviceObject | None = None

    def shown(self) -> Decided:
        """For people."""
        if self.thing is None:
            return Decided(text=self.text, device=self.device)
        key = self.thing.key
        if not isinstance(self.thing, FlowEntry):
            return Decided(text=self.text, device=self.device, key=key)
        flow = self.thing
        return Decided(
            text=self.text,
            device=self.device,
            key=key,
            table=flow.table,
            priority=flow.priority,
            cookie=flow.cookie,
        )


class Step(NamedTuple):
    """One device crossed by one set of packets."""

    device: str
    in_port: str
    decided: tuple[Said, ...]
    blame: str
    out_port: str = ""
    before: Header | None = None
    after: Header | None = None
    queue: QueueUse | None = None
    limits: tuple[Limit, ...] = ()
    learns: tuple[int, ...] = ()
    note: str = ""

    @property
    def last_words(self) -> str:
        """What was said last."""
        return self.decided[-1].text if self.decided else ""


class Copy(NamedTuple):
    """A packet that leaves by a port, with the steps that it took inside (ONU and OLT are two)."""

    port: Endpoint
    header: Header
    steps: tuple[Step, ...]
    now: bool = True


class Alternative(NamedTuple):
    """One thing that may happen to a share of the packets. No copies: dropped, `last` says where and why.

    doubt: the model cannot say what happens; the text names the entry.
    """

    share: Header
    copies: Sequence[Copy]
    last: Step
    lead: tuple[Step, ...] = ()  # what came before `last` inside the device
    now: bool = True
    doubt: str = ""


class Device(Protocol):
    """A device that packets enter by a port."""

    def evaluate(self, port: Endpoint, header: Header, *, ever: bool = False) -> tuple[Alternative, ...]:
        """What happens to an opened header that enters by the port. ever: all that may happen at any time; then `now`
        says nothing, and what is part of another alternative may be left out."""


class Leaf(NamedTuple):
    """Where a set of packets ends: delivered at a port with no cable, or dropped, in doubt, or in a loop."""

    end: Literal["delivered", "dropped", "doubt", "loop"]
    port: Endpoint | None
    header: Header
    steps: tuple[Step, ...]
    now: bool = True
    doubt: str = ""

    @property
    def later(self) -> str:
        """When that is, for people, after what they were told of it; nothing where it is now."""
        return "" if self.now else " once the state of a port, an ONU or a neighbour changes"

    @property
    def last(self) -> Step:
        """The step that decided."""
        return self.steps[-1]
