"""A NETCONF server that is none of our writing, driven by the same driver: what it does and what comes of it.

docs/interop.md tells what these tests hold.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from intents.model.state import DeviceState
from southbound.driver import DeviceRefused
from southbound.netconf.server import EXCLUSIVE, LOCK
from southbound.netconf.session import RpcRefused, Session
from southbound.netconf.standard.names import HOMES
from southbound.netconf.tryout import TRIED
from tests.labs.olt_lab import notified, until
from tests.southbound.netconf.netconfd import PLAIN, SEEN, Serve, left_alone, needs_netconfd, serve
from tests.southbound.netconf.olts import NOTHING, ONE, TWO, between, carry_out, state_of

__all__ = ["serve"]
pytestmark = needs_netconfd

NC = "urn:ietf:params:xml:ns:netconf:base:1.0"
SYSTEM = "urn:ietf:params:xml:ns:yang:ietf-system"


def system(contact: str | None) -> etree._Element:
    """An edit of what is not ours, and a filter for it."""
    inner = f"<contact>{contact}</contact>" if contact else ""
    return etree.fromstring(f'<config xmlns="{NC}"><system xmlns="{SYSTEM}">{inner}</system></config>')


def contact(session: Session) -> str | None:
    return session.get_config(system(None)).findtext(f".//{{{SYSTEM}}}contact")


def same(one: DeviceState, other: DeviceState) -> bool:
    return dict(one.objects) == dict(other.objects)


def test_it_is_asked_and_tried_out_and_nothing_is_left_of_that(serve: Serve) -> None:
    server = serve()
    with server.driving() as driver:
        found = driver.learn()
        assert same(driver.observe().state, NOTHING)
    assert (found.protocol, found.confirmed_commit) == ("netconf 1.1", True)
    assert found.features >= {":candidate:1.0", ":confirmed-commit:1.1", ":validate:1.1", ":rollback-on-error:1.0"}
    assert found.lacks == {} and found.rooms == ()
    assert found.manners == SEEN


@pytest.mark.parametrize(
    ("options", "manners", "timer"),
    [
        ((), SEEN, True),
        (("--with-startup=true",), SEEN, True),
        (("--target=running",), {LOCK: EXCLUSIVE}, False),
        (("--protocols=netconf1.0",), SEEN, True),
    ],
    ids=["candidate", "startup", "running", "netconf 1.0"],
)
def test_a_change_is_kept_and_another_taken_back(
    serve: Serve, options: tuple[str, ...], manners: dict[str, str], timer: bool
) -> None:
    with serve(*options).driving(manners) as driver:
        assert driver.probe().confirmed_commit == timer
        carry_out(driver, between(NOTHING, ONE), "first")
        assert same(driver.observe().state, ONE)
        driver.prepare(between(ONE, TWO))
        assert same(driver.observe().state, ONE)
        driver.commit("second", 60)
        assert same(driver.observe().state, TWO)
        driver.revert("second")
        assert same(driver.observe().state, ONE)
        carry_out(driver, between(ONE, NOTHING), "third")
        assert same(driver.observe().state, NOTHING)


def test_what_it_validated_it_forgets_at_the_commit(serve: Serve) -> None:
    with serve().session() as session:
        session.lock()
        session.edit_candidate(system("lost"))
        session.validate()
        session.commit()
        assert contact(session) is None  # it said ok three times
        session.edit_candidate(system("kept"))
        session.commit()
        assert contact(session) == "kept"


def test_until_that_is_known_the_read_back_shows_it(serve: Serve) -> None:
    with serve().driving() as driver:
        carry_out(driver, between(NOTHING, ONE), "first")
        assert same(driver.observe().state, NOTHING)


def test_without_the_pon_modules_every_kind_is_lacking_and_nothing_is_tried_out(serve: Serve) -> None:
    with serve(modules=PLAIN).driving() as driver:
        found = driver.learn()
        assert set(found.lacks) == set(HOMES)
        assert found.lacks["tcont"] == "it does not implement bbf-xpongemtcont and bbf-xpongemtcont-qos"
        assert found.manners == {}
        with pytest.raises(DeviceRefused) as refused:
            carry_out(driver, between(NOTHING, ONE), "first")
        assert refused.value.diagnostics[0].code == "olt-refused"


def test_who_comes_second_is_told_that_another_is_at_it(serve: Serve) -> None:
    server = serve()
    with server.driving(SEEN) as first, server.driving(SEEN) as second:

        def is_refused(why: str) -> None:
            with pytest.raises(DeviceRefused, match=why) as refused:
                second.prepare(between(NOTHING, ONE))
            assert refused.value.diagnostics[0].code == "olt-busy"

        first.prepare(between(NOTHING, ONE))
        is_refused("lock denied")
        first.commit("first", 60)
        is_refused("lock denied")
        first._session.abandon()
        is_refused("confirmed-commit pending")  # the lock ended with its session, the commit did not
        first.confirm("first")
        second.prepare(between(ONE, TWO))


def test_a_candidate_that_somebody_left_changed_is_named(serve: Serve) -> None:
    server = serve()
    with server.session() as careless, server.driving(SEEN) as driver:
        careless.edit_candidate(system("half"))
        with pytest.raises(DeviceRefused, match="discard-changes needed") as refused:
            driver.prepare(between(NOTHING, ONE))
        assert refused.value.diagnostics[0].code == "olt-busy"
        careless.discard()
        carry_out(driver, between(NOTHING, ONE), "first")


def test_a_lock_and_what_was_staged_under_it_end_with_their_session(serve: Serve) -> None:
    server = serve()
    with server.session() as dead, server.session() as watcher, server.driving(SEEN) as driver:
        dead.lock()
        dead.edit_candidate(system("dead"))
        dead.abandon()
        carry_out(driver, between(NOTHING, ONE), "first")
        assert contact(watcher) is None


def test_with_persist_another_session_keeps_or_ends_what_a_lost_one_left(serve: Serve) -> None:
    server = serve()
    with server.driving(SEEN) as dead:
        dead.prepare(between(NOTHING, ONE))
        dead.commit("first", 60)
        dead._session.abandon()  # as when the process dies
    with server.driving(SEEN) as next_:
        assert same(next_.observe().state, ONE)
        next_.confirm("first")
        assert same(next_.observe().state, ONE)
        next_.prepare(between(ONE, TWO))
        next_.commit("second", 60)
    with server.driving(SEEN) as last:
        last.revert("another")  # by a wrong token nothing is taken back
        assert same(last.observe().state, TWO)
        last.revert("second")
        assert same(last.observe().state, ONE)


def test_without_persist_it_is_gone_with_its_session(serve: Serve) -> None:
    server = serve()
    with server.session() as dead, server.session() as watcher:
        dead.lock()
        dead.edit_candidate(system("dead"))
        dead.commit_confirmed(None, 600)
        assert contact(watcher) == "dead"
        with pytest.raises(RpcRefused):
            watcher.cancel(None)
        dead.abandon()
        until(lambda: contact(watcher) is None)


def test_its_timer_runs_out_once_nobody_asks_it_anything(serve: Serve) -> None:
    with serve().session() as session:
        session.lock()
        session.edit_candidate(system("late"))
        session.commit_confirmed("token", 1)
        left_alone(lambda: contact(session) is None)
        with pytest.raises(RpcRefused):
            session.confirm("token")


def test_with_startup_what_is_confirmed_survives_kill_9_and_nothing_else_does(serve: Serve) -> None:
    server = serve("--with-startup=true")
    with server.driving(SEEN) as driver:
        carry_out(driver, between(NOTHING, ONE), "first")
        driver.prepare(between(ONE, TWO))
        driver.commit("second", 60)
        assert same(driver.observe().state, TWO)
        server.kill()
        server.start_server()
        assert same(driver.observe().state, ONE)


def test_what_it_refuses_names_the_object_and_leaves_nothing_behind(serve: Serve) -> None:
    dangling = tuple(d for d in between(NOTHING, ONE) if d.key[0] != "tcont")  # GEM ports name T-CONTs
    with serve().driving(SEEN) as driver:
        with pytest.raises(DeviceRefused) as refused:
            driver.prepare(dangling)
        assert refused.value.diagnostics[0].code == "olt-refused"
        assert refused.value.object_name.startswith("cw.onu-1.1.tc")
        carry_out(driver, between(NOTHING, ONE), "first")


def test_what_is_not_ours_stays_and_a_filter_leaves_it_out(serve: Serve) -> None:
    server = serve()
    with server.session() as other, server.driving(SEEN) as driver:
        other.edit_candidate(system("operator"))
        other.commit()
        carry_out(driver, between(NOTHING, ONE), "first")
        carry_out(driver, between(ONE, NOTHING), "second")
        assert contact(other) == "operator"
        assert [child.tag for child in other.get(system(None))] == [f"{{{SYSTEM}}}system"]


def test_a_large_state_comes_back_whole_in_both_framings(serve: Serve) -> None:
    many = state_of(tuple(replace(TRIED, name=f"cw.{number}") for number in range(2000)))  # 0.9 MB
    for options in ((), ("--protocols=netconf1.0",)):
        with serve(*options).driving(SEEN) as driver:
            carry_out(driver, between(NOTHING, many), "first")
            assert same(driver.observe().state, many)


def test_its_notifications_come_between_replies(serve: Serve) -> None:
    with serve().session() as session:
        session._manager.create_subscription()
        session.lock()
        session.edit_candidate(system("told"))
        session.commit_confirmed("token", 60)
        assert contact(session) == "told"
        session.confirm("token")
        told = [notified(session._manager, name) for name in ("confirm-event", "target", "confirm-event")]
        assert [note[1][-1].text for note in told[::2]] == ["start", "complete"]
        assert told[1].findtext(".//{*}target") == "/sys:system"
