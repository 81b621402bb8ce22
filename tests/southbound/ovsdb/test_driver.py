"""The queue driver's contract, on every OVSDB server that we have."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from intents.model.state import DeviceObject, Difference
from intents.model.switch import PortQueue
from labs.net import sandbox
from labs.net.sandbox import OvsSandbox
from southbound.driver import DeviceRefused, DeviceUnreachable, OutcomeUnknown
from southbound.ovsdb.client import Ovsdb, OvsdbDown
from southbound.ovsdb.driver import OvsdbDriver
from tests.southbound.soft_switch import SoftSwitch

DATAPATH = 0xC1EA02
HIGH = PortQueue(port=1, queue_id=5, min_rate_bps=4_000_000, max_rate_bps=10_000_000, priority=2)
LOW = PortQueue(port=1, queue_id=1, min_rate_bps=12_000, max_rate_bps=10_000_000, priority=6)
OTHER = PortQueue(port=2, queue_id=1, min_rate_bps=12_000, max_rate_bps=5_000_000, priority=6)


@pytest.fixture(scope="module", params=["soft", pytest.param("ovs", marks=pytest.mark.lab)])
def remote(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where an OVSDB server with one bridge is reached."""
    if request.param == "soft":
        with SoftSwitch(DATAPATH) as soft:
            soft.start()
            yield soft.ovsdb
        return
    if not sandbox.available():
        pytest.skip("Open vSwitch is not installed")
    with tempfile.TemporaryDirectory(prefix="cw-db-") as directory, OvsSandbox(Path(directory), DATAPATH) as ovs:
        yield ovs.ovsdb


@pytest.fixture
def driver(remote: str) -> Iterator[OvsdbDriver]:
    """A driver of a bridge without queues."""
    driver = OvsdbDriver("core-1", remote, DATAPATH)
    yield driver
    apply(driver, removed(driver.observe().state.objects.values()), "clean")
    assert rows(remote, "QoS") == rows(remote, "Queue") == []
    driver.close()


def added(things: Iterable[DeviceObject]) -> list[Difference]:
    """Differences that add them."""
    return [Difference(key=t.key, before=None, after=t) for t in things]


def removed(things: Iterable[DeviceObject]) -> list[Difference]:
    """Differences that remove them."""
    return [Difference(key=t.key, before=t, after=None) for t in things]


def apply(driver: OvsdbDriver, differences: list[Difference], token: str = "t1") -> None:  # noqa: S107 - no password
    """Prepare and commit."""
    driver.prepare(differences)
    driver.commit(token, 10)


def held(driver: OvsdbDriver) -> set[DeviceObject]:
    """What the driver reads."""
    return set(driver.observe().state.objects.values())


def rows(remote: str, table: str) -> list[dict[str, object]]:
    """A table, read past the driver."""
    database = Ovsdb(remote, 5)
    (result,) = database.transact("Open_vSwitch", [{"op": "select", "table": table, "where": []}], 5)
    database.close()
    found: list[dict[str, object]] = result["rows"]
    return found


def test_queues_read_back_as_they_were_written(driver: OvsdbDriver) -> None:
    apply(driver, added([HIGH, LOW, OTHER]))
    assert held(driver) == {HIGH, LOW, OTHER}


def test_a_prepared_change_is_not_in_effect(driver: OvsdbDriver, remote: str) -> None:
    driver.prepare(added([HIGH]))
    assert held(driver) == set()
    assert rows(remote, "Queue") == []
    driver.revert("t1")


def test_a_change_can_be_undone_until_it_is_confirmed(driver: OvsdbDriver) -> None:
    apply(driver, added([HIGH, LOW]))
    driver.confirm("t1")
    faster = PortQueue(port=1, queue_id=5, min_rate_bps=5_000_000, max_rate_bps=20_000_000, priority=2)
    change = [Difference(key=HIGH.key, before=HIGH, after=faster), *removed([LOW]), *added([OTHER])]
    apply(driver, change, "t2")
    assert held(driver) == {faster, OTHER}
    driver.revert("t2")
    driver.revert("t2")
    driver.revert("never heard of it")
    assert held(driver) == {HIGH, LOW}


