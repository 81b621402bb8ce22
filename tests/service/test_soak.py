"""The service lives for years: after many changes it holds no more threads, files and memory than after a few."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from labs.runner import lab
from tests.endtoend.site import Site, eventually, site_in
from tests.service.serving import Served, served

ROUNDS = int(os.environ.get("CLEARWAY_SOAK_ROUNDS", "30"))
WARM = 8  # rounds until caches and pools are as large as they get
VISIT = pb.Intent(name="visit", say="Ward 2 visit may reach updates with https")


class Held(NamedTuple):
    """What a process holds of the machine."""

    threads: int
    files: int
    rss_kib: int


def held(pid: int) -> Held:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    words = {line.partition(":")[0]: line.split()[1] for line in status if len(line.split()) > 1}
    return Held(int(words["Threads"]), len(list(Path(f"/proc/{pid}/fd").iterdir())), int(words["VmRSS"]))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[Site, Served]]:
    (tmp_path / "site").mkdir()
    with site_in(tmp_path / "site") as site:
        lab.up(site.folder, lambda _: None, without_packets=True)
        assert site.run("apply").code == 0
        words = ("--judge", "1", "--look", "0.5", "--log-format", "json")
        with served(site, tmp_path, str(site.folder), *words) as running:
            yield site, running


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_what_is_held_returns_to_where_it_was(service: tuple[Site, Served]) -> None:
    site, running = service
    pid = running.process.pid
    seen: list[Held] = []
    for number in range(ROUNDS):
        running.intents.ApplyIntent(pb.ApplyIntentRequest(intent=VISIT))
        watch = running.intents.WatchStatus(pb.WatchStatusRequest())
        next(watch)
        watch.cancel()
        running.intents.DeleteIntent(pb.DeleteIntentRequest(name="visit"))
        if number % 10 == 5:  # a device that comes and goes takes nothing along
            site.kill("olt-1")
            site.restart("olt-1")
            assert eventually(lambda: running.intents.VerifyNetwork(pb.VerifyNetworkRequest()).holds)
        seen.append(held(pid))
    warm, last = seen[WARM], seen[-1]
    assert eventually(lambda: held(pid).threads <= warm.threads + 2), seen
    assert eventually(lambda: held(pid).files <= warm.files + 2), seen
    assert last.rss_kib <= warm.rss_kib * 1.1 + 8192, seen
    print(f"{ROUNDS} rounds: {warm} -> {held(pid)}")  # noqa: T201 - the figure
