"""An OLT that misbehaves as it is told to, is built with less than usual, or deviates from RFC 6241."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from ncclient import manager
from ncclient.operations.errors import TimeoutExpiredError
from ncclient.transport.errors import SessionCloseError, TransportError

from labs.faults import Faults, Order, OrderError
from labs.olt.control import ask
from labs.olt.manners import FAULTS, order_from, profile
from tests.labs.olt_lab import NC, Olt, config, lose, names, refused, until
from tests.labs.olt_payload import payload

Start = Callable[..., Olt]
GONE = (SessionCloseError, TransportError, TimeoutExpiredError, OSError)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start an OLT with options."""
    started: list[Olt] = []

    def one(*options: str) -> Olt:
        olt = Olt(tmp_path / "olt", *options)
        olt.start()
        started.append(olt)
        return olt

    yield one
    for olt in started:
        olt.stop()


def order(olt: Olt, fault: str, on: str, **more: Any) -> None:
    ask(olt.folder / "state" / "control", cmd="misbehave", fault=fault, on=on, **more)


def stage(m: manager.Manager) -> None:
    m.edit_config(config(payload(1)), target="candidate")


@contextmanager
def losing(olt: Olt) -> Iterator[manager.Manager]:
    """A session that ends some way or other, with little patience."""
    m = olt.connect()
    m.timeout = 2
    try:
        yield m
    finally:
        lose(m)


def asked_for(m: manager.Manager, operation: str) -> str:
    """The error-tag of what ncclient would not send to a server without the capability."""
    (element,) = etree.fromstring(f'<x xmlns="{NC}">{operation}</x>')
    return str(refused(lambda: m.rpc(element))[0].tag)


def holds(olt: Olt) -> bool:
    with olt.session() as m:
        return "cw.onu-1" in names(m)


def test_it_refuses_as_often_as_told_and_does_nothing_then(start: Start) -> None:
    olt = start("--fault", "refuse:edit-config:2")
    with olt.session() as m:
        for _ in range(2):
            assert refused(lambda: stage(m))[0].tag == "operation-failed"
        stage(m)
        order(olt, "refuse", "confirming-commit", after=1)
        m.commit(confirmed=True)
        m.commit()
        stage(m)
        assert refused(m.commit)[0].message == "told to refuse"
        m.discard_changes()


@pytest.mark.parametrize(
    ("fault", "done"),
    [("hang", False), ("drop", False), ("mute", True), ("lose-reply", True)],
)
def test_without_an_answer_it_has_done_it_or_not(start: Start, fault: str, done: bool) -> None:
    olt = start()
    with losing(olt) as m:
        stage(m)
        order(olt, fault, "commit")
        with pytest.raises(GONE):
            m.commit()
    assert holds(olt) == done


def test_it_lies(start: Start) -> None:
    olt = start()
    order(olt, "lie", "commit")
    with olt.session() as m:
        stage(m)
        m.commit()
        assert names(m) == set()
        m.commit()
        assert "cw.onu-1" in names(m)
        order(olt, "lie", "get-config")
        assert names(m) == set()


@pytest.mark.parametrize("persist", [None, "cw-1"])
def test_the_session_is_lost_in_a_confirmed_commit(start: Start, persist: str | None) -> None:
    olt = start()
    order(olt, "drop-after", "confirmed-commit")
    with losing(olt) as m:
        stage(m)
        m.commit(confirmed=True, timeout="60", persist=persist)
        until(lambda: not m.connected)
    if persist is None:
        until(lambda: not holds(olt))
    else:
        assert holds(olt)
        with olt.session() as m:
            m.commit(persist_id=persist)


@pytest.mark.parametrize("empty", [False, True])
def test_it_reboots_as_saved_or_empty(start: Start, *, empty: bool) -> None:
    olt = start()
    with olt.session() as m:
        stage(m)
        m.commit()
    with losing(olt) as m:
        m.lock("candidate")
        ask(olt.folder / "state" / "control", cmd="reboot", empty=empty)
        until(lambda: not m.connected)
    assert holds(olt) != empty
    with olt.session() as m:
        m.lock("candidate")
        m.unlock("candidate")


def test_it_reboots_instead_of_committing(start: Start) -> None:
    olt = start()
    order(olt, "reboot-empty", "commit")
    with losing(olt) as m:
        stage(m)
        with pytest.raises(GONE):
            m.commit()
    with olt.session() as m:
        assert names(m) == set() == names(m, "candidate")


def test_it_says_nothing_after_login(start: Start) -> None:
    olt = start()
    order(olt, "hang", "hello")
    with olt.raw() as channel:
        channel.settimeout(0.3)
        with pytest.raises(TimeoutError):
            channel.recv(1)
    assert not holds(olt)


