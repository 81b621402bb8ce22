"""The verifier's PON against the reference's: random OLTs, random frames, the same answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest

from intents.model.campus import Endpoint
from intents.model.pon import OltFacts
from intents.model.state import DeviceObject, DeviceState, Observation, Operational
from intents.verify.network.network import Network
from intents.verify.packets.atoms import Atoms
from intents.verify.packets.packet import anything
from intents.verify.packets.steps import Alternative, Copy
from intents.verify.reference.doubt import Doubt
from intents.verify.reference.packet import Packet
from intents.verify.reference.pon import PonOut, run
from intents.verify.reference.pon_ports import PonState
from tests.verify.random_pons import CAMPUS, Maker
from tests.verify.test_reference import as_set, is_in


@dataclass(frozen=True)
class Case:
    """A random OLT as both see it."""

    network: Network
    state: PonState


def case_of(objects: tuple[DeviceObject, ...], facts: OltFacts) -> Case:
    seen = Observation(state=DeviceState.of("olt-1", objects), facts=facts)
    network = Network(CAMPUS, Operational(devices={"olt-1": seen}))
    onus = {name: onu.serial for name, onu in CAMPUS.onus.items()}
    uplinks = CAMPUS.olts["olt-1"].uplinks
    return Case(network, PonState.of("olt-1", objects, onus, uplinks, facts))


def same(atoms: Atoms, copy: Copy, out: PonOut) -> bool:
    waits = tuple((s.queue.owner, s.queue.queue_id) for s in copy.steps if s.queue is not None)
    limits = sorted(limit.rate_bps for step in copy.steps for limit in step.limits)
    return (
        (copy.port, copy.now) == (out.port, out.sure)
        and is_in(atoms, out.packet, copy.header)
        and waits == tuple(wait for wait in out.waits if wait[1] is not None)
        and limits == sorted(rate for _, rate in out.limits)
    )


def told(case: Case, port: Endpoint, packet: Packet) -> tuple[PonOut, ...] | None:
    """What the reference says; None: a doubt."""
    try:
        return run(case.state, packet, port)
    except Doubt:
        return None


def of_one(case: Case, port: Endpoint, packet: Packet) -> Iterator[str]:
    """Where the two differ on a frame by itself."""
    atoms, outs = case.network.atoms, told(case, port, packet)
    found = [a for a in case.network.evaluate(port, as_set(atoms, packet)) if a.now]
    if (outs is None) != any(a.doubt for a in found):
        yield f"the reference says {outs}, the verifier {[a.doubt or len(a.copies) for a in found]}"
    if outs is None:
        return
    copies = [copy for a in found for copy in a.copies]
    for out in outs:
        if not any(same(atoms, copy, out) for copy in copies):
            yield f"the verifier lacks {out} in {copies}"
    for copy in copies:
        if copy.now and not any(same(atoms, copy, out) for out in outs):
            yield f"the verifier alone says {copy}"


def of_all(case: Case, port: Endpoint, packet: Packet, found: list[Alternative]) -> Iterator[str]:
    """What of a frame is not among what the verifier says of all frames at once."""
    atoms, outs = case.network.atoms, told(case, port, packet)
    if outs is None:
        if not any(a.doubt for a in found):
            yield "the reference alone has a doubt"
        return
    copies = [c for a in found for c in a.copies]
    for out in outs:
        if not any(copy.port == out.port and is_in(atoms, out.packet, copy.header) for copy in copies):
            yield f"of all frames, the verifier lacks {out}"


def compare(seed: int, olts: int, packets: int) -> list[str]:
    wrong: list[str] = []
    for number in range(olts):
        maker = Maker(Random(f"olt {seed}/{number}"))  # noqa: S311 - not for secrets
        case = case_of(maker.objects(), maker.facts())
        atoms = case.network.atoms
        for _ in range(3):
            port = maker.port()
            found = [a for part in anything(atoms).opened(atoms) for a in case.network.evaluate(port, part)]
            for _ in range(packets):
                packet = maker.packet()
                texts = (*of_one(case, port, packet), *of_all(case, port, packet, found))
                wrong += [f"OLT {seed}/{number}, {packet} at {port}: {text}" for text in texts]
    return wrong


def test_frames_get_what_the_verifier_says() -> None:
    assert compare(1, 60, 20) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_frames_get_what_the_verifier_says() -> None:
    assert compare(2, 1_700, 20) == []
