"""Trust: nobody gets into a class to which no intent entitles him.

In words: whatever anybody sends into an edge port - any tags, any PCP, any addresses - goes into no queue, and goes
from no device to the next with a PCP, of a class higher than the highest in which a place at that port may send. So
what is promised to a class cannot be taken by one who marks himself. Where it cannot be told what becomes of something
that is sent, nor can this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from intents.model.campus import Endpoint, Place, ServiceClass
from intents.model.evidence import Finding, Property
from intents.model.intent import ResolvedIntent
from intents.verify.evidence.natural import Shown, counterexample, one_packet, preferences
from intents.verify.network.network import Network
from intents.verify.network.spread import Lift, Spread
from intents.verify.packets.packet import Header, anything
from intents.verify.packets.steps import Leaf, Step
from intents.verify.properties.priority import class_of_pcp
from intents.verify.treatment import Treatment


@dataclass(frozen=True, slots=True)
class Intrusion:
    """Somebody at a port reaches a class that he may not: the priority reached, and at which step."""

    port: Endpoint
    entitled: int
    reached: int
    step: Step


def intrusions(treatment: Treatment, everything: Spread) -> tuple[Intrusion, ...]:
    """The highest class that each edge port reaches beyond what it is entitled to, by port. everything: all that
    anybody may send."""
    found = []
    for port in treatment.network.edge_ports():
        entitled = treatment.entitled(port)
        worst = everything.highest((port, anything(treatment.network.atoms)))
        if worst is not None and worst[0] > max(entitled, treatment.default.priority):
            found.append(Intrusion(port, entitled, worst[0], worst[1]))
    return tuple(found)


def doubts(treatment: Treatment, everything: Spread) -> str:
    """What cannot be told of that which anybody sends: who, and why; nothing: all can."""
    network = treatment.network
    found = ((port, everything.doubt((port, anything(network.atoms)))) for port in network.edge_ports())
    return next((f"of what {network.where(port)} sends it cannot be told: {why}" for port, why in found if why), "")


def check_trust(
    treatment: Treatment, resolved: ResolvedIntent, intruders: tuple[Intrusion, ...], doubt: str
) -> Finding | None:
    """The finding for an intent that owes a class above the default; None for any other."""
    owed = {c for way in treatment.ways(resolved) if (c := treatment.owed_class(resolved.intent, way)) is not None}
    cls = max(owed, key=lambda c: c.priority, default=None)
    if cls is None or cls.priority <= treatment.default.priority:
        return None
    for intruder in intruders:
        if intruder.entitled < cls.priority <= intruder.reached:
            return _broken(treatment, resolved, intruder, cls)
    if doubt:
        statement = f"{resolved.name}: that nobody else gets into {cls.name} cannot be proven: {doubt}"
        return Finding(property=Property.TRUST, holds=False, cannot_prove=True, statement=statement)
    ports = len(treatment.network.edge_ports())
    statement = f"nobody else gets into {cls.name} by marking himself, {ports} ports"
    return Finding(property=Property.TRUST, holds=True, statement=statement)


def lifting(network: Network) -> Lift:
    """Per step the priority of the highest class that it gives a packet, by queue or by mark; -1 for none. A mark on a
    frame that leaves the network is nobody's concern here."""
    marks: dict[int, int] = {}

    def marked(pcps: int) -> int:
        if pcps not in marks:
            classes = (class_of_pcp(network, pcp) for pcp in network.atoms["pcp"].samples(pcps))
            marks[pcps] = max((c.priority for c in classes if c is not None), default=-1)
        return marks[pcps]

    def lift(step: Step, leaves: bool) -> int:  # noqa: FBT001 - a Lift
        reached = step.queue.queue_id if step.queue is not None else -1
        top = step.after.top if step.after is not None else None
        return max(reached, marked(top.pcp)) if top is not None and step.out_port and not leaves else reached

    return lift


def _reached(lift: Lift, leaf: Leaf) -> Iterator[tuple[Step, int]]:
    for number, step in enumerate(leaf.steps, start=1):
        yield step, lift(step, leaf.end == "delivered" and number == len(leaf.steps))


def _broken(treatment: Treatment, resolved: ResolvedIntent, intruder: Intrusion, cls: ServiceClass) -> Finding:
    network = treatment.network
    places = network.places_at(intruder.port)
    source: Place | None = places[0] if places else None
    lift = lifting(network)

    def bad(header: Header) -> tuple[Leaf, Step] | None:
        for leaf in network.follow(intruder.port, header):
            for step, reached in _reached(lift, leaf):
                if reached >= cls.priority:
                    return leaf, step
        return None

    header = anything(network.atoms)
    packet = one_packet(network, header, lambda h: bad(h) is not None, preferences(network, source, None))
    found = bad(packet)
    step = intruder.step if found is None else found[1]
    leaf = Leaf(end="dropped", port=None, header=header, steps=(step,)) if found is None else found[0]
    who = network.where(intruder.port)
    why = f"gets into {cls.name} at {step.device}"
    return Finding(
        property=Property.TRUST,
        holds=False,
        statement=f"{resolved.name}: a packet that {who} marks itself {why}, where no intent lets it",
        counterexample=counterexample(
            network,
            Shown(packet, leaf, header),
            "is marked anew by the port's own class, or dropped",
            why,
            (step.device, step.blame),
        ),
    )
