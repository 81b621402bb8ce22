"""An OpenFlow 1.3 switch as its read-back state has it: what happens to a set of packets that enters by a port.

After OpenFlow 1.3.5 (5 pipeline, 5.6.1 groups, 5.7 meters, 5.12 actions) and, where the standard leaves it open, Open
vSwitch: a table-miss drops, output to the ingress port is suppressed, a set-field whose prerequisite the packet lacks
does nothing (but see rewrite.py), a TTL that runs out ends the table or bucket that it is in, meters and queues
only shape. What cannot be represented ends in a doubt that names the entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from itertools import groupby
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
from intents.verify.packets.atoms import Atoms
from intents.verify.packets.packet import ETH_IPV4, Header
from intents.verify.packets.steps import Alternative, Said, Step
from intents.verify.switch.evidence import Evidence
from intents.verify.switch.group import action_set, choose
from intents.verify.switch.index import Entry
from intents.verify.switch.rewrite import push, set_field
from intents.verify.switch.run import Out, Run
from intents.verify.switch.table import Decision, Table, compile_entry

_LAST_REAL_PORT: Final = 0xFFFFFF00  # OFPP_MAX
FLOOD: Final = (0xFFFFFFFB, 0xFFFFFFFC)

# The tables and groups that a packet is inside of: one that comes again inside itself is a doubt, since a switch gives
# up at a depth of its own.
_Above = frozenset[tuple[str, int]]


# A table, the port that packets were looked up as coming by, and the packets.
Lookup = tuple[int, int, Header]

# What changes headers and queue only: several are done at once.
_REWRITES: Final = (SetField, SetQueue, PushVlan)


def _is_rewrite(action: Action) -> bool:
    return isinstance(action, _REWRITES)


class SwitchModel:
    """One switch. `ports` of the campus and of the facts are edge or trunk ports; both are numbered.

    earlier: the same switch as it was read before, with the same atoms; entries that it holds still are not compiled
    again.
    """

    def __init__(
        self, switch: Switch, observation: Observation | None, atoms: Atoms, earlier: SwitchModel | None = None
    ) -> None:
        self.name = switch.name
        self.failed: frozenset[int] = frozenset()  # ports to take for down, whatever the switch says
        self.atoms = atoms
        self.read = observation is not None
        self.facts = observation.facts if observation is not None else SwitchFacts()
        objects = observation.state.objects.values() if observation is not None else ()
        compiled = earlier.entries if earlier is not None else {}
        entries: dict[int, list[Entry]] = {}
        self.groups: dict[int, GroupEntry] = {}
        self.meters: dict[int, Meter] = {}
        self.queues: dict[tuple[int, int], PortQueue] = {}
        self.learn_tables: set[int] = set()
        for item in objects:
            if isinstance(item, FlowEntry):
                entry = compiled.get(item) or compile_entry(atoms, item)
                entries.setdefault(item.table, []).append(entry)
                self.learn_tables |= {a.table for a in item.actions if isinstance(a, LearnNeighbour)}
            elif isinstance(item, GroupEntry):
                self.groups[item.group_id] = item
            elif isinstance(item, Meter):
                self.meters[item.meter_id] = item
            elif isinstance(item, PortQueue):
                self.queues[(item.port, item.queue_id)] = item
        self.tables = {number: Table(found) for number, found in entries.items()}
        self._entries = tuple(entry for found in entries.values() for entry in found)
        self._flows: dict[int | None, list[FlowEntry]] = {}
        for entry in self._entries:
            self._flows.setdefault(entry.in_port, []).append(entry.flow)
        self.looked_up: list[Lookup] = []  # for the set of packets that was asked about last
        self._evidence = Evidence(self.name, self.groups, self.meters, self.queues)
        known = set(switch.ports)
        if isinstance(self.facts, SwitchFacts):
            known |= {p for p in self.facts.ports if p < _LAST_REAL_PORT}
        self.ports = tuple(sorted(known))

    # --- entries

    @cached_property
    def entries(self) -> Mapping[FlowEntry, Entry]:
        """Every flow entry, and what it was compiled to."""
        return {entry.flow: entry for entry in self._entries}

    def flows(self) -> Iterator[FlowEntry]:
        """Every flow entry."""
        return (flow for found in self._flows.values() for flow in found)

    def flows_at(self, in_port: int | None) -> Sequence[FlowEntry]:
        """Flow entries that match packets of this port alone; None: of any port."""
        return self._flows.get(in_port, ())

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

    def evaluate(self, port: Endpoint, header: Header, *, ever: bool = False) -> tuple[Alternative, ...]:
        """What happens to an opened header that enters by the port. ever: at any time, what happens now not told
        apart."""
        if not port.port.isdigit():
            return (self._nothing(port, header, f"{port.port} is not a port number"),)
        if not self.read:
            return (self._nothing(port, header, "its state was not read"),)
        self.looked_up.clear()
        start = Run(share=header, header=header, ever=ever)
        return tuple(
            self._evidence.of(port, run, self.is_up) for run in self._table(0, int(port.port), start, frozenset())
        )

    def _nothing(self, port: Endpoint, header: Header, why: str) -> Alternative:
        step = Step(device=self.name, in_port=port.port, decided=(Said(why),), blame=self.name, before=header)
        return Alternative(share=header, copies=(), last=step, doubt=f"{self.name}: {why}")

    def _table(self, number: int, in_port: int, run: Run, above: _Above, known_as: int | None = None) -> Iterator[Run]:
        """known_as: the port that the packet is looked up as coming by, for this one look-up, as Open vSwitch does."""
        if ("table", number) in above:
            yield run._replace(doubt=f"{self.name}: table {number} is looked up again inside itself")
            return
        above |= {("table", number)}
        table = self.tables.get(number)
        port = in_port if known_as is None else known_as
        self.looked_up.append((number, port, run.header))
        decisions = table.decide(port, run.header) if table is not None else (Decision(run.header, ()),)
        whole = len(decisions) == 1
        for decision in decisions:
            part = run._replace(header=decision.part)
            if not whole and not run.trail:
                part = part._replace(share=decision.part)  # nothing was rewritten yet
            yield from self._decided(number, in_port, part, decision, above)
        if number in self.learn_tables:  # at another time, something else may have been learnt
            yield run._replace(header=run.header.put(eth_dst=self.atoms["mac"].full), now=False)

    def _decided(self, number: int, in_port: int, run: Run, decision: Decision, above: _Above) -> Iterator[Run]:
        if not decision.winners:
            yield from self._missed(number, run)
            return
        entry = decision.winners[0]
        if len(decision.winners) > 1:
            names = " and ".join(e.name for e in decision.winners)
            yield run._replace(trail=(*run.trail, entry), doubt=f"{self.name}: {names} both match and disagree")
            return
        run = run._replace(trail=(*run.trail, entry))
        if entry.malformed:
            yield run._replace(doubt=f"{self.name}: {entry.name} matches {entry.malformed}")
            return
        flow = entry.flow
        for metered in self._metered(flow, run):
            for done in self._actions(flow.actions, in_port, metered, above):
                if flow.goto is None or done.over:
                    yield done
                elif flow.goto <= number:
                    yield done._replace(doubt=f"{self.name}: {entry.name} goes to a table that is not after it")
                else:
                    yield from self._table(flow.goto, in_port, done, above)

    def _missed(self, number: int, run: Run) -> Iterator[Run]:
        """No entry matches. Where neighbours are learnt, an IPv4 packet finds that of the one it is for."""
        if run.ever and number in self.learn_tables:
            return  # part of what may be learnt at another time
        to_one: Header | None = None
        others: Header | None = run.header
        if number in self.learn_tables:
            to_one, others = run.header.cut("eth_type", self.atoms["eth_type"].of(ETH_IPV4))
        if others is not None:
            yield run._replace(header=others, missed=number)
        if to_one is not None:
            yield run._replace(header=to_one, missed=number, now=False)
            note = f"{run.note}; eth_dst as learnt in table {number}".removeprefix("; ")
            yield run._replace(header=to_one.put(eth_dst=self.atoms["mac"].unnamed), note=note)

    def _metered(self, flow: FlowEntry, run: Run) -> Iterator[Run]:
        if flow.meter is None:
            yield run
            return
        if flow.meter in self.meters:
            yield run._replace(meters=(*run.meters, flow.meter))
            return
        why = f"meter {flow.meter} is not there"
        yield run._replace(dropped=why, ended=True)
        yield run._replace(now=False)

    def _actions(self, actions: Iterable[Action], in_port: int, run: Run, above: _Above) -> Iterator[Run]:
        runs = [run]
        for rewrites, group in groupby(actions, _is_rewrite):
            if rewrites:
                together = tuple(group)
                runs = [run if run.over else self._rewritten(together, run) for run in runs]
                continue
            for action in group:
                runs = [
                    after
                    for before in runs
                    for after in ((before,) if before.over else self._action(action, in_port, before, above))
                ]
        yield from runs

    def _rewritten(self, actions: Iterable[Action], run: Run) -> Run:
        """After actions that change what is sent, and queue, and nothing else."""
        header, queue = run.header, run.queue
        for action in actions:
            match action:
                case SetField("in_port"):
                    return run._replace(doubt=f"{self.name}: {self._where(run)} sets in_port, which is not modelled")
                case SetField(name, value):
                    header = set_field(self.atoms, header, name, value)
                case PushVlan(ethertype):
                    header = push(self.atoms, header, ethertype)
                case SetQueue(queue_id):
                    queue = queue_id
        return run._replace(header=header, queue=queue)

    def _action(self, action: Action, in_port: int, run: Run, above: _Above) -> Iterable[Run]:
        match action:
            case Output(port):
                return (self._output(port, in_port, run),)
            case PopVlan():
                return tuple(run._replace(header=h) for h in run.header.pop(self.atoms))
            case DecTtl():
                # Packets are sent with a TTL that suffices. One whose TTL runs out here may still go on from where this
                # table was resubmitted to, or after this group, as the rest of it never would.
                return (run, run._replace(now=False, expired=True)) if run.inside else (run,)
            case ArpReply(mac):
                return (self._arp_reply(mac, in_port, run),)
            case LearnNeighbour(table):
                return (run._replace(learns=(*run.learns, table)),)
            case Resubmit(table, known_as):
                return self._resubmit(table, in_port, run, above, known_as)
            case ToGroup(group_id):
                return self._group(group_id, in_port, run, above)
            case Unmodelled(text):
                return (run._replace(doubt=f"{self.name}: {self._where(run)} does {text}, which is not modelled"),)
            case _:
                return (self._rewritten((action,), run),)

    @staticmethod
    def _where(run: Run) -> str:
        return run.trail[-1].name if run.trail else "an entry"

    def _output(self, port: int, in_port: int, run: Run) -> Run:
        if port == PORT_IN_PORT:
            targets: tuple[int, ...] = (in_port,)
        elif port in {PORT_CONTROLLER, in_port}:
            targets = ()  # a copy for the controller leaves no port; output to the ingress port is suppressed
        elif port in FLOOD:
            targets = tuple(p for p in self.ports if p != in_port)
        elif port > _LAST_REAL_PORT:
            return run._replace(doubt=f"{self.name}: {self._where(run)} outputs to reserved port {port:#x}")
        else:
            targets = (port,)
        new = (Out(p, run.header, run.queue, run.meters, run.learns, run.note) for p in targets)
        return run._replace(outs=(*run.outs, *new))

    def _arp_reply(self, mac: int, in_port: int, run: Run) -> Run:
        h = run.header
        reply = h.put(
            eth_dst=h.get("eth_src"),
            eth_src=self.atoms["mac"].of(mac),
            arp_op=self.atoms["arp_op"].of(2),
            arp_spa=h.get("arp_tpa"),
            arp_tpa=h.get("arp_spa"),
        )
        return self._output(PORT_IN_PORT, in_port, run._replace(header=reply))

    def _resubmit(self, number: int, in_port: int, run: Run, above: _Above, known_as: int | None) -> Iterator[Run]:
        for after in self._table(number, in_port, run._replace(missed=None, inside=True), above, known_as):
            yield after._replace(missed=None, inside=run.inside, expired=False)

    def _group(self, group_id: int, in_port: int, run: Run, above: _Above) -> Iterator[Run]:
        group = self.groups.get(group_id)
        if ("group", group_id) in above:
            yield run._replace(doubt=f"{self.name}: group {group_id} contains itself")
        elif group is None:
            yield run._replace(dropped=f"group {group_id} is not there", ended=True)
            yield run._replace(now=False)
        else:
            above |= {("group", group_id)}
            chosen = choose(group, self.groups, self.is_up)
            if chosen.doubt:
                yield run._replace(doubt=f"{self.name}: {chosen.doubt}")
            elif group.type == "all":
                runs: list[Run] = [run]
                for bucket, _ in chosen.options:
                    runs = [after for r in runs for after in self._bucket(group_id, bucket, in_port, r, above)]
                yield from runs
            else:
                for bucket, now in chosen.options:
                    at = run if now else run._replace(now=False)
                    yield from self._bucket(group_id, bucket, in_port, at, above)
                if chosen.dropped:
                    yield run._replace(dropped=chosen.dropped)

    def _bucket(self, group_id: int, bucket: Bucket, in_port: int, run: Run, above: _Above) -> Iterator[Run]:
        """A bucket acts on a clone: what it does to header and queue ends with it."""
        actions = action_set(bucket.actions)
        if actions is None:
            yield run._replace(doubt=f"{self.name}: group {group_id} does what is not modelled in a bucket")
            return
        for after in self._actions(actions, in_port, run._replace(inside=True), above):
            after = after._replace(inside=run.inside, expired=False)  # noqa: PLW2901
            yield after._replace(header=run.header, queue=run.queue, groups=(*after.groups, group_id))
