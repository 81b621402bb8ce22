"""What the page is told of the network, of each intent, and of what becomes otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from controller.state.folder import store_of
from intents.model.state import Difference
from intents.model.switch import FlowEntry
from labs.olt.control import ask
from labs.runner.workspace import Workspace
from southbound.openflow.change import message
from southbound.openflow.dialect import dialect
from tests.endtoend.site import Site, eventually
from tests.page.browser import Browser, Event
from tests.page.conftest import Shown

CT_ROOM, PACS = int(IPv4Address("10.10.0.11")), int(IPv4Address("10.20.0.5"))


def judged(browser: Browser) -> bool:
    found = browser.get("/api/intents").json["intents"]
    return all(i["proven_at"] for i in found if not i["resting"])


def test_the_map_has_everything_of_the_campus_once_and_each_hangs_on_something(vera: Browser) -> None:
    assert eventually(lambda: judged(vera))
    found = vera.get("/api/network").json
    nodes = {n["id"]: n for n in found["nodes"]}
    assert len(nodes) == len(found["nodes"])
    assert {n["kind"] for n in nodes.values()} == {"switch", "olt", "pon", "splitter", "onu", "place"}
    assert sum(n["kind"] == "onu" for n in nodes.values()) == 8
    assert nodes["core-1"]["parent"] is None
    assert nodes["olt-1"]["parent"] == "core-1"
    assert nodes["olt-1/pon-1"]["parent"] == "olt-1"
    assert all(n["parent"] in nodes for n in nodes.values() if n["id"] != "core-1")
    assert {n["state"] for n in nodes.values()} == {"holds"}, [n for n in nodes.values() if n["state"] != "holds"]
    for link in found["links"]:
        assert {link["a"], link["b"]} <= set(nodes)
        assert link["rate_mbps"] > 0, link
    assert found["revision"] == vera.get("/api/session").json["revision"]


def test_every_intent_is_a_sentence_in_both_languages_with_its_promise_and_its_bound(
    shown: Shown, vera: Browser
) -> None:
    assert eventually(lambda: judged(vera))
    found = {i["name"]: i for i in vera.get("/api/intents").json["intents"]}
    assert len(found) == 17
    assert list(found) == sorted(found)
    study = found["ct-study"]
    assert study["sentence"]["en"].startswith("ct-room to pacs gets imaging priority, delivers 1,000 images")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in study["sentence"]["zh"])
    assert study["kind"] == "deliver"
    assert study["guarantee"]["deliver"] == {"images": 1000, "size_bytes": 524288, "within_us": 1_000_000}
    assert study["bound"]["completion_us"] <= 1_000_000
    assert study["bound"]["hops"]
    assert study["state"] == "holds"
    assert (study["owner"], study["commit"]) == (
        "PACS lead <pacs@hospital.example>",
        shown.repo.git("rev-list", "--max-parents=0", "main"),
    )
    assert (study["file"].rpartition("/")[2], study["line"]) == ("imaging.yaml", 9)


def test_an_intent_shows_each_hop_of_its_ways(vera: Browser) -> None:
    assert eventually(lambda: judged(vera))
    found = vera.get("/api/intents/ct-study").json
    assert {w["direction"] for w in found["ways"]} == {"there", "back"}
    there = next(w for w in found["ways"] if w["direction"] == "there")
    assert [h["device"] for h in there["hops"]][-1] == "core-1"
    assert there["hops"][0]["node"] == "onu-ct"
    assert any(h["tcont"] for h in there["hops"])
    assert any(h["gem"] for h in there["hops"])
    assert there["hops"][-1]["flow"]
    assert all(h["vlan"] == 100 for h in there["hops"][:-1])
    assert found["counterexample"] is None
    assert all(f["holds"] for f in found["findings"])
    nodes = {n["id"] for n in vera.get("/api/network").json["nodes"]}
    assert all(h["node"] in nodes for w in found["ways"] for h in w["hops"])


def test_an_intent_that_there_is_not_is_a_problem_that_names_the_nearest(vera: Browser) -> None:
    found = vera.get("/api/intents/ct-studi")
    assert found.status == 404
    assert found.headers["content-type"].startswith("application/problem+json")
    assert found.json["code"] == "unknown-intent"
    assert "ct-study" in found.json["detail"]


def test_what_is_the_same_is_not_sent_again(vera: Browser) -> None:
    assert eventually(lambda: judged(vera))
    first = vera.get("/api/network")
    assert first.headers["content-encoding"] == "gzip"
    again = vera.get("/api/network", If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    plain = vera.get("/api/network", Accept_Encoding="identity")
    assert plain.body == first.body
    assert "content-encoding" not in plain.headers


def test_a_flow_deleted_behind_its_back_turns_its_intent_red_with_the_packet_and_comes_back(
    shown: Shown, vera: Browser
) -> None:
    assert eventually(lambda: judged(vera))
    flow = flow_of(shown.site)
    with vera.events() as events:
        first = next(events)
        assert (first.name, first.data["counts"]["broken"]) == ("status", 0)
        change_switch(shown.site, flow, None)
        told = until(events, "intents", "ct-study", "broken")
        assert told.data["changed"]["ct-study"]["why"]
        key = until(events, "status").id
    found = vera.get("/api/intents/ct-study").json
    assert found["state"] == "broken"
    broken = found["counterexample"]
    assert {broken["packet"]["ipv4_src"], broken["packet"]["ipv4_dst"]} <= {"10.10.0.11", "10.20.0.5"}
    assert broken["hops"][broken["failing_hop"]]["device"] == "core-1"
    assert [b["device"] for b in broken["blame"]] == ["core-1"]
    assert "ct-study" in broken["blame"][0]["owner"]
    assert [d["kind"] for d in vera.get("/api/drift").json["drift"]] == ["missing"]
    nodes = {n["id"]: n["state"] for n in vera.get("/api/network").json["nodes"]}
    assert (nodes["core-1"], nodes["place:ct-room"], nodes["place:ward-1"]) == ("broken", "broken", "holds")
    change_switch(shown.site, None, flow)  # while nobody listens
    assert eventually(lambda: vera.get("/api/intents/ct-study").json["state"] == "holds"), vera.get(
        "/api/intents/ct-study"
    ).json
    with vera.events(key) as events:
        told = until(events, "intents", "ct-study", "holds")
        assert told.data["changed"]["ct-study"]["why"] == ""
        assert until(events, "status").data["counts"]["broken"] == 0


def test_who_was_away_for_too_long_is_told_to_get_everything_again(vera: Browser) -> None:
    with vera.events("17.4") as events:
        assert next(events).name == "reset"
        assert next(events).name == "status"


def until(events: Iterator[Event], name: str, intent: str = "", state: str = "") -> Event:
    """The first such event; the test's time limit ends the waiting."""
    for event in events:
        if event.name == name and (not intent or event.data["changed"].get(intent, {}).get("state") == state):
            return event
    raise AssertionError("the events ended")


def flow_of(site: Site) -> FlowEntry:
    """The entry that takes the CT room to the PACS."""
    applied = store_of(site.folder).load_applied()
    assert applied is not None
    return next(
        o
        for o in sorted(applied["core-1"].objects.values(), key=lambda o: repr(o.key))
        if isinstance(o, FlowEntry)
        and {(m.name, m.value) for m in o.match} >= {("ipv4_src", CT_ROOM), ("ipv4_dst", PACS)}
    )


def change_switch(site: Site, before: FlowEntry | None, after: FlowEntry | None) -> None:
    """As another controller would."""
    key = (after or before).key  # type: ignore[union-attr]
    frame = message(dialect(), Difference(key=key, before=before, after=after))
    order(site, cmd="change", frame=frame.hex())


def order(site: Site, **command: object) -> None:
    """To the lab's switch."""
    ask(Workspace(site.topology).folder / "core-1.control", **command)
