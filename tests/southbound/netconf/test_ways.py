"""Whatever a server can do, a change is made, kept or taken back as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from intents.model.state import DeviceState, Difference
from labs.olt.control import ask
from southbound.driver import DeviceRefused, DeviceUnreachable, OutcomeUnknown
from southbound.netconf.driver import NetconfDriver
from southbound.netconf.family import FAMILIES
from southbound.netconf.server import LOST, STAYS, Server
from southbound.netconf.ways import Confirmed, Plain, Running, inverse, way_of
from tests.labs.olt_lab import Olt, until
from tests.southbound.netconf.olts import NOTHING, ONE, TWO, Start, between, carry_out, driver_of, held, start

__all__ = ["start"]

PROFILES: dict[str, tuple[str, ...]] = {
    "all": (),
    "no timer": ("--without", "confirmed-commit"),
    "no candidate": ("--without", "candidate"),
    "no candidate, no rollback": ("--without", "candidate", "--without", "rollback-on-error"),
    "nothing but running": ("--without", "candidate", "--without", "validate", "--without", "rollback-on-error"),
    "startup": ("--with", "startup"),
    "no candidate, startup": ("--without", "candidate", "--with", "startup"),
}
WITHOUT_TIMER = [name for name in PROFILES if name not in ("all", "startup")]


def order(olt: Olt, fault: str, on: str) -> None:
    ask(olt.folder / "state" / "control", cmd="misbehave", fault=fault, on=on)


@contextmanager
def driving(olt: Olt) -> Iterator[NetconfDriver]:
    with closing(driver_of(olt, rpc_timeout_s=3.0)) as driver:
        yield driver


def same(one: DeviceState, other: DeviceState) -> bool:
    return dict(one.objects) == dict(other.objects)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_change_is_kept_and_another_taken_back(start: Start, profile: str) -> None:
    olt = start(*PROFILES[profile])
    with driving(olt) as driver:
        carry_out(driver, between(NOTHING, ONE), "first")
        assert same(driver.observe().state, ONE)
        driver.prepare(between(ONE, TWO))
        assert same(driver.observe().state, ONE)
        driver.commit("second", 60)
        assert same(driver.observe().state, TWO)
        driver.revert("second")
        driver.revert("second")
        assert same(driver.observe().state, ONE)
        driver.prepare(between(ONE, NOTHING))
        driver.revert("third")
        assert same(driver.observe().state, ONE)
        carry_out(driver, between(ONE, NOTHING), "fourth")
    assert same(held(olt), NOTHING)


@pytest.mark.parametrize("profile", WITHOUT_TIMER)
@pytest.mark.parametrize(("fault", "done"), [("lose-reply", True), ("drop", False)])
def test_a_lost_reply_is_taken_back_whether_it_was_done_or_not(
    start: Start, profile: str, fault: str, done: bool
) -> None:
    olt = start(*PROFILES[profile])
    with driving(olt) as driver:
        carry_out(driver, between(NOTHING, ONE), "first")
        driver.prepare(between(ONE, TWO))
        order(olt, fault, "commit" if profile == "no timer" else "edit-config")
        with pytest.raises(OutcomeUnknown):
            driver.commit("second", 60)
        assert same(driver.observe().state, TWO if done else ONE)
        driver.revert("second")
        assert same(driver.observe().state, ONE)


@pytest.mark.parametrize("profile", WITHOUT_TIMER)
def test_after_kill_9_both_sides_of_each_difference_are_enough(start: Start, profile: str) -> None:
    olt = start(*PROFILES[profile])
    change = between(ONE, TWO)
    with driving(olt) as killed:
        carry_out(killed, between(NOTHING, ONE), "first")
        killed.prepare(change)
        killed.commit("second", 60)
    with driving(olt) as next_:
        next_.revert("second")
        assert same(next_.observe().state, TWO)  # nothing is known here of what was committed: the journal knows
        carry_out(next_, inverse(change), "second-undo")
        assert same(next_.observe().state, ONE)


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_refused_leaves_nothing_behind(start: Start, profile: str) -> None:
    olt = start(*PROFILES[profile])
    dangling = tuple(d for d in between(NOTHING, ONE) if d.key[0] != "tcont")  # GEM ports name T-CONTs
    with driving(olt) as driver:
        with pytest.raises(DeviceRefused):
            carry_out(driver, dangling, "x")
        assert same(driver.observe().state, NOTHING)
        carry_out(driver, between(NOTHING, ONE), "first")


@pytest.mark.parametrize("profile", ["startup", "no candidate, startup"])
def test_with_startup_what_is_confirmed_survives_a_reboot_and_nothing_else_does(start: Start, profile: str) -> None:
    olt = start(*PROFILES[profile])
    with driving(olt) as driver:
        carry_out(driver, between(NOTHING, ONE), "first")
        driver.prepare(between(ONE, TWO))
        driver.commit("second", 60)
        ask(olt.folder / "state" / "control", cmd="reboot")
        until(lambda: same(held(olt), ONE))


def test_a_process_killed_between_confirming_and_saving_saves_when_it_confirms_again(start: Start) -> None:
    olt = start("--with", "startup")
    with driving(olt) as driver:
        driver.prepare(between(NOTHING, ONE))
        driver.commit("first", 60)
        order(olt, "drop", "copy-config")
        with pytest.raises(DeviceUnreachable):
            driver.confirm("first")
    with driving(olt) as next_, pytest.raises(DeviceRefused):
        next_.confirm("first")  # nothing waits any more
    ask(olt.folder / "state" / "control", cmd="reboot")
    assert same(held(olt), ONE)


def test_a_change_that_its_session_did_not_survive_can_be_confirmed_by_another(start: Start) -> None:
    olt = start("--fault", "drop-after:confirmed-commit")
    with driving(olt) as driver:
        driver.prepare(between(NOTHING, ONE))
        driver.commit("first", 60)
        assert same(driver.observe().state, ONE)  # a read is tried again on a new session
        driver.confirm("first")
        assert same(driver.observe().state, ONE)


def test_an_olt_that_undoes_it_despite_persist_is_not_believed_to_have_kept_it(start: Start) -> None:
    olt = start("--fault", "drop-after:confirmed-commit", "--deviates", "reverts-despite-persist")
    with driving(olt) as driver:
        driver.prepare(between(NOTHING, ONE))
        driver.commit("first", 60)
        until(lambda: same(held(olt), NOTHING))
        with pytest.raises(DeviceRefused):
            driver.confirm("first")


def test_a_lock_that_outlives_its_session_is_named(start: Start) -> None:
    olt = start("--deviates", "keeps-locks")
    with driving(olt) as dead:
        dead.prepare(between(NOTHING, ONE))
    with driving(olt) as driver, pytest.raises(DeviceRefused) as refused:
        driver.prepare(between(NOTHING, ONE))
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.code == "olt-busy" and "locked by session 1" in diagnostic.message


def test_the_safest_way_that_a_server_offers_and_keeps_to_is_taken() -> None:
    def way(*capabilities: str, **manners: str) -> type | None:
        offered = [f"urn:ietf:params:netconf:capability:{c}" for c in capabilities]
        found = way_of(FAMILIES["standard"], Server.of(offered, "here"), manners)
        return None if found is None else type(found)

    assert way("candidate:1.0", "confirmed-commit:1.1", "writable-running:1.0") is Confirmed
    assert way("candidate:1.0", "confirmed-commit:1.0") is Confirmed
    assert way("candidate:1.0", "confirmed-commit:1.0", **{LOST: STAYS}) is Plain
    assert way("candidate:1.0") is Plain
    assert way("writable-running:1.0", "startup:1.0") is Running
    assert way("validate:1.1") is None


def test_an_inverse_takes_back_the_last_first() -> None:
    change = between(ONE, TWO)
    assert inverse(inverse(change)) == change
    assert inverse(change)[0] == Difference(change[-1].key, change[-1].after, change[-1].before)


def test_with_type_b_an_onu_is_up_on_either_port(start: Start) -> None:
    onu = {"serial": "CWLB00000001", "unis": {"1": "10 Gbit/s"}}
    olt = start()
    with driving(olt) as driver:
        carry_out(driver, between(NOTHING, ONE), "first")
        for serving, waiting in (("pon-1", "pon-2"), ("pon-2", "pon-1")):
            olt.plant({"pons": {serving: {"onus": [onu]}, waiting: {}}, "uplinks": {"up-1": "10 Gbit/s"}})
            assert olt.control(cmd="plant") == {"ok": True}
            facts = driver.observe().facts
            assert facts.up_v_anis == {"cw.onu-1"}
            assert [d.channel_termination for d in facts.detected] == [f"cw.{serving}.termination"]
