"""The soft switch says no as Open vSwitch says no, talks to itself only as a switch does, and survives abuse."""

from __future__ import annotations

import ast
import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.openflow_listener import OpenFlowController
from labs.net import sandbox
from labs.net.sandbox import OvsSandbox
from labs.softswitch.multipart import Identity
from labs.softswitch.ovsdb import Database
from labs.softswitch.session import Session, Switch
from southbound.openflow.channel import Channel
from southbound.openflow.dialect import HEADER
from southbound.ovsdb.client import Ovsdb, OvsdbError
from tests.southbound.soft_switch import REPO, SoftSwitch

SOFT, OVS = 0x50F7, 0x0F5
NO_MATCH = struct.pack("!HH4x", 1, 4)
OUTPUT_1 = struct.pack("!HHIH6x", 0, 16, 1, 0)


def frame(kind: int, body: bytes, version: int = 5) -> bytes:
    """A message with xid 0."""
    return HEADER.pack(version, kind, 8 + len(body), 0) + body


def oxm(*fields: tuple[int, int, int]) -> bytes:
    """A match of (number, size in bytes, value)."""
    raw = b"".join(struct.pack("!HBB", 0x8000, n << 1, size) + v.to_bytes(size, "big") for n, size, v in fields)
    return struct.pack("!HH", 1, 4 + len(raw)) + raw + bytes(-(4 + len(raw)) % 8)


def flow(
    match: bytes = NO_MATCH, *instructions: bytes, table: int = 0, command: int = 0, flags: int = 0, priority: int = 5
) -> bytes:
    """A flow_mod."""
    head = struct.pack("!QQBBHHHIIIHH", 0, 0, table, command, 0, 0, priority, 2**32 - 1, 2**32 - 1, 2**32 - 1, flags, 0)
    return frame(14, head + match + b"".join(instructions))


def does(*actions: bytes) -> bytes:
    """Apply actions."""
    body = b"".join(actions)
    return struct.pack("!HH4x", 4, 8 + len(body)) + body


def group(kind: int, *buckets: bytes, command: int = 0, number: int = 9) -> bytes:
    """A group_mod."""
    return frame(15, struct.pack("!HBxI", command, kind, number) + b"".join(buckets))


def bucket(weight: int = 0, watch: int = 2**32 - 1, actions: bytes = OUTPUT_1) -> bytes:
    """A bucket."""
    return struct.pack("!HHII4x", 16 + len(actions), weight, watch, 2**32 - 1) + actions


def meter(number: int, rate: int, command: int = 0) -> bytes:
    """A meter_mod with a drop band."""
    return frame(29, struct.pack("!HHI", command, 1, number) + struct.pack("!HHII4x", 1, 16, rate, 0))


def bundle(what: int, number: int = 77, flags: int = 3) -> bytes:
    """A bundle control message."""
    return frame(33, struct.pack("!IHH", number, what, flags))


def in_bundle(message: bytes) -> bytes:
    """A bundle with a message in it."""
    return frame(34, struct.pack("!I2xH", 77, 3) + message)


