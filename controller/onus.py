"""What the OLTs see on their PONs, held against the ONUs that are written: by serial number, as they come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from intents.ingest import nearest
from intents.model.campus import Campus, Onu, PonId
from intents.model.pon import ChannelTermination, OltFacts, VAni
from intents.model.state import Observation


def remarks(campus: Campus, seen: Mapping[str, Observation]) -> Mapping[str, str]:
    """By serial number, in a sentence, what somebody has to do: a stranger, an ONU on another PON than written, one
    that is not seen. seen: OLTs that were read; of other devices nothing is said."""
    found: dict[str, str] = {}
    where = dict(_sightings(seen))
    written = {onu.serial: onu for onu in campus.onus.values()}
    missing = [onu for _, onu in sorted(campus.onus.items()) if onu.pon.olt in seen and not _is_seen(onu, where, seen)]
    for serial, pon in sorted(where.items()):
        onu = written.get(serial)
        if onu is None:
            found[serial] = _stranger(serial, pon, missing)
        elif pon not in _homes(campus, onu):
            found[serial] = (
                f"{onu.name} ({serial}) is seen on {pon} and is written on {onu.pon} ({onu.position}): "
                f"move its fibre, or write pon: {pon} there"
            )
    for onu in missing:
        found.setdefault(
            onu.serial, f"{onu.name} ({onu.serial}) is not seen on {onu.pon}: is it switched on, and its fibre in?"
        )
    return found


def cut_off(campus: Campus, seen: Mapping[str, Observation]) -> frozenset[str]:
    """Places behind ONUs that are not seen, or are on another PON than their own: nothing can be promised to them."""
    where = dict(_sightings(seen))
    away = {
        onu.name
        for onu in campus.onus.values()
        if not _is_seen(onu, where, seen) or (onu.serial in where and where[onu.serial] not in _homes(campus, onu))
    }
    return frozenset(place.name for place in campus.places.values() if place.port.device in away)


def _sightings(seen: Mapping[str, Observation]) -> Iterator[tuple[str, PonId]]:
    """Serial numbers and where they are seen."""
    for olt, observation in sorted(seen.items()):
        if isinstance(observation.facts, OltFacts):
            held = observation.state.objects.values()
            pons = {o.name: o.hardware for o in held if isinstance(o, ChannelTermination)}
            for onu in observation.facts.detected:
                yield onu.serial, PonId(olt, pons.get(onu.channel_termination) or onu.channel_termination)


def _is_seen(onu: Onu, where: Mapping[str, PonId], seen: Mapping[str, Observation]) -> bool:
    return onu.serial in where or _is_up(onu, seen.get(onu.pon.olt))


def _is_up(onu: Onu, observation: Observation | None) -> bool:
    """Some OLTs say only which v-anis are up, and not which ONUs they see."""
    if observation is None or not isinstance(observation.facts, OltFacts):
        return False
    ours = [o for o in observation.state.objects.values() if isinstance(o, VAni) and o.serial == onu.serial]
    return any(v_ani.name in observation.facts.up_v_anis for v_ani in ours)


def _homes(campus: Campus, onu: Onu) -> frozenset[PonId]:
    """The PONs on which an ONU may be seen: its own, that of its second fibre, and those that stand in for them."""
    own = {onu.pon} | ({onu.backup} if onu.backup is not None else set())
    stand_ins = {campus.olts[pon.olt].protection.get(pon.pon) for pon in own}
    return frozenset(own | {pon for pon in stand_ins if pon is not None})


def _stranger(serial: str, pon: PonId, missing: list[Onu]) -> str:
    """Whom a serial number may be meant for: an ONU of this OLT that is not seen, on this PON rather."""
    near = [onu for onu in missing if onu.pon == pon] or [onu for onu in missing if onu.pon.olt == pon.olt]
    text = f"{pon} sees an ONU with the serial number {serial}, which nobody wrote: "
    close = nearest(serial, [onu.serial for onu in near])
    meant = [onu for onu in near if onu.serial == close] or (near if len(near) == 1 else [])
    if meant:
        (onu,) = meant[:1]
        return text + (
            f"{onu.name} ({onu.serial}) is not seen; if this is it, or stands in its place, write serial: {serial} at "
            f"{onu.position}"
        )
    return text + f"to take it in, write an ONU with pon: {pon} and serial: {serial} into the campus"
