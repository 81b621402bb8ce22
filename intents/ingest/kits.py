"""ONUs that all have the same places: `onu-room-7: {pon: olt-1/pon-1, serial: CWLB00000007, kit: room}`.

A kit says once which ports such an ONU has, and which place is at each. `[n]` in the name or address of a place is the
number that ends the ONU's name. Written out before the schema looks, after lines that count (ranges.py).
"""

from __future__ import annotations

import re
from typing import Final

from intents.ingest.names import suggestion
from intents.ingest.report import Report
from intents.ingest.tree import Node, Scalar, Table

_NUMBER: Final = "[n]"
_LAST: Final = re.compile(r"([0-9]{1,9})$")


def unpacked(document: Table, report: Report) -> Table:
    """The document with the ports and places of every ONU that has a kit; itself where there is no such ONU."""
    spec = document.table("spec")
    onus = spec.table("onus") if spec else None
    if spec is None or onus is None or not any(isinstance(o, Table) and o.get("kit") for _, o in onus.items()):
        return document
    kits = spec.table("kits")
    places: dict[str, tuple[Scalar, Node]] = dict(_entries(spec.table("places")))
    written = {name: (key, _onu(key, body, kits, places, report)) for name, (key, body) in onus.entries.items()}
    of_spec = dict(spec.entries)
    of_spec["onus"] = (of_spec["onus"][0], Table(written, onus.position))
    heading = of_spec.get("places", (Scalar("places", "places", onus.position), None))[0]
    of_spec["places"] = (heading, Table(places, heading.position))
    whole = {**document.entries, "spec": (document.entries["spec"][0], Table(of_spec, spec.position))}
    return Table(whole, document.position)


def _entries(table: Table | None) -> dict[str, tuple[Scalar, Node]]:
    return dict(table.entries) if table else {}


def _onu(key: Scalar, body: Node, kits: Table | None, places: dict[str, tuple[Scalar, Node]], report: Report) -> Node:
    """The ONU as its kit has it; its places are added."""
    named = body.text("kit") if isinstance(body, Table) else None
    if not isinstance(body, Table) or named is None:
        return body
    kit = kits.table(named.text) if kits else None
    entries = {name: entry for name, entry in body.entries.items() if name != "kit"}
    if kit is None:
        hint = suggestion(named.text, kits.entries if kits else (), "kit")
        report.error("unknown-kit", named.position, f"there is no kit '{named.text}'", hint)
        return body
    ports = kit.entries.get("ports")
    if ports is not None and "ports" not in entries:
        entries["ports"] = ports
    for name, place in _entries(kit.table("places")).values():
        _add(key, name, place, places, report)
    return Table(entries, body.position)


def _add(onu: Scalar, name: Scalar, place: Node, places: dict[str, tuple[Scalar, Node]], report: Report) -> None:
    last = _LAST.search(onu.text)
    if _NUMBER in name.text and last is None:
        message = f"the kit of '{onu.text}' numbers its places, and the ONU's name ends with no number"
        report.error("kit-without-number", onu.position, message, f"call it {onu.text}-1, or the like")
        return
    number = last[1] if last else ""
    made = _text(name, onu, number)
    first = places.setdefault(made.text, (made, _place(onu, place, number)))[0]
    if first is not made:
        report.twice("defined-twice", onu.position, first.position, f"'{made.text}' is defined twice", "rename one")


def _place(onu: Scalar, place: Node, number: str) -> Node:
    if not isinstance(place, Table):
        return place
    entries: dict[str, tuple[Scalar, Node]] = {}
    for name, (key, value) in place.entries.items():
        entries[name] = (key, _text(value, onu, number) if isinstance(value, Scalar) and _is_text(value) else value)
        if name == "port" and isinstance(value, Scalar):
            port = f"{onu.text}:{value.text}"
            entries[name] = (key, Scalar(port, port, onu.position))
    return Table(entries, onu.position)


def _is_text(value: Scalar) -> bool:
    return _NUMBER in value.text


def _text(written: Scalar, onu: Scalar, number: str) -> Scalar:
    text = written.text.replace(_NUMBER, number)
    return Scalar(text, text, onu.position)
