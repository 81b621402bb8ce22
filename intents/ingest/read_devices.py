"""Switches, OLTs, ONUs and links from the sections of a campus, with what makes sense between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from intents.ingest.names import suggestion
from intents.ingest.read_switches import read_switches
from intents.ingest.report import Report
from intents.ingest.sections import KINDS, Entry, Sections, model_of, rates, secret
from intents.ingest.tree import Scalar, Table
from intents.model.campus import Endpoint, Link, Model, NetconfAccess, Olt, Onu, PonId, Switch
from intents.model.diagnostic import Position, Related

_DEVICE_SECTIONS = ("switches", "olts", "onus")
_DEFAULT_NETCONF_PORT = 830


@dataclass(slots=True)
class Devices:
    """The devices of a campus, and which ports are taken by what."""

    switches: dict[str, Switch] = field(default_factory=dict)
    olts: dict[str, Olt] = field(default_factory=dict)
    onus: dict[str, Onu] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    taken: dict[Endpoint, tuple[str, Position]] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    port_names: dict[str, tuple[str, ...]] = field(default_factory=dict)  # as asked for so far


def read_devices(sections: Sections, report: Report) -> Devices:
    """All devices and links."""
    _unique_names(sections, report)
    devices = Devices()
    devices.switches = read_switches(sections, report)
    devices.olts = {e.name: _olt(e, report) for e in sections.whole("olts")}
    devices.onus = _onus(sections, devices.olts, report)
    _check_protection(sections, devices.olts, report)
    devices.models = _models(sections, report)
    for link in sections.links:
        ends = [item for item in link.items if isinstance(item, Scalar)]
        read = [endpoint(end, sections, devices, ("switches", "olts"), report) for end in ends]
        first, second = (read[0], read[1]) if len(read) == 2 else (None, None)
        for end, node in ((first, ends[0]), (second, ends[-1])):
            if end is not None:
                take(end, node.position, f"the link of {ends[0].text} and {ends[-1].text}", devices, report)
        if first is not None and second is not None:
            devices.links.append(Link(a=min(first, second), b=max(first, second), position=link.position))
    devices.links.sort(key=lambda link: (link.a, link.b))
    return devices


def _unique_names(sections: Sections, report: Report) -> None:
    seen: dict[str, tuple[str, Position]] = {}
    for section in _DEVICE_SECTIONS:
        for name, entry in sections.named[section].items():
            if name in seen:
                kind, first = seen[name]
                message = f"'{name}' is already the name of {'an' if kind[0] in 'AEIO' else 'a'} {kind}"
                report.twice("name-twice", entry.position, first, message, "give each device its own name")
            seen.setdefault(name, (KINDS[section], entry.position))


def _models(sections: Sections, report: Report) -> dict[str, Model]:
    """What kinds of devices can do; every model that a device names must be there."""
    read = {entry.name: _model(entry) for entry in sections.whole("models")}
    for section in _DEVICE_SECTIONS:
        for entry in sections.whole(section):
            named = entry.table.text("model")
            if named is not None and named.text not in sections.names("models"):
                hint = suggestion(named.text, sections.names("models"), "model")
                report.error("unknown-model", named.position, f"there is no model '{named.text}'", hint)
    return read


def _model(entry: Entry) -> Model:
    def count(key: str) -> int | None:
        found = entry.table.text(key)
        return found.value if found is not None and isinstance(found.value, int) else None

    return Model(
        name=entry.name,
        flows=count("flows"),
        meters=count("meters"),
        queues=count("queues"),
        t_conts=count("t-conts"),
        gem_ports=count("gem-ports"),
        onus=count("onus"),
        service_flows=count("service-flows"),
        macs=count("macs"),
        position=entry.position,
    )


def _olt(entry: Entry, report: Report) -> Olt:
    table = entry.table
    family = table.text("family")
    options = {"family": family.text} if family else {}
    return Olt(
        name=entry.name,
        netconf=_netconf(table.table("netconf") or table, report),
        uplinks=rates(table.table("uplinks"), report),
        pons=_pons(table.table("pons")),
        protection=_protection(table.table("pons")),
        model=model_of(table),
        position=entry.position,
        **options,
    )


def _pons(table: Table | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, body in table.items() if table else ():
        technology = body.text("technology") if isinstance(body, Table) else None
        if technology is not None:
            found[key.text] = technology.text
    return found


def _protection(table: Table | None) -> dict[str, PonId]:
    found: dict[str, PonId] = {}
    for key, body in table.items() if table else ():
        stand_in = body.text("protected-by") if isinstance(body, Table) else None
        if stand_in is not None:
            found[key.text] = PonId(*stand_in.text.split("/", 1))
    return found


def _netconf(table: Table, report: Report) -> NetconfAccess:
    address = table.text("address")
    text = address.text if address else ""
    host, separator, port_text = text.rpartition(":")
    port = int(port_text) if port_text.isascii() and port_text.isdigit() and len(port_text) < 6 else 0
    if (text.count(":") > 1 and not host.endswith("]")) or not separator:  # an IPv6 address without a port, or a host
        host, port = text, _DEFAULT_NETCONF_PORT
    if address is not None and (not host or not 0 < port < 2**16):
        hint = "write address:port with a port from 1 to 65535, such as 10.0.0.2:830"
        report.error("bad-address", address.position, f"'{text}' is not an address with a port", hint)
    username = table.text("username")
    options = {"username": username.text} if username else {}
    return NetconfAccess(
        host=host.strip("[]"),
        port=port or _DEFAULT_NETCONF_PORT,
        key=secret(table.table("key")),
        host_key=secret(table.table("host-key")),
        **options,
    )


def _onus(sections: Sections, olts: Mapping[str, Olt], report: Report) -> dict[str, Onu]:
    read: dict[str, Onu] = {}
    serials: dict[str, Onu] = {}
    for entry in sections.whole("onus"):
        table = entry.table
        pon, serial, backup = table.text("pon"), table.text("serial"), table.text("backup")
        if pon is None or serial is None:
            continue
        onu = Onu(
            name=entry.name,
            pon=PonId(*pon.text.split("/", 1)),
            serial=serial.text.upper(),
            ports={int(port): bps for port, bps in rates(table.table("ports"), report).items()},
            backup=PonId(*backup.text.split("/", 1)) if backup else None,
            model=model_of(table),
            position=entry.position,
        )
        _check_pon(onu.pon, pon, sections, olts, report)
        if onu.backup is not None and backup is not None:
            _check_pon(onu.backup, backup, sections, olts, report)
            _check_stand_in(onu.pon, onu.backup, backup, olts, report)
        first = serials.setdefault(onu.serial, onu)
        if first is not onu:
            message = f"{onu.name} and {first.name} have the same serial number {onu.serial}"
            report.twice("serial-twice", serial.position, first.position, message, "read it from the ONU's label")
        read[onu.name] = onu
    return read


def _check_protection(sections: Sections, olts: Mapping[str, Olt], report: Report) -> None:
    """Type B: the PON that stands in for another exists, is of its technology, and is not itself."""
    for entry in sections.whole("olts"):
        pons = entry.table.table("pons")
        for key, body in pons.items() if pons else ():
            written = body.text("protected-by") if isinstance(body, Table) else None
            if written is None or entry.name not in olts:
                continue
            stand_in = PonId(*written.text.split("/", 1))
            _check_pon(stand_in, written, sections, olts, report)
            _check_stand_in(PonId(entry.name, key.text), stand_in, written, olts, report)


def _check_stand_in(pon: PonId, stand_in: PonId, written: Scalar, olts: Mapping[str, Olt], report: Report) -> None:
    if stand_in == pon:
        hint = "name the PON that the second fibre leads to"
        report.error("protects-itself", written.position, f"{pon} cannot stand in for itself", hint)
        return
    kinds = [olts[p.olt].pons.get(p.pon) if p.olt in olts else None for p in (pon, stand_in)]
    if None not in kinds and kinds[0] != kinds[1]:
        message = f"{stand_in} is {kinds[1]} and cannot stand in for {pon}, which is {kinds[0]}"
        report.error("protects-otherwise", written.position, message, "name a PON of the same technology")


def _check_pon(pon: PonId, written: Scalar, sections: Sections, olts: Mapping[str, Olt], report: Report) -> None:
    if pon.olt not in sections.names("olts"):
        hint = suggestion(pon.olt, sections.names("olts"), "OLT")
        report.error("unknown-olt", written.position, f"there is no OLT '{pon.olt}'", hint)
    elif pon.olt in olts and pon.pon not in olts[pon.olt].pons:
        hint = suggestion(pon.pon, olts[pon.olt].pons, "PON")
        report.error("unknown-pon", written.position, f"{pon.olt} has no PON '{pon.pon}'", hint)


def endpoint(
    node: Scalar, sections: Sections, devices: Devices, kinds: tuple[str, ...], report: Report
) -> Endpoint | None:
    """A port written device:port that exists and is of one of the kinds (sections); else None and a diagnostic.

    Nothing is said of ports of a device that is itself faulty.
    """
    device, _, port = node.text.partition(":")
    section = next((s for s in _DEVICE_SECTIONS if device in sections.names(s)), None)
    if section is None:
        known = frozenset[str]().union(*(sections.names(s) for s in kinds))
        report.error(
            "unknown-device", node.position, f"there is no device '{device}'", suggestion(device, known, "device")
        )
        return None
    if section not in kinds:
        wanted = " or ".join(KINDS[k] for k in kinds)
        message = f"'{device}' is an {KINDS[section]}; a port of a {wanted} is needed here"
        hint = (
            "an ONU hangs on its PON by `pon:`, not by a link"
            if section == "onus"
            else "use a UNI of an ONU, or a switch port"
        )
        report.error("wrong-device", node.position, message, hint)
        return None
    ports = _ports_of(device, devices)
    if ports is None:
        return None
    if port not in ports:
        hint = suggestion(port, tuple(ports), "port")
        report.error("unknown-port", node.position, f"{device} has no port '{port}'", hint)
        return None
    return Endpoint(device, port)


def _ports_of(device: str, devices: Devices) -> tuple[str, ...] | None:
    found = devices.port_names.get(device)
    if found is None:
        thing = devices.switches.get(device) or devices.onus.get(device)
        if thing is not None:
            found = tuple(map(str, thing.ports))
        elif device in devices.olts:
            found = tuple(devices.olts[device].uplinks)
        else:
            return None
        devices.port_names[device] = found
    return found


def take(end: Endpoint, position: Position, by: str, devices: Devices, report: Report) -> None:
    """Note that a port is used; a second use is an error."""
    first = devices.taken.setdefault(end, (by, position))
    if first[1] != position:
        report.error(
            "port-twice",
            position,
            f"the port {end} is used twice: by {by} and by {first[0]}",
            "a port carries one place or one link",
            (Related(position=first[1], message="first used here"),),
        )
