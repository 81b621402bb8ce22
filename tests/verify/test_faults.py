"""Random single faults in a correct network: what harms a packet is caught, and what changes no packet is not reported.

Whether it does, the reference decides (judge.py), packet by packet.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from random import Random

import pytest

from intents.model.campus import Endpoint
from intents.model.evidence import Counterexample, Verdict
from intents.model.state import Operational
from intents.verify import verify
from intents.verify.evidence.told import packet_of
from intents.verify.reference.network import Network, follow
from tests.compile.campuses import observed
from tests.verify.faults import Fault, faults
from tests.verify.judge import Judge
from tests.verify.test_mutations import CAMPUS, INTENTS, STATES


def shown(verdict: Verdict) -> Iterator[Counterexample]:
    findings = (f for i in verdict.intents for f in i.findings if not f.holds)
    return (f.counterexample for f in findings if f.counterexample is not None)


def is_other(judge: Judge, network: Network, example: Counterexample) -> bool:
    """Whether a packet that is shown gets something else than in the correct network."""
    if not example.hops:
        return False
    port, packet = Endpoint(example.hops[0].device, example.hops[0].in_port), packet_of(example.packet)
    return list(follow(judge.network, port, packet)) != list(follow(network, port, packet))


def judged(judge: Judge, fault: Fault) -> tuple[Verdict, list[str]]:
    """The verdict on a fault, and what is wrong with it."""
    seen = observed({fault.state.device: fault.state}, CAMPUS).devices
    operational = Operational(devices={**judge.correct.devices, **seen})
    verdict = verify(CAMPUS, INTENTS, operational, applied=STATES)
    network = judge.of(operational)
    others = list(judge.changed(network))
    wrong = [] if verdict.drift else ["no drift"]
    if verdict.holds:
        harmed = ((probe, judge.harm(network, probe)) for probe in others)
        wrong += [f"not caught: {probe} {harm}" for probe, harm in harmed if harm]
    elif not others and not any(is_other(judge, network, example) for example in shown(verdict)):
        wrong.append(f"changes nothing, and is reported: {next(shown(verdict), None)}")
    return verdict, [f"{fault.said}: {text}" for text in wrong]


def judge_all(judge: Judge, seed: int, count: int) -> None:
    """So many faults, of which some matter and some do not."""
    found = [judged(judge, fault) for fault in islice(faults(STATES, Random(seed)), count)]  # noqa: S311 - no secrets
    assert [text for _, wrong in found for text in wrong] == []
    assert count / 4 < sum(not verdict.holds for verdict, _ in found) < count


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(CAMPUS, INTENTS, observed(STATES, CAMPUS))


def test_the_probes_meet_the_network(judge: Judge) -> None:
    assert [str(probe) for probe in judge.before if judge.harm(judge.network, probe)] == []
    assert sum(probe.owed for probe in judge.before) > 100


def test_faults_are_caught(judge: Judge) -> None:
    judge_all(judge, seed=1, count=8)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_five_hundred_faults_are_caught(judge: Judge) -> None:
    judge_all(judge, seed=2, count=500)
