"""Who may talk before a change and after it talks all the time: streams of packets while the network is changed."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from labs.runner import lab, packets
from labs.runner.workspace import Workspace
from tests.endtoend.site import Site, site_in
from tests.labs.lab_net import needs_a_lab

pytestmark = needs_a_lab

PACS, MONITORING = "10.20.0.5", "10.20.0.11"
AT_LEAST = 50  # answers, for a stream to have seen a change


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as made:
        lab.up(made.folder, lambda _: None)
        yield made


@pytest.fixture
def applied(site: Site) -> Site:
    site.restore()
    site.settle()
    return site


@dataclass
class Stream:
    """A ping a hundred times a second. lost: the numbers that were not answered though later ones were."""

    said: list[str] = field(default_factory=list)

    @property
    def answered(self) -> list[int]:
        return [int(n) for n in re.findall(r"icmp_seq=(\d+) ttl", "".join(self.said))]

    @property
    def lost(self) -> list[int]:
        return sorted(set(range(1, max(self.answered))) - set(self.answered))


@contextmanager
def streaming(site: Site, place: str, address: str) -> Iterator[Stream]:
    netns = packets.namespace_of(Workspace(site.topology), place)
    words = ["ip", "netns", "exec", netns, "ping", "-n", "-i", "0.01", "-w", "120", address]
    ping = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    stream = Stream()
    assert ping.stdout is not None
    stream.said += [ping.stdout.readline(), ping.stdout.readline()]  # the second is the first answer
    try:
        assert stream.answered, f"{place} does not reach {address} before the change"
        yield stream
    finally:
        ping.send_signal(signal.SIGINT)
        stream.said.append(ping.communicate(timeout=10)[0])


def changed(site: Site) -> None:
    done = site.json("apply")
    assert done["ok"] and done["changes"], done["errors"]


def dropped(site: Site, name: str, intent: str) -> None:
    """The text without one intent."""
    documents = (site.folder / name).read_text().split("---\n")
    site.write(name, "---\n".join(d for d in documents if f"name: {intent}}}" not in d))


def loses_nothing(site: Site, place: str, address: str, change: Callable[[], None]) -> None:
    """A wrong order loses packets each time; a machine that is busy with something else, now and then."""
    lost = []
    for _ in range(3):
        with streaming(site, place, address) as stream:
            change()
        assert len(stream.answered) > AT_LEAST
        if not stream.lost:
            return
        lost.append(stream.lost)
    pytest.fail(f"lost each time: {lost}")


def test_an_intent_loses_no_packet_while_others_come_go_and_change_their_class(applied: Site) -> None:
    def change() -> None:
        dropped(applied, "intents/clinical.yaml", "his")
        changed(applied)
        applied.edit("intents/building.yaml", "video recorder gets video", "video recorder gets voice")
        changed(applied)
        applied.restore()
        changed(applied)

    loses_nothing(applied, "ct-room", PACS, change)


def test_an_intent_loses_no_packet_while_its_own_class_changes(applied: Site) -> None:
    def change() -> None:
        applied.edit(
            "intents/clinical.yaml", "Monitor 1 to monitoring gets telemetry", "Monitor 1 to monitoring gets video"
        )
        changed(applied)
        applied.restore()
        changed(applied)

    loses_nothing(applied, "monitor-1", MONITORING, change)
