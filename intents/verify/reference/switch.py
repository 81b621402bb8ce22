"""What one switch does with one packet, action by action (OpenFlow 1.3.5: 5 pipeline, 5.7 meters, 5.12 actions).

As Open vSwitch has it where the standard leaves it open:

- a table-miss drops; a resubmit to a table that misses does nothing;
- output to the port that the packet came by is suppressed, unless it is to IN_PORT;
- a pop of an untagged packet, and a set-field of a header that is not there, do nothing; setting the VID gives a tag;
- where the TTL runs out, the entry (or the bucket) that decrements it stops;
- a group of which no bucket can act does nothing, and what comes after it is done;
- a queue is kept until the packet leaves, whether or not it is configured, and a meter only shapes.

A table or a group that comes again inside itself is a doubt: how deep a switch goes is its own affair.

Two things are left to chance, and each way is an outcome: the bucket of a `select` group, and the VID and the PCP of a
tag that is pushed on another, which the standard copies from that and Open vSwitch sets to zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from intents.model.switch import (
    PORT_CONTROLLER,
    PORT_IN_PORT,
    Action,
    ArpReply,
    DecTtl,
    FlowEntry,
    GroupEntry,
    LearnNeighbour,
    Meter,
    Output,
    PopVlan,
    PortQueue,
    PushVlan,
    Resubmit,
    SetField,
    SetQueue,
    ToGroup,
    Unmodelled,
)
from intents.verify.reference.doubt import Doubt
from intents.verify.reference.group import action_set, eligible
from intents.verify.reference.packet import ARP, IPV4, IPV6, Packet, Tag, written
from intents.verify.reference.table import look_up

LAST_REAL_PORT: Final = 0xFFFFFF00  # OFPP_MAX
FLOOD: Final = 0xFFFFFFFB
ALL: Final = 0xFFFFFFFC

_Above = tuple[tuple[str, int], ...]  # the tables and groups that the packet is inside of


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchState:
    """What a switch holds. ports: its numbered ports, for output to all of them.

    What it has learnt is entries like others (LEARNT_COOKIE).
    """

    entries: tuple[FlowEntry, ...] = ()
    groups: dict[int, GroupEntry] = field(default_factory=dict)
    meters: dict[int, Meter] = field(default_factory=dict)
    queues: frozenset[tuple[int, int]] = frozenset()
    ports: tuple[int, ...] = ()

    @classmethod
    def of(cls, objects: Iterable[object], ports: Iterable[int]) -> SwitchState:
        """From objects in the neutral model, as they are read."""
        held = tuple(objects)
        return cls(
            entries=tuple(o for o in held if isinstance(o, FlowEntry)),
            groups={o.group_id: o for o in held if isinstance(o, GroupEntry)},
            meters={o.meter_id: o for o in held if isinstance(o, Meter)},
            queues=frozenset((o.port, o.queue_id) for o in held if isinstance(o, PortQueue)),
            ports=tuple(sorted(ports)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """A copy that leaves. queue: None is the port's default. there: whether that queue is configured.

    up False: the port is down, and the copy is lost.
    """

    port: int
    packet: Packet
    queue: int | None
    there: bool
    meters: tuple[int, ...]
    up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One thing that may happen. No outs: dropped. entries: those that the packet met, in order.

    doubt: it cannot be told what happens; `outs` is then what had happened before.
    """

    outs: tuple[Out, ...]
    entries: tuple[FlowEntry, ...]
    doubt: str = ""


def run(state: SwitchState, packet: Packet, in_port: int, is_up: Callable[[int], bool]) -> tuple[Outcome, ...]:
    """Everything that may happen to a packet that enters by a port, one outcome for each way that chance may go.

    The packet is walked through once for each: `picks` are the choices to make first, all later ones are 0.
    """
    outcomes: list[Outcome] = []
    pending: list[tuple[int, ...]] = [()]
    while pending:
        picks = pending.pop()
        walk = _Walk(state, packet, in_port, is_up, picks)
        outcomes.append(walk.outcome())
        for at in range(len(picks), len(walk.offered)):
            before = (*picks, *[0] * (at - len(picks)))
            pending += [(*before, other) for other in range(1, walk.offered[at])]
    return tuple(outcomes)


class _Dropped(Exception):
    """The packet ends here, whatever stands after."""


