"""One packet that arrives, shown where a promise about rate or time is not kept: there is nothing wrong with where it
goes."""

from __future__ import annotations

from intents.model.evidence import Counterexample
from intents.verify.claims import Way
from intents.verify.evidence.natural import Shown, counterexample, one_packet, preferences
from intents.verify.packets.packet import Header
from intents.verify.packets.steps import Leaf, Step
from intents.verify.treatment import Crossing, Treatment


def arrived(
    treatment: Treatment, way: Way, crossing: Crossing, expected: str, actual: str, step: Step, blame: str
) -> Counterexample:
    """A natural packet of a crossing, with the step at fault. blame: the object, with ` on DEVICE` where the step's
    device does not hold it."""
    network = treatment.network
    proto = way.services[0].protocol if way.services else 1
    prefer = preferences(network, way.source, way.destination, proto)

    def delivered(header: Header) -> Leaf | None:
        leaves = network.follow(way.source.port, header, only_now=True)
        return next((x for x in leaves if x.end == "delivered" and x.port == way.destination.port), None)

    packet = one_packet(network, crossing.sent, lambda h: delivered(h) is not None, prefer)
    leaf = delivered(packet) or crossing.leaf
    device = blame.rpartition(" on ")[2] if " on " in blame else step.device
    shown = Shown(packet, leaf, crossing.sent)
    return counterexample(network, shown, expected, actual, (device, blame.rpartition(" on ")[0] or blame))
