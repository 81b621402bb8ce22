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
    BAC,
    descriptor,
    marking,
    queue,
    shaper,
    tc_map,
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
    Queue,
    Rewrite,
    TagMatch,
    TCont,
    TmRoot,
    VlanSubInterface,
)
from intents.model.state import DeviceObject


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
    askers = [*map(context.place_asker, load.places), *context.intent_askers(load.intents)]
    places = tuple(p.name for p in load.places)
    recorder.begin(("uni", load.onu.name, load.uni), load.pon.olt, sorted_askers(askers), places)
    shape = _shape_of(context, load)
    for thing in shape.shared:
        recorder.share(thing)
    v_ani, enet = v_ani_name(load.onu), enet_name(load.onu, load.uni)
    _uni(recorder, load, shape, (v_ani, enet), context.vid(load.places[0]))
    _classes(recorder, load, shape, (v_ani, enet), numbers)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What UNIs of one kind have alike: their profiles, and what refers to them."""

    shared: tuple[DeviceObject, ...]
    policy: str
    profile: str
    up_queues: tuple[Queue, ...]
    up_map: str
    tm: TmRoot


def _shape_of(context: Context, load: UniLoad) -> _Shape:
    technology = context.campus.olts[load.pon.olt].pons[load.pon.pon]
    rates = tcont_rates(load.rate_bps, technology, load.send_bps, load.send_most_bps)
    arriving = tuple((tc, load.receive[tc].promised_bps) for tc in sorted(load.receive))
    key = (load.rate_bps, load.mark.priority, rates, arriving)
    found = context.shapes.get(key)
    if not isinstance(found, _Shape):
        found = context.shapes[key] = _shape(context.shared_rank, load, rates)
    return found


def _shape(shared_rank: int, load: UniLoad, rates: tuple[int, int]) -> _Shape:
    mark, queues, shapers = load.mark, [], [shaper(load.rate_bps)]
    for tc in sorted(load.receive):
        arriving = load.receive[tc]
        cap_bps = queue_cap_bps(arriving, load.rate_bps)
        shaped = None if cap_bps is None else shaper(cap_bps)
        shapers += [shaped] if shaped is not None else []
        share = weight(arriving.promised_bps)
        queues.append(queue(tc, rank(shared_rank, arriving), share, shaped.name if shaped is not None else None))
    marks, profile = marking(mark.pcp, mark.priority), descriptor(*rates, mark.priority)
    up_map, down_map = tc_map((mark.priority,)), tc_map(tuple(sorted(load.receive)))
    return _Shape(
        shared=(*marks, profile, up_map, down_map, *shapers, BAC),
        policy=marks[-1].name,
        profile=profile.name,
        up_queues=(queue(mark.priority, mark.priority, 1, None),),
        up_map=up_map.name,
        tm=TmRoot(queues=tuple(queues), tc_map=down_map.name, shaper=shapers[0].name),
    )


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


def _uni(recorder: Recorder, load: UniLoad, shape: _Shape, names: tuple[str, str], vid: int) -> None:
    """The UNI and its VLAN: untagged and VID 0 get the segment's VID and the place's PCP, nothing else comes in."""
    v_ani, enet = names
    uni = f"{v_ani}.uni{load.uni}"
    recorder.add(HardwareComponent(name=uni, cls="uni", parent=v_ani, rel_pos=load.uni))
    recorder.add(EthernetInterface(name=uni, usage="user-port", hardware=uni))
    recorder.add(InterfaceLink(name=uni, to=enet))
    user = VlanSubInterface(
        name=f"{uni}.v{vid}",
        lower=uni,
        rules=_user_rules(vid),
        egress=_POP,
        usage="user-port",
        ingress_policy=shape.policy,
    )
    recorder.add(user)
    recorder.add(VlanSubInterface(name=f"{enet}.v{vid}", lower=enet, rules=tagged_rules(vid), usage="user-port"))


def _classes(recorder: Recorder, load: UniLoad, shape: _Shape, names: tuple[str, str], numbers: PonNumbers) -> None:
    """The one T-CONT, of the class that the UNI marks; GEM ports and queues of the classes that arrive, and of the
    class in which the gateway answers ARP. Only the marked class has a way up, so the other GEM ports feed no
    T-CONT."""
    v_ani, enet = names
    up = tcont_of(load)
    tcont = TCont(
        name=up,
        alloc_id=numbers.alloc_ids[up],
        v_ani=v_ani,
        profile=shape.profile,
        queues=shape.up_queues,
        tc_map=shape.up_map,
    )
    recorder.add(tcont)
    for tc in sorted(load.receive):
        name = class_name(load.onu, load.uni, tc)
        gem = GemPort(
            name=name,
            gemport_id=numbers.gem_ids[name],
            interface=enet,
            traffic_class=tc,
            tcont=up if tc == load.mark.priority else None,
        )
        recorder.add(gem)
    recorder.add(OltVEnet(name=enet, v_ani=v_ani, tm=shape.tm))
