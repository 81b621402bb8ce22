"""After a commit only what it touched is read again, where the OLT's events show that nothing else changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from lxml import etree

from intents.model.pon import GemPort
from intents.model.state import DeviceState, Difference
from labs.olt.control import ask
from southbound.netconf.driver import NetconfDriver
from southbound.netconf.server import Server
from southbound.netconf.session import Session
from southbound.netconf.standard.names import GEM, IF
from southbound.netconf.watch import NCN, Watch, _place
from tests.labs.olt_lab import Olt, until
from tests.southbound.netconf.olts import NOTHING, ONE, TWO, Start, between, carry_out, driver_of, held, start

__all__ = ["start"]

Filters = list[etree._Element]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Filters:
    """The filters of every <get>."""
    filters: Filters = []
    get = Session.get

    def noting(session: Session, subtree: etree._Element) -> etree._Element:
        filters.append(subtree)
        return get(session, subtree)

    monkeypatch.setattr(Session, "get", noting)
    return filters


@contextmanager
def driving(olt: Olt) -> Iterator[NetconfDriver]:
    with closing(driver_of(olt)) as driver:
        yield driver


def whole(subtree: etree._Element) -> bool:
    """Whether a filter asks for all of something that is configured."""
    return any(len(top) == 0 for top in subtree)


def one_gem(state: DeviceState) -> Difference:
    gem = next(o for o in state.objects.values() if isinstance(o, GemPort))
    return Difference(gem.key, gem, replace(gem, aes=not gem.aes))


def commit(driver: NetconfDriver, *differences: Difference) -> None:
    driver.prepare(differences)
    driver.commit("change", 60)


def test_a_small_change_is_read_back_alone_and_the_state_is_that_of_the_whole(start: Start, asked: Filters) -> None:
    olt = start()
    with driving(olt) as driver:
        carry_out(driver, between(NOTHING, TWO), "first")
        before = driver.observe()
        commit(driver, one_gem(before.state))
        after = driver.observe()
        assert [whole(f) for f in asked] == [True, False]
        driver.confirm("change")
        assert whole(asked[-1]) is False
        again = driver.observe()
        assert whole(asked[-1])
        assert (again.state, again.facts) == (after.state, after.facts)  # its condition is asked with the whole only
    assert dict(after.state.objects) == dict(held(olt).objects) != dict(before.state.objects)
    assert after.facts == before.facts


def test_changes_one_after_another_need_no_whole_reading_between_them(start: Start, asked: Filters) -> None:
    with driving(start()) as driver:
        carry_out(driver, between(NOTHING, TWO), "first")
        state = driver.observe().state
        for _ in range(3):
            commit(driver, one_gem(state))
            state = driver.observe().state
            driver.confirm("change")
        commit(driver, one_gem(state))
        driver.revert("change")
        commit(driver, one_gem(state))
        assert driver.observe().state.objects == {**state.objects, one_gem(state).key: one_gem(state).after}
        assert [whole(f) for f in asked] == [True, False, False, False, False]


def test_what_was_removed_is_seen_to_be_gone(start: Start, asked: Filters) -> None:
    with driving(start()) as driver:
        carry_out(driver, between(NOTHING, TWO), "first")
        driver.observe()
        commit(driver, *between(TWO, ONE))
        assert dict(driver.observe().state.objects) == dict(ONE.objects)
        assert [whole(f) for f in asked] == [True, False]


def test_what_somebody_else_changed_in_between_is_seen(start: Start, asked: Filters) -> None:
    olt = start()
    with driving(olt) as driver, driving(olt) as other:
        carry_out(driver, between(NOTHING, TWO), "first")
        state = driver.observe().state
        gems = sorted((o for o in state.objects.values() if isinstance(o, GemPort)), key=lambda o: o.name)
        theirs = Difference(gems[-1].key, gems[-1], replace(gems[-1], aes=not gems[-1].aes))
        carry_out(other, (theirs,), "theirs")
        commit(driver, one_gem(state))
        after = driver.observe().state
        assert after.objects[theirs.key] == theirs.after
        assert [whole(f) for f in asked] == [True, True]


def test_an_olt_that_says_yes_and_tells_of_no_change_is_read_whole(start: Start, asked: Filters) -> None:
    olt = start()
    with driving(olt) as driver:
        carry_out(driver, between(NOTHING, TWO), "first")
        state = driver.observe().state
        driver.prepare((one_gem(state),))
        ask(olt.folder / "state" / "control", cmd="misbehave", fault="lie", on="commit")
        driver.commit("change", 60)
        assert driver.observe().state.objects == state.objects
        assert [whole(f) for f in asked] == [True, True]


def test_an_olt_that_does_not_take_the_filter_is_read_whole(start: Start, asked: Filters) -> None:
    olt = start()
    with driving(olt) as driver:
        carry_out(driver, between(NOTHING, TWO), "first")
        state = driver.observe().state
        commit(driver, one_gem(state))
        ask(olt.folder / "state" / "control", cmd="misbehave", fault="refuse", on="get")
        assert driver.observe().state.objects != state.objects
        assert [whole(f) for f in asked] == [True, False, True]


def test_an_onu_that_goes_meanwhile_is_seen_to_be_gone(start: Start, asked: Filters) -> None:
    olt = start()
    with driving(olt) as driver:
        carry_out(driver, between(NOTHING, TWO), "first")
        before = driver.observe()
        commit(driver, one_gem(before.state))
        serials = {d.serial for d in before.facts.detected}  # type: ignore[union-attr]
        gone = min(serials)
        ask(olt.folder / "state" / "control", cmd="onu-lose", serial=gone)
        until(lambda: gone not in {d.serial for d in driver.observe().facts.detected})  # type: ignore[union-attr]
        assert not any(whole(f) for f in asked[1:])


def test_a_server_without_interleave_is_not_watched() -> None:
    base = "urn:ietf:params:netconf:capability:"
    server = Server.of([f"{base}notification:1.0"], "here")
    assert Watch.of(None, server) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/i:interfaces/i:interface[i:name='a/b']", ((IF, "interface"), "a/b")),
        ('/i:interfaces/i:interface[i:name = "it\'s"]/i:enabled', ((IF, "interface"), "it's")),
        ("/x:xpongemtcont/x:gemports/x:gemport[x:name='g']/x:interface", ((GEM, "gemport"), "g")),
        ("/i:interfaces", None),
        ("/x:interfaces/x:interface[x:name='a']", None),
        ("/", None),
    ],
)
def test_a_path_of_an_event_leads_to_an_entry(path: str, place: object) -> None:
    target = etree.Element(f"{{{NCN}}}target", nsmap={None: NCN, "i": IF, "x": GEM})
    target.text = path
    assert _place(target) == place
