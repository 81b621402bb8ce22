"""What is committed at the lab's OLT is what packets meet."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from labs.olt import config as c
from labs.olt.dataplane.plane import OvsDataplane
from labs.olt.hook import DataplaneError
from labs.olt.plant import Onu
from labs.olt.plant import Plant as OpticalPlant
from tests.labs.lab_net import Wire, frame, lab, needs_a_lab
from tests.labs.lab_pon import GATEWAY, Plant, Service, config, serial, tm

pytestmark = needs_a_lab

A, B = "02:00:00:00:00:01", "02:00:00:00:00:02"
GUEST = "02:00:00:00:00:99"
CT = Service(onu=1, uni=1, vid=100, marks=3, takes=(1, 3), mac=A, assured_bps=4_700_000_000, priority=4)
WARD = Service(onu=2, uni=1, vid=100, mac=None)
UNIS = [(1, 1), (2, 1)]
ALL_ONES = "ff:ff:ff:ff:ff:ff"
SILENCE_S = 0.4


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    folder = tmp_path_factory.mktemp("pon")
    with lab(folder) as record:
        yield Plant(record, folder, UNIS)


@pytest.fixture
def up(plant: Plant) -> Plant:
    plant.dataplane.apply(config([CT, WARD]))
    return plant


class Wires:
    """The wires of all hosts at once: what is sent on one can be asked for on all others."""

    def __init__(self, plant: Plant) -> None:
        self.all: dict[str, Wire] = {h: plant.wire(h) for h in plant.hosts}

    def arrives(self, at: str, to: str, source: str, *tags: int, by: str, tpid: int = 0x8100) -> bytes | None:
        """Send a frame by a host; the frame as it arrives at another, None where it does not. Nobody else gets it."""
        payload = uuid.uuid4().bytes
        self.all[by].send(frame(to, source, payload, *tags, tpid=tpid))
        return self.all[at].hears(payload)

    def nobody_but(self, *these: str, to: str, source: str, tags: tuple[int, ...] = (), by: str) -> None:
        """Send a frame; exactly these hosts get it."""
        payload = uuid.uuid4().bytes
        self.all[by].send(frame(to, source, payload, *tags))
        got = {h for h, w in self.all.items() if h in these and w.hears(payload, 2.0) is not None}
        got |= {h for h, w in self.all.items() if h not in these and w.hears(payload, SILENCE_S) is not None}
        assert got == set(these)


@contextmanager
def wires_of(plant: Plant) -> Iterator[Wires]:
    found = Wires(plant)
    try:
        yield found
    finally:
        for wire in found.all.values():
            wire.close()


def tags_of(received: bytes | None) -> list[int]:
    assert received is not None
    tags, at = [], 12
    while received[at : at + 2] in (b"\x81\x00", b"\x88\xa8"):
        tags.append(int.from_bytes(received[at + 2 : at + 4]))
        at += 4
    return tags


def test_before_anything_is_committed_nothing_passes(plant: Plant) -> None:
    plant.dataplane.apply(c.OltConfig())
    with wires_of(plant) as wires:
        wires.nobody_but(to=ALL_ONES, source=A, by="u1")
        wires.nobody_but(to=ALL_ONES, source=GATEWAY, tags=(100,), by="core")


def test_an_untagged_frame_goes_up_with_the_vlan_and_the_marking_of_its_port(up: Plant) -> None:
    with wires_of(up) as wires:
        assert tags_of(wires.arrives("core", GATEWAY, A, by="u1")) == [3 << 13 | 100]
        assert tags_of(wires.arrives("core", GATEWAY, B, by="u2")) == [0 << 13 | 100]


def test_a_user_cannot_mark_himself_into_a_class(up: Plant) -> None:
    with wires_of(up) as wires:
        priority_tagged = 5 << 13
        assert tags_of(wires.arrives("core", GATEWAY, B, priority_tagged, by="u2")) == [100]


def test_a_user_cannot_choose_a_vlan(up: Plant) -> None:
    with wires_of(up) as wires:
        for vid in (100, 20, 1, 4094):
            wires.nobody_but(to=GATEWAY, source=B, tags=(vid,), by="u2")


def test_a_user_cannot_speak_as_a_gem_port(up: Plant) -> None:
    with wires_of(up) as wires:
        for gem in (1, 2, 3):
            payload = uuid.uuid4().bytes
            wires.all["u2"].send(frame(GATEWAY, B, payload, gem, 100, tpid=0x88A8))
            assert wires.all["core"].hears(payload, SILENCE_S) is None


def test_a_frame_goes_down_untagged_and_to_its_address_only(up: Plant) -> None:
    with wires_of(up) as wires:
        assert tags_of(wires.arrives("u1", A, GATEWAY, 3 << 13 | 100, by="core")) == []
        wires.nobody_but("u1", to=A, source=GATEWAY, tags=(100,), by="core")


def test_what_has_no_gem_port_for_its_class_goes_nowhere(up: Plant) -> None:
    with wires_of(up) as wires:
        wires.arrives("core", GATEWAY, B, by="u2")
        wires.nobody_but("u2", to=B, source=GATEWAY, tags=(100,), by="core")
        wires.nobody_but(to=B, source=GATEWAY, tags=(3 << 13 | 100,), by="core")


def test_a_vlan_that_is_not_configured_goes_nowhere(up: Plant) -> None:
    with wires_of(up) as wires:
        wires.nobody_but(to=A, source=GATEWAY, tags=(101,), by="core")
        wires.nobody_but(to=A, source=GATEWAY, by="core")


def test_users_do_not_hear_each_other(up: Plant) -> None:
    with wires_of(up) as wires:
        wires.nobody_but("core", to=ALL_ONES, source=B, by="u2")
        wires.nobody_but(to=A, source=B, by="u2")


def test_a_broadcast_from_the_network_reaches_every_user_of_the_vlan(up: Plant) -> None:
    with wires_of(up) as wires:
        wires.nobody_but("u1", "u2", to=ALL_ONES, source=GATEWAY, tags=(100,), by="core")


def test_an_address_is_learned_and_forgotten_with_its_port(up: Plant) -> None:
    with wires_of(up) as wires:
        wires.nobody_but("u1", "u2", to=GUEST, source=GATEWAY, tags=(100,), by="core")
        wires.arrives("core", GATEWAY, GUEST, by="u2")
        up.ovs.appctl("revalidator/wait")  # what was cached before the learning
        wires.nobody_but("u2", to=GUEST, source=GATEWAY, tags=(100,), by="core")
        up.dataplane.apply(config([CT]))
        up.dataplane.apply(config([CT, WARD]))
        wires.nobody_but("u1", "u2", to=GUEST, source=GATEWAY, tags=(100,), by="core")


def test_a_static_address_cannot_be_taken(up: Plant) -> None:
    with wires_of(up) as wires:
        wires.nobody_but(to=GATEWAY, source=A, by="u2")
        wires.nobody_but(to=ALL_ONES, source=GATEWAY, by="u2")
        wires.nobody_but("u1", to=A, source=GATEWAY, tags=(100,), by="core")


def test_an_onu_without_light_neither_sends_nor_receives(up: Plant) -> None:
    def optical(*, present: bool) -> OpticalPlant:
        onus = (Onu(serial=serial(1), pon="pon-1"), Onu(serial=serial(2), pon="pon-1", present=present))
        return OpticalPlant(pons=(("pon-1", "xgs-pon"),), onus=onus)

    with wires_of(up) as wires:
        up.dataplane.see(optical(present=False))
        wires.nobody_but(to=GATEWAY, source=B, by="u2")
        wires.nobody_but("u1", to=ALL_ONES, source=GATEWAY, tags=(100,), by="core")
        up.dataplane.see(optical(present=True))
        assert wires.arrives("core", GATEWAY, B, by="u2") is not None


def test_a_tcont_without_a_profile_gets_no_grant(up: Plant) -> None:
    plain = config([CT, WARD])
    without = tuple(replace(t, descriptor=None) if t.v_ani == "onu2" else t for t in plain.tconts)
    up.dataplane.apply(replace(plain, tconts=without))
    with wires_of(up) as wires:
        wires.nobody_but(to=GATEWAY, source=B, by="u2")
        assert wires.arrives("core", GATEWAY, A, by="u1") is not None


def test_without_the_egress_rewriting_replies_keep_their_tag(up: Plant) -> None:
    plain = config([CT, WARD])
    subs = tuple(replace(s, egress=c.Rewrite()) if s.name == "onu1.1.uni.v100" else s for s in plain.sub_interfaces)
    up.dataplane.apply(replace(plain, sub_interfaces=subs))
    with wires_of(up) as wires:
        assert tags_of(wires.arrives("u1", A, GATEWAY, 100, by="core")) == [100]


def test_vlans_can_be_translated_and_stacked_at_the_olt(up: Plant) -> None:
    plain = config([CT, WARD])
    outer = c.PushTag(tag_type="s-vlan", vid=900, pbit_from="tag")
    inner = c.PushTag(tag_type="c-vlan", vid=7, pbit_from="constant", pbit=2)
    network = c.Rewrite(pop=1, push=(outer, inner))
    subs = tuple(replace(s, egress=network) if s.name == "up.v100" else s for s in plain.sub_interfaces)
    up.dataplane.apply(replace(plain, sub_interfaces=subs))
    with wires_of(up) as wires:
        assert tags_of(wires.arrives("core", GATEWAY, A, by="u1")) == [3 << 13 | 900, 2 << 13 | 7]


def test_a_policer_drops_what_is_too_much(up: Plant) -> None:
    plain = config([CT, WARD])
    policer = c.Policer(name="p", cir_bps=160_000, cbs_bytes=0, pir_bps=None, pbs_bytes=None)  # 8 kbit/s here
    subs = tuple(
        replace(s, policy=tuple(replace(k, policer=policer) for k in s.policy)) if s.name == "onu2.1.uni.v100" else s
        for s in plain.sub_interfaces
    )
    up.dataplane.apply(replace(plain, sub_interfaces=subs))
    with wires_of(up) as wires:
        payload = uuid.uuid4().bytes
        for _ in range(100):
            wires.all["u2"].send(frame(GATEWAY, B, payload.ljust(1000)))
        passed = sum(payload in f for f in wires.all["core"].frames(SILENCE_S))
        assert 1 <= passed < 50
    up.dataplane.apply(plain)


def test_the_same_configuration_again_touches_no_flow(up: Plant) -> None:
    with wires_of(up) as wires:
        wires.arrives("core", GATEWAY, B, by="u2")
    before = _durations(up)
    up.dataplane.apply(config([CT, WARD]))
    assert all(now >= before[flow] for flow, now in _durations(up).items())


def test_a_commit_that_cannot_be_done_leaves_what_was(up: Plant) -> None:
    plain = config([CT, WARD])
    twice = c.FrameMatch(kind="tagged", tags=(c.TagMatch(tag_type="s-vlan", vid=5, pbits=None),) * 2)
    rules = (c.Rule(name="two", priority=1, match=twice, rewrite=c.Rewrite()),)
    subs = tuple(replace(s, rules=rules) if s.name == "onu2.1.v100" else s for s in plain.sub_interfaces)
    with pytest.raises(DataplaneError, match="only the outer tag"):
        up.dataplane.apply(replace(plain, sub_interfaces=subs))
    with wires_of(up) as wires:
        assert wires.arrives("core", GATEWAY, B, by="u2") is not None


def test_a_dataplane_that_starts_anew_takes_over_what_is_there(up: Plant) -> None:
    OvsDataplane(up.wiring).apply(config([CT]))
    with wires_of(up) as wires:
        assert wires.arrives("core", GATEWAY, A, by="u1") is not None
        wires.nobody_but(to=GATEWAY, source=B, by="u2")
    up.dataplane = OvsDataplane(up.wiring)


def test_queues_that_are_not_configured_are_one(up: Plant) -> None:
    plain = config([CT, WARD])
    bare = tuple(replace(e, tm=None) for e in plain.olt_v_enets)
    up.dataplane.apply(replace(plain, olt_v_enets=bare))
    with wires_of(up) as wires:
        assert wires.arrives("u1", A, GATEWAY, 3 << 13 | 100, by="core") is not None
    assert tm((1,)).queue_of(1) == 1


def _durations(plant: Plant) -> dict[str, float]:
    found = {}
    for bridge in ("olt", "onus"):
        for line in plant.ovs.ofctl("dump-flows", bridge).splitlines()[1:]:
            fields = line.strip().split(", ")
            if "table=10" not in line:
                key = bridge + ",".join(f for f in fields if not f.startswith(("duration", "n_", "cookie", "idle")))
                found[key] = float(next(f for f in fields if f.startswith("duration"))[9:-1])
    return found
