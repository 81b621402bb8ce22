"""Looking at each state once says what following each sender by himself says: on random networks, whole and damaged."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from intents.compile import compile_intended
from intents.ingest import load
from intents.model.campus import Campus, Endpoint
from intents.model.evidence import Property
from intents.model.intent import Permission, ResolvedIntent
from intents.model.state import DeviceState, Observation, Operational
from intents.model.switch import FieldMatch, FlowEntry, Output, PopVlan, PushVlan, SetField
from intents.verify import verify
from intents.verify.assess import Judge
from intents.verify.network import Network
from intents.verify.packet import Header, anything
from intents.verify.reach import accepts, sent_on
from intents.verify.sight import Sight
from intents.verify.spread import Spread
from intents.verify.treatment import Treatment
from intents.verify.trust import lifting
from labs.campus import Size, generate
from tests.compile.campuses import applied
from tests.compile.strategies import asked
from tests.verify import straight
from tests.verify.random_switches import Maker
from tests.verify.test_reference_network import NAMES, ring

ASKED = (frozenset[str](), frozenset({"eth_type"}), frozenset({"eth_type", "ip_proto", "l4_src", "l4_dst"}))
# More entries than a ring's ends that are looked at one by one.
MOST_LEAVES = 20_000


def same(network: Network, senders: list[tuple[Endpoint, Header]], asked_for: frozenset[str]) -> None:
    """Of each sender: where what he sends is delivered and as what, how high it is lifted, what cannot be told."""
    lift, sight = lifting(network), Sight(network, asked_for)
    spread = Spread(network, senders, asked_for, lift)
    for sender in senders:
        leaves = [*network.follow(*sender)]
        top = spread.highest(sender)
        assert (top[0] if top is not None else None) == straight.highest(lift, leaves)
        assert bool(spread.doubt(sender)) == any(leaf.end == "doubt" for leaf in leaves)
        delivered = [leaf for leaf in leaves if leaf.end == "delivered"]
        assert set(spread.reached(sender)) == {leaf.port for leaf in delivered}
        for port in spread.reached(sender):
            wanted = {sight.leaving(leaf.header) for leaf in delivered if leaf.port == port}
            assert set(spread.delivered(sender, port)) == wanted


def damaged(state: Operational, chance: Random) -> Operational:
    """The state with some objects gone and some flow entries changed."""
    devices = dict(state.devices)
    for name in chance.sample(sorted(devices), chance.randint(0, len(devices))):
        objects = list(devices[name].state.objects.values())
        for _ in range(chance.randint(1, 3)):
            if objects:
                at = chance.randrange(len(objects))
                changed = objects.pop(at)
                if isinstance(changed, FlowEntry) and chance.random() < 0.8:
                    objects.append(_other(changed, chance))
        devices[name] = Observation(state=DeviceState.of(name, objects), facts=devices[name].facts)
    return Operational(devices=devices)


def _other(flow: FlowEntry, chance: Random) -> FlowEntry:
    """Wider, or one that lets everything out somewhere, or marks it."""
    keep = tuple(part for part in flow.match if chance.random() < 0.7 or part.name == "eth_type")
    needs = {"vlan_pcp"} if not any(part.name == "vlan_vid" for part in keep) else set()
    kept: tuple[FieldMatch, ...] = tuple(part for part in keep if part.name not in needs)
    actions = chance.choice(
        [
            flow.actions,
            (*flow.actions, Output(chance.randint(1, 5))),
            (PopVlan(), *flow.actions),
            (PushVlan(0x8100), SetField("vlan_vid", 0x106E), *flow.actions),
            (SetField("vlan_pcp", 7), *flow.actions),
            (SetField("eth_dst", 0x020000000001), Output(chance.randint(1, 5))),
        ]
    )
    return FlowEntry(table=flow.table, priority=flow.priority + 7, match=kept, actions=actions, goto=flow.goto)


@pytest.mark.parametrize("number", range(40))
def test_rings_of_random_switches(number: int) -> None:
    maker = Maker(Random(f"spread {number}"))  # noqa: S311 - the same rings again
    network = ring(maker).verified
    senders = [(Endpoint(name, "3"), anything(network.atoms)) for name in NAMES]
    if any(sum(1 for _ in zip(network.follow(*s), range(MOST_LEAVES), strict=False)) == MOST_LEAVES for s in senders):
        pytest.skip("more ends than can be looked at one by one")
    same(network, senders, ASKED[number % len(ASKED)])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(asked(), st.integers(0, 2**32))
def test_verdicts_are_those_of_the_straightforward_way(given_: tuple[Campus, list[ResolvedIntent]], seed: int) -> None:
    campus, intents = given_
    intended = compile_intended(campus, intents).intended
    assume(intended is not None)
    assert intended is not None
    state = damaged(applied(intended, campus), Random(seed))  # noqa: S311
    network = Network(campus, state)
    same(network, [(port, anything(network.atoms)) for port in network.edge_ports()], ASKED[seed % len(ASKED)])
    treatment = Treatment(network, sorted(intents, key=lambda r: r.name))
    intruders = dict(straight.intruders(treatment))
    verdict = {i.intent: {f.property: f for f in i.findings} for i in verify(campus, intents, state).intents}
    for resolved in intents:
        found = verdict[resolved.name]
        if resolved.intent.permission is not Permission.ALLOW:
            if all(w.source.port != w.destination.port for w in straight.ways(resolved)):
                (finding,) = found.values()
                assert (finding.holds, finding.cannot_prove) == straight.kept_apart(treatment, resolved)
            continue
        ways_agree(treatment, resolved)
        if (trust := found.get(Property.TRUST)) is not None:
            classes = [treatment.owed_class(resolved.intent, way) for way in treatment.ways(resolved)]
            owed = max(cls.priority for cls in classes if cls is not None)
            assert trust.holds == (
                not any(treatment.entitled(port) < owed <= reached for port, reached in intruders.items())
            )


def ways_agree(treatment: Treatment, resolved: ResolvedIntent) -> None:
    """What arrives where it is to, found by looking towards there, is what arrives there of all that goes anywhere;
    and what does not arrive is blamed on the same."""
    network = treatment.network
    for way in treatment.ways(resolved):
        source, to = way.source.port, way.destination.port
        for sent in sent_on(treatment.asking, way):
            towards = [leaf for leaf in network.follow(source, sent, only_now=True, to=to) if leaf.end == "delivered"]
            assert towards == straight.arrivals(network, source, sent, to)
            accept = accepts(network, way, sent)
            assert network.failure(source, sent, accept, to) == network.failure(source, sent, accept)


def looks(onus: int, places: int, intents: int) -> float:
    """How many sets of packets a proof of a hospital looks at, for each object that its devices hold."""
    loaded = load(generate(Size(sites=1, onus=onus, places=places, intents=intents)))
    assert loaded.campus is not None
    intended = compile_intended(loaded.campus, loaded.intents).intended
    assert intended is not None
    judge = Judge(Network(loaded.campus, applied(intended, loaded.campus)), loaded.intents)
    assert all(finding.holds for resolved in loaded.intents for finding in judge.assess(resolved).findings)
    return judge.looks / sum(len(state.objects) for state in intended.states.values())


@pytest.mark.slow
def test_a_hospital_four_times_as_large_takes_no_more_looks_for_each_object() -> None:
    small, large = looks(51, 200, 40), looks(205, 800, 160)
    assert large < 1.3 * small
