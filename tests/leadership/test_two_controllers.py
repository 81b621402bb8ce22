"""Two controllers of one network: when the one that leads dies or stands still the other goes on; nothing is lost, and
nothing done twice. Judged by what devices hold, and by what they themselves say that they did."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from controller.client import Client
from labs.bench.controllers import Controller, Pair, pair_of
from labs.runner.errors import LabError
from labs.runner.postgres import Server
from southbound.netconf.server import Server as NetconfServer
from southbound.netconf.session import Session
from southbound.netconf.watch import Watch
from tests.endtoend.site import Site, eventually, site_in
from tests.leadership.relay import Relay

MOMENTS = ("planned", "prepare", "commit", "check", "confirm", "done")


@dataclass
class Witness:
    """A pair, and a session by which the OLT itself tells what it commits (RFC 6470)."""

    pair: Pair
    olt: Session

    def commits(self) -> list[str]:
        """What the OLT said of confirmed commits since it was last asked: start, complete, cancel, timeout."""
        told = []
        while (content := self.olt.event(0.2)) is not None:
            told += [e.text or "" for e in content.iter() if str(e.tag).endswith("}confirm-event")]
        return told


class Witnesses:
    """One after another: what a test leaves whole the next one has too, else a new one is made."""

    def __init__(self, postgres: Server, factory: pytest.TempPathFactory) -> None:
        self._postgres, self._factory = postgres, factory
        self._running = ExitStack()
        self._now: Witness | None = None

    def whole(self) -> Witness:
        if self._postgres.process is None:
            self._postgres.start()
        if self._now is not None and not self._mended(self._now.pair):
            self.close()
        if self._now is None:
            site = self._running.enter_context(site_in(self._factory.mktemp("site")))
            pair = self._running.enter_context(pair_of(site.folder, self._postgres.database()))
            self._now = Witness(pair, self._running.enter_context(_told_by_olt(site)))
        return self._now

    @staticmethod
    def _mended(pair: Pair) -> bool:
        """Whether both run, one leads, and the network is as it is wanted."""
        if any(c.dsn != pair.dsn for c in pair.both):
            return False
        for controller in pair.both:
            controller.signal(signal.SIGCONT)
            if controller.process is None or controller.process.poll() is not None:
                controller.start()
        try:
            return eventually(lambda: all(c.serves for c in pair.both)) and eventually(lambda: pair.holds(pair.leader))
        except LabError:
            return False

    def close(self) -> None:
        self._running.close()
        self._now = None


@pytest.fixture(scope="module")
def witnesses(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witnesses]:
    made = Witnesses(postgres, tmp_path_factory)
    yield made
    made.close()


@pytest.fixture
def witness(witnesses: Witnesses) -> Witness:
    return witnesses.whole()


@contextmanager
def _told_by_olt(site: Site) -> Iterator[Session]:
    with site.olt() as session:
        assert Watch.of(session, NetconfServer.of(session.capabilities, "")) is not None
        yield session


@pytest.fixture
def pair(witness: Witness) -> Pair:
    return witness.pair


def leads(controller: Controller) -> bool:
    """As health says it."""
    with grpc.insecure_channel(controller.listen) as channel:
        found = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="leader"))
    return bool(found.status == health_pb2.HealthCheckResponse.SERVING)


def test_a_follower_answers_and_sends_writers_to_the_leader(pair: Pair) -> None:
    said = pb.Intent(name="visit", say="Ward 2 visit may reach updates with https")
    with pair.follower.intents() as intents:
        assert len(intents.ListIntents(pb.ListIntentsRequest()).intents) == 17
        assert intents.VerifyNetwork(pb.VerifyNetworkRequest()).holds
        with pytest.raises(grpc.RpcError) as error:
            intents.ApplyIntent(pb.ApplyIntentRequest(intent=said))
    assert error.value.code() is grpc.StatusCode.UNAVAILABLE
    info = error_details_pb2.ErrorInfo()
    assert rpc_status.from_call(error.value).details[0].Unpack(info)
    assert (info.reason, dict(info.metadata)) == ("NOT_LEADING", {"leader": pair.leader.listen})
    assert (leads(pair.leader), leads(pair.follower)) == (True, False)


@pytest.mark.slow
def test_a_client_of_the_follower_has_the_leader_make_its_change(pair: Pair) -> None:
    said = pb.Intent(name="look-in", say="Ward 2 visit may reach updates with https")
    with Client(pair.follower.listen, author="Nurse <nurse@hospital.example>") as client:
        assert client.apply(said).verdict.holds
        assert client.delete("look-in").verdict.holds
    assert eventually(lambda: pair.holds(pair.follower))


def _strike(pair: Pair, seed: int, number: signal.Signals) -> tuple[Controller, Controller]:
    """A commit, and a signal to the leader at a moment of its change that the seed says."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    leader, follower = pair.leader, pair.follower
    token, target = pair.phase()[0], chance.choice(MOMENTS)
    pair.want()
    reached = eventually(lambda: pair.phase()[0] != token and MOMENTS.index(pair.phase()[1]) >= MOMENTS.index(target))
    assert reached, f"seed {seed}: {leader.said[-3000:]}"
    time.sleep(chance.uniform(0, 0.8 if target == "check" else 0.05))  # the moment is what is tried, not waited for
    leader.signal(number)
    return leader, follower