VLAN_ANY = struct.pack("!HH", 1, 12) + struct.pack("!HBBHH", 0x8000, 6 << 1 | 1, 4, 0x1000, 0x1000) + bytes(4)
GOTO = struct.Struct("!HHB3x")
SET_IPV4 = struct.pack("!HHHBBI4x", 25, 16, 0x8000, 11 << 1, 4, 1)
SET_PCP_9 = struct.pack("!HHHBBB7x", 25, 16, 0x8000, 7 << 1, 1, 9)
SET_ETH_TYPE = struct.pack("!HHHBBH6x", 25, 16, 0x8000, 5 << 1, 2, 0x0800)
# What is sent, one after the other; Open vSwitch refuses the last.
REFUSED: dict[str, tuple[bytes, ...]] = {
    "goto the same table": (flow(NO_MATCH, GOTO.pack(1, 8, 3), table=3),),
    "an entry for all tables": (flow(table=255),),
    "ipv4 without ethertype": (flow(oxm((12, 4, 1))),),
    "pcp without tag": (flow(oxm((7, 1, 1))),),
    "pcp of untagged packets": (flow(oxm((6, 2, 0), (7, 1, 1))),),
    "a field twice": (flow(oxm((0, 4, 1), (0, 4, 2))),),
    "a field of the wrong length": (flow(oxm((0, 2, 1))),),
    "an unknown field": (flow(oxm((100, 4, 1))),),
    "a masked port": (flow(struct.pack("!HHHBBII", 1, 16, 0x8000, 1, 8, 1, 1)),),
    "bits outside the mask": (flow(struct.pack("!HHHBBHH", 1, 12, 0x8000, 6 << 1 | 1, 4, 0x1001, 0x1000) + bytes(4)),),
    "an unknown flow command": (flow(command=9),),
    "an unknown instruction": (flow(NO_MATCH, struct.pack("!HH4x", 99, 8)),),
    "an instruction that is too long": (flow(NO_MATCH, struct.pack("!HH4x", 4, 80)),),
    "an unknown meter": (flow(NO_MATCH, struct.pack("!HHI", 6, 8, 999)),),
    "an unknown group": (flow(NO_MATCH, does(struct.pack("!HHI", 22, 8, 999))),),
    "output to any port": (flow(NO_MATCH, does(struct.pack("!HHIH6x", 0, 16, 0xFFFFFFFF, 0))),),
    "an unknown action": (flow(NO_MATCH, does(struct.pack("!HH4x", 99, 8))),),
    "an unknown experimenter": (flow(NO_MATCH, does(struct.pack("!HHI", 0xFFFF, 8, 0x1234))),),
    "pop of what has no tag": (flow(NO_MATCH, does(struct.pack("!HH4x", 18, 8))),),
    "a push that is no tag": (flow(NO_MATCH, does(struct.pack("!HHH2x", 17, 8, 0x0800))),),
    "an address of what is no ipv4": (flow(oxm((5, 2, 0x0806)), does(SET_IPV4)),),
    "a time to live of what is no ip": (flow(NO_MATCH, does(struct.pack("!HH4x", 24, 8))),),
    "a pcp of 9": (flow(VLAN_ANY, does(SET_PCP_9)),),
    "an ethertype set": (flow(NO_MATCH, does(SET_ETH_TYPE)),),
    "an overlap": (flow(oxm((0, 4, 1))), flow(flags=2)),
    "a group that is there": (group(0, bucket()), group(0, bucket())),
    "a group that is not there": (group(0, bucket(), command=1),),
    "a group of an unknown type": (group(9, bucket()),),
    "an unknown group command": (group(0, bucket(), command=9),),
    "a group number that is reserved": (group(0, bucket(), number=0xFFFFFF01),),
    "an indirect group with two buckets": (group(2, bucket(), bucket()),),
    "a failover that watches nothing": (group(3, bucket()),),
    "a bucket that is too short": (group(0, bucket()[:-8]),),
    "a meter that is there": (meter(5, 10), meter(5, 10)),
    "a meter that is not there": (meter(5, 10, command=1),),
    "a meter without number": (meter(0, 10),),
    "a meter of rate 0": (meter(5, 0),),
    "an unknown meter command": (meter(5, 10, command=9),),
    "a meter in a bundle": (bundle(0), in_bundle(meter(5, 10))),
    "an entry refused in a bundle": (bundle(0), in_bundle(flow(table=255))),
    "a commit of no bundle": (bundle(4),),
    "a bundle twice": (bundle(0), bundle(0)),
    "an addition to a closed bundle": (bundle(0), bundle(2), in_bundle(flow())),
    "an unknown message": (frame(99, b""),),
    "an unknown experimenter's message": (frame(4, struct.pack("!II", 0x1234, 1)),),
    "an unknown multipart": (frame(18, struct.pack("!HH4x", 500, 0)),),
}
EMPTY = (
    *(flow(table=255, command=3), frame(15, struct.pack("!HBxI", 2, 0, 0xFFFFFFFC)), bundle(6)),
    frame(29, struct.pack("!HHI", 2, 1, 0xFFFFFFFF)),
)


def refusals(channel: Channel, messages: tuple[bytes, ...]) -> list[tuple[int, int] | None]:
    """(type, code) that each is refused with, None for one that is taken; on an empty switch."""
    channel.transact([numbered(m, channel.next_xid()) for m in EMPTY], 5)
    found: list[tuple[int, int] | None] = []
    for message in messages:
        xid = channel.next_xid()
        refusal = channel.transact([numbered(message, xid)], 5).refusals.get(xid)
        found.append((refusal.type, refusal.code) if refusal else None)
    return found


def numbered(message: bytes, xid: int) -> bytes:
    """The message under this xid, within a bundle too."""
    raw = xid.to_bytes(4, "big")
    inner = message[16:20] + raw + message[24:] if message[1] == 34 else message[16:]
    return message[:4] + raw + message[8:16] + inner


@pytest.fixture(scope="module")
def controller() -> Iterator[OpenFlowController]:
    """One that knows both switches."""
    with OpenFlowController("127.0.0.1", 0, {SOFT: "soft", OVS: "ovs"}) as controller:
        yield controller


@pytest.fixture(scope="module")
def soft(controller: OpenFlowController) -> Iterator[Channel]:
    """A soft switch."""
    with SoftSwitch(SOFT) as switch:
        switch.dial(*controller.address)
        yield controller.channel(SOFT, 10)


