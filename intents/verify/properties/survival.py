"""Survival: a cable between two switches fails, and the switches by themselves keep what an intent promises.

In words: for each cable between two switches that packets of the intent go by and that it is to survive, if the campus
has another one between the two that is at least as fast: with both ends of the cable down, and nothing configured
anew, every packet arrives, is marked and queued as owed, and has the rate left that is promised. So groups are proven
in each of their states, and who has none, or a wrong one, is found.

In sets: with T_c the transfer function of the network as read but for the ends of cable c, all that is claimed of T for
the intent (reach.py, priority.py, rates.py) is claimed of T_c.

What has no such cable beside it, and what is no cable, is survived by planning again (docs/decisions/0010), and nothing
is claimed of it here. Nor is it once one of the two has failed: what was to be survived has happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from intents.model.campus import Endpoint, Link
from intents.model.evidence import Finding, Property
from intents.model.intent import ResolvedIntent
from intents.verify.bounds.bounds import Bounds
from intents.verify.bounds.scheduling import Scheduling
from intents.verify.network.network import Network
from intents.verify.properties import reach
from intents.verify.properties.latency import check_latency
from intents.verify.properties.priority import check_priority
from intents.verify.properties.rates import Rates
from intents.verify.treatment import Treatment

_ANY_LINK: Final = "any single link"


class _State:
    """The network without a cable, and what answers about it."""

    def __init__(self, treatment: Treatment, link: Link) -> None:
        self.treatment = treatment.on(treatment.network.without(link))
        self.scheduling = Scheduling(self.treatment.network)
        self.bounds = Bounds(self.treatment, self.scheduling)
        self.rates = Rates(self.treatment, self.scheduling, self.bounds)

    def findings(self, resolved: ResolvedIntent) -> Iterator[Finding | None]:
        yield reach.check(self.treatment.asking, resolved, self.treatment.suspended)
        yield check_priority(self.treatment, self.scheduling, resolved)
        yield self.rates.check_guarantee(resolved)
        yield check_latency(self.treatment, self.bounds, resolved)


class Survival:
    """What is left of intents when cables fail, one at a time."""

    def __init__(self, treatment: Treatment) -> None:
        self._treatment = treatment
        self._states: dict[Link, _State] = {}

    def check(self, resolved: ResolvedIntent) -> Finding | None:
        """The finding for an intent that is to survive cables that have another beside them; None for any other."""
        cables = [link for link in self._cables(resolved) if _has_twin(self._treatment.network, link)]
        for link in cables:
            if link not in self._states:
                self._states[link] = _State(self._treatment, link)
            for finding in self._states[link].findings(resolved):
                if finding is not None and not finding.holds:
                    said = finding.statement.removeprefix(f"{resolved.name}: ")
                    statement = f"{resolved.name}: when the cable {link.a} to {link.b} fails, {said}"
                    return replace(finding, property=Property.SURVIVAL, statement=statement)
        if not cables:
            return None
        named = ", ".join(f"{link.a} to {link.b}" for link in cables)
        statement = f"holds by itself without any one of the cables {named}"
        return Finding(property=Property.SURVIVAL, holds=True, statement=statement)

    def _cables(self, resolved: ResolvedIntent) -> list[Link]:
        """The cables between switches that its packets go by and that it is to survive, sorted."""
        asked = resolved.intent.survive
        if asked is None or not (asked == _ANY_LINK or ":" in asked):
            return []
        network = self._treatment.network
        found = {link for port in self._ports(resolved) if (link := _cable(network, port)) is not None}
        if asked != _ANY_LINK:
            found = {link for link in found if asked in (str(link.a), str(link.b))}
        return sorted(found, key=lambda link: (link.a, link.b))

    def _ports(self, resolved: ResolvedIntent) -> set[Endpoint]:
        return {
            Endpoint(step.device, step.out_port)
            for way in self._treatment.ways(resolved)
            for crossing in self._treatment.crossings(way)
            for step in crossing.leaf.steps
        }


def _cable(network: Network, port: Endpoint) -> Link | None:
    """The cable at a port, if it is one between two switches."""
    far = network.peer(port)
    if far is None or port.device not in network.switches or far.device not in network.switches:
        return None
    a, b = sorted((port, far))
    return Link(a=a, b=b)


def _has_twin(network: Network, link: Link) -> bool:
    """Whether another cable between the same two switches, up and at least as fast, could carry what this one does."""
    others = (ends for o in network.campus.links for ends in ((o.a, o.b), (o.b, o.a)) if ends != (link.a, link.b))
    return any(
        (a.device, b.device) == (link.a.device, link.b.device)
        and _can_do(network, a, link.a)
        and _can_do(network, b, link.b)
        for a, b in others
    )


def _can_do(network: Network, port: Endpoint, used: Endpoint) -> bool:
    rates = network.campus.switches[port.device].ports
    is_up = network.switches[port.device].is_up(int(port.port))
    return is_up and rates.get(int(port.port), 0) >= rates.get(int(used.port), 0)
