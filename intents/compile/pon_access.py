"""The OLT's hardware, its PONs and the ONUs on them (TR-385): everything below a service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from intents.compile.allocate import ONU_IDS, PON_IDS, Held, allocate
from intents.compile.context import Context, Recorder
from intents.compile.pon_profiles import part
from intents.model.campus import Olt, Onu, PonId
from intents.model.plan import Asker
from intents.model.pon import (
    NAME_PREFIX,
    Ani,
    ChannelGroup,
    ChannelPair,
    ChannelPartition,
    ChannelTermination,
    EthernetInterface,
    HardwareComponent,
    InterfaceLink,
    VAni,
)

XPON_TYPE: Mapping[str, Literal["xgs", "gpon"]] = {"xgs-pon": "xgs", "gpon": "gpon"}


@dataclass(frozen=True, slots=True)
class PonNames:
    """The interfaces of one PON."""

    group: str
    partition: str
    pair: str
    termination: str

    @staticmethod
    def of(pon: str) -> PonNames:
        """Names from the campus's name of the PON."""
        base = f"{NAME_PREFIX}{part(pon)}"
        return PonNames(f"{base}.group", f"{base}.partition", f"{base}.pair", f"{base}.termination")


def v_ani_name(onu: Onu) -> str:
    """The v-ani of an ONU."""
    return f"{NAME_PREFIX}{part(onu.name)}"


def add_access(context: Context, recorder: Recorder, olt: Olt, onus: Mapping[PonId, list[Onu]]) -> None:
    """Hardware, uplinks, PONs and ONUs of an OLT."""
    asker = (Asker(olt.name, olt.position),)
    recorder.device(olt.name)
    chassis = _chassis(context, olt)
    _component(context, recorder, olt, HardwareComponent(name=chassis, cls="chassis"), asker)
    for number, uplink in enumerate(sorted(olt.uplinks), start=1):
        port = HardwareComponent(name=uplink, cls="port", parent=chassis, rel_pos=number)
        _component(context, recorder, olt, port, asker)
        recorder.add(olt.name, _uplink(context, olt, uplink), asker)
    pon_ids = allocate(olt.pons, PON_IDS, _held_pon_ids(context, olt))
    for number, pon in enumerate(sorted(olt.pons), start=1):
        transceiver = HardwareComponent(
            name=pon, cls="transceiver-link", parent=chassis, rel_pos=len(olt.uplinks) + number
        )
        _component(context, recorder, olt, transceiver, asker)
        _pon(recorder, olt, pon, pon_ids[pon], asker)
        _onus(context, recorder, olt, pon, onus.get(PonId(olt.name, pon), []))


def _chassis(context: Context, olt: Olt) -> str:
    """The chassis as the device calls it, if it was read; else by the OLT's name."""
    found = (c for c in context.held(olt.name).values() if isinstance(c, HardwareComponent) and c.cls == "chassis")
    return min((c.name for c in found if not c.name.startswith(NAME_PREFIX)), default=olt.name)


def _component(
    context: Context, recorder: Recorder, olt: Olt, wanted: HardwareComponent, askers: tuple[Asker, ...]
) -> None:
    """Hardware of the OLT itself: where the device has it already, as the device has it."""
    held = context.held(olt.name).get(wanted.key)
    fits = isinstance(held, HardwareComponent) and held.cls == wanted.cls
    recorder.add(olt.name, held if held is not None and fits else wanted, askers)


def _uplink(context: Context, olt: Olt, name: str) -> EthernetInterface:
    held = context.held(olt.name).get(("ethernet", name))
    if isinstance(held, EthernetInterface) and held.usage == "network-port":
        return held
    return EthernetInterface(name=name, usage="network-port", hardware=name)


def _held_pon_ids(context: Context, olt: Olt) -> Held:
    held = [t for t in context.held(olt.name).values() if isinstance(t, ChannelTermination)]
    ours = {PonNames.of(pon).termination: pon for pon in olt.pons}
    return Held({ours[t.name]: t.pon_id for t in held if t.name in ours}, frozenset(t.pon_id for t in held))


def _pon(recorder: Recorder, olt: Olt, pon: str, pon_id: int, askers: tuple[Asker, ...]) -> None:
    names, kind = PonNames.of(pon), XPON_TYPE[olt.pons[pon]]
    recorder.add(olt.name, ChannelGroup(name=names.group), askers)
    recorder.add(olt.name, ChannelPartition(name=names.partition, channel_group=names.group), askers)
    pair = ChannelPair(name=names.pair, channel_group=names.group, channel_partition=names.partition, type=kind)
    recorder.add(olt.name, pair, askers)
    termination = ChannelTermination(
        name=names.termination, channel_pair=names.pair, type=kind, pon_id=pon_id, hardware=pon
    )
    recorder.add(olt.name, termination, askers)


def _onus(context: Context, recorder: Recorder, olt: Olt, pon: str, onus: list[Onu]) -> None:
    names = PonNames.of(pon)
    held = [v for v in context.held(olt.name).values() if isinstance(v, VAni) and v.channel_pair == names.pair]
    ours = {v_ani_name(onu): onu.name for onu in onus}
    kept = Held({ours[v.name]: v.onu_id for v in held if v.name in ours}, frozenset(v.onu_id for v in held))
    numbers = allocate((onu.name for onu in onus), ONU_IDS[olt.pons[pon]], kept)
    places = _places(context, olt)
    for onu in onus:
        _onu(recorder, olt, onu, names, numbers[onu.name], places.get(onu.name, ()))


def _places(context: Context, olt: Olt) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for route in context.used:
        if route.pon is not None and route.pon.pon.olt == olt.name:
            found[route.pon.onu.name] = (*found.get(route.pon.onu.name, ()), route.place.name)
    return found


def _onu(recorder: Recorder, olt: Olt, onu: Onu, names: PonNames, onu_id: int, places: tuple[str, ...]) -> None:
    asker = (Asker(onu.name, onu.position),)
    v_ani = v_ani_name(onu)
    ani = f"{v_ani}.ani"
    recorder.add(olt.name, HardwareComponent(name=v_ani, cls="chassis"), asker, places)
    transceiver = HardwareComponent(name=ani, cls="transceiver-link", parent=v_ani, rel_pos=1)
    recorder.add(olt.name, transceiver, asker, places)
    image = VAni(
        name=v_ani,
        onu_id=onu_id,
        channel_partition=names.partition,
        channel_pair=names.pair,
        serial=onu.serial,
    )
    recorder.add(olt.name, image, asker, places)
    recorder.add(olt.name, Ani(name=ani, hardware=ani), asker, places)
    recorder.add(olt.name, InterfaceLink(name=ani, to=v_ani), asker, places)
