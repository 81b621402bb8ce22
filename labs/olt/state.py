"""Operational state: what the configuration meets in the plant. interfaces-state, and oper-status in interfaces.

An ONU is seen where its PON has an enabled channel termination. It is up where a v-ani of that PON expects it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from labs.olt.config import ChannelTermination, OltConfig, VAni
from labs.olt.events import ONU_STATE, ONU_TYPES
from labs.olt.light import Light
from labs.olt.names import BBF, HW, IF, bbf, default
from labs.olt.plant import Onu, Plant, same_form
from labs.olt.schema import Schema
from labs.olt.subtree import narrowed, possible
from labs.olt.xmlio import local, text

DEFECTS = f"{BBF}bbf-xpon-defects"
IANA_HW = "urn:ietf:params:xml:ns:yang:iana-hardware"
ON_TERMINATION = "onu-present-and-on-intended-channel-termination"
ELSEWHERE = "onu-present-and-v-ani-known-but-intended-ct-unknown"
UNCLAIMED = "onu-present-and-no-v-ani-known-and-unclaimed"
ABSENT = "onu-not-present-with-v-ani"
ABSENT_UNCLAIMED = "onu-not-present-without-v-ani"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An ONU on a channel termination. state: an identity of bbf-xpon-onu-types. v_ani: what is configured for it."""

    onu: Onu
    termination: ChannelTermination
    state: str
    v_ani: VAni | None


def sightings(config: OltConfig, plant: Plant) -> tuple[Sighting, ...]:
    """Every ONU that is seen, by serial number."""
    by_pon = {t.pon: t for t in config.terminations if t.enabled and t.pon is not None}
    known = expected(config)
    return tuple(
        Sighting(onu=onu, termination=by_pon[onu.pon], state=state, v_ani=v_ani)
        for onu in plant.onus
        if onu.present and onu.pon in by_pon
        for state, v_ani in (presence(known, onu, by_pon[onu.pon]),)
    )


def expected(config: OltConfig) -> Mapping[str, VAni]:
    """The v-anis by the serial number that each expects."""
    return {same_form(v.serial): v for v in reversed(config.v_anis) if v.serial is not None}


def presence(known: Mapping[str, VAni], onu: Onu, termination: ChannelTermination) -> tuple[str, VAni | None]:
    """The presence state of an ONU that is there, and the v-ani that expects it."""
    found = known.get(same_form(onu.serial))
    if found is None:
        return UNCLAIMED, None
    return (ON_TERMINATION if found.is_expected_on(termination) else ELSEWHERE), found


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When the OLT came up, and when each ONU (by serial number) was last seen to come or go."""

    start: str
    onus: Mapping[str, str]

    def of(self, onu: Onu) -> str:
        """Since when an ONU is there."""
        return self.onus.get(onu.serial, self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What an answer is made of. configured: a copy of running, or of a part of it. stated: the interfaces of running
    that interfaces-state is to be about. measured: whether hardware's sensors are asked for."""

    configured: etree._Element
    stated: list[etree._Element]
    measured: bool = True


def everything(running: etree._Element) -> Shown:
    """All of running, and the state of all interfaces."""
    copied = etree.fromstring(etree.tostring(running))
    return Shown(configured=copied, stated=running.findall(f"{{{IF}}}interfaces/*"))


def filtered(running: etree._Element, filter_: etree._Element, schema: Schema) -> Shown:
    """As much of it as a subtree filter may select."""
    asked = [item for item in filter_ if local(item) == "interfaces-state"]
    stated = running.findall(f"{{{IF}}}interfaces/*")
    if all(len(item) for item in asked):
        stated = possible(stated, [below for item in asked for below in item], schema)
    measured = any(local(item) == "hardware" for item in filter_)
    return Shown(configured=narrowed(running, filter_, schema), stated=stated, measured=measured)