@pytest.fixture(scope="module")
def ovs(controller: OpenFlowController) -> Iterator[Channel]:
    """An Open vSwitch."""
    if not sandbox.available():
        pytest.skip("Open vSwitch is not installed")
    with tempfile.TemporaryDirectory(prefix="cw-sw-") as directory, OvsSandbox(Path(directory), OVS) as switch:
        switch.dial(*controller.address)
        yield controller.channel(OVS, 10)


@pytest.mark.lab
@pytest.mark.parametrize("messages", REFUSED.values(), ids=REFUSED)
def test_it_refuses_what_open_vswitch_refuses_with_the_same_error(
    soft: Channel, ovs: Channel, messages: tuple[bytes, ...]
) -> None:
    expected = refusals(ovs, messages)
    assert expected[-1] is not None
    assert refusals(soft, messages) == expected


@pytest.mark.parametrize("messages", REFUSED.values(), ids=REFUSED)
def test_it_refuses_the_last_and_only_the_last(soft: Channel, messages: tuple[bytes, ...]) -> None:
    assert [r is None for r in refusals(soft, messages)] == [True] * (len(messages) - 1) + [False]


def test_it_imports_nothing_of_the_product() -> None:
    for path in (REPO / "labs" / "softswitch").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            assert not any(n.split(".")[0] in {"southbound", "controller", "intents", "os_ken"} for n in names), path


def test_a_group_or_meter_that_goes_takes_its_entries_with_it(soft: Channel) -> None:
    by_group = flow(oxm((0, 4, 1)), does(struct.pack("!HHI", 22, 8, 9)))
    by_meter = flow(oxm((0, 4, 2)), struct.pack("!HHI", 6, 8, 5), does(OUTPUT_1))
    refusals(soft, (group(0, bucket()), meter(5, 10), by_group, by_meter, flow()))
    assert count(soft) == 3
    soft.transact([group(0, command=2)], 5)
    assert count(soft) == 2
    soft.transact([meter(5, 1, command=2)], 5)
    assert count(soft) == 1


def count(channel: Channel) -> int:
    """How many flow entries it holds."""
    xid = channel.next_xid()
    anything = struct.pack("!HH4xB3xII4xQQ", 1, 0, 0xFF, 2**32 - 1, 2**32 - 1, 0, 0) + NO_MATCH
    total = 0
    for reply in channel.transact([numbered(frame(18, anything), xid)], 5).frames[xid]:
        at = 16
        while at < len(reply):
            total += 1
            at += struct.unpack_from("!H", reply, at)[0]
    return total


def test_a_loose_deletion_takes_what_is_within_its_match(soft: Channel) -> None:
    within = [flow(oxm((0, 4, 1), (5, 2, n)), priority=n) for n in range(3)]
    refusals(soft, (*within, flow(oxm((0, 4, 2)))))
    soft.transact([flow(oxm((0, 4, 1)), command=3)], 5)
    assert count(soft) == 1


def test_ten_thousand_entries_come_back_in_pieces(soft: Channel) -> None:
    refusals(soft, ())
    soft.transact([flow(oxm((0, 4, n + 1))) for n in range(10_000)], 20)
    assert count(soft) == 10_000
    refusals(soft, ())


def test_a_failed_commit_takes_everything_back(soft: Channel) -> None:
    refusals(soft, (bundle(0), in_bundle(flow()), in_bundle(flow(NO_MATCH, struct.pack("!HHI", 6, 8, 999), table=1))))
    xid = soft.next_xid()
    failed = soft.transact([numbered(bundle(4), xid)], 5).refusals
    assert (failed[xid].type, failed[xid].code) == (17, 13)
    assert {(r.type, r.code) for r in failed.values()} == {(17, 13), (12, 2)}
    assert count(soft) == 0


def test_it_dials_again_by_itself(controller: OpenFlowController) -> None:
    with SoftSwitch(0x50F8) as switch:
        with OpenFlowController("127.0.0.1", 0, {0x50F8: "again"}) as first:
            address = first.address
            switch.dial(*address)
            first.channel(0x50F8, 10)
        with OpenFlowController(*address, {0x50F8: "again"}) as second:
            assert second.channel(0x50F8, 10).alive


@pytest.mark.parametrize("size", range(1, 30))
def test_a_message_cut_short_is_refused_and_not_fatal(size: int) -> None:
    answers: list[bytes] = []
    session = Session(Switch(Identity(datapath_id=1, ports=(1,))), answers.append)
    session.receive(HEADER.pack(5, 0, 8, 1))
    for kind in (4, 14, 15, 18, 29, 33, 34):
        session.receive(frame(kind, bytes(size)))
    session.receive(frame(20, b""))
    assert answers[-1][1] == 21