def test_a_change_in_parts_is_undone_as_one(driver: OvsdbDriver) -> None:
    before = held(driver)
    apply(driver, added([HIGH]), "t1")
    apply(driver, added([LOW, OTHER]), "t1")
    apply(driver, removed([HIGH]), "t1")
    assert held(driver) == before | {LOW, OTHER}
    driver.revert("t1")
    assert held(driver) == before


def test_the_last_queue_takes_its_rows_with_it(driver: OvsdbDriver, remote: str) -> None:
    apply(driver, added([HIGH, LOW]))
    apply(driver, removed([LOW]), "t2")
    assert len(rows(remote, "Queue")) == 1
    apply(driver, removed([HIGH]), "t3")
    assert rows(remote, "Queue") == rows(remote, "QoS") == []


def test_a_port_with_a_foreign_qos_is_refused_and_left_alone(driver: OvsdbDriver, remote: str) -> None:
    make_foreign_qos(remote)
    assert held(driver) == set()
    with pytest.raises(DeviceRefused, match="did not make") as refused:
        driver.prepare(added([HIGH]))
    assert refused.value.object_name == repr(HIGH.key)
    apply(driver, added([OTHER]))
    apply(driver, removed([OTHER]), "t2")
    assert len(rows(remote, "QoS")) == 1
    clear_foreign_qos(remote)


def make_foreign_qos(remote: str) -> None:
    """Somebody else's QoS on port 1."""
    database = Ovsdb(remote, 5)
    qos = {"op": "insert", "table": "QoS", "row": {"type": "linux-hfsc"}, "uuid-name": "q"}
    use = {"op": "update", "table": "Port", "where": [["name", "==", "p1"]], "row": {"qos": ["named-uuid", "q"]}}
    database.transact("Open_vSwitch", [qos, use], 5)
    database.close()


def clear_foreign_qos(remote: str) -> None:
    """And away with it."""
    database = Ovsdb(remote, 5)
    use = {"op": "update", "table": "Port", "where": [["name", "==", "p1"]], "row": {"qos": ["set", []]}}
    database.transact("Open_vSwitch", [use, {"op": "delete", "table": "QoS", "where": []}], 5)
    database.close()


def test_a_port_that_somebody_changed_meanwhile_is_not_overwritten(driver: OvsdbDriver, remote: str) -> None:
    driver.prepare(added([HIGH]))
    make_foreign_qos(remote)
    with pytest.raises(DeviceRefused, match="meanwhile"):
        driver.commit("t1", 10)
    clear_foreign_qos(remote)
    assert held(driver) == set()


def test_a_port_that_is_not_there_is_named(driver: OvsdbDriver) -> None:
    with pytest.raises(DeviceRefused, match="no port 77; its ports are 1, 2, 10"):
        driver.prepare(added([PortQueue(port=77, queue_id=1, min_rate_bps=1, max_rate_bps=1, priority=0)]))


def test_a_datapath_id_that_is_not_there_is_told_with_those_that_are(remote: str) -> None:
    stranger = OvsdbDriver("core-9", remote, 0x99)
    with pytest.raises(DeviceRefused, match="br0 \\(0xc1ea02\\)"):
        stranger.probe()
    stranger.close()


@pytest.mark.parametrize("where", ["tcp:127.0.0.1:1", "unix:/nowhere/db.sock", "ssl:127.0.0.1:6640"])
def test_a_server_that_is_not_there_is_unreachable(where: str) -> None:
    with pytest.raises(DeviceUnreachable, match="core-1"):
        OvsdbDriver("core-1", where, DATAPATH, deadline_s=0.5).observe()


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp:127.0.0.1:{server.getsockname()[1]}"