def with_state(shown: Shown, config: OltConfig, light: Light, times: Times) -> etree._Element:
    """What is shown of running, with state: oper-status of each interface, interfaces-state, and what is measured."""
    result = shown.configured
    seen = sightings(config, light.plant)
    status = statuses(config, light, seen)
    if shown.measured:
        _sensors(result, config, light, times)
    for interface in result.iterfind(f"{{{IF}}}interfaces/*"):
        element = etree.Element(f"{{{IF}}}oper-status")
        element.text = status.get(text_of(interface, "name"), "up")
        kind = interface.find(f"{{{IF}}}type")
        (interface[0] if kind is None else kind).addnext(element)
        _statistics(interface, times.start)
    if not shown.stated:
        return result
    bodies = {
        t.name: _termination([s for s in seen if s.termination is t], light.ports.get(t.pon or "", ()), times)
        for t in config.terminations
    }
    defects = {same_form(serial): told for serial, told in light.onus.items()}
    by_v_ani = {s.v_ani.name: s for s in seen if s.v_ani is not None}
    bodies.update(
        {v.name: _v_ani(v, by_v_ani.get(v.name), defects.get(same_form(v.serial or ""), ())) for v in config.v_anis}
    )
    tree = etree.SubElement(result, f"{{{IF}}}interfaces-state", nsmap=default(IF))
    for interface in shown.stated:
        name = text_of(interface, "name")
        entry = etree.SubElement(tree, f"{{{IF}}}interface")
        etree.SubElement(entry, f"{{{IF}}}name").text = name
        etree.SubElement(entry, f"{{{IF}}}type").text = text_of(interface, "type")
        etree.SubElement(entry, f"{{{IF}}}oper-status").text = status.get(name, "up")
        _statistics(entry, times.start)
        if name in bodies:
            entry.append(bodies[name])
    return result


def text_of(interface: etree._Element, leaf: str) -> str:
    """A leaf of an interface."""
    found = interface.find(f"{{{IF}}}{leaf}")
    return "" if found is None else text(found)


def statuses(config: OltConfig, light: Light, seen: tuple[Sighting, ...]) -> dict[str, str]:
    """oper-status of each interface that is not simply up."""
    up = {s.v_ani.name for s in seen if s.v_ani is not None and s.state == ON_TERMINATION and s.v_ani.enabled}
    partner = {end: begin for begin, end in config.links}
    statuses: dict[str, str] = {}
    absent = [v.name for v in config.v_anis if v.name not in up]
    statuses.update(dict.fromkeys(absent, "down"))
    for e in config.olt_v_enets:
        if e.v_ani in absent or not e.enabled:
            statuses[e.name] = "lower-layer-down" if e.enabled else "down"
    statuses.update({partner[name]: "not-present" for name in list(statuses) if name in partner})
    statuses.update(_ports(config, light))
    for s in config.sub_interfaces:
        if s.lower in statuses or not s.enabled:
            statuses[s.name] = "lower-layer-down" if s.enabled else "down"
    return statuses


def _ports(config: OltConfig, light: Light) -> Iterator[tuple[str, str]]:
    """(interface, oper-status) of the OLT's own ports that are not up."""
    pons, uplinks = {name for name, _ in light.plant.pons}, {name for name, _ in light.plant.uplinks}
    for t in config.terminations:
        if t.pon not in pons or not t.enabled:
            yield t.name, "not-present" if t.enabled else "down"
        elif "los" in light.ports.get(t.pon, ()):
            yield t.name, "down"
    for e in config.ethernets:
        if not e.enabled or (e.usage == "network-port" and e.hardware not in uplinks):
            yield e.name, "not-present" if e.enabled else "down"


def _statistics(interface: etree._Element, since: str) -> None:
    statistics = etree.SubElement(interface, f"{{{IF}}}statistics")
    etree.SubElement(statistics, f"{{{IF}}}discontinuity-time").text = since


