"""What a device can do is asked, and what it really does is tried out once, when it joins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from lxml import etree

from labs.olt.control import ask
from southbound.driver import DeviceRefused, Learner
from southbound.netconf.driver import NetconfDriver
from southbound.netconf.library import Module, lacks, parse_hello, parse_library, rooms
from southbound.netconf.server import (
    EXCLUSIVE,
    FIRES,
    FORGETS,
    KEEPS,
    LOCK,
    LOST,
    NEVER,
    PERSIST,
    REVERTS,
    SHARED,
    TIMER,
    TIMES_OUT,
    VALIDATE,
    Server,
)
from southbound.netconf.standard.kinds import CODECS
from southbound.netconf.standard.names import HOMES
from southbound.netconf.yangtext import Deviation, deviations
from tests.labs.olt_lab import Olt
from tests.southbound.netconf.olts import NOTHING, ONE, Start, between, carry_out, driver_of, held, start

__all__ = ["start"]

GOOD = {LOCK: EXCLUSIVE, LOST: REVERTS, PERSIST: KEEPS, TIMER: FIRES, VALIDATE: KEEPS}
NO_TIMER = {LOCK: EXCLUSIVE, PERSIST: KEEPS, TIMER: NEVER, VALIDATE: KEEPS}  # and no session is lost on such a one


@contextmanager
def driving(olt: Olt) -> Iterator[NetconfDriver]:
    with closing(driver_of(olt)) as driver:
        yield driver


def test_a_good_olt_does_what_the_standard_says(start: Start) -> None:
    with driving(start()) as driver:
        assert isinstance(driver, Learner)
        found = driver.learn()
    assert (found.device, found.protocol, found.confirmed_commit) == ("olt-1", "netconf 1.1", True)
    assert found.features >= {":candidate:1.0", ":validate:1.1", ":confirmed-commit:1.1"}
    assert found.manners == GOOD
    assert found.lacks == {} and found.rooms == ()


@pytest.mark.parametrize(
    ("options", "manners", "timer"),
    [
        (("--deviates", "keeps-lost-commit"), GOOD | {LOST: TIMES_OUT}, True),
        (
            ("--deviates", "reverts-despite-persist"),
            GOOD | {PERSIST: REVERTS},
            True,
        ),
        (("--deviates", "never-reverts"), NO_TIMER, False),
        (
            ("--deviates", "never-reverts", "--deviates", "keeps-lost-commit"),
            NO_TIMER,
            False,
        ),
        (("--deviates", "forgets-validated"), GOOD | {VALIDATE: FORGETS}, True),
        (("--deviates", "locks-nothing"), GOOD | {LOCK: SHARED}, True),
        (("--without", "confirmed-commit"), {LOCK: EXCLUSIVE}, False),
        (("--without", "candidate"), {LOCK: EXCLUSIVE}, False),
    ],
)
def test_deviations_are_found_out_and_leave_nothing_behind(
    start: Start, options: tuple[str, ...], manners: dict[str, str], timer: bool
) -> None:
    olt = start(*options)
    with driving(olt) as driver:
        found = driver.learn()
        assert dict(found.manners) == manners
        assert found.confirmed_commit == timer
        carry_out(driver, between(NOTHING, ONE), "first")
    assert dict(held(olt).objects) == dict(ONE.objects)


def test_what_is_known_is_not_tried_out_again(start: Start) -> None:
    olt = start()
    with driving(olt) as driver:
        known = driver.learn()
    socket = olt.folder / "state" / "control"
    for operation in ("lock", "edit-config", "commit", "get", "get-config"):
        ask(socket, cmd="misbehave", fault="refuse", on=operation, times=0)
    with driving(olt) as driver:
        driver.recall(known)
        assert driver.learn() == driver.probe() == known
        ask(socket, cmd="behave")
    with driving(olt) as driver:
        driver.recall(replace(known, identity="another", manners={LOCK: SHARED}))
        assert driver.learn() == known


def test_nothing_is_tried_out_while_somebody_else_is_at_it(start: Start) -> None:
    olt = start()
    with olt.session() as other, driving(olt) as driver:
        other.lock("candidate")
        found = driver.learn()
        assert found.manners == {} and found.features
        other.unlock("candidate")
        assert driver.learn().manners == GOOD


def test_a_server_that_takes_no_configuration_is_refused(start: Start) -> None:
    olt = start("--without", "candidate", "--without", "writable-running")
    with driving(olt) as driver, pytest.raises(DeviceRefused, match="takes no configuration"):
        driver.probe()


def test_limits_and_gaps_that_it_publishes_are_read(start: Start) -> None:
    olt = start(
        "--limit", "/xpongemtcont/tconts/tcont=2", "--limit", "/forwarding/split-horizon-profiles=none"
    )  # fmt: skip
    with driving(olt) as driver:
        found = driver.probe()
        assert found.limits == {"/xpongemtcont/tconts/tcont": 2}
        (room,) = found.rooms
        assert (room.kinds, room.most) == (frozenset({"tcont"}), 2)
        assert set(found.lacks) == {"split-horizon-profile"}
        assert "not supported" in found.lacks["split-horizon-profile"]
        with pytest.raises(DeviceRefused, match="split-horizon"):
            carry_out(driver, between(NOTHING, ONE), "first")


LIBRARY = "urn:ietf:params:xml:ns:yang:ietf-yang-library"


def test_both_forms_of_the_library_say_the_same() -> None:
    new = f"""<data><yang-library xmlns="{LIBRARY}"><module-set><name>all</name>
        <module><name>bbf-xpon</name><revision>2020-10-13</revision><namespace>urn:bbf:yang:bbf-xpon</namespace>
          <feature>a</feature><deviation>dev</deviation></module>
        <import-only-module><name>types</name><revision>2020-10-13</revision><namespace>urn:t</namespace>
        </import-only-module></module-set></yang-library></data>"""
    old = f"""<data><modules-state xmlns="{LIBRARY}"><module-set-id>1</module-set-id>
        <module><name>bbf-xpon</name><revision>2020-10-13</revision><namespace>urn:bbf:yang:bbf-xpon</namespace>
          <feature>a</feature><deviation><name>dev</name><revision/></deviation>
          <conformance-type>implement</conformance-type></module>
        <module><name>types</name><revision/><namespace>urn:t</namespace><conformance-type>import</conformance-type>
        </module></modules-state></data>"""
    expected = {
        "bbf-xpon": Module(namespace="urn:bbf:yang:bbf-xpon", features=frozenset({"a"}), deviated_by=frozenset({"dev"}))
    }
    assert parse_library(etree.fromstring(new)) == parse_library(etree.fromstring(old)) == expected
    hello = ["urn:bbf:yang:bbf-xpon?module=bbf-xpon&revision=2020-10-13&features=a&deviations=dev", "urn:x:1.0"]
    assert parse_hello(hello) == expected


def test_missing_modules_and_features_are_named_kind_by_kind() -> None:
    gem = "urn:bbf:yang:bbf-xpongemtcont"
    modules = {"g": Module(namespace=gem, features=frozenset({"configurable-alloc-id"}))}
    found = lacks(modules, (), ["tcont", "gemport", "traffic-descriptor-profile", "v-ani"])
    assert found["tcont"] == "it does not implement bbf-xpongemtcont-qos"
    assert found["gemport"] == "it implements bbf-xpongemtcont without its feature configurable-gemport-id"
    assert "bbf-xponvani" in found["v-ani"] and "ietf-interfaces" in found["v-ani"]
    assert "traffic-descriptor-profile" not in found
    interfaces = {"i": Module(namespace="urn:ietf:params:xml:ns:yang:ietf-interfaces", features=None)}
    assert lacks(interfaces, (), ["ethernet"]) == {"ethernet": "it does not implement bbf-hardware"}
    assert lacks({}, (), HOMES) == {}  # one that says nothing at all


def test_interfaces_of_all_kinds_share_a_limit() -> None:
    (room,) = rooms([Deviation(("interfaces", "interface"), 9), Deviation(("interfaces", "interface"), 8)], HOMES)
    assert room.most == 8 and {"v-ani", "ethernet"} <= room.kinds and "tcont" not in room.kinds
    assert set(HOMES) == set(CODECS)


def test_deviations_are_read_from_real_text() -> None:
    text = """
    module dev { /* a vendor's */ yang-version 1.1; namespace "urn:" + "dev"; prefix d;
      import bbf-xpongemtcont { prefix x; } // and so on
      deviation "/x:xpongemtcont/x:tconts/x:tcont" { deviate add { max-elements '64'; } }
      deviation /x:xpongemtcont/x:gemports/x:gemport { deviate replace { max-elements unbounded; } }
      deviation "/if:interfaces" + "/if:interface/x:y" { description "No; really {not}."; deviate not-supported; }
    }"""
    assert deviations(text) == (
        Deviation(("xpongemtcont", "tconts", "tcont"), 64),
        Deviation(("interfaces", "interface", "y"), None),
    )
    for wrong in ("module d { ; }", "{" * 99, '"'):
        with pytest.raises(ValueError):
            deviations(wrong)


def test_another_software_is_another_device() -> None:
    one = Server.of(["urn:a", "urn:b"], "10.0.0.1:830")
    assert one.identity == Server.of(["urn:b", "urn:a"], "10.0.0.1:830").identity
    assert one.identity != Server.of(["urn:a", "urn:c"], "10.0.0.1:830").identity
    assert one.identity != Server.of(["urn:a", "urn:b"], "10.0.0.2:830").identity
