"""An OpenFlow 1.3 switch as its read-back state has it: what happens to a set of packets that enters by a port.

After OpenFlow 1.3.5 (5 pipeline, 5.6.1 groups, 5.7 meters, 5.12 actions) and, where the standard leaves it open, Open
vSwitch: a table-miss drops, output to the ingress port is suppressed, a set-field whose prerequisite the packet lacks
does nothing (but see switch_rewrite.py), a TTL that runs out ends the table or bucket that it is in, meters and queues
only shape. What cannot be represented ends in a doubt that names the entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from typing import Final

from intents.model.campus import Endpoint, Switch
from intents.model.state import Observation
from intents.model.switch import (
    PORT_CONTROLLER,
    PORT_IN_PORT,
    Action,
    ArpReply,
    Bucket,
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
    SwitchFacts,
    ToGroup,
    Unmodelled,
)
from intents.verify.atoms import Atoms
from intents.verify.packet import ETH_IPV4, Header
from intents.verify.steps import Alternative, Copy, Limit, QueueUse, Said, Step
from intents.verify.switch_group import action_set, choose
from intents.verify.switch_rewrite import push, set_field
from intents.verify.switch_table import Decision, Entry, Table, compile_entry
from intents.verify.switch_text import entry_text, name_text, port_text

_LAST_REAL_PORT: Final = 0xFFFFFF00  # OFPP_MAX
_FLOOD: Final = (0xFFFFFFFB, 0xFFFFFFFC)

# The tables and groups that a packet is inside of: one that comes again inside itself is a doubt, since a switch gives
# up at a depth of its own.
_Above = frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class _Out:
    port: int
    header: Header
    queue: int | None
    meters: tuple[int, ...]
    learns: tuple[int, ...]
    note: str


@dataclass(frozen=True, slots=True)
class _Run:
    """A packet on its way through one switch. `share`: the part of what entered that takes this way."""

    share: Header
    header: Header
    queue: int | None = None
    meters: tuple[int, ...] = ()
    learns: tuple[int, ...] = ()
    outs: tuple[_Out, ...] = ()
    trail: tuple[Entry, ...] = ()
    missed: int | None = None
    now: bool = True
    doubt: str = ""
    dropped: str = ""  # why nothing came of it; what stands after is done, unless it ended
    ended: bool = False
    inside: bool = False  # in a table that was resubmitted to, or in a bucket
    expired: bool = False  # its TTL ran out: what it is inside of ends, and no more
    note: str = ""
    groups: tuple[int, ...] = ()

    @property
    def over(self) -> bool:
        return bool(self.doubt) or self.ended or self.expired


class SwitchModel:
    """One switch. `ports` of the campus and of the facts are edge or trunk ports; both are numbered."""

    def __init__(self, switch: Switch, observation: Observation | None, atoms: Atoms) -> None:
        self.name = switch.name
        self.failed: frozenset[int] = frozenset()  # ports to take for down, whatever the switch says
        self.atoms = atoms
        self.read = observation is not None
        self.facts = observation.facts if observation is not None else SwitchFacts()
        objects = observation.state.objects.values() if observation is not None else ()
        entries: dict[int, list[Entry]] = {}
        self.groups: dict[int, GroupEntry] = {}
        self.meters: dict[int, Meter] = {}
        self.queues: dict[tuple[int, int], PortQueue] = {}
        self.learn_tables: set[int] = set()
        for item in objects:
            if isinstance(item, FlowEntry):
                entries.setdefault(item.table, []).append(compile_entry(atoms, item))
                self.learn_tables |= {a.table for a in item.actions if isinstance(a, LearnNeighbour)}
            elif isinstance(item, GroupEntry):
                self.groups[item.group_id] = item
            elif isinstance(item, Meter):
                self.meters[item.meter_id] = item
            elif isinstance(item, PortQueue):
                self.queues[(item.port, item.queue_id)] = item
        self.tables = {number: Table(found) for number, found in entries.items()}
        known = set(switch.ports)
        if isinstance(self.facts, SwitchFacts):
            known |= {p for p in self.facts.ports if p < _LAST_REAL_PORT}
        self.ports = tuple(sorted(known))

    # --- ports

    def is_up(self, port: int) -> bool:
        """Whether a port is there and up, as far as the switch says; a switch that says nothing is believed."""
        if port in self.failed:
            return False
        facts = self.facts
        if not isinstance(facts, SwitchFacts) or not facts.ports:
            return True
        return port in facts.ports and port in facts.up

    def without(self, port: int) -> SwitchModel:
        """The same switch with one more port down."""
        other = copy(self)
        other.failed = self.failed | {port}
        return other

    # --- evaluation

    def evaluate(self, port: Endpoint, header: Header) -> tuple[Alternative, ...]:
        """What happens to an opened header that enters by the port."""
        if not port.port.isdigit():
            return (self._nothing(port, header, f"{port.port} is not a port number"),)
        if not self.read:
            return (self._nothing(port, header, "its state was not read"),)
        start = _Run(share=header, header=header)
        return tuple(self._told(port, run) for run in self._table(0, int(port.port), start, frozenset()))

    def _nothing(self, port: Endpoint, header: Header, why: str) -> Alternative:
        step = Step(device=self.name, in_port=port.port, decided=(Said(why),), blame=self.name, before=header)
        return Alternative(share=header, copies=(), last=step, doubt=f"{self.name}: {why}")

    def _table(
        self, number: int, in_port: int, run: _Run, above: _Above, known_as: int | None = None
    ) -> Iterator[_Run]:
        """known_as: the port that the packet is looked up as coming by, for this one look-up, as Open vSwitch does."""
        if ("table", number) in above:
            yield replace(run, doubt=f"{self.name}: table {number} is looked up again inside itself")
            return
        above |= {("table", number)}
        table = self.tables.get(number)
        decisions = (
            table.decide(in_port if known_as is None else known_as, run.header)
            if table is not None
            else (Decision(run.header, ()),)
        )
        whole = len(decisions) == 1
        for decision in decisions:
            part = replace(run, header=decision.part)
            if not whole and not run.trail:
                part = replace(part, share=decision.part)  # nothing was rewritten yet
            yield from self._decided(number, in_port, part, decision, above)
        if number in self.learn_tables:  # at another time, something else may have been learnt
            yield replace(run, header=run.header.put(eth_dst=self.atoms["mac"].full), now=False)

    def _decided(self, number: int, in_port: int, run: _Run, decision: Decision, above: _Above) -> Iterator[_Run]:
        if not decision.winners:
            yield from self._missed(number, run)
            return
        entry = decision.winners[0]
        if len(decision.winners) > 1:
            names = " and ".join(name_text(e.flow) for e in decision.winners)
            yield replace(run, trail=(*run.trail, entry), doubt=f"{self.name}: {names} both match and disagree")
            return
        run = replace(run, trail=(*run.trail, entry))
        if entry.malformed:
            yield replace(run, doubt=f"{self.name}: {name_text(entry.flow)} matches {entry.malformed}")
            return
        flow = entry.flow
        for metered in self._metered(flow, run):
            for done in self._actions(flow.actions, in_port, metered, above):
                if flow.goto is None or done.over:
                    yield done
                elif flow.goto <= number:
                    yield replace(done, doubt=f"{self.name}: {name_text(flow)} goes to a table that is not after it")
                else:
                    yield from self._table(flow.goto, in_port, done, above)

    def _missed(self, number: int, run: _Run) -> Iterator[_Run]:
        """No entry matches. Where neighbours are learnt, an IPv4 packet finds that of the one it is for."""
        to_one: Header | None = None
        others: Header | None = run.header
        if number in self.learn_tables:
            to_one, others = run.header.cut("eth_type", self.atoms["eth_type"].of(ETH_IPV4))
        if others is not None:
            yield replace(run, header=others, missed=number)
        if to_one is not None:
            yield replace(run, header=to_one, missed=number, now=False)
            note = f"{run.note}; eth_dst as learnt in table {number}".removeprefix("; ")
            yield replace(run, header=to_one.put(eth_dst=self.atoms["mac"].unnamed), note=note)

    def _metered(self, flow: FlowEntry, run: _Run) -> Iterator[_Run]:
        if flow.meter is None:
            yield run
            return
        if flow.meter in self.meters:
            yield replace(run, meters=(*run.meters, flow.meter))
            return
        why = f"meter {flow.meter} is not there"
        yield replace(run, dropped=why, ended=True)
        yield replace(run, now=False)

    def _actions(self, actions: Iterable[Action], in_port: int, run: _Run, above: _Above) -> Iterator[_Run]:
        runs = [run]
        for action in actions:
            runs = [
                after
                for before in runs
                for after in ((before,) if before.over else self._action(action, in_port, before, above))
            ]
        yield from runs

    def _action(self, action: Action, in_port: int, run: _Run, above: _Above) -> Iterable[_Run]:
        match action:
            case Output(port):
                return (self._output(port, in_port, run),)
            case SetQueue(queue_id):
                return (replace(run, queue=queue_id),)
            case SetField(name, value):
                return (self._set_field(name, value, run),)
            case PushVlan(ethertype):
                return (replace(run, header=push(self.atoms, run.header, ethertype)),)
            case PopVlan():
                return tuple(replace(run, header=h) for h in run.header.pop(self.atoms))
            case DecTtl():
                # Packets are sent with a TTL that suffices. One whose TTL runs out here may still go on from where this
                # table was resubmitted to, or after this group, as the rest of it never would.
                return (run, replace(run, now=False, expired=True)) if run.inside else (run,)
            case ArpReply(mac):
                return (self._arp_reply(mac, in_port, run),)
            case LearnNeighbour(table):
                return (replace(run, learns=(*run.learns, table)),)
            case Resubmit(table, known_as):
                return self._resubmit(table, in_port, run, above, known_as)
            case ToGroup(group_id):
                return self._group(group_id, in_port, run, above)
            case Unmodelled(text):
                return (replace(run, doubt=f"{self.name}: {self._where(run)} does {text}, which is not modelled"),)

    def _set_field(self, name: str, value: int, run: _Run) -> _Run:
        if name == "in_port":
            return replace(run, doubt=f"{self.name}: {self._where(run)} sets in_port, which is not modelled")
        return replace(run, header=set_field(self.atoms, run.header, name, value))

    @staticmethod
    def _where(run: _Run) -> str:
        return name_text(run.trail[-1].flow) if run.trail else "an entry"

    def _output(self, port: int, in_port: int, run: _Run) -> _Run:
        if port == PORT_IN_PORT:
            targets: tuple[int, ...] = (in_port,)
        elif port in {PORT_CONTROLLER, in_port}:
            targets = ()  # a copy for the controller leaves no port; output to the ingress port is suppressed
        elif port in _FLOOD:
            targets = tuple(p for p in self.ports if p != in_port)
        elif port > _LAST_REAL_PORT:
            return replace(run, doubt=f"{self.name}: {self._where(run)} outputs to reserved port {port:#x}")
        else:
            targets = (port,)
        new = (_Out(p, run.header, run.queue, run.meters, run.learns, run.note) for p in targets)
        return replace(run, outs=(*run.outs, *new))

    def _arp_reply(self, mac: int, in_port: int, run: _Run) -> _Run:
        h = run.header
        reply = h.put(
            eth_dst=h.get("eth_src"),
            eth_src=self.atoms["mac"].of(mac),
            arp_op=self.atoms["arp_op"].of(2),
            arp_spa=h.get("arp_tpa"),
            arp_tpa=h.get("arp_spa"),
        )
        return self._output(PORT_IN_PORT, in_port, replace(run, header=reply))

    def _resubmit(self, number: int, in_port: int, run: _Run, above: _Above, known_as: int | None) -> Iterator[_Run]:
        for after in self._table(number, in_port, replace(run, missed=None, inside=True), above, known_as):
            yield replace(after, missed=None, inside=run.inside, expired=False)

    def _group(self, group_id: int, in_port: int, run: _Run, above: _Above) -> Iterator[_Run]:
        group = self.groups.get(group_id)
        if ("group", group_id) in above:
            yield replace(run, doubt=f"{self.name}: group {group_id} contains itself")
        elif group is None:
            yield replace(run, dropped=f"group {group_id} is not there", ended=True)
            yield replace(run, now=False)
        else:
            above |= {("group", group_id)}
            chosen = choose(group, self.groups, self.is_up)
            if chosen.doubt:
                yield replace(run, doubt=f"{self.name}: {chosen.doubt}")
            elif group.type == "all":
                runs: list[_Run] = [run]
                for bucket, _ in chosen.options:
                    runs = [after for r in runs for after in self._bucket(group_id, bucket, in_port, r, above)]
                yield from runs
            else:
                for bucket, now in chosen.options:
                    at = run if now else replace(run, now=False)
                    yield from self._bucket(group_id, bucket, in_port, at, above)
                if chosen.dropped:
                    yield replace(run, dropped=chosen.dropped)

    def _bucket(self, group_id: int, bucket: Bucket, in_port: int, run: _Run, above: _Above) -> Iterator[_Run]:
        """A bucket acts on a clone: what it does to header and queue ends with it."""
        actions = action_set(bucket.actions)
        if actions is None:
            yield replace(run, doubt=f"{self.name}: group {group_id} does what is not modelled in a bucket")
            return
        for after in self._actions(actions, in_port, replace(run, inside=True), above):
            after = replace(after, inside=run.inside, expired=False)  # noqa: PLW2901
            yield replace(after, header=run.header, queue=run.queue, groups=(*after.groups, group_id))

    # --- evidence

    def _told(self, port: Endpoint, run: _Run) -> Alternative:
        trail = [Said(entry_text(e.flow), self.name, e.flow) for e in run.trail]
        trail += [Said(f"group {n}", self.name, self.groups[n]) for n in dict.fromkeys(run.groups)]
        if run.missed is not None:
            trail.append(Said(f"table {run.missed}: no entry matches (table-miss)", self.name))
        why = run.doubt or run.dropped
        if why:
            trail.append(Said(why, self.name))
        blame = name_text(run.trail[-1].flow) if run.trail else f"table {run.missed or 0}"
        blame += "".join(f", group {number}" for number in dict.fromkeys(run.groups))
        if run.missed is not None:
            blame = f"table {run.missed}: an entry for this packet"
        elif run.dropped and not run.outs:
            blame = " ".join(run.dropped.split()[:2])  # a meter or a group, and its number
        base = Step(
            device=self.name,
            in_port=port.port,
            decided=tuple(trail),
            blame=blame,
            before=run.share,
            after=run.header,
            learns=run.learns,
            note=run.note,
        )
        copies = tuple(self._copy(base, out) for out in run.outs)
        return Alternative(share=run.share, copies=copies, last=base, now=run.now, doubt=run.doubt)

    def _copy(self, base: Step, out: _Out) -> Copy:
        meters = tuple(_limit(self.name, self.meters[m]) for m in out.meters if m in self.meters)
        up = self.is_up(out.port)
        step = replace(
            base,
            out_port=port_text(out.port),
            after=out.header,
            queue=self._queue(out),
            limits=meters,
            learns=out.learns,
            note=out.note if up else f"{out.note}; port {out.port} is down".removeprefix("; "),
        )
        return Copy(port=Endpoint(self.name, str(out.port)), header=out.header, steps=(step,), now=up)

    def _queue(self, out: _Out) -> QueueUse | None:
        if out.queue is None:
            return None
        there = (out.port, out.queue) in self.queues
        text = f"queue {out.queue} of port {out.port}" + ("" if there else " (not configured)")
        return QueueUse("switch", (self.name, str(out.port)), str(out.port), out.queue, there, text)


def _limit(device: str, meter: Meter) -> Limit:
    """A meter as what it lets through. Without a burst Open vSwitch takes what its rate lets through in a second."""
    burst_kbit = meter.burst_kbit or meter.rate_kbps
    return Limit(device, f"meter {meter.meter_id}", meter.rate_kbps * 1000, burst_kbit * 1000)
