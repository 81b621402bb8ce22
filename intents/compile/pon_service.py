"""The service of each UNI in use: its VLAN and marking, T-CONT, GEM ports and downstream queues (TR-383, TR-385)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from intents.compile.allocate import ALLOC_IDS, GEM_IDS, Held, allocate
from intents.compile.context import Context, Recorder, intent_askers, place_asker
from intents.compile.load import ClassLoad, UniLoad
from intents.compile.pon_access import v_ani_name
from intents.compile.pon_profiles import (
    add_descriptor,
    add_marking,
    add_shaper,
    add_tc_map,
    queue,
    tcont_rates,
    weight,
)
from intents.model.campus import Campus, PonId
from intents.model.plan import Asker
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
    VAni,
    VlanSubInterface,
)


class _Who(NamedTuple):
    askers: tuple[Asker, ...]
    places: tuple[str, ...]


def enet_name(load: UniLoad) -> str:
    """The olt-v-enet of a UNI."""
    return f"{v_ani_name(load.onu)}.{load.uni}"


def class_name(load: UniLoad, priority: int) -> str:
    """T-CONT and GEM port of a UNI and traffic class."""
    return f"{enet_name(load)}.tc{priority}"


def shared_rank(campus: Campus) -> int:
    """The scheduling priority of every promised queue of a class without a cap: that of the highest such class.

    Strict priority would let an uncapped class starve what is promised below it, so promises share one priority by
    weight; what is promised nothing keeps its class's priority.
    """
    return max((c.priority for c in campus.classes.values() if c.cap_bps is None), default=0)


def rank(campus: Campus, load: ClassLoad) -> int:
    """The scheduling priority of a downstream queue."""
    promised = load.cls.cap_bps is None and load.promised_bps > 0
    return max(shared_rank(campus), load.cls.priority) if promised else load.cls.priority


def queue_cap_bps(load: ClassLoad, uni_bps: int) -> int | None:
    """What the queue of a capped class is shaped to: the class's cap, or what is promised if that is more."""
    cap = load.cls.cap_bps
    return None if cap is None else min(max(cap, load.promised_bps), uni_bps)


def add_services(context: Context, recorder: Recorder, loads: Iterable[UniLoad]) -> None:
    """All UNIs in use."""
    by_pon: dict[PonId, list[UniLoad]] = defaultdict(list)
    for load in loads:
        by_pon[load.pon].append(load)
    for pon in sorted(by_pon):
        technology = context.campus.olts[pon.olt].pons[pon.pon]
        held_tconts, held_gems = _held(context, pon)
        sending = [class_name(load, load.mark.priority) for load in by_pon[pon]]
        gems = [class_name(load, tc) for load in by_pon[pon] for tc in load.receive]
        alloc_ids = allocate(sending, ALLOC_IDS[technology], held_tconts)
        gem_ids = allocate(gems, GEM_IDS[technology], held_gems)
        for load in by_pon[pon]:
            _uni(context, recorder, load)
            _upstream(context, recorder, load, alloc_ids)
            _downstream(context, recorder, load, gem_ids)


def _held(context: Context, pon: PonId) -> tuple[Held, Held]:
    """Alloc-IDs and GEM port IDs that the OLT holds on a PON."""
    objects = context.held(pon.olt).values()
    onus = {v_ani_name(onu) for onu in context.campus.onus.values() if onu.pon == pon}
    pairs = {v.channel_pair for v in objects if isinstance(v, VAni) and v.name in onus}
    v_anis = {v.name for v in objects if isinstance(v, VAni) and v.channel_pair in pairs}
    enets = {e.name for e in objects if isinstance(e, OltVEnet) and e.v_ani in v_anis}
    tconts = {t.name: t.alloc_id for t in objects if isinstance(t, TCont) and t.v_ani in v_anis}
    gems = {g.name: g.gemport_id for g in objects if isinstance(g, GemPort) and g.interface in enets}
    return Held(tconts, frozenset(tconts.values())), Held(gems, frozenset(gems.values()))


def _who(load: UniLoad) -> _Who:
    askers = {place_asker(p) for p in load.places} | set(intent_askers(load.intents.values()))
    return _Who(tuple(sorted(askers)), tuple(p.name for p in load.places))


