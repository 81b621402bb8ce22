"""The OLT's hardware, its PONs and the ONUs on them (TR-385): everything below a service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from intents.compile.allocate import NOTHING_HELD, ONU_IDS, PON_IDS, Held, allocate
from intents.compile.context import Context
from intents.compile.pon_names import PonNames, v_ani_name
from intents.compile.recorder import Recorder
from intents.compile.shared_pon import XPON_TYPE
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

Transceiver = Literal["transceiver-link", "transceiver-link-gpon"]
TRANSCEIVER: Mapping[str, Transceiver] = {"xgs-pon": "transceiver-link", "gpon": "transceiver-link-gpon"}


def add_olt(context: Context, recorder: Recorder, olt: Olt) -> None:
    """Hardware, uplinks and PONs of an OLT, as one piece."""
    recorder.device(olt.name)
    recorder.begin(("olt", olt.name), olt.name, (Asker(olt.name, olt.position),))
    chassis = _chassis(context, olt)
    _component(context, recorder, olt, HardwareComponent(name=chassis, cls="chassis"))
    for number, uplink in enumerate(sorted(olt.uplinks), start=1):
        _component(context, recorder, olt, HardwareComponent(name=uplink, cls="port", parent=chassis, rel_pos=number))
        recorder.add(_uplink(context, olt, uplink))
    theirs = context.held_numbers(olt.name).theirs
    # A port on which others have a channel termination stands by for nobody.
    protected = {pon: port for pon, port in context.type_b[olt.name].items() if not {pon, port} & theirs.keys()}
    stands_by = frozenset(protected.values())
    pon_ids = allocate(olt.pons.keys() - theirs.keys(), PON_IDS, context.held_numbers(olt.name).pon_ids)
    for number, pon in enumerate(sorted(olt.pons), start=1):
        transceiver = HardwareComponent(
            name=pon, cls=TRANSCEIVER[olt.pons[pon]], parent=chassis, rel_pos=len(olt.uplinks) + number
        )
        _component(context, recorder, olt, transceiver)
        if pon not in theirs and pon not in stands_by:
            stand_in = protected.get(pon)
            _pon(recorder, olt, pon, pon_ids[pon], is_protected=stand_in is not None)
            if stand_in is not None:
                _stand_by(recorder, olt, pon, stand_in, pon_ids[stand_in])


def add_onus(context: Context, recorder: Recorder, pon: PonId, onus: Iterable[Onu]) -> None:
    """The ONUs of a PON, each a piece."""
    olt = context.campus.olts[pon.olt]
    held = context.held_numbers(pon.olt).onu_ids.get(pon.pon, NOTHING_HELD)
    ours = {v_ani_name(onu): onu.name for onu in onus}
    kept = Held({ours[name]: number for name, number in held.by_name.items() if name in ours}, held.taken)
    numbers = allocate(ours.values(), ONU_IDS[olt.pons[pon.pon]], kept)
    names = context.held_numbers(pon.olt).theirs.get(pon.pon) or PonNames.of(pon.pon)
    for onu in onus:
        recorder.begin(("onu", onu.name), pon.olt, (Asker(onu.name, onu.position),), places_on(context, onu))
        _onu(recorder, onu, names, numbers[onu.name], TRANSCEIVER[olt.pons[pon.pon]])


def places_on(context: Context, onu: Onu) -> tuple[str, ...]:
    """The places in use on an ONU, sorted."""
    return tuple(
        sorted(p.name for uni in onu.ports for p in context.places_at(onu.name, uni) if p.name in context.marks)
    )


def _chassis(context: Context, olt: Olt) -> str:
    """The chassis as the device calls it, if it was read; else by the OLT's name."""
    found = (c for c in context.held(olt.name).values() if isinstance(c, HardwareComponent) and c.cls == "chassis")
    return min((c.name for c in found if not c.name.startswith(NAME_PREFIX)), default=olt.name)


def _component(context: Context, recorder: Recorder, olt: Olt, wanted: HardwareComponent) -> None:
    """Hardware of the OLT itself: where the device has it already, as the device has it."""
    held = context.held(olt.name).get(wanted.key)
    fits = isinstance(held, HardwareComponent) and held.cls == wanted.cls
    recorder.add(held if held is not None and fits else wanted)


def _uplink(context: Context, olt: Olt, name: str) -> EthernetInterface:
    held = context.held(olt.name).get(("ethernet", name))
    if isinstance(held, EthernetInterface) and held.usage == "network-port":
        return held
    return EthernetInterface(name=name, usage="network-port", hardware=name)


def _pon(recorder: Recorder, olt: Olt, pon: str, pon_id: int, *, is_protected: bool) -> None:
    names, kind = PonNames.of(pon), XPON_TYPE[olt.pons[pon]]
    recorder.add(ChannelGroup(name=names.group))
    recorder.add(ChannelPartition(name=names.partition, channel_group=names.group))
    pair = ChannelPair(name=names.pair, channel_group=names.group, channel_partition=names.partition, type=kind)
    recorder.add(pair)
    recorder.add(
        ChannelTermination(
            name=names.termination,
            channel_pair=names.pair,
            type=kind,
            pon_id=pon_id,
            hardware=pon,
            type_b="primary" if is_protected else None,
        )
    )


def _stand_by(recorder: Recorder, olt: Olt, pon: str, port: str, pon_id: int) -> None:
    """The second port of a protected PON: the same channel pair."""
    recorder.add(
        ChannelTermination(
            name=PonNames.of(port).termination,
            channel_pair=PonNames.of(pon).pair,
            type=XPON_TYPE[olt.pons[pon]],
            pon_id=pon_id,
            hardware=port,
            type_b="secondary",
        )
    )


def _onu(recorder: Recorder, onu: Onu, names: PonNames, onu_id: int, transceiver: Transceiver) -> None:
    v_ani = v_ani_name(onu)
    ani = f"{v_ani}.ani"
    recorder.add(HardwareComponent(name=v_ani, cls="chassis"))
    recorder.add(HardwareComponent(name=ani, cls=transceiver, parent=v_ani, rel_pos=1))
    image = VAni(
        name=v_ani, onu_id=onu_id, channel_partition=names.partition, channel_pair=names.pair, serial=onu.serial
    )
    recorder.add(image)
    recorder.add(Ani(name=ani, hardware=ani))
    recorder.add(InterfaceLink(name=ani, to=v_ani))
