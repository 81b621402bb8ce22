"""Looking at each state once says what following each sender by himself says: on random networks, whole and damaged."""

from __future__ import annotations

from itertools import islice, pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from intents.compile import compile_intended
from intents.ingest import load
from intents.model.campus import Campus, Endpoint, Switch
from intents.model.evidence import Property
from intents.model.intent import Permission, ResolvedIntent
from intents.model.state import DeviceState, Observation, Operational
from intents.model.switch import (
    Action,
    ArpReply,
    Bucket,
    FieldMatch,
    FlowEntry,
    GroupEntry,
    LearnNeighbour,
    Output,
    PopVlan,
    PushVlan,
    Resubmit,
    SetField,
    SwitchFacts,
    ToGroup,
)
from intents.verify import verify
from intents.verify.assess import Judge
from intents.verify.claims import ways
from intents.verify.delivery import minus
from intents.verify.network.network import Network
from intents.verify.network.sight import Sight
from intents.verify.network.spread import Spread
from intents.verify.packets.packet import Header, anything
from intents.verify.properties.reach import accepts, sent_on
from intents.verify.properties.trust import lifting
from intents.verify.treatment import Treatment
from labs.campus import Size, generate
from tests.compile.campuses import G, applied, campus_of
from tests.compile.strategies import asked
from tests.conftest import examples
from tests.verify import straight
from tests.verify.random_switches import Maker
from tests.verify.test_reference_network import NAMES, ring

ASKED = (frozenset[str](), frozenset({"eth_type"}), frozenset({"eth_type", "ip_proto", "l4_src", "l4_dst"}))
# Ends that are looked at one by one.
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
            wanted = {sight.leaving(leaf.header).fields for leaf in delivered if leaf.port == port}
            found = {header.fields for header in spread.delivered(sender, port)}
            assert minus(wanted, found) == minus(found, wanted) == ()  # the same packets, in whatever parts


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
    if any(next(islice(network.follow(*s), MOST_LEAVES, None), None) is not None for s in senders):
        pytest.skip("more ends than can be looked at one by one")
    same(network, senders, ASKED[number % len(ASKED)])


# What an entry of a switch that looks at little looks at: the second of these needs the first.
LOOKS = (
    (),
    (("eth_type", 0x0800), ("ipv4_dst", 0x0A000001)),
    (("eth_type", 0x0800), ("ipv4_src", 0x0A000001)),
    (("eth_type", 0x0806), ("arp_tpa", 0x0A000001)),
    (("eth_type", 0x0806), ("arp_spa", 0x0A000001)),
    (("eth_dst", 0x020000000001),),
    (("eth_src", 0x020000000001),),
    (("eth_type", 0x0800), ("ip_proto", 6), ("tcp_dst", 443)),
    (("vlan_vid", 0x1064),),
)
DOES = (
    (),
    (SetField("eth_dst", 0x020000000001),),
    (SetField("ipv4_dst", 0x0A000001),),
    (SetField("tcp_dst", 443),),
    (PopVlan(),),
    (PushVlan(0x8100), SetField("vlan_vid", 0x1064)),
    (ArpReply(0x020000000001),),
    (ToGroup(1),),
    (Resubmit(1, 2),),
    (LearnNeighbour(1, 100, arp=False), Resubmit(1)),
)


def nearsighted(chance: Random) -> Network:
    """A line of four switches that each look at a field or two, so that what one does not look at the next may."""
    devices, switches = {}, {}
    names = ("a", "b", "c", "d")
    for at, name in enumerate(names, 1):
        objects: list[FlowEntry | GroupEntry] = []
        for priority in range(chance.randint(1, 3)):
            parts = [FieldMatch(field, value) for field, value in chance.choice(LOOKS)]  # type: ignore[arg-type]
            if chance.random() < 0.3:
                parts.append(FieldMatch("in_port", chance.randint(1, 3)))
            actions = (*chance.choice(DOES), Output(chance.choice((1, 2, 2, 2, 3))))
            match = tuple(sorted(parts, key=lambda part: part.name))
            objects.append(
                FlowEntry(table=chance.choice((0, 0, 0, 1)), priority=priority, match=match, actions=actions)
            )
        objects.append(GroupEntry(group_id=1, type="all", buckets=(Bucket(actions=(chance.choice(SETS), Output(2))),)))
        devices[name] = Observation(state=DeviceState.of(name, objects), facts=SwitchFacts())
        switches[name] = Switch(name=name, datapath_id=at, ports=dict.fromkeys((1, 2, 3), G))
    links = [(f"{one}:2", f"{other}:1") for one, other in pairwise(names)]
    return Network(campus_of((), switches=switches, links=links), Operational(devices=devices))


SETS = (SetField("ipv4_dst", 0x0A000001), SetField("eth_dst", 0x020000000001), SetField("tcp_dst", 443))


@pytest.mark.parametrize("number", range(20))
def test_what_one_switch_does_not_look_at_the_next_may(number: int) -> None:
    for each in range(40):
        network = nearsighted(Random(f"line {number}/{each}"))  # noqa: S311 - the same lines again
        senders = [(port, anything(network.atoms)) for port in network.edge_ports()]
        if all(next(islice(network.follow(*s), MOST_LEAVES, None), None) is None for s in senders):
            same(network, senders, ASKED[each % len(ASKED)])


def test_what_a_reply_copies_is_looked_at_where_the_reply_is() -> None:
    def flow(in_port: int, field: str, value: int, *actions: Action) -> FlowEntry:
        parts = (FieldMatch(field, value), FieldMatch("in_port", in_port))  # type: ignore[arg-type]
        return FlowEntry(table=0, priority=1, match=parts, actions=actions)

    asker, other = 0x020000000001, 0x020000000002
    held = {
        "a": [flow(1, "eth_src", asker, Output(2)), flow(2, "eth_dst", other, Output(3))],
        "b": [FlowEntry(table=0, priority=1, match=(), actions=(ArpReply(0x02000000000A),))],
    }
    switches = {n: Switch(name=n, datapath_id=at, ports={1: G, 2: G, 3: G}) for at, n in enumerate(held, 1)}
    devices = {n: Observation(state=DeviceState.of(n, held[n]), facts=SwitchFacts()) for n in held}
    network = Network(campus_of((), switches=switches, links=[("a:2", "b:1")]), Operational(devices=devices))
    sender = (Endpoint("a", "1"), anything(network.atoms))
    same(network, [sender], ASKED[0])
    assert [*Spread(network, [sender], ASKED[0], lifting(network)).reached(sender)] == []


@settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
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
            if all(w.source.port != w.destination.port for w in ways(resolved)):
                (finding,) = found.values()
                assert (finding.holds, finding.cannot_prove) == straight.kept_apart(treatment, resolved)
            continue
        ways_agree(treatment, resolved)
        if (trust := found.get(Property.TRUST)) is not None:
            classes = [treatment.owed_class(resolved.intent, way) for way in treatment.ways(resolved)]
            owed = max(cls.priority for cls in classes if cls is not None)
            gets_in = any(treatment.entitled(port) < owed <= reached for port, reached in intruders.items())
            in_doubt = straight.is_in_doubt(network)
            assert (trust.holds, trust.cannot_prove) == (not gets_in and not in_doubt, in_doubt and not gets_in)


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
