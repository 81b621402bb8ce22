"""The service of each UNI in use: its VLAN and marking, T-CONT, GEM ports and downstream queues (TR-383, TR-385)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from intents.compile.allocate import ALLOC_IDS, GEM_IDS, NOTHING_HELD, allocate
from intents.compile.context import Context, sorted_askers
from intents.compile.load import ClassLoad, UniLoad
from intents.compile.pon_names import class_name, enet_name, v_ani_name
from intents.compile.pon_profiles import (
    add_descriptor,
    add_marking,
    add_shaper,
    add_tc_map,
    queue,
    tcont_rates,
    weight,
)
from intents.compile.recorder import Recorder
from intents.model.campus import PonId
from intents.model.pon import (
    EthernetInterface,
    GemPort,
    HardwareComponent,
    IngressRule,
    InterfaceLink,
    OltVEnet,
    PushTag,
    Rewrite,
    TagMatch,
    TCont,
    TmRoot,
    VlanSubInterface,
)


def rank(shared: int, load: ClassLoad) -> int:
    """The scheduling priority of a downstream queue. shared: that of promised queues of classes without a cap."""
    promised = load.cls.cap_bps is None and load.promised_bps > 0
    return max(shared, load.cls.priority) if promised else load.cls.priority


def queue_cap_bps(load: ClassLoad, uni_bps: int) -> int | None:
    """What the queue of a capped class is shaped to: the class's cap, or what is promised if that is more."""
    cap = load.cls.cap_bps
    return None if cap is None else min(max(cap, load.promised_bps), uni_bps)


@dataclass(frozen=True, slots=True)
class PonNumbers:
    """Alloc-IDs of the T-CONTs and port IDs of the GEM ports on a PON, by name."""

    alloc_ids: Mapping[str, int]
    gem_ids: Mapping[str, int]


def tcont_of(load: UniLoad) -> str:
    """The one T-CONT of a UNI: that of the class which it marks."""
    return class_name(load.onu, load.uni, load.mark.priority)


def gems_of(load: UniLoad) -> tuple[str, ...]:
    """The GEM ports of a UNI, one a class that arrives there."""
    return tuple(class_name(load.onu, load.uni, tc) for tc in load.receive)


def pon_numbers(context: Context, pon: PonId, tconts: Iterable[str], gems: Iterable[str]) -> PonNumbers:
    """Numbers for all T-CONTs and GEM ports of a PON; those that the OLT holds are kept."""
    technology = context.campus.olts[pon.olt].pons[pon.pon]
    held = context.held_numbers(pon.olt)
    return PonNumbers(
        alloc_ids=allocate(tconts, ALLOC_IDS[technology], held.alloc_ids.get(pon.pon, NOTHING_HELD)),
        gem_ids=allocate(gems, GEM_IDS[technology], held.gem_ids.get(pon.pon, NOTHING_HELD)),
    )


def add_service(context: Context, recorder: Recorder, load: UniLoad, numbers: PonNumbers) -> None:
    """Everything that one UNI needs, as one piece."""
    askers = {context.place_asker(p) for p in load.places} | set(context.intent_askers(load.intents))
    places = tuple(p.name for p in load.places)
    recorder.begin(("uni", load.onu.name, load.uni), sorted_askers(askers), places)
    _uni(context, recorder, load)
    _upstream(context, recorder, load, numbers.alloc_ids)
    _downstream(context, recorder, load, numbers.gem_ids)


_PRIORITY_TAGGED: Final = TagMatch(tagging="priority-tagged", tag_type="c-vlan")
_UNTAGGED: Final = TagMatch(tagging="untagged")
_POP: Final = Rewrite(pop=1)


@lru_cache(maxsize=4096)
def _user_rules(vid: int) -> tuple[IngressRule, ...]:
    tag = PushTag(tag_type="c-vlan", vid=vid, pbit_from="marking")
    return (
        IngressRule(name="untagged", priority=100, match=_UNTAGGED, rewrite=Rewrite(pop=0, push=(tag,))),
        IngressRule(name="priority-tagged", priority=110, match=_PRIORITY_TAGGED, rewrite=Rewrite(pop=1, push=(tag,))),
    )


