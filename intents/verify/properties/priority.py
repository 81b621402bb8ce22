"""Priority: at every hop every packet of an intent is marked and queued in its class or a higher one.

In words: each packet of each way carries, wherever it is tagged, a PCP of a class at least as high as the one owed; at
each hop that has queues it goes into a queue that is there, of a class at least as high; and no queue of a lower class
goes before that one. At least, because before the gateway a place's one mark covers all that it sends.
"""

from __future__ import annotations

from collections.abc import Iterator

from intents.model.campus import ServiceClass
from intents.model.evidence import Finding, Property
from intents.model.intent import ResolvedIntent
from intents.verify.bounds.scheduling import Scheduling
from intents.verify.claims import Way
from intents.verify.evidence.natural import Shown, counterexample, one_packet, preferences
from intents.verify.network.network import Network
from intents.verify.packets.packet import Header
from intents.verify.packets.steps import Leaf, Step
from intents.verify.treatment import Crossing, Treatment


def check_priority(treatment: Treatment, scheduling: Scheduling, resolved: ResolvedIntent) -> Finding | None:
    """The finding for an intent that owes a class; None for one that only allows."""
    checked, names = 0, set()
    for way in treatment.ways(resolved):
        owed = treatment.owed_class(resolved.intent, way)
        if owed is None:
            return None
        checked += bool(treatment.crossings(way))
        names.add(owed.name)
        for crossing in treatment.crossings(way):
            here = treatment.owed_class(resolved.intent, way, crossing.leaf.header) or owed
            if wrong(treatment.network, scheduling, crossing.leaf, here) is not None:
                return _broken(treatment, scheduling, resolved, way, crossing, here)
    statement = f"marked and queued as {' or '.join(sorted(names)) or 'owed'} at every hop, {checked} ordered pairs"
    return Finding(property=Property.PRIORITY, holds=True, statement=statement, vacuous=not checked)


def wrong(network: Network, scheduling: Scheduling, leaf: Leaf, owed: ServiceClass) -> tuple[Step, str, str] | None:
    """The first step on which a packet is not treated as owed: the step, the object to blame, what is wrong."""
    for step in leaf.steps:
        for blame, why in _faults(network, scheduling, step, owed):
            return step, blame, why
    return None


def has_queues(network: Network, step: Step) -> bool:
    """Whether a step leaves through a scheduler: switch ports, T-CONTs, the OLT's way down. An OLT's uplink and an
    ONU's UNI have none."""
    if step.device in network.switches:
        return True
    if step.device in network.pons:
        return step.out_port not in network.campus.olts[step.device].uplinks
    return step.out_port == "PON"


def _faults(network: Network, scheduling: Scheduling, step: Step, owed: ServiceClass) -> Iterator[tuple[str, str]]:
    top = step.after.top if step.after is not None else None
    if top is not None:
        for pcp in network.atoms["pcp"].samples(top.pcp):
            marked = class_of_pcp(network, pcp)
            if marked is None or marked.priority < owed.priority:
                name = f", which is {marked.name}" if marked is not None else ", which is no class"
                yield step.blame, f"is marked PCP {pcp}{name}, at {step.device}"
                return
    if not has_queues(network, step):
        return
    if step.queue is None:
        yield step.blame, f"goes into no queue at {step.device}"
    elif not step.queue.exists:
        yield step.queue.text, f"is sent to a queue that is not there: {step.queue.text} at {step.device}"
    elif step.queue.queue_id < owed.priority:
        yield step.blame, f"goes into the queue of a lower class: {step.queue.text} at {step.device}"
    else:
        before = scheduling.outranked(step.queue, owed.priority)
        if before is not None:
            yield (
                step.queue.text,
                f"waits behind a lower class: {before} goes before {step.queue.text} at {step.device}",
            )


def class_of_pcp(network: Network, pcp: int) -> ServiceClass | None:
    """The class that a PCP marks."""
    return next((c for c in network.campus.classes.values() if c.pcp == pcp), None)


def _broken(
    treatment: Treatment,
    scheduling: Scheduling,
    resolved: ResolvedIntent,
    way: Way,
    crossing: Crossing,
    owed: ServiceClass,
) -> Finding:
    network = treatment.network

    def bad(header: Header) -> tuple[Leaf, tuple[Step, str, str]] | None:
        for leaf in network.follow(way.source.port, header, only_now=True):
            if leaf.end == "delivered" and leaf.port == way.destination.port:
                found = wrong(
                    network, scheduling, leaf, treatment.owed_class(resolved.intent, way, leaf.header) or owed
                )
                if found is not None:
                    return leaf, found
        return None

    proto = way.services[0].protocol if way.services else 1
    prefer = preferences(network, way.source, way.destination, proto)
    packet = one_packet(network, crossing.sent, lambda h: bad(h) is not None, prefer)
    broken = bad(packet)
    if broken is None:  # the set broke it as a whole only: show the set's own way
        found = wrong(network, scheduling, crossing.leaf, owed)
        if found is None:
            raise ValueError("called for a crossing that is as owed")
        broken, packet = (crossing.leaf, found), crossing.sent
    leaf, (step, blame, why) = broken
    return Finding(
        property=Property.PRIORITY,
        holds=False,
        statement=f"{resolved.name}: {way} {why}",
        counterexample=counterexample(
            network,
            Shown(packet, leaf, crossing.sent),
            f"is marked and queued as {owed.name} or higher",
            why,
            (step.device, blame),
        ),
    )
