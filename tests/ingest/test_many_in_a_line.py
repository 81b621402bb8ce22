"""Many ONUs and places in one line, many intents in one document: the same as written one by one."""

from __future__ import annotations

from dataclasses import replace

from intents.ingest import load
from intents.ingest.ranges import MOST
from intents.model.campus import Campus
from intents.model.diagnostic import NOWHERE
from intents.model.intent import Intent

HEAD = """apiVersion: clearway.dev/v1
kind: Campus
metadata: {name: many}
spec:
  segments: {clinical: {vlan: 120, subnet: 10.120.0.0/16}}
  switches: {core-1: {datapath: 0x1, gateway: true, ports: {1: 10 Gbit/s}}}
  olts:
    olt-1:
      netconf: {address: "10.0.0.2:830", key: {env: OLT_KEY}}
      uplinks: {up-1: 10 Gbit/s}
      pons: {pon-1: {technology: xgs-pon}}
  links: [["core-1:1", "olt-1:up-1"]]
"""
COUNTED = (
    HEAD
    + """  onus:
    onu-[08-11]: {pon: olt-1/pon-1, serial: "CWLB000000[08-11]", ports: {1: 1 Gbit/s, 2: 1 Gbit/s}}
  places:
    bed-[1-4]: {port: "onu-[08-09,10,11]:1", segment: clinical, address: "10.120.1.[101-104]", labels: {floor: "3"}}
    desk-[1-2]: {port: "onu-08:[2-2]", segment: clinical}
  groups:
    beds: ["bed-[1-3]", bed-4]
"""
)
ONE_BY_ONE = HEAD + "\n".join(
    [
        "  onus:",
        *(
            f"    onu-{n:02}: {{pon: olt-1/pon-1, serial: CWLB000000{n:02}, ports: {{1: 1 Gbit/s, 2: 1 Gbit/s}}}}"
            for n in range(8, 12)
        ),
        "  places:",
        *(
            f'    bed-{n}: {{port: "onu-{n + 7:02}:1", segment: clinical, address: 10.120.1.{n + 100}, '
            'labels: {floor: "3"}}'
            for n in range(1, 5)
        ),
        "  groups: {beds: [bed-1, bed-2, bed-3, bed-4]}",
    ]
)


def campus(text: str) -> Campus:
    loaded = load({"campus.yaml": text})
    assert loaded.campus is not None, loaded.diagnostics
    return loaded.campus


def said(intent: Intent) -> Intent:
    return replace(intent, say=None, position=NOWHERE, positions={})


def without_positions(found: Campus) -> tuple[object, ...]:
    return (
        {n: replace(o, position=NOWHERE) for n, o in found.onus.items()},
        {n: replace(p, position=NOWHERE) for n, p in found.places.items()},
        {n: replace(g, position=NOWHERE) for n, g in found.groups.items()},
    )


def test_a_line_that_counts_is_the_lines_that_it_stands_for() -> None:
    counted = COUNTED.replace('    desk-[1-2]: {port: "onu-08:[2-2]", segment: clinical}\n', "")
    assert without_positions(campus(counted)) == without_positions(campus(ONE_BY_ONE))


KITS = (
    HEAD
    + """  kits:
    room:
      ports: {1: 1 Gbit/s, 2: 1 Gbit/s}
      places:
        bed-[n]: {port: 1, segment: clinical, address: "10.120.1.[n]", labels: {floor: "3"}}
  onus:
    onu-room-[7-8]: {pon: olt-1/pon-1, serial: "CWLB000000[07-08]", kit: room}
    onu-room-9: {pon: olt-1/pon-1, serial: CWLB00000009, kit: room, ports: {1: 10 Gbit/s}}
    onu-desk: {pon: olt-1/pon-1, serial: CWLB00000010, ports: {1: 1 Gbit/s}}
  places:
    desk: {port: "onu-desk:1", segment: clinical, address: 10.120.2.1}
"""
)


def test_onus_with_a_kit_have_its_ports_and_places() -> None:
    found = campus(KITS)
    assert sorted(found.places) == ["bed-7", "bed-8", "bed-9", "desk"]
    assert [(str(p.port), str(p.address), p.labels) for n, p in found.places.items() if n == "bed-8"] == [
        ("onu-room-8:1", "10.120.1.8", {"floor": "3"})
    ]
    assert {n: dict(o.ports) for n, o in found.onus.items() if "room" in n} == {
        "onu-room-7": {1: 10**9, 2: 10**9},
        "onu-room-8": {1: 10**9, 2: 10**9},
        "onu-room-9": {1: 10**10},
    }
    assert found.places["bed-9"].position == found.onus["onu-room-9"].position


def test_each_of_them_is_written_where_the_line_is() -> None:
    text = COUNTED.replace('"onu-08:[2-2]"', '"onu-08:[2-3]"').replace("10.120.1.[101-104]", "10.121.1.[101-104]")
    found = load({"campus.yaml": text}).diagnostics
    line = text[: text.index("    bed-[1-4]")].count("\n") + 1
    outside = [d for d in found if d.code == "address-outside"]
    assert {d.position.line for d in outside} == {line}
    assert len(outside) == 4  # each by its own address


def test_brackets_in_a_description_or_label_say_nothing() -> None:
    text = COUNTED.replace('floor: "3"', 'floor: "rooms [1-2]"').replace(
        '    desk-[1-2]: {port: "onu-08:[2-2]", segment: clinical}',
        '    desk-1: {port: "onu-08:2", segment: clinical, description: "see drawing [3-4]"}',
    )
    places = campus(text).places
    assert {p.labels.get("floor") for n, p in places.items() if n.startswith("bed")} >= {"rooms 1"}
    assert "desk-1" in places


def test_a_line_is_bounded() -> None:
    many = f"[1-{MOST + 1}]"
    text = HEAD + f'  places:\n    bed-{many}: {{port: "onu-{many}:1", segment: clinical}}\n'
    assert [d.code for d in load({"campus.yaml": text}).diagnostics] == ["range-too-long"]


def test_many_lines_are_bounded_together() -> None:
    lines = "".join(f'    bed-{n}-[1-4000]: {{port: "onu-[1-4000]:1", segment: clinical}}\n' for n in range(20))
    found = [d.code for d in load({"campus.yaml": f"{HEAD}  places:\n{lines}"}).diagnostics]
    assert "range-too-long" in found


def test_intents_a_line_each_are_those_of_their_own_documents() -> None:
    many = """apiVersion: clearway.dev/v1
kind: Intents
spec:
  reading: Bed 1 to bed 2 gets clinical priority
  apart: {from: bed-3, to: bed-4, deny: true}
"""
    alone = """apiVersion: clearway.dev/v1
kind: Intent
metadata: {name: reading}
spec: {say: Bed 1 to bed 2 gets clinical priority}
---
apiVersion: clearway.dev/v1
kind: Intent
metadata: {name: apart}
spec: {from: bed-3, to: bed-4, deny: true}
"""
    one, other = (load({"campus.yaml": ONE_BY_ONE, "intents/a.yaml": text}) for text in (many, alone))
    assert [said(r.intent) for r in one.intents] == [said(r.intent) for r in other.intents]
    assert [r.intent.position.line for r in one.intents] == [5, 4]