def test_a_message_of_another_version_is_refused() -> None:
    answers: list[bytes] = []
    session = Session(Switch(Identity(datapath_id=1, ports=(1,))), answers.append)
    session.receive(HEADER.pack(4, 0, 8, 1))
    session.receive(frame(2, b"", version=5))
    assert answers[-1][:2] == b"\x04\x01"
    assert struct.unpack_from("!HH", answers[-1], 8) == (1, 0)


# OVSDB


@pytest.fixture
def database() -> Database:
    """Ports 1 and 2."""
    return Database(0x1, (1, 2))


def test_a_failed_transaction_changes_nothing(database: Database) -> None:
    insert = {"op": "insert", "table": "QoS", "row": {"type": "linux-htb"}}
    for wrong, error in (
        ({"op": "insert", "table": "Nonsense", "row": {}}, "unknown table"),
        ({"op": "insert", "table": "QoS", "row": {"nonsense": 1}}, "unknown column"),
        ({"op": "select", "table": "QoS", "where": [["nonsense", "==", 1]]}, "unknown column"),
        ({"op": "select", "table": "QoS"}, "syntax error"),
        ({"op": "abort"}, "aborted"),
        ({"op": "steal", "table": "QoS"}, "not supported"),
    ):
        results = database.transact([insert, wrong])
        assert results[1]["error"] == error
    assert database.transact([{"op": "select", "table": "QoS", "where": []}]) == [{"rows": []}]


def test_a_row_that_is_used_cannot_be_deleted(database: Database) -> None:
    make = {"op": "insert", "table": "QoS", "row": {"type": "linux-htb"}, "uuid-name": "q"}
    use = {"op": "update", "table": "Port", "where": [["name", "==", "p1"]], "row": {"qos": ["named-uuid", "q"]}}
    assert "error" not in str(database.transact([make, use]))
    results = database.transact([{"op": "delete", "table": "QoS", "where": []}])
    assert results[-1]["error"] == "referential integrity violation"


def test_maps_and_sets_are_mutated(database: Database) -> None:
    database.transact([{"op": "insert", "table": "Queue", "row": {"other_config": ["map", [["a", "1"]]]}}])

    def mutate(column: str, mutator: str, value: object) -> None:
        operation = {"op": "mutate", "table": "Queue", "where": [], "mutations": [[column, mutator, value]]}
        assert database.transact([operation]) == [{"count": 1}]

    mutate("other_config", "insert", ["map", [["b", "2"], ["a", "9"]]])  # what is there stays
    mutate("external_ids", "insert", ["map", [["x", "y"]]])
    mutate("external_ids", "delete", ["set", ["x"]])
    mutate("dscp", "insert", 5)
    (result,) = database.transact([{"op": "select", "table": "Queue", "where": [["dscp", "includes", 5]]}])
    (row,) = result["rows"]
    assert row["other_config"] == ["map", [["a", "1"], ["b", "2"]]]
    assert row["external_ids"] == ["map", []]
    assert row["dscp"] == 5


def test_the_server_answers_what_a_client_asks_first() -> None:
    with SoftSwitch(0x50F9) as switch:
        switch.start()
        client = Ovsdb(switch.ovsdb, 5)
        assert client.call("list_dbs", [], 5) == ["Open_vSwitch"]
        assert "QoS" in client.call("get_schema", ["Open_vSwitch"], 5)["tables"]
        assert client.call("echo", ["x"], 5) == ["x"]
        for method, params in (("steal", []), ("get_schema", ["other"]), ("transact", ["other"])):
            with pytest.raises(OvsdbError):
                client.call(method, params, 5)
        client.close()


def test_garbage_on_the_ovsdb_port_disturbs_nobody() -> None:
    with SoftSwitch(0x50FA) as switch:
        switch.start()
        client = Ovsdb(switch.ovsdb, 5)
        host, port = switch.ovsdb.removeprefix("tcp:").split(":")
        for garbage in (b"\xff\xfe\xfd", b"[1,2,3]", b'"x"', b"GET / HTTP/1.1\r\n\r\n"):
            with socket.create_connection((host, int(port)), 5) as bad:
                bad.sendall(garbage)
        assert client.call("list_dbs", [], 5) == ["Open_vSwitch"]
        client.close()


@pytest.mark.timeout(30)  # it would wait for its peer for ever
def test_it_ends_also_with_connections_open() -> None:
    before = threading.active_count()
    switch = SoftSwitch(0x50FB)
    switch.start()
    client = Ovsdb(switch.ovsdb, 5)
    client.call("list_dbs", [], 5)
    switch.stop()
    client.close()
    assert threading.active_count() <= before
