"""Proving again says what proving from nothing says: networks that change at random, step by step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from random import Random

import pytest

from intents.compile import compile_intended
from intents.model.campus import Campus, Endpoint, Switch
from intents.model.evidence import Verdict
from intents.model.intent import ResolvedIntent
from intents.model.pon import OltFacts, TrafficDescriptorProfile
from intents.model.state import DeviceState, Observation, Operational
from intents.model.switch import (
    FieldMatch,
    FlowEntry,
    GroupEntry,
    Meter,
    Output,
    PortQueue,
    SetQueue,
    SwitchFacts,
    match,
)
from intents.verify import Prover, Task, verify
from intents.verify.network.models import Models
from intents.verify.network.network import Network
from intents.verify.network.seen import Seen
from intents.verify.packets.packet import Header, anything
from tests.compile.campuses import G, applied, campus_of, intent, small_lab, small_lab_intents, three_tier
from tests.verify.random_switches import PORTS, Maker
from tests.verify.test_engine_touched import another
from tests.verify.test_spread import damaged

CAMPUS = small_lab()
EXTRA = (
    {"name": "a-web", "sources": "ward-1", "destinations": "his", "services": ("https",)},
    {"name": "b-video", "sources": "ward-2", "destinations": "pacs", "service_class": "video"},
    {"name": "c-limit", "sources": "nurses", "destinations": "pacs", "limit_bps": 20_000_000},
    {"name": "d-voice", "sources": ("pump-1", "pump-2"), "destinations": "pacs", "service_class": "voice"},
)


def planned(campus: Campus, intents: list[ResolvedIntent]) -> tuple[Operational, Mapping[str, DeviceState]]:
    intended = compile_intended(campus, intents).intended
    assert intended is not None
    return applied(intended, campus), intended.states


def wished(random: Random) -> list[ResolvedIntent]:
    """What the small lab asks for, and some more."""
    more = random.sample(EXTRA, random.randrange(len(EXTRA)))
    return [*small_lab_intents(CAMPUS), *(_intent(**one) for one in more)]


def _intent(name: str, sources: object, destinations: object, **more: object) -> ResolvedIntent:
    return intent(CAMPUS, name, sources, destinations, **more)  # type: ignore[arg-type]


def told_otherwise(state: Operational, random: Random) -> Operational:
    """What devices say of themselves: ports that are down, v-anis that are not up."""
    devices = dict(state.devices)
    for name, seen in devices.items():
        facts = seen.facts
        if isinstance(facts, SwitchFacts):
            up = frozenset(p for p in facts.ports if random.random() < 0.9)
            devices[name] = replace(seen, facts=replace(facts, up=up))
        elif isinstance(facts, OltFacts):
            up_v_anis = frozenset(v for v in facts.up_v_anis if random.random() < 0.9)
            devices[name] = replace(seen, facts=replace(facts, up_v_anis=up_v_anis))
    return Operational(devices=devices)


def scarce(state: Operational, random: Random) -> Operational:
    """A profile or a meter that lets less through."""
    devices = dict(state.devices)
    for name, seen in devices.items():
        objects = dict(seen.state.objects)
        found = [k for k, o in objects.items() if isinstance(o, TrafficDescriptorProfile | Meter)]
        for key in random.sample(found, min(1, len(found))):
            item = objects[key]
            if isinstance(item, Meter):
                objects[key] = replace(item, rate_kbps=item.rate_kbps // 2)
            elif isinstance(item, TrafficDescriptorProfile):
                objects[key] = replace(item, maximum_bps=item.maximum_bps // 2)
        devices[name] = replace(seen, state=DeviceState(device=name, objects=objects))
    return Operational(devices=devices)


def reread(state: Operational) -> Operational:
    """Equal values, none of them the same."""
    return Operational(
        devices={
            n: Observation(state=DeviceState.of(n, [replace(o) for o in seen.state.objects.values()]), facts=seen.facts)  # type: ignore[type-var]
            for n, seen in state.devices.items()
        }
    )


@pytest.mark.parametrize("seed", range(2))
def test_step_by_step_it_says_what_is_said_from_nothing(seed: int) -> None:
    random = Random(f"prover {seed}")  # noqa: S311 - the same steps again
    prover = Prover()
    intents = wished(random)
    state, intended = planned(CAMPUS, intents)
    for _ in range(7):
        match random.randrange(7):
            case 0 | 1 | 2:
                intents = wished(random)
                state, intended = planned(CAMPUS, intents)
                now = state
            case 3:
                now = damaged(state, random)
            case 4:
                now = told_otherwise(state, random)
            case 5:
                now = scarce(state, random)
            case _:
                now = reread(state)
        drift = random.choice((None, intended))
        shown = random.choice(((), ("study",)))
        assert prover.verify(Task(CAMPUS, intents, now, drift), shown) == verify(CAMPUS, intents, now, drift, shown)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_many_more_steps(seed: int) -> None:
    test_step_by_step_it_says_what_is_said_from_nothing(seed + 1000)


def test_another_campus_is_proven_from_nothing() -> None:
    prover = Prover()
    for campus in (CAMPUS, three_tier(), CAMPUS):
        places = sorted(campus.places)
        intents = [intent(campus, "one", places[0], places[-1])]
        state, _ = planned(campus, intents)
        assert prover.verify(Task(campus, intents, state, None)) == verify(campus, intents, state)


def test_a_large_network_is_proven_from_nothing_and_once() -> None:
    proofs: list[Task] = []

    def nothing(task: Task, shown: Collection[str]) -> Verdict:
        proofs.append(task)
        return verify(*task, shown=shown)

    prover = Prover(nothing, most=10)
    intents = small_lab_intents(CAMPUS)
    state = planned(CAMPUS, intents)[0]
    objects = list(state.devices["core-1"].state.objects.values())
    gone = replace(state.devices["core-1"], state=DeviceState.of("core-1", objects[1:]))
    broken = Operational(devices={**state.devices, "core-1": gone})
    for now in (state, reread(state), broken, reread(broken), state):
        assert prover.verify(Task(CAMPUS, intents, now, None)) == verify(CAMPUS, intents, now)
    assert len(proofs) == 3


def test_of_one_entry_changed_nearly_all_is_known_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the kept answers were of no use, and nobody would notice."""
    asked: list[int] = []
    size = Seen.__len__

    def counted(found: Models) -> int:
        return sum(map(size, found._seen.values()))

    again = Models.again

    def taken(models: Models, operational: Operational) -> Models | None:
        made = again(models, operational)
        asked.extend((counted(models), counted(made) if made is not None else 0))
        return made

    monkeypatch.setattr(Models, "again", taken)
    prover = Prover()
    intents = small_lab_intents(CAMPUS)
    prover.verify(Task(CAMPUS, intents, *planned(CAMPUS, intents)))
    more = [*intents, _intent(**EXTRA[0])]
    prover.verify(Task(CAMPUS, more, *planned(CAMPUS, more)))
    before, kept = asked
    assert kept > 0.9 * before > 0