class _Walk:
    """One packet on its one way through a switch."""

    def __init__(
        self,
        state: SwitchState,
        packet: Packet,
        in_port: int,
        is_up: Callable[[int], bool],
        picks: tuple[int, ...],
    ) -> None:
        self.state = state
        self.packet = packet
        self.in_port = in_port
        self.is_up = is_up
        self.picks = picks
        self.offered: list[int] = []  # of each choice met, how many ways there were
        self.queue: int | None = None
        self.meters: tuple[int, ...] = ()
        self.outs: list[Out] = []
        self.entries: list[FlowEntry] = []

    def outcome(self) -> Outcome:
        """Walk."""
        doubt = ""
        try:
            self.table(0, self.in_port, ())
        except _Dropped:
            pass
        except Doubt as found:
            doubt = str(found)
        return Outcome(outs=tuple(self.outs), entries=tuple(self.entries), doubt=doubt)

    def pick(self, ways: int) -> int:
        """What chance does, of so many ways."""
        at = len(self.offered)
        self.offered.append(ways)
        return self.picks[at] if at < len(self.picks) else 0

    def table(self, number: int, port: int, above: _Above) -> None:
        """Look a table up and do what its entry says. port: the one that the packet is taken to have come by."""
        if ("table", number) in above:
            raise Doubt(f"table {number} is looked up again inside itself")
        above = (*above, ("table", number))
        entry = look_up(self.state.entries, number, self.packet, port)
        if entry is None:
            return  # table-miss
        self.entries.append(entry)
        if entry.meter is not None:
            if entry.meter not in self.state.meters:
                raise _Dropped
            self.meters = (*self.meters, entry.meter)
        if not self.actions(entry.actions, above):
            return
        if entry.goto is not None:
            if entry.goto <= number:
                raise Doubt(f"table {number}: an entry goes to a table that is not after it")
            self.table(entry.goto, self.in_port, above)

    def actions(self, actions: Iterable[Action], above: _Above) -> bool:
        """Do one after the other; whether none of them ended it."""
        return all(self.action(action, above) for action in actions)

    def action(self, action: Action, above: _Above) -> bool:
        """Do one action; False where the TTL ran out."""
        match action:
            case Output(port):
                self.output(port)
            case SetQueue(queue_id):
                self.queue = queue_id
            case SetField("in_port", _):
                raise Doubt("an action sets in_port")
            case SetField(name, new):
                self.packet = written(self.packet, name, new)
            case PushVlan(ethertype):
                self.push(ethertype)
            case PopVlan():
                self.packet = replace(self.packet, tags=self.packet.tags[1:])
            case DecTtl():
                return self.decrement()
            case ArpReply(mac):
                self.arp_reply(mac)
            case LearnNeighbour():
                pass  # changes what the next packets meet, not this one
            case Resubmit(table, known_as):
                self.table(table, self.in_port if known_as is None else known_as, above)
            case ToGroup(group_id):
                self.group(group_id, above)
            case Unmodelled(text):
                raise Doubt(text)
        return True

    def output(self, port: int) -> None:
        """Send a copy of the packet as it is now."""
        if port == PORT_IN_PORT:
            self.leave(self.in_port)
        elif port == PORT_CONTROLLER:
            pass  # leaves by no port
        elif port in (FLOOD, ALL):
            for other in self.state.ports:
                if other != self.in_port:
                    self.leave(other)
        elif port > LAST_REAL_PORT:
            raise Doubt(f"output to reserved port {port:#x}")
        elif port != self.in_port:
            self.leave(port)

    def leave(self, port: int) -> None:
        """A copy leaves by a port."""
        there = self.queue is None or (port, self.queue) in self.state.queues
        out = Out(port=port, packet=self.packet, queue=self.queue, there=there, meters=self.meters, up=self.is_up(port))
        self.outs.append(out)

    def push(self, ethertype: int) -> None:
        """One more tag."""
        vid = pcp = 0
        if self.packet.tags:
            below = self.packet.tags[0]
            vid = (0, below.vid)[self.pick(2)]
            pcp = (0, below.pcp)[self.pick(2)]
        self.packet = replace(self.packet, tags=(Tag(ethertype, vid, pcp), *self.packet.tags))

    def decrement(self) -> bool:
        """One off the TTL of an IP packet; False where it has none left."""
        if self.packet.eth_type not in (IPV4, IPV6):
            return True
        if self.packet.ip_ttl <= 1:
            return False
        self.packet = replace(self.packet, ip_ttl=self.packet.ip_ttl - 1)
        return True

    def arp_reply(self, mac: int) -> None:
        """A request becomes its answer and goes back (of ARP only: an entry with it has to match ARP)."""
        asked = self.packet
        self.packet = replace(asked, eth_dst=asked.eth_src, eth_src=mac)
        if asked.eth_type == ARP:
            self.packet = replace(self.packet, arp_op=2, arp_spa=asked.arp_tpa, arp_tpa=asked.arp_spa)
        self.output(PORT_IN_PORT)

    def group(self, group_id: int, above: _Above) -> None:
        """Each bucket that acts does so on a clone of the packet, which ends with it."""
        if ("group", group_id) in above:
            raise Doubt(f"group {group_id} contains itself")
        group = self.state.groups.get(group_id)
        if group is None:
            raise _Dropped
        buckets = eligible(group, self.state.groups, self.is_up)
        if group.type == "select" and len(buckets) > 1:
            buckets = (buckets[self.pick(len(buckets))],)
        for bucket in buckets:
            packet, queue = self.packet, self.queue
            self.actions(action_set(bucket), (*above, ("group", group_id)))
            self.packet, self.queue = packet, queue