@lru_cache(maxsize=4096)
def tagged_rules(vid: int) -> tuple[IngressRule, ...]:
    """One rule: frames with a C-tag of this VLAN."""
    match = TagMatch(tagging="tagged", tag_type="c-vlan", vid=vid)
    return (IngressRule(name=f"v{vid}", priority=100, match=match),)


def _uni(context: Context, recorder: Recorder, load: UniLoad) -> None:
    """The UNI and its VLAN: untagged and VID 0 get the segment's VID and the place's PCP, nothing else comes in."""
    olt, vid = load.pon.olt, context.vid(load.places[0])
    v_ani, enet = v_ani_name(load.onu), enet_name(load.onu, load.uni)
    uni = f"{v_ani}.uni{load.uni}"
    recorder.add(olt, HardwareComponent(name=uni, cls="uni", parent=v_ani, rel_pos=load.uni))
    recorder.add(olt, EthernetInterface(name=uni, usage="user-port", hardware=uni))
    recorder.add(olt, InterfaceLink(name=uni, to=enet))
    user = VlanSubInterface(
        name=f"{uni}.v{vid}",
        lower=uni,
        rules=_user_rules(vid),
        egress=_POP,
        usage="user-port",
        ingress_policy=add_marking(recorder, olt, load.mark),
    )
    recorder.add(olt, user)
    line = VlanSubInterface(name=f"{enet}.v{vid}", lower=enet, rules=tagged_rules(vid), usage="user-port")
    recorder.add(olt, line)


def _upstream(context: Context, recorder: Recorder, load: UniLoad, alloc_ids: Mapping[str, int]) -> None:
    """The one T-CONT of the class that the UNI marks."""
    olt, mark = load.pon.olt, load.mark
    technology = context.campus.olts[olt].pons[load.pon.pon]
    rates = tcont_rates(load.rate_bps, technology, load.send_bps, load.send_most_bps)
    name = tcont_of(load)
    tcont = TCont(
        name=name,
        alloc_id=alloc_ids[name],
        v_ani=v_ani_name(load.onu),
        profile=add_descriptor(recorder, olt, rates, mark),
        queues=(queue(recorder, olt, mark.priority, rank=mark.priority, share=1),),
        tc_map=add_tc_map(recorder, olt, (mark.priority,)),
    )
    recorder.add(olt, tcont)


def _downstream(context: Context, recorder: Recorder, load: UniLoad, gem_ids: Mapping[str, int]) -> None:
    """GEM ports and queues of the classes that arrive, and of the class in which the gateway answers ARP. Only the
    marked class has a way up, so the other GEM ports feed no T-CONT."""
    olt, enet = load.pon.olt, enet_name(load.onu, load.uni)
    shared = context.shared_rank
    queues = []
    for tc in sorted(load.receive):
        arriving = load.receive[tc]
        cap_bps = queue_cap_bps(arriving, load.rate_bps)
        shaper = None if cap_bps is None else add_shaper(recorder, olt, cap_bps)
        share = weight(arriving.promised_bps)
        queues.append(queue(recorder, olt, tc, rank=rank(shared, arriving), share=share, shaper=shaper))
        name = class_name(load.onu, load.uni, tc)
        gem = GemPort(
            name=name,
            gemport_id=gem_ids[name],
            interface=enet,
            traffic_class=tc,
            tcont=name if tc == load.mark.priority else None,
        )
        recorder.add(olt, gem)
    tm = TmRoot(
        queues=tuple(queues),
        tc_map=add_tc_map(recorder, olt, load.receive),
        shaper=add_shaper(recorder, olt, load.rate_bps),
    )
    recorder.add(olt, OltVEnet(name=enet, v_ani=v_ani_name(load.onu), tm=tm))