def test_a_silent_server_costs_the_deadline_and_no_thread(silent: str) -> None:
    before = threading.active_count()
    with pytest.raises(DeviceUnreachable, match="no answer"):
        OvsdbDriver("core-1", silent, DATAPATH, deadline_s=0.2).observe()
    assert threading.active_count() == before


class CutAfterCommit:
    """Passes on what a client and a server say; the answer to a commit is never passed on, the connection ends."""

    def __init__(self, remote: str) -> None:
        self._remote = remote
        self._server = socket.create_server(("127.0.0.1", 0))
        self.remote = f"tcp:127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        client, _ = self._server.accept()
        upstream = Ovsdb(self._remote, 5)._socket
        with client, upstream:
            while request := client.recv(2**20):
                upstream.sendall(request)
                answer = upstream.recv(2**20)
                if b'"comment"' in request:
                    return
                client.sendall(answer)

    def close(self) -> None:
        """Stop serving."""
        self._server.close()
        self._thread.join(5)


def test_the_outcome_of_a_commit_without_answer_is_unknown(driver: OvsdbDriver, remote: str) -> None:
    proxy = CutAfterCommit(remote)
    cut = OvsdbDriver("core-1", proxy.remote, DATAPATH)
    cut.prepare(added([HIGH]))
    with pytest.raises(OutcomeUnknown):
        cut.commit("t1", 10)
    proxy.close()
    assert held(driver) == {HIGH}


class GivesUp:
    """Passes all on to a server, until it is told to close every connection; new ones it takes."""

    def __init__(self, remote: str) -> None:
        self._remote = remote
        self._server = socket.create_server(("127.0.0.1", 0))
        self.remote = f"tcp:127.0.0.1:{self._server.getsockname()[1]}"
        self._clients: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                self._clients.append(client)
                upstream = Ovsdb(self._remote, 5)._socket
                for ends in ((client, upstream), (upstream, client)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    @staticmethod
    def _pass_on(source: socket.socket, to: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(2**20):
                to.sendall(piece)
            to.shutdown(socket.SHUT_RDWR)

    def give_up(self) -> None:
        """Close every connection."""
        while self._clients:
            with contextlib.suppress(OSError):  # it is closed already
                self._clients.pop().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Take no more."""
        self.give_up()
        self._server.close()


def test_a_connection_that_died_while_others_were_prepared_is_made_anew_for_the_commit(
    driver: OvsdbDriver, remote: str
) -> None:
    proxy = GivesUp(remote)
    waiting = OvsdbDriver("core-1", proxy.remote, DATAPATH)
    waiting.prepare(added([HIGH]))
    proxy.give_up()
    waiting.commit("t1", 10)
    assert held(driver) == {HIGH}
    waiting.close()
    proxy.close()


@pytest.mark.parametrize(
    "answer", [b"hello", b"[1,2]", b'{"id":1,"result":5,"error":null}', b'{"id":1,"result":[{}],"error":null}']
)
def test_a_server_that_talks_nonsense_is_not_believed(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(65536)
                client.sendall(answer)
                client.settimeout(2)
                try:
                    client.recv(1)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        driver = OvsdbDriver("core-1", f"tcp:127.0.0.1:{server.getsockname()[1]}", DATAPATH, deadline_s=0.3)
        with pytest.raises((DeviceUnreachable, DeviceRefused)):
            driver.observe()
        driver.close()
        thread.join(5)


def test_messages_that_arrive_in_pieces_or_together_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(65536)
                client.sendall(b'{"method":"echo","params":[],"id":"e"}{"id":1,"result":{"a":"}{"},')
                assert b'"e"' in client.recv(65536)
                client.sendall(b'"error":null}')
                client.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        database = Ovsdb(f"tcp:127.0.0.1:{server.getsockname()[1]}", 5)
        assert database.call("list_dbs", [], 5) == {"a": "}{"}
        database.close()
        with pytest.raises(OvsdbDown):
            database.call("list_dbs", [], 0.2)
        thread.join(5)
