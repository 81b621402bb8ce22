"""Switches from the sections of a campus: which of them routes, and how each is reached."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from intents.ingest.report import Report
from intents.ingest.sections import Entry, Sections, model_of, rates
from intents.ingest.tree import Scalar
from intents.model.campus import Switch


def read_switches(sections: Sections, report: Report) -> dict[str, Switch]:
    """Those that could be read, by name."""
    _check_listeners(sections, report)
    read: dict[str, Switch] = {}
    datapaths: dict[int, Switch] = {}
    for entry in sections.whole("switches"):
        switch = _switch(entry, sections, report)
        if switch is None:
            continue
        first = datapaths.setdefault(switch.datapath_id, switch)
        if first is not switch:
            message = f"{switch.name} and {first.name} have the same datapath id {switch.datapath_id:#x}"
            report.twice("datapath-twice", entry.position, first.position, message, "a datapath id is one switch's own")
        read[switch.name] = switch
    return _with_gateway(read, sections, report)


def _with_gateway(switches: dict[str, Switch], sections: Sections, report: Report) -> dict[str, Switch]:
    written = sections.named["switches"]
    marked = sorted((s for s in switches.values() if s.gateway), key=lambda s: s.position)
    if len(marked) > 1:
        message = f"{marked[1].name} is a second gateway; {marked[0].name} is one already"
        hint = "exactly one switch routes between the segments: remove `gateway: true` from the others"
        report.twice("gateway-twice", marked[1].position, marked[0].position, message, hint)
    if marked or len(written) > len(switches):
        return switches
    if len(switches) == 1:
        return {name: replace(switch, gateway=True) for name, switch in switches.items()}
    if switches:
        first = min(switches.values(), key=lambda s: s.position)
        hint = "add `gateway: true` to the one that routes between the segments"
        report.error("no-gateway", first.position, f"none of {len(switches)} switches is the gateway", hint)
    return switches


def _switch(entry: Entry, sections: Sections, report: Report) -> Switch | None:
    table = entry.table
    datapath = table.text("datapath")
    if datapath is None:
        return None
    value = datapath.value
    if isinstance(value, str):
        value = int(value.removeprefix("0x"), 16)
    certificate = table.text("certificate")
    gateway, ovsdb, openflow = table.text("gateway"), table.text("ovsdb"), table.text("openflow")
    for target in (openflow, ovsdb):
        _check_target(entry.name, target, sections, report)
    options = {"openflow": openflow.text} if openflow else {}
    return Switch(
        name=entry.name,
        datapath_id=int(value or 0),
        ports={int(port): bps for port, bps in rates(table.table("ports"), report).items()},
        gateway=bool(gateway and gateway.value),
        model=model_of(table),
        ovsdb=ovsdb.text if ovsdb else None,
        certificate=certificate.text if certificate else "",
        position=entry.position,
        **options,
    )


def _check_target(switch: str, target: Scalar | None, sections: Sections, report: Report) -> None:
    """A port that there is, and for `ssl:` something to show."""
    if target is None or target.text.startswith("unix:"):
        return
    if int(target.text.rpartition(":")[2]) not in range(1, 2**16):
        hint = "write a port from 1 to 65535, such as tcp:127.0.0.1:6653"
        report.error("bad-address", target.position, f"'{target.text}' is not an address with a port", hint)
    if target.text.startswith("tcp:") and not _is_loopback(target.text) and not _insecure(sections):
        report.error(
            "switch-without-tls",
            target.position,
            f"{switch} is reached by {target.text}, where anybody on the way could change it: tcp: is for this machine",
            "write ssl: and tls: (see docs/switches.md), or openflow: {insecure: true} where nobody else is on the way",
        )
    if target.text.startswith("ssl:") and not sections.names("tls"):
        report.error(
            "no-certificate",
            target.position,
            f"{switch} is reached by ssl:, and the campus says no certificate for the controller to show",
            "add tls: {certificate: {file: PATH}, key: {file: PATH}, ca: {file: PATH}} beside switches:",
        )


def _is_loopback(target: str) -> bool:
    host = target.partition(":")[2].rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _insecure(sections: Sections) -> bool:
    entry = sections.named["openflow"].get("insecure")
    return entry is not None and isinstance(entry.body, Scalar) and entry.body.value is True


def _check_listeners(sections: Sections, report: Report) -> None:
    """At one address the controller listens either with TLS or without."""
    first: dict[str, Scalar] = {}
    for entry in sections.whole("switches"):
        target = entry.table.text("openflow")
        if target is None:
            continue
        known = first.setdefault(target.text.partition(":")[2], target)
        if known.text != target.text:
            message = f"{entry.name} dials {target.text}, and another switch dials {known.text}"
            hint = "one address is tcp: or ssl:, not both: give one of them another port"
            report.twice("address-twice", target.position, known.position, message, hint)