def _is_done_once(witness: Witness, follower: Controller, before: int, what: str) -> None:
    """The other leads; what was wanted is there; the OLT kept one commit; the switch took nothing from an old term."""
    pair = witness.pair
    assert eventually(lambda: pair.leader_address == follower.listen), f"{what}: {follower.said[-3000:]}"
    assert eventually(lambda: pair.holds(follower)), f"{what}: {follower.said[-3000:]}"
    assert pair.phase()[1] in {"done", "reverted"}, what
    commits = witness.commits()
    assert commits.count("complete") == 1, f"{what}: {commits}"
    assert "timeout" not in commits, f"{what}: {commits}"
    generations = [entry["generation"] for entry in pair.switch_log()[before:]]
    assert generations == sorted(generations), what


def _killed(witness: Witness, seed: int) -> None:
    before = len(witness.pair.switch_log())
    witness.commits()
    leader, follower = _strike(witness.pair, seed, signal.SIGKILL)
    leader.end(signal.SIGKILL)
    _is_done_once(witness, follower, before, f"seed {seed}")
    leader.start()
    assert eventually(lambda: leader.serves)


def _stopped(witness: Witness, seed: int) -> None:
    """As long as the other needs to take over; then the old leader wakes, and thinks that it still leads."""
    before = len(witness.pair.switch_log())
    witness.commits()
    leader, follower = _strike(witness.pair, seed, signal.SIGSTOP)
    try:
        _is_done_once(witness, follower, before, f"seed {seed}")
    finally:
        leader.signal(signal.SIGCONT)
    assert eventually(lambda: not leads(leader)), leader.said[-3000:]
    assert eventually(lambda: witness.pair.holds(follower)), f"seed {seed}: {leader.said[-3000:]}"
    assert "complete" not in witness.commits()
    generations = [entry["generation"] for entry in witness.pair.switch_log()[before:]]
    assert generations == sorted(generations)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_leader_is_killed_in_mid_change_and_the_other_ends_it(witness: Witness, seed: int) -> None:
    _killed(witness, seed)


@pytest.mark.slow
def test_the_leader_stands_still_in_mid_change_and_wakes_to_follow(witness: Witness) -> None:
    _stopped(witness, 3)


@pytest.mark.slow
def test_a_leader_that_is_stopped_gives_the_lease_back(pair: Pair) -> None:
    leader, follower = pair.leader, pair.follower
    leader.end()
    with_lease = pair.leader_address
    assert with_lease in {"", follower.listen}, "nobody waits for a lease to run out"
    assert eventually(lambda: pair.leader_address == follower.listen)
    leader.start()
    assert eventually(lambda: leader.serves)


@pytest.mark.slow
def test_a_slip_on_the_branch_keeps_nobody_from_taking_over(witness: Witness) -> None:
    leader, follower = _strike(witness.pair, 4, signal.SIGKILL)
    leader.end(signal.SIGKILL)
    path = witness.pair.folder / "intents" / "imaging.yaml"
    text = path.read_text()
    path.write_text(text.replace("CT room to PACS gets priority", "CT rom to PACS gets priority"))
    witness.pair.commit("A slip of the pen")
    assert eventually(lambda: leads(follower)), follower.said[-3000:]
    assert witness.pair.phase()[1] in {"done", "reverted"}
    path.write_text(text)
    witness.pair.commit("Mend it")
    assert eventually(lambda: witness.pair.holds(follower)), follower.said[-3000:]
    leader.start()
    assert eventually(lambda: leader.serves)


@pytest.mark.slow
def test_a_leader_cut_off_from_the_database_stops_and_the_other_goes_on(witness: Witness, postgres: Server) -> None:
    pair, before = witness.pair, len(witness.pair.switch_log())
    with Relay(postgres.port) as relay:
        cut_off = pair.follower
        cut_off.end()
        cut_off.dsn = pair.dsn.replace(f":{postgres.port}/", f":{relay.port}/")
        cut_off.start()
        assert eventually(lambda: cut_off.serves)
        pair.leader.end()
        assert eventually(lambda: pair.leader_address == cut_off.listen)
        other = next(c for c in pair.both if c is not cut_off)
        other.start()
        assert eventually(lambda: other.serves and pair.holds(cut_off))
        witness.commits()
        pair.want()
        token = pair.phase()[0]
        assert eventually(lambda: pair.phase()[0] != token)
        relay.cut()
        _is_done_once(witness, other, before, "cut off")
        assert not leads(cut_off)
        relay.mend()
        assert eventually(lambda: pair.holds(cut_off)), "it follows, and sees what the other did"
        assert "complete" not in witness.commits()
        cut_off.dsn = pair.dsn
        cut_off.end()
    cut_off.start()
    assert eventually(lambda: cut_off.serves)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [31, 32])
def test_a_database_that_crashes_in_mid_change_loses_nothing(witness: Witness, postgres: Server, seed: int) -> None:
    pair = witness.pair
    before = len(pair.switch_log())
    witness.commits()
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    token = pair.phase()[0]
    pair.want()
    assert eventually(lambda: pair.phase()[0] != token)
    time.sleep(chance.uniform(0, 0.8))
    postgres.stop(signal.SIGQUIT)
    try:
        time.sleep(chance.uniform(0, 4.0))  # shorter and longer than a lease
    finally:
        postgres.start()
    leader = pair.leader
    assert eventually(lambda: pair.holds(leader)), leader.said[-3000:]
    commits = witness.commits()
    assert commits.count("complete") == 1, commits
    generations = [entry["generation"] for entry in pair.switch_log()[before:]]
    assert generations == sorted(generations)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_fifty_leaders_killed(witness: Witness) -> None:
    for seed in range(100, 150):
        _killed(witness, seed)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_leaders_stand_still(witness: Witness) -> None:
    for seed in range(200, 220):
        _stopped(witness, seed)
