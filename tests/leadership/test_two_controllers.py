"""Two controllers of one network: when the one that leads dies or stands still, the other goes on; nothing is lost, and
nothing done twice. Judged by what devices hold and by what they say that they did."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from labs.bench.controllers import Controller, Pair, pair_of
from labs.runner.postgres import Server
from tests.endtoend.site import eventually, site_in


@pytest.fixture(scope="module")
def pair(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with site_in(tmp_path_factory.mktemp("site")) as site, pair_of(site.folder, postgres.database()) as made:
        yield made


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
    assert (leads(pair.leader), leads(pair.follower)) == (True, False)
    assert (info.reason, dict(info.metadata)) == ("NOT_LEADING", {"leader": pair.leader.listen})


MOMENTS = ("planned", "prepare", "commit", "check", "confirm", "done")


def leads(controller: Controller) -> bool:
    """As health says it."""
    with grpc.insecure_channel(controller.listen) as channel:
        found = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="leader"))
    return bool(found.status == health_pb2.HealthCheckResponse.SERVING)


def _killed_in_mid_change(pair: Pair, seed: int) -> None:
    """One round: a commit, and the leader dies at a moment that the seed says."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    leader, follower = pair.leader, pair.follower
    before, token = len(pair.switch_log()), pair.phase()[0]
    target = chance.choice(MOMENTS)
    pair.want()
    assert eventually(lambda: pair.phase()[0] != token and MOMENTS.index(pair.phase()[1]) >= MOMENTS.index(target))
    time.sleep(chance.uniform(0, 0.8 if target == "check" else 0.05))  # the moment is what is tried, not waited for
    leader.end(signal.SIGKILL)
    assert eventually(lambda: pair.leader_address == follower.listen), follower.said[-3000:]
    assert eventually(lambda: pair.holds(follower), 60), f"seed {seed}: {follower.said[-3000:]}"
    assert pair.phase()[1] in {"done", "reverted"}
    _done_once(pair, before, f"seed {seed}")
    leader.start()


def _done_once(pair: Pair, before: int, what: str) -> None:
    """The switch took changes from one controller after the other, never from an earlier one again."""
    generations = [entry["generation"] for entry in pair.switch_log()[before:]]
    assert generations == sorted(generations), what


@pytest.mark.parametrize("seed", [1, 2])
def test_the_leader_is_killed_in_mid_change_and_the_other_ends_it(pair: Pair, seed: int) -> None:
    _killed_in_mid_change(pair, seed)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_fifty_leaders_killed(pair: Pair) -> None:
    for seed in range(100, 150):
        _killed_in_mid_change(pair, seed)
