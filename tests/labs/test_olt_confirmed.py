"""Confirmed commits (RFC 6241 section 8.4), over restarts and kill -9 too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ncclient import manager

from tests.labs.olt_lab import Olt, config, lose, names, notified, refused, until
from tests.labs.olt_payload import payload


@pytest.fixture
def olt(tmp_path: Path) -> Iterator[Olt]:
    olt = Olt(tmp_path)
    olt.start()
    yield olt
    olt.stop()


def stage(m: manager.Manager, onus: int = 1) -> None:
    m.edit_config(config(payload(onus)), target="candidate")


def runs(olt: Olt, name: str) -> bool:
    with olt.session() as m:
        return name in names(m)


def test_the_same_session_confirms(olt: Olt) -> None:
    with olt.session() as m:
        stage(m)
        m.commit(confirmed=True, timeout="60")
        m.commit()
    olt.stop()
    olt.start()
    assert runs(olt, "cw.onu-1")


def test_a_lost_session_reverts_what_it_did_not_confirm(olt: Olt) -> None:
    m = olt.connect()
    stage(m)
    m.commit(confirmed=True, timeout="600")
    assert runs(olt, "cw.onu-1")
    lose(m)
    until(lambda: not runs(olt, "cw.onu-1"))


def test_a_closed_session_reverts_too(olt: Olt) -> None:
    with olt.session() as m:
        stage(m)
        m.commit(confirmed=True)
    until(lambda: not runs(olt, "cw.onu-1"))


def test_time_is_up(olt: Olt) -> None:
    with olt.session() as m:
        stage(m)
        m.commit(confirmed=True, timeout="1")
        assert "cw.onu-1" in names(m)
        until(lambda: names(m) == set())


def test_a_follow_up_extends_the_time_and_keeps_the_way_back(olt: Olt) -> None:
    with olt.session() as m:
        stage(m, 1)
        m.commit(confirmed=True, timeout="1")
        stage(m, 2)
        m.commit(confirmed=True, timeout="600")
        m.create_subscription()
        m.cancel_commit()
        assert names(m) == set()


def test_with_persist_the_session_may_go_and_another_confirms(olt: Olt) -> None:
    m = olt.connect()
    stage(m)
    m.commit(confirmed=True, timeout="600", persist="cw-7")
    lose(m)
    with olt.session() as other:
        assert "cw.onu-1" in names(other)
        assert refused(other.commit)[0].tag == "in-use"
        assert refused(lambda: other.commit(persist_id="wrong"))[0].tag == "invalid-value"
        other.commit(persist_id="cw-7")
    olt.kill()
    olt.start()
    assert runs(olt, "cw.onu-1")


def test_with_persist_the_time_still_ends(olt: Olt) -> None:
    m = olt.connect()
    stage(m)
    m.commit(confirmed=True, timeout="1", persist="cw-7")
    lose(m)
    until(lambda: not runs(olt, "cw.onu-1"))


def test_cancel_by_persist_id_from_another_session(olt: Olt) -> None:
    with olt.session() as m, olt.session() as other:
        stage(m)
        m.commit(confirmed=True, persist="cw-7")
        assert refused(other.cancel_commit)[0].tag == "in-use"
        assert refused(lambda: other.cancel_commit(persist_id="wrong"))[0].tag == "invalid-value"
        other.cancel_commit(persist_id="cw-7")
        assert names(m) == set()
        assert refused(lambda: m.cancel_commit(persist_id="cw-7"))[0].tag in ("invalid-value", "operation-failed")


def test_another_session_neither_confirms_nor_locks_running(olt: Olt) -> None:
    with olt.session() as m, olt.session() as other:
        stage(m)
        m.commit(confirmed=True)
        error = refused(other.commit)[0]
        assert error.tag == "in-use" and f">{m.session_id}<" in (error.info or "")
        error = refused(lambda: other.lock("running"))[0]
        assert error.tag == "lock-denied" and f">{m.session_id}<" in (error.info or "")


def test_running_is_kept_over_a_restart_and_over_kill_9(olt: Olt) -> None:
    with olt.session() as m:
        stage(m, 2)
        m.commit()
    for end in (olt.stop, olt.kill):
        end()
        olt.start()
        assert runs(olt, "cw.onu-2")


def test_what_was_not_confirmed_when_it_was_killed_is_not_there_afterwards(olt: Olt) -> None:
    with olt.session() as m:
        stage(m, 1)
        m.commit()
        stage(m, 2)
        m.commit(confirmed=True, timeout="600", persist="cw-7")
        olt.kill()
    olt.start()
    assert runs(olt, "cw.onu-1") and not runs(olt, "cw.onu-2")


def test_a_half_written_file_does_not_harm(olt: Olt) -> None:
    with olt.session() as m:
        stage(m)
        m.commit()
    olt.kill()
    (olt.folder / "state" / "running.new").write_text("<half")
    olt.start()
    assert runs(olt, "cw.onu-1")


def test_subscribers_hear_of_each_step(olt: Olt) -> None:
    with olt.session() as watcher, olt.session() as m:
        watcher.create_subscription()
        stage(m)
        m.commit(confirmed=True, timeout="60")
        changed = notified(watcher, "netconf-config-change")
        assert changed.findtext(".//{*}changed-by/{*}session-id") == m.session_id
        targets = [e.text or "" for e in changed.iterfind(".//{*}target")]
        assert "/if:interfaces" in targets
        start = notified(watcher, "netconf-confirmed-commit")
        assert start.findtext(".//{*}confirm-event") == "start" and start.findtext(".//{*}timeout") == "60"
        m.commit()
        assert notified(watcher, "netconf-confirmed-commit").findtext(".//{*}confirm-event") == "complete"
        stage(m, 2)
        m.commit(confirmed=True, timeout="1")
        assert notified(watcher, "netconf-confirmed-commit").findtext(".//{*}confirm-event") == "start"
        ended = notified(watcher, "netconf-confirmed-commit")
        assert ended.findtext(".//{*}confirm-event") == "timeout"
        back = notified(watcher, "netconf-config-change")
        assert back.find(".//{*}changed-by/{*}server") is not None
        assert "/if:interfaces/if:interface[if:name='cw.onu-2']" in [e.text for e in back.iterfind(".//{*}target")]