def _uni(context: Context, recorder: Recorder, load: UniLoad) -> None:
    """The UNI and its VLAN: untagged and VID 0 get the segment's VID and the place's PCP, nothing else comes in."""
    olt, who, vid = load.pon.olt, _who(load), context.vid(load.places[0])
    v_ani, enet = v_ani_name(load.onu), enet_name(load)
    uni = f"{v_ani}.uni{load.uni}"
    hardware = HardwareComponent(name=uni, cls="uni", parent=v_ani, rel_pos=load.uni)
    recorder.add(olt, hardware, *who)
    recorder.add(olt, EthernetInterface(name=uni, usage="user-port", hardware=uni), *who)
    recorder.add(olt, InterfaceLink(name=uni, to=enet), *who)
    tag = PushTag(tag_type="c-vlan", vid=vid, pbit_from="marking")
    rules = (
        IngressRule(
            name="untagged", priority=100, match=TagMatch(tagging="untagged"), rewrite=Rewrite(pop=0, push=(tag,))
        ),
        IngressRule(
            name="priority-tagged",
            priority=110,
            match=TagMatch(tagging="priority-tagged"),
            rewrite=Rewrite(pop=1, push=(tag,)),
        ),
    )
    user = VlanSubInterface(
        name=f"{uni}.v{vid}",
        lower=uni,
        rules=rules,
        egress=Rewrite(pop=1),
        usage="user-port",
        ingress_policy=add_marking(recorder, olt, load.mark, *who),
    )
    recorder.add(olt, user, *who)
    tagged = TagMatch(tagging="tagged", tag_type="c-vlan", vid=vid)
    line = VlanSubInterface(
        name=f"{enet}.v{vid}",
        lower=enet,
        rules=(IngressRule(name=f"v{vid}", priority=100, match=tagged),),
        usage="user-port",
    )
    recorder.add(olt, line, *who)


def _upstream(context: Context, recorder: Recorder, load: UniLoad, alloc_ids: Mapping[str, int]) -> None:
    """The one T-CONT of the class that the UNI marks."""
    olt, who, mark = load.pon.olt, _who(load), load.mark
    technology = context.campus.olts[olt].pons[load.pon.pon]
    rates = tcont_rates(load.rate_bps, technology, load.send_bps, load.send_most_bps)
    name = class_name(load, mark.priority)
    tcont = TCont(
        name=name,
        alloc_id=alloc_ids[name],
        v_ani=v_ani_name(load.onu),
        profile=add_descriptor(recorder, olt, rates, mark, *who),
        queues=(queue(recorder, olt, mark.priority, rank=mark.priority, share=1),),
        tc_map=add_tc_map(recorder, olt, (mark.priority,), *who),
    )
    recorder.add(olt, tcont, *who)


def _downstream(context: Context, recorder: Recorder, load: UniLoad, gem_ids: Mapping[str, int]) -> None:
    """GEM ports and queues of the classes that arrive, and of the class in which the gateway answers ARP. Only the
    marked class has a way up, so the other GEM ports feed no T-CONT."""
    olt, who, enet = load.pon.olt, _who(load), enet_name(load)
    queues = []
    for tc in sorted(load.receive):
        arriving = load.receive[tc]
        cap_bps = queue_cap_bps(arriving, load.rate_bps)
        shaper = None if cap_bps is None else add_shaper(recorder, olt, cap_bps, *who)
        share = weight(arriving.promised_bps)
        queues.append(queue(recorder, olt, tc, rank=rank(context.campus, arriving), share=share, shaper=shaper))
        name = class_name(load, tc)
        gem = GemPort(
            name=name,
            gemport_id=gem_ids[name],
            interface=enet,
            traffic_class=tc,
            tcont=name if tc == load.mark.priority else None,
        )
        recorder.add(olt, gem, *who)
    tm = TmRoot(
        queues=tuple(queues),
        tc_map=add_tc_map(recorder, olt, load.receive, *who),
        shaper=add_shaper(recorder, olt, load.rate_bps, *who),
    )
    recorder.add(olt, OltVEnet(name=enet, v_ani=v_ani_name(load.onu), tm=tm), *who)