def _termination(seen: list[Sighting], defects: tuple[str, ...], times: Times) -> etree._Element:
    body = etree.Element(bbf("xpon", "channel-termination"), nsmap=default(f"{BBF}bbf-xpon"))
    _defects(body, bbf("xpon", "active-defects"), defects)
    if not seen:
        return body
    present = etree.SubElement(
        body, f"{{{ONU_STATE}}}onus-present-on-local-channel-termination", nsmap=default(ONU_STATE)
    )
    for sighting in seen:
        onu = etree.SubElement(present, f"{{{ONU_STATE}}}onu")
        etree.SubElement(onu, f"{{{ONU_STATE}}}detected-serial-number").text = sighting.onu.serial
        _presence(onu, f"{{{ONU_STATE}}}onu-presence-state", sighting.state)
        if sighting.v_ani is not None:
            if sighting.v_ani.onu_id is not None:
                etree.SubElement(onu, f"{{{ONU_STATE}}}onu-id").text = str(sighting.v_ani.onu_id)
            etree.SubElement(onu, f"{{{ONU_STATE}}}v-ani-ref").text = sighting.v_ani.name
        etree.SubElement(onu, f"{{{ONU_STATE}}}onu-detected-datetime").text = times.of(sighting.onu)
        etree.SubElement(onu, f"{{{ONU_STATE}}}onu-state-last-change").text = times.of(sighting.onu)
    return body


def _v_ani(v: VAni, sighting: Sighting | None, defects: tuple[str, ...]) -> etree._Element:
    body = etree.Element(bbf("xponvani", "v-ani"), nsmap=default(f"{BBF}bbf-xponvani"))
    if v.onu_id is not None:
        etree.SubElement(body, bbf("xponvani", "onu-id")).text = str(v.onu_id)
    _presence(body, bbf("xponvani", "onu-presence-state"), ABSENT if sighting is None else sighting.state)
    if sighting is not None and sighting.termination.channel_pair is not None:
        here = etree.SubElement(body, bbf("xponvani", "onu-present-on-this-olt"))
        for leaf, value in (
            ("onu-present-on-this-channel-pair", sighting.termination.channel_pair),
            ("onu-present-on-this-channel-termination", sighting.termination.name),
            ("detected-serial-number", sighting.onu.serial),
        ):
            etree.SubElement(here, bbf("xponvani", leaf)).text = value
    _defects(body, bbf("xponvani", "active-defects"), defects)
    return body


def _defects(parent: etree._Element, tag: str, defects: tuple[str, ...]) -> None:
    for defect in defects:
        etree.SubElement(parent, tag, nsmap={"bbf-xpon-def": DEFECTS}).text = f"bbf-xpon-def:{defect}"


def _sensors(result: etree._Element, config: OltConfig, light: Light, times: Times) -> None:
    """The light that each ONU receives, a sensor below the hardware of its ani (RFC 8348), in nanowatts."""
    received = {same_form(serial): dbm for serial, dbm in light.received_dbm.items()}
    components = {a.name: a.hardware for a in config.anis}
    hardware_of = {v_ani: components.get(ani) for ani, v_ani in config.links}
    hardware = result.find(f"{{{HW}}}hardware")
    for v in config.v_anis:
        dbm = received.get(same_form(v.serial or ""))
        below = hardware_of.get(v.name)
        if dbm is None or below is None:
            continue
        if hardware is None:
            hardware = etree.SubElement(result, f"{{{HW}}}hardware", nsmap=default(HW))
        component = etree.SubElement(hardware, f"{{{HW}}}component")
        etree.SubElement(component, f"{{{HW}}}name").text = f"{below}.received"
        etree.SubElement(component, f"{{{HW}}}class", nsmap={"ianahw": IANA_HW}).text = "ianahw:sensor"
        etree.SubElement(component, f"{{{HW}}}parent").text = below
        data = etree.SubElement(component, f"{{{HW}}}sensor-data")
        for leaf, value in (
            ("value", str(round(10 ** (dbm / 10) * 1_000_000))),
            ("value-type", "watts"),
            ("value-scale", "nano"),
            ("value-precision", "0"),
            ("oper-status", "ok"),
            ("value-timestamp", times.start),
        ):
            etree.SubElement(data, f"{{{HW}}}{leaf}").text = value


def _presence(parent: etree._Element, tag: str, state: str) -> None:
    etree.SubElement(parent, tag, nsmap={"bbf-xpon-onu-types": ONU_TYPES}).text = f"bbf-xpon-onu-types:{state}"
