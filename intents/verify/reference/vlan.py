"""What a PON's interfaces make of one frame: VLAN rules and rewrites, and QoS policies (TR-383).

A frame meets the rules of all sub-interfaces of an interface, the lowest priority number first. The policy of the
sub-interface that takes it looks at the frame as it came; only then are tags popped and pushed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from intents.model.pon import (
    Classifier,
    CompositeFilter,
    PolicingProfile,
    Policy,
    PolicyProfile,
    PushTag,
    Rewrite,
    TagMatch,
    TagType,
    VlanSubInterface,
)
from intents.verify.reference.doubt import Doubt
from intents.verify.reference.held import Held
from intents.verify.reference.packet import Packet, Tag

_TPID: Final[dict[TagType, int]] = {"c-vlan": 0x8100, "s-vlan": 0x88A8}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A frame that a sub-interface took, as it is then. marking: the PCP that its policy wrote, if it wrote one.
    limits: policers that it went through, as (name, bit/s)."""

    subif: VlanSubInterface
    packet: Packet
    traffic_class: int | None = None
    marking: int | None = None
    limits: tuple[tuple[str, int], ...] = ()


def matches(match: TagMatch, packet: Packet) -> bool:
    """Whether a frame is as a rule wants it, as far as its outermost tag goes."""
    if match.tagging == "untagged" or not packet.tags:
        return match.tagging == "untagged" and not packet.tags
    tag = packet.tags[0]
    if match.tag_type is not None and tag.tpid != _TPID[match.tag_type]:
        return False
    if match.pbits and tag.pcp not in match.pbits:
        return False
    vid = 0 if match.tagging == "priority-tagged" else match.vid
    return vid is None or tag.vid == vid


def take(held: Held, interface: str, packet: Packet) -> Taken | None:
    """What the sub-interfaces on an interface make of a frame; None: no rule matches. Raises Doubt."""
    met = [
        (rule, subif)
        for subif in held.every(VlanSubInterface)
        if subif.lower == interface
        for rule in subif.rules
        if matches(rule.match, packet)
    ]
    if not met:
        return None
    first = min(rule.priority for rule, _ in met)
    best = [(rule, subif) for rule, subif in met if rule.priority == first]
    if len({(subif.name, rule.rewrite) for rule, subif in best}) > 1:
        raise Doubt(f"two rules of priority {first} match on {interface}")
    rule, subif = best[0]
    if any(rule.match.inner is not None for rule, _ in best):
        raise Doubt(f"a rule of {subif.name} looks at a second tag")
    taken = _classified(held, Taken(subif=subif, packet=packet))
    return replace(taken, packet=rewritten(packet, rule.rewrite, taken.marking))


def _classified(held: Held, taken: Taken) -> Taken:
    """All classifiers of the policies that match act, one after the other. Raises Doubt for what is not there."""
    for entry in _classifiers(held, taken.subif):
        if entry.filter is not None:
            wanted = held.named(CompositeFilter, entry.filter)
            if wanted is None:
                raise Doubt(f"filter {entry.filter} of classifier {entry.name} is not there")
            if not _passes(wanted, taken.packet):
                continue
        if entry.policer is not None:
            policer = held.named(PolicingProfile, entry.policer)
            if policer is None:
                raise Doubt(f"policer {entry.policer} of classifier {entry.name} is not there")
            taken = replace(taken, limits=(*taken.limits, (policer.name, policer.pir_bps)))
        if entry.pbit_marking is not None:
            taken = replace(taken, marking=entry.pbit_marking)
        if entry.traffic_class is not None:
            taken = replace(taken, traffic_class=entry.traffic_class)
    return taken


def _classifiers(held: Held, subif: VlanSubInterface) -> Iterator[Classifier]:
    if subif.ingress_policy is None:
        return
    profile = held.named(PolicyProfile, subif.ingress_policy)
    if profile is None:
        raise Doubt(f"policy profile {subif.ingress_policy} of {subif.name} is not there")
    for policy_name in profile.policies:
        policy = held.named(Policy, policy_name)
        if policy is None:
            raise Doubt(f"policy {policy_name} of {profile.name} is not there")
        for name in policy.classifiers:
            entry = held.named(Classifier, name)
            if entry is None:
                raise Doubt(f"classifier {name} of {policy.name} is not there")
            yield entry


def _passes(wanted: CompositeFilter, packet: Packet) -> bool:
    if not packet.tags:
        return wanted.untagged
    return packet.tags[0].pcp in wanted.pbits


def rewritten(packet: Packet, rewrite: Rewrite | None, marking: int | None) -> Packet:
    """Pop, then push. A PCP that is copied is that of the frame as it came; one from nowhere is 0."""
    if rewrite is None:
        return packet
    pushed = (Tag(_TPID[push.tag_type], push.vid, _pcp(push, packet, marking)) for push in rewrite.push)
    return replace(packet, tags=(*pushed, *packet.tags[rewrite.pop :]))


def _pcp(push: PushTag, packet: Packet, marking: int | None) -> int:
    match push.pbit_from:
        case "constant":
            return push.pbit or 0
        case "tag":
            return packet.tags[push.pbit_index].pcp if push.pbit_index < len(packet.tags) else 0
        case "marking":
            # Policies write at index 0; elsewhere nothing stands.
            return marking if marking is not None and push.pbit_index == 0 else 0


def makes(subif: VlanSubInterface, packet: Packet) -> bool:
    """Whether a frame for a UNI is one that the sub-interface would send the other way: its tag is the one that one of
    the rules pushes outermost, or takes as it is."""
    for rule in subif.rules:
        if rule.rewrite is None or not rule.rewrite.push:
            if matches(rule.match, packet):
                return True
            continue
        push = rule.rewrite.push[0]
        if matches(TagMatch(tagging="tagged", tag_type=push.tag_type, vid=push.vid), packet):
            return True
    return False
