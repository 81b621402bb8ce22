"""The verdict: every property of every intent, from the intents, the campus and the operational state alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby

from intents.model.campus import Campus
from intents.model.evidence import Drift, Finding, IntentVerdict, Property, Verdict, Way
from intents.model.intent import Permission, ResolvedIntent
from intents.model.state import DeviceState, Difference, Observation, Operational, patch
from intents.verify.beside import Beside, OfAnybody, Own, Piece, Task, in_turn, pieces
from intents.verify.bounds.bounds import Bounds
from intents.verify.bounds.scheduling import Scheduling
from intents.verify.drift import check_drift
from intents.verify.network.models import Models
from intents.verify.network.network import Network
from intents.verify.network.spread import Spread
from intents.verify.packets.atoms import TooManyAtoms
from intents.verify.packets.packet import anything
from intents.verify.properties import isolation, reach
from intents.verify.properties.isolation import Isolation
from intents.verify.properties.latency import check_latency
from intents.verify.properties.loop import check_loop
from intents.verify.properties.priority import check_priority
from intents.verify.properties.rates import Rates
from intents.verify.properties.survival import Survival
from intents.verify.properties.trust import Intrusion, check_trust, doubts, intrusions, lifting
from intents.verify.properties.waypoint import check_waypoint
from intents.verify.treatment import Treatment


def verify(
    campus: Campus,
    intents: Sequence[ResolvedIntent],
    operational: Operational,
    applied: Mapping[str, DeviceState] | None = None,
    shown: Collection[str] = (),
    beside: Beside | None = None,
) -> Verdict:
    """Whether the network, as read back, keeps every intent; drift too where the applied states are given.
    shown: names of intents of which natural packets are shown on their ways. beside: who proves the same meanwhile.

    For all packets of an intent. What the model cannot represent makes a finding with `cannot_prove`, which does not
    hold. Intents come out sorted by name.
    """
    try:
        network, drift = _network(campus, operational, applied)
    except TooManyAtoms as problem:
        ordered = sorted(intents, key=lambda r: r.name)
        return Verdict(intents=tuple(_unproven(resolved, str(problem)) for resolved in ordered))
    return Verdict(intents=assess(network, intents, shown, beside), drift=drift)


def assess(
    network: Network, intents: Sequence[ResolvedIntent], shown: Collection[str] = (), beside: Beside | None = None
) -> tuple[IntentVerdict, ...]:
    """The verdict on each intent, sorted by name."""
    ordered = sorted(intents, key=lambda r: r.name)
    judge = Judge(network, ordered, shown)
    if beside is None:
        return tuple(judge.assess(resolved) for resolved in ordered)
    own: dict[str, Own] = {}
    for resolved in in_turn(ordered):
        found = beside.own(resolved.name) if resolved.name not in shown else None
        own[resolved.name] = found if found is not None else judge.own(resolved)
    anybody = beside.anybody()
    return tuple(
        judge.verdict(r, own[r.name], anybody[r.name] if anybody is not None else judge.of_anybody(r)) for r in ordered
    )


def second(task: Task) -> Iterator[Piece]:
    """What somebody beside `verify` may prove meanwhile, of the same task."""
    try:
        network, _ = _network(task.campus, task.operational, task.applied)
    except TooManyAtoms:
        return
    ordered = sorted(task.intents, key=lambda r: r.name)
    yield from pieces(Judge(network, ordered), ordered)


def verify_one(
    campus: Campus,
    intents: Sequence[ResolvedIntent],
    operational: Operational,
    name: str,
    applied: Mapping[str, DeviceState] | None = None,
) -> IntentVerdict | None:
    """What `verify` says of one of the intents, its natural packets shown: what the others are owed counts as it does
    there, and no time is spent on judging them. None where no intent is called so."""
    resolved = next((r for r in intents if r.name == name), None)
    if resolved is None:
        return None
    try:
        network, _ = _network(campus, operational, applied)
    except TooManyAtoms as problem:
        return _unproven(resolved, str(problem))
    return Judge(network, sorted(intents, key=lambda r: r.name), (name,)).assess(resolved)


class Ways:
    """Natural packets on their ways through a network as read, one intent after the other: nothing is judged."""

    def __init__(self, campus: Campus, intents: Sequence[ResolvedIntent], operational: Operational) -> None:
        self._intents = sorted(intents, key=lambda r: r.name)
        self._network: Network | None
        try:
            self._network = Network(campus, operational)
        except TooManyAtoms:
            self._network = None

    @cached_property
    def _treatment(self) -> Treatment | None:
        return Treatment(self._network, self._intents) if self._network is not None else None

    def of(self, name: str) -> tuple[Way, ...]:
        """Of one that lets pass; none of others, and where the network is more than can be followed."""
        resolved = next((r for r in self._intents if r.name == name), None)
        treatment = self._treatment
        if resolved is None or treatment is None or resolved.intent.permission is not Permission.ALLOW:
            return ()
        return tuple(reach.paths(treatment.asking, resolved, treatment.suspended))


def _network(
    campus: Campus, operational: Operational, applied: Mapping[str, DeviceState] | None
) -> tuple[Network, tuple[Drift, ...]]:
    """The network as read, and what drifted of what was applied. The network knows it, so that evidence can say what is
    missing; no proof looks at that. Raises TooManyAtoms."""
    if applied is None:
        return Network(campus, operational), ()
    drift = check_drift(operational, applied)
    drifted = {
        device: tuple(_back(operational, applied, d) for d in found)
        for device, found in groupby(drift, key=lambda d: d.device)
    }
    if not drifted:
        return Network(campus, operational), drift
    before = {
        device: Observation(
            state=patch(operational.devices[device].state, found), facts=operational.devices[device].facts
        )
        for device, found in drifted.items()
    }
    network = Network(campus, operational, Models.of(campus, operational, Operational(devices=before)))
    network.drifted = drifted
    return network, drift


def _back(operational: Operational, applied: Mapping[str, DeviceState], drift: Drift) -> Difference:
    """What makes an object again what was applied."""
    found, wanted = operational.devices[drift.device].state.objects, applied[drift.device].objects
    return Difference(key=drift.key, before=found.get(drift.key), after=wanted.get(drift.key))


class Judge:
    """What all intents of one verdict share."""

    def __init__(self, network: Network, intents: Sequence[ResolvedIntent], shown: Collection[str] = ()) -> None:
        self._network = network
        self._shown = shown
        self._treatment = Treatment(network, intents)
        self._scheduling = Scheduling(network)
        self._bounds = Bounds(self._treatment, self._scheduling)
        self._rates = Rates(self._treatment, self._scheduling, self._bounds)
        self._survival = Survival(self._treatment)

    @cached_property
    def _intrusions(self) -> tuple[Intrusion, ...]:
        return intrusions(self._treatment, self._everything)

    @cached_property
    def _doubts(self) -> str:
        return doubts(self._treatment, self._everything)

    @cached_property
    def _everything(self) -> Spread:
        """All that anybody may send into an edge port."""
        network = self._network
        anybody = [(port, anything(network.atoms)) for port in network.edge_ports()]
        senders = dict.fromkeys([*anybody, *isolation.senders_of(self._treatment)])
        return Spread(network, senders, isolation.OF_ANYTHING, lifting(network))

    @cached_property
    def _isolation(self) -> Isolation:
        return Isolation(self._treatment, self._everything)

    @property
    def looks(self) -> int:
        """How many sets of packets were looked at by a device so far, with all that follows from them."""
        return self._network.looks + self._everything.size

    def assess(self, resolved: ResolvedIntent) -> IntentVerdict:
        """All findings for one intent."""
        return self.verdict(resolved, self.own(resolved), self.of_anybody(resolved))

    def own(self, resolved: ResolvedIntent) -> Own:
        """What is found of an intent's own packets: what becomes of them, and what is left for them."""
        if resolved.intent.permission is not Permission.ALLOW:
            return Own(())
        asked = (self._treatment.asking, resolved, self._treatment.suspended)
        found = (
            reach.check(*asked),
            check_waypoint(self._treatment, resolved),
            check_priority(self._treatment, self._scheduling, resolved),
            self._rates.check_guarantee(resolved),
            check_latency(self._treatment, self._bounds, resolved),
            self._rates.check_limit(resolved),
            self._survival.check(resolved),
        )
        return Own(found, tuple(reach.paths(*asked)) if resolved.name in self._shown else ())

    def of_anybody(self, resolved: ResolvedIntent) -> OfAnybody:
        """What is found for an intent of all that anybody may send."""
        match resolved.intent.permission:
            case Permission.DENY:
                return (self._isolation.check_deny(resolved),)
            case Permission.QUARANTINE:
                return (self._isolation.check_quarantine(resolved),)
            case Permission.ALLOW:
                return (
                    check_loop(self._treatment, resolved, self._everything),
                    check_trust(self._treatment, resolved, self._intrusions, self._doubts),
                )

    def verdict(self, resolved: ResolvedIntent, own: Own, anybody: OfAnybody) -> IntentVerdict:
        """The verdict on one intent from both."""
        findings = anybody
        if own.findings:
            (arrives, goes_by, ranked, *left), (loops, trusted) = own.findings, anybody
            findings = (arrives, goes_by, loops, ranked, trusted, *left)
        return IntentVerdict(
            intent=resolved.name,
            position=resolved.intent.position,
            findings=tuple(f for f in findings if f is not None),
            paths=own.paths,
        )


def _unproven(resolved: ResolvedIntent, why: str) -> IntentVerdict:
    finding = Finding(
        property=Property.REACHABILITY, holds=False, cannot_prove=True, statement=f"cannot be proven: {why}"
    )
    return IntentVerdict(intent=resolved.name, position=resolved.intent.position, findings=(finding,))
