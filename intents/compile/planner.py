"""The planner: campus and intents in, the intended state of every device or what is wrong with them out.

A planner lives as long as its campus. What an intent changes is carried through step by step, so that one intent more
or less costs in proportion to the places and devices that it is about: pairs of places, then streams, marks and loads,
then what may be promised, then the objects. Asked once, from nothing, it does the same for everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from intents.compile import conflict
from intents.compile.admit import Ledger
from intents.compile.conflict import Contradictions
from intents.compile.context import Context
from intents.compile.demand import PairName, Stream, Treatment, alike
from intents.compile.failover import protected_ports
from intents.compile.latency import Delays
from intents.compile.limits import Limits, port_faults
from intents.compile.limits_tables import mac_faults, table_faults
from intents.compile.load import PortLoads, Uni, uni_load
from intents.compile.neighbours import taken_places
from intents.compile.objects import Objects
from intents.compile.pon_loads import PonLoads
from intents.compile.reach import unknown_onus, unseen_onus
from intents.compile.shared_pon import technology_faults
from intents.compile.survive import unsurvivable
from intents.compile.topology import OutPort, Topology, build_topology
from intents.compile.waypoint import beside_the_way
from intents.model.campus import Campus, Onu, Place, ServiceClass
from intents.model.diagnostic import Diagnostic, has_errors
from intents.model.intent import ResolvedIntent
from intents.model.plan import Intended
from intents.model.state import ObjectKey, Operational


class Planner:
    """Plans for one campus. With `operational`, numbers that devices hold are kept, and an ONU that its OLT does not
    see is an error."""

    def __init__(self, campus: Campus, operational: Operational | None = None) -> None:
        self._campus = campus
        topology = build_topology(campus)
        self._broken: tuple[Diagnostic, ...] = topology if isinstance(topology, tuple) else ()
        self._network = _Network(campus, topology, operational) if isinstance(topology, Topology) else None
        self._intents: dict[str, ResolvedIntent] = {}
        self._unusable: dict[str, tuple[Diagnostic, ...]] = {}  # faults of single intents
        self._due: dict[str, ResolvedIntent | None] = {}  # changes that wait until no intent is unusable

    @property
    def context(self) -> Context:
        """What the campus and its intents come to. Raises ValueError where the campus hangs not together."""
        return self._ways.context

    @property
    def unseen(self) -> tuple[Onu, ...]:
        """ONUs that their OLT does not see, in use or not; those of OLTs that were not read are not among them."""
        return self._network.unseen if self._network is not None else ()

    @property
    def ledger(self) -> Ledger:
        """What is promised to whom. Raises ValueError as above."""
        return self._ways.ledger

    @property
    def limits(self) -> Limits:
        """What is taken of everything that is counted. Raises ValueError as above."""
        return self._ways.limits

    @property
    def delays(self) -> Delays:
        """What is known of promised delays. Raises ValueError as above."""
        return self._ways.delays

    @property
    def _ways(self) -> _Network:
        if self._network is None:
            raise ValueError("the campus has no ways")
        return self._network

    def update(self, intents: Iterable[ResolvedIntent]) -> tuple[Diagnostic, ...]:
        """Let exactly these be the intents; returns what is wrong, sorted by position. Those that are the same object
        as before cost next to nothing."""
        wanted = {r.name: r for r in intents}
        changes: dict[str, ResolvedIntent | None] = {n: None for n in self._intents if n not in wanted}
        changes.update((n, r) for n, r in wanted.items() if self._intents.get(n) is not r)
        return self.change(changes)

    def change(self, intents: Mapping[str, ResolvedIntent | None]) -> tuple[Diagnostic, ...]:
        """Let these intents be what they are by name (None: no longer there) and leave the others."""
        for name, resolved in intents.items():
            self._unusable.pop(name, None)
            if resolved is None:
                self._intents.pop(name, None)
                continue
            self._intents[name] = resolved
            faults = tuple(conflict.unusable(self._campus, resolved.intent))
            if faults:
                self._unusable[name] = faults
        self._due.update(intents)
        if self._network is None or self._unusable:
            return _sorted((*(f for found in self._unusable.values() for f in found), *self._broken))
        due, self._due = self._due, {}
        return _sorted(self._network.update(due))

    def intended(self) -> Intended:
        """The objects of every device, after an `update` without errors. A view: the next `update` changes it."""
        return self._ways.objects.intended()

    def touched(self) -> Mapping[str, frozenset[ObjectKey]]:
        """Keys by device of what may have changed since this was asked last."""
        return self._network.objects.touched() if self._network is not None else {}


class _Network:
    """Everything that follows from the intents, step by step."""

    def __init__(self, campus: Campus, topology: Topology, operational: Operational | None) -> None:
        self.context = Context(campus, topology, operational)
        self.contradictions = Contradictions(self.context.demand)
        self.loads = PortLoads(topology.routes)
        self.ledger = Ledger(self.context)
        self.pons = PonLoads(self.context)
        self.delays = Delays(self.context, self.loads, self.pons)
        self.objects = Objects(self.context, self.loads)
        self.limits = Limits(self.context)
        self._changed: set[str] = set()  # intents whose promises are to be entered anew
        self._places: dict[str, None] = {}  # places whose ports are to be looked at again
        self._faulty_ports: set[str] = set()
        self.unseen = unseen_onus(self.context)
        olts = tuple(campus.olts.values())
        self._technology = technology_faults(olts, {olt.name: self.context.held(olt.name) for olt in olts})
        self._surviving: dict[str, ResolvedIntent] = {}
        self._going_by: dict[str, ResolvedIntent] = {}
        self._unsurvivable: list[Diagnostic] = []

    def update(self, intents: Mapping[str, ResolvedIntent | None]) -> list[Diagnostic]:
        """Carry the change through as far as it makes sense; what is left undone is done by the next update."""
        demand = self.context.demand
        demand.change(intents)
        self._changed.update(intents)
        self._streams(demand.settle())
        faults = [*self._technology, *demand.suspensions(), *self.contradictions.diagnostics()]
        if has_errors(faults):
            return faults
        faults += self._port_faults()
        faults += self._ways()
        self._promise()
        if not has_errors(faults):
            faults += self.limits.faults(self.objects.meters)
            faults += port_faults(self.context, self.loads.by_port)
            faults += self.ledger.faults
        if not has_errors(faults):  # what does not fit delays what would
            faults += self.delays.faults
        if has_errors(faults):
            return faults
        self.objects.build()
        faults += mac_faults(self.context)
        states = self.objects.intended().states
        faults += table_faults(self.context, states, self.context.campus.switches.values())
        faults += taken_places(self.context, states)
        return [*faults, *unknown_onus(self.context, self.unseen)]

    def _streams(self, touched: set[PairName]) -> None:
        """New streams on these pairs: the loads, marks and pieces that follow."""
        self.contradictions.update(touched)
        context, marks = self.context, self.context.marks
        pairs = sorted(pair for pair in touched if pair in context.demand.allow or context.pair(pair))
        before: dict[PairName, tuple[Stream, ...]] = {pair: context.pair(pair) for pair in pairs}
        for pair in pairs:
            context.put(pair, self._on(pair))
        ends = sorted({place for pair in pairs for place in pair})
        was = {place: marks.get(place) for place in ends}
        for place in ends:
            mark = context.mark_of(place)
            if mark is not was[place]:
                self._remark(place, was[place], mark)
                # A place that is marked otherwise sends all that it sends otherwise.
                before |= {
                    (place, other): streams
                    for other, streams in context.sends.get(place, {}).items()
                    if (place, other) not in before
                }
            self._places[place] = None
        for pair, streams in before.items():
            self._carry(pair, streams, was[pair[0]])

    def _remark(self, place: str, before: ServiceClass | None, mark: ServiceClass | None) -> None:
        """A place's port marks another class, begins to, or ends."""
        if before is not None:
            self.loads.answer(place, before, -1)
        if mark is not None:
            self.loads.answer(place, mark, 1)
            self.context.marks[place] = mark
        else:
            del self.context.marks[place]
        self.objects.place(place)

    def _carry(self, pair: PairName, before: tuple[Stream, ...], was: ServiceClass | None) -> None:
        """The streams of a pair or the mark of its source (`was`: what it was) are others now."""
        now = self.context.pair(pair)
        mark = self.context.marks.get(pair[0])
        if before and was is not None:
            self.loads.take(before, was)
        if now and mark is not None:
            self.loads.add(now, mark)
        self._changed.update(t.promiser.name for t in _promising((*before, *now)) if t.promiser is not None)
        if mark is not was or len(before) != len(now) or not all(map(_alike, before, now)):
            self.objects.pair(pair, before)
            self.objects.place(pair[0])
            self.objects.place(pair[1])

    def _on(self, pair: PairName) -> tuple[Stream, ...]:
        treatments = self.context.demand.treatments(pair)
        if not treatments:
            return ()
        places = self.context.campus.places
        source, destination = places[pair[0]], places[pair[1]]
        return tuple(Stream(source, destination, treatment) for treatment in treatments)

    def _port_faults(self) -> list[Diagnostic]:
        """Of the places that changed, those that share a port, address or MAC address with them, and those at fault."""
        context = self.context
        names = context.neighbours({*self._places, *self._faulty_ports})
        classes = {name: context.marks[name].name for name in names if name in context.marks}
        faults = conflict.port_faults(context.campus, classes, context.topology.trunks)
        self._faulty_ports = {*names} if faults else set()
        return faults

    def _ways(self) -> list[Diagnostic]:
        """What is asked of ways: to go by a switch, to have another one after a failure."""
        intents = self.context.demand.intents
        wanted = {n: intents[n] for n in self._changed if n in intents and intents[n].intent.survive is not None}
        if wanted or not self._surviving.keys().isdisjoint(self._changed):
            left = {n: r for n, r in self._surviving.items() if n not in self._changed}
            self._surviving = left | wanted
            self._unsurvivable = unsurvivable(self.context, self._surviving.values(), _asked_of)
            self._protect(protected_ports(self.context, self._surviving.values()))
        self._going_by = {n: r for n, r in self._going_by.items() if n not in self._changed}
        self._going_by |= {n: intents[n] for n in self._changed if n in intents and intents[n].intent.via is not None}
        return [*self._unsurvivable, *beside_the_way(self.context, self._going_by.values())]

    def _protect(self, ports: frozenset[OutPort]) -> None:
        """Let these be the ports that others take over from: what leaves by those that were not so, or are no longer,
        is made anew."""
        context = self.context
        changed, context.protected = ports ^ context.protected, ports
        if not changed:
            return
        context.towards.clear()
        self.loads.touched |= changed
        for name in context.marks:
            route = context.topology.routes[name]
            if not changed.isdisjoint((*route.ups, *route.downs)):
                self.objects.place(name)
                for source in context.receives.get(name, ()):
                    self.objects.pair((source, name), context.pair((source, name)))

    def _promise(self) -> None:
        """Look at delays again, and enter the promises of intents that changed."""
        context, changed = self.context, self._changed
        self.ledger.release(changed)
        for uni in dict.fromkeys(_uni(context.campus, context.campus.places[name]) for name in self._places):
            if uni is None:
                continue
            load = uni_load(context, uni)
            arriving = {tc: found.cls for tc, found in load.receive.items()} if load is not None else {}
            self.ledger.set_queues(context.campus.onus[uni.onu].pon, uni.onu, uni.number, arriving)
            self.pons.put(uni, load)
            self.objects.uni(uni, load)
            self.limits.uni(uni, load)
        self.ledger.enter(changed)
        self.delays.update(changed, self.loads.touched)
        self.objects.ports(self.loads.touched)
        self.loads.touched = set()
        self._changed, self._places = set(), {}


def _asked_of(campus: Campus, intents: Iterable[ResolvedIntent]) -> Iterable[Diagnostic]:
    return Planner(campus).update(intents)


def _alike(before: Stream, now: Stream) -> bool:
    return alike(before.treatment, now.treatment)


def _promising(streams: Iterable[Stream]) -> Iterable[Treatment]:
    return {s.treatment for s in streams if s.treatment.promised_bps}


def _uni(campus: Campus, place: Place) -> Uni | None:
    device, port = place.port.device, place.port.port
    return Uni(device, int(port)) if device in campus.onus else None


def _sorted(faults: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(set(faults), key=lambda d: (d.position, d.code, d.message)))