def test_what_is_due_can_be_seen_and_forgotten(start: Start) -> None:
    olt = start("--fault", "hang:get:0")
    assert olt.control(cmd="status")["faults"] == ["hang:get:0"]
    assert olt.control(cmd="behave")["ok"]
    assert olt.control(cmd="status")["faults"] == []
    assert not olt.control(cmd="misbehave", fault="explode", on="get")["ok"]


def test_without_a_candidate_running_is_written(start: Start) -> None:
    olt = start("--without", "candidate")
    with olt.session() as m:
        assert ":writable-running" in m.server_capabilities and ":candidate" not in m.server_capabilities
        assert ":confirmed-commit" not in m.server_capabilities
        m.lock("running")
        with olt.session() as other:
            assert refused(lambda: other.edit_config(config(payload(1)), target="running"))[0].tag == "in-use"
        m.edit_config(config(payload(1)), target="running", test_option="test-only")
        assert names(m) == set()
        m.edit_config(config(payload(1)), target="running")
        assert "cw.onu-1" in names(m)
        for asked in ("<commit/>", "<discard-changes/>", "<lock><target><candidate/></target></lock>"):
            assert asked_for(m, asked) == "operation-not-supported"
        wrong = payload(2).replace("<tcont-ref>cw.onu-2.1.tc5<", "<tcont-ref>nope<")
        assert refused(lambda: m.edit_config(config(wrong), target="running"))[0].app_tag == "instance-required"
        assert "cw.onu-2" not in names(m)
        m.unlock("running")
    olt.kill()
    olt.start()
    assert holds(olt)


def test_without_confirmed_commit_there_are_plain_ones(start: Start) -> None:
    olt = start("--without", "confirmed-commit")
    with olt.session() as m:
        stage(m)
        assert asked_for(m, "<commit><confirmed/></commit>") == "operation-not-supported"
        m.commit()
        assert "cw.onu-1" in names(m)


def test_with_startup_only_what_was_copied_survives(start: Start) -> None:
    olt = start("--with", "startup")
    with olt.session() as m:
        stage(m)
        m.commit()
    olt.kill()
    olt.start()
    assert not holds(olt)
    with olt.session() as m:
        stage(m)
        m.commit()
        m.copy_config(source="running", target="startup")
        assert "cw.onu-1" in names(m, "startup")
    olt.control(cmd="reboot")
    assert holds(olt)
    with olt.session() as m:
        m.delete_config("startup")
    olt.control(cmd="reboot")
    assert not holds(olt)


def test_one_keeps_what_a_lost_session_did_not_confirm(start: Start) -> None:
    olt = start("--deviates", "keeps-lost-commit")
    with losing(olt) as m:
        stage(m)
        m.commit(confirmed=True, timeout="2")
    assert holds(olt)
    until(lambda: not holds(olt))


def test_one_undoes_a_persistent_commit_with_its_session(start: Start) -> None:
    olt = start("--deviates", "reverts-despite-persist")
    with losing(olt) as m:
        stage(m)
        m.commit(confirmed=True, timeout="600", persist="cw-1")
    until(lambda: not holds(olt))


def test_one_never_undoes(start: Start) -> None:
    olt = start("--deviates", "never-reverts", "--deviates", "keeps-lost-commit")
    with olt.session() as m:
        stage(m)
        m.commit(confirmed=True, timeout="1")
    with olt.session() as m:
        m.create_subscription()
        assert m.take_notification(timeout=1.5) is None
        assert "cw.onu-1" in names(m)


def test_one_forgets_what_it_validated(start: Start) -> None:
    olt = start("--deviates", "forgets-validated")
    with olt.session() as m:
        stage(m)
        m.validate("candidate")
        m.commit()
        assert not holds(olt)
        stage(m)
        m.commit()
        assert holds(olt)


def test_locks_that_deviate(start: Start) -> None:
    olt = start("--deviates", "locks-nothing")
    with olt.session() as m, olt.session() as other:
        m.lock("candidate")
        other.lock("candidate")
        stage(m)


def test_locks_that_outlive_their_session(start: Start) -> None:
    olt = start("--deviates", "keeps-locks", "--deviates", "locks-modified-candidate")
    with olt.session() as m:
        stage(m)
        m.lock("candidate")
    with olt.session() as other:
        assert refused(lambda: other.lock("candidate"))[0].tag == "lock-denied"
    olt.control(cmd="reboot")
    with olt.session() as other:
        other.lock("candidate")


def test_orders_are_taken_in_turn_and_unknown_ones_refused() -> None:
    faults = Faults([order_from("hang:get"), Order(fault="lie", on="*", times=2, after=1)])
    names = frozenset({"*", "get"})
    assert [faults.due(names) for _ in range(5)] == ["hang", None, "lie", "lie", None]
    for wrong in ("explode:get", "hang", "hang:"):
        with pytest.raises(OrderError):
            order_from(wrong)
    for wrong in ({"without": ["running"]}, {"with_": ["wings"]}, {"deviates": ["never"]}):
        with pytest.raises(OrderError):
            profile(**wrong)
    assert "lose-reply" in FAULTS
