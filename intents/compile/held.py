"""The numbers that an OLT holds already: ONU-IDs, Alloc-IDs, GEM port IDs by PON, and its PON-IDs.

Read once an OLT, so that keeping them costs in proportion to what it holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from intents.compile.allocate import NOTHING_HELD, Held
from intents.compile.pon_names import PonNames, v_ani_name
from intents.compile.shared_pon import assured_by_others, pons_of_others_bps, theirs_on
from intents.model.campus import Campus, Olt
from intents.model.pon import ChannelTermination, GemPort, OltVEnet, TCont, VAni
from intents.model.state import DeviceObject, ObjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNumbers:
    """By PON's name; PON-IDs of the OLT. theirs: the interfaces of PONs that others configured.
    assured_bps: upstream, to others' T-CONTs on them; beside_bps: upstream, of PONs that are not the campus's."""

    pon_ids: Held = NOTHING_HELD
    onu_ids: Mapping[str, Held] = field(default_factory=dict)
    alloc_ids: Mapping[str, Held] = field(default_factory=dict)
    gem_ids: Mapping[str, Held] = field(default_factory=dict)
    theirs: Mapping[str, PonNames] = field(default_factory=dict)
    assured_bps: Mapping[str, int] = field(default_factory=dict)
    beside_bps: int = 0


def held_numbers(campus: Campus, olt: Olt, objects: Mapping[ObjectKey, DeviceObject]) -> HeldNumbers:
    """What an OLT holds, ours and others'."""
    if not objects:
        return HeldNumbers()
    terminations = [o for o in objects.values() if isinstance(o, ChannelTermination)]
    named = {PonNames.of(pon).termination: pon for pon in olt.pons}
    v_anis = [o for o in objects.values() if isinstance(o, VAni)]
    pairs: dict[str, set[str]] = {pon: {PonNames.of(pon).pair} for pon in olt.pons}
    on_port: dict[str, set[str]] = {pon: {PonNames.of(pon).pair} for pon in olt.pons}
    for termination in terminations:  # what others have on the same port shares its numbers with us
        if termination.hardware in pairs:
            pairs[termination.hardware].add(termination.channel_pair)
            on_port[termination.hardware].add(termination.channel_pair)
    pon_of_onu = {v_ani_name(o): o.pon.pon for o in campus.onus.values() if o.pon.olt == olt.name}
    for v_ani in v_anis:
        # An ONU of ours may hang on a channel pair that others named.
        if v_ani.name in pon_of_onu:
            pairs.setdefault(pon_of_onu[v_ani.name], set()).add(v_ani.channel_pair)
    by_pair: dict[str, list[str]] = defaultdict(list)
    for pon, names in pairs.items():
        for name in names:
            by_pair[name].append(pon)
    pons_of = {v.name: by_pair.get(v.channel_pair, []) for v in v_anis}
    enets = {o.name: pons_of.get(o.v_ani, []) for o in objects.values() if isinstance(o, OltVEnet)}
    return HeldNumbers(
        pon_ids=Held(
            {named[t.name]: t.pon_id for t in terminations if t.name in named},
            frozenset(t.pon_id for t in terminations),
        ),
        onu_ids=_by_pon(
            (pon, v.name, v.onu_id) for v in v_anis for pon in pons_of[v.name] if v.channel_pair in on_port[pon]
        ),
        alloc_ids=_by_pon(
            (pon, t.name, t.alloc_id)
            for t in objects.values()
            if isinstance(t, TCont)
            for pon in pons_of.get(t.v_ani, ())
        ),
        gem_ids=_by_pon(
            (pon, g.name, g.gemport_id)
            for g in objects.values()
            if isinstance(g, GemPort)
            for pon in enets.get(g.interface, ())
        ),
        theirs=theirs_on(olt, objects),
        assured_bps=assured_by_others(olt, objects),
        beside_bps=pons_of_others_bps(olt, objects),
    )


def _by_pon(found: Iterable[tuple[str, str, int]]) -> Mapping[str, Held]:
    numbers: dict[str, dict[str, int]] = defaultdict(dict)
    for pon, name, number in found:
        numbers[pon][name] = number
    return {pon: Held(names, frozenset(names.values())) for pon, names in numbers.items()}