# --- one switch


def headers(network: Network, random: Random) -> list[Header]:
    """Everything, and parts of it."""
    found = [*anything(network.atoms).opened(network.atoms)]
    for _ in range(12):
        whole = random.choice(found)
        at = random.randrange(len(whole.fields))
        some = random.getrandbits(whole.fields[at].bit_length()) & whole.fields[at]
        if some:
            found.append(whole.at(at, some))
    return found


@pytest.mark.parametrize("seed", range(30))
def test_what_stands_of_a_switch_is_what_it_does_now(seed: int) -> None:
    """Random pipelines, with groups, tables looked up again, learnt neighbours; entries that come, go and change."""
    random = Random(f"seen {seed}")  # noqa: S311 - the same switches again
    maker = Maker(random)
    switch = Switch(name="s", datapath_id=1, ports=dict.fromkeys(PORTS, G), gateway=False)
    campus = campus_of((), switches={"s": switch})
    facts = SwitchFacts(ports={p: f"p{p}" for p in PORTS}, up=frozenset(p for p in PORTS if maker.chance(0.9)))
    queued = FlowEntry(
        table=0,
        priority=99,
        match=match(FieldMatch("in_port", PORTS[0])),
        actions=(SetQueue(1), Output(PORTS[1])),
        goto=None,
        meter=1,
    )
    objects = {o.key: o for o in (*maker.switch(30), queued)}
    later = dict(objects)
    for _ in range(random.randrange(1, 4)):
        flows = [o for o in later.values() if isinstance(o, FlowEntry)]
        if random.random() < 0.5:
            new = maker.entry(random.randrange(40))
            later[new.key] = new
        elif flows:
            gone = random.choice(flows)
            del later[gone.key]
            if random.random() < 0.7:
                new = another(gone, random)
                later[new.key] = new
    other = facts
    match seed % 5:
        case 0:
            changed = maker.group(random.choice([o.group_id for o in later.values() if isinstance(o, GroupEntry)]))
            later[changed.key] = changed
        case 1:
            other = replace(facts, up=facts.up ^ {PORTS[0]})
        case 2:
            later = {k: o for k, o in later.items() if not isinstance(o, Meter)}
        case 3:
            later = {k: o for k, o in later.items() if not isinstance(o, PortQueue)}
        case 4:
            later = {k: replace(o, max_rate_bps=1) if isinstance(o, PortQueue) else o for k, o in later.items()}
    both = [
        Operational(devices={"s": Observation(state=DeviceState.of("s", held.values()), facts=told)})
        for held, told in ((objects, facts), (later, other))
    ]
    models = Models.of(campus, *both, keeps=True)
    network = Network(campus, both[0], models)
    sent = [(Endpoint("s", str(port)), header) for header in headers(network, random) for port in PORTS]
    for port, header in sent:
        network.evaluate(port, header)
        network.ever(port, header)
    made = models.again(both[1])
    assert made is not None
    after, fresh = Network(campus, both[1], made), Network(campus, both[1], Models.of(campus, *both))
    for port, header in sent:
        assert after.evaluate(port, header) == fresh.evaluate(port, header)
        assert after.ever(port, header) == fresh.ever(port, header)
