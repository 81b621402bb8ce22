"""The parts of an OLT's data path that act on one frame: VLAN rules and rewrites (TR-383), QoS policies (TR-383 QoS).

A frame meets the rules of all sub-interfaces of an interface in the order of their priority numbers, the lowest first;
the first that matches classifies it. Its sub-interface's policy sees the frame as it came, then the rewrite is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from intents.model.pon import Classifier, CompositeFilter, IngressRule, Rewrite, TagMatch, VlanSubInterface
from intents.verify.packets.atoms import Atoms
from intents.verify.packets.packet import TPID_C, TPID_S, Header, Tag, TagCut
from intents.verify.packets.steps import Limit
from intents.verify.pon.config import PonConfig


class Classified(NamedTuple):
    """What ingress made of a part of the frames. subif None: no rule matched. doubt: see steps.Alternative."""

    header: Header
    subif: VlanSubInterface | None = None
    rule: IngressRule | None = None
    traffic_class: int | None = None
    marking: int | None = None
    limits: tuple[Limit, ...] = ()
    doubt: str = ""

    def of(self, subif: VlanSubInterface) -> Classified:
        """The same by a sub-interface that has the same rule."""
        return Classified(self.header, subif, self.rule, self.traffic_class, self.marking, self.limits, self.doubt)


def tag_cut(atoms: Atoms, match: TagMatch) -> TagCut:
    """A TagMatch as sets."""
    if match.tagging == "untagged":
        return TagCut(untagged=True)
    tpids, vids = atoms["tpid"].full, atoms["vid"].full
    if match.tag_type is not None:
        tpids = atoms["tpid"].of(TPID_C if match.tag_type == "c-vlan" else TPID_S)
    if match.tagging == "priority-tagged":
        vids = atoms["vid"].of(0)
    elif match.vid is not None:
        vids = atoms["vid"].of(match.vid)
    pcps = atoms["pcp"].full if not match.pbits else 0
    for pbit in match.pbits:
        pcps |= atoms["pcp"].of(pbit)
    return TagCut(untagged=False, tpid=tpids, vid=vids, pcp=pcps)


def ingress(config: PonConfig, atoms: Atoms, interface: str, device: str, header: Header) -> Iterator[Classified]:
    """Cut an opened header by what the interface's rules and policies make of it, rewrite done.

    Found once for all interfaces of an OLT whose sub-interfaces have, in their order, the same rules and policies: of a
    sub-interface nothing else is looked at but its name, which is told in doubts and decides between rules of one
    priority as that order does. What is in doubt is not kept.
    """
    subifs = config.on(interface)
    key = (config.alike(interface), header)
    known = config.classified.get(key)
    if known is None:
        place = {subif.name: number for number, subif in enumerate(subifs)}
        found = tuple(classified(config, atoms, interface, device, header))
        if any(one.doubt for one in found):
            yield from found
            return
        known = config.classified[key] = tuple((one, place[one.subif.name] if one.subif else None) for one in found)
    for one, number in known:
        yield one if number is None or one.subif is subifs[number] else one.of(subifs[number])


def classified(config: PonConfig, atoms: Atoms, interface: str, device: str, header: Header) -> Iterator[Classified]:
    """What `ingress` finds, not kept."""
    rules = [(rule, subif) for subif in config.on(interface) for rule in subif.rules]
    rules.sort(key=lambda pair: (pair[0].priority, pair[1].name, pair[0].name))
    rest = [header]
    for i, (rule, subif) in enumerate(rules):
        after: list[Header] = []
        for part in rest:
            inside, outside = part.cut_tag(tag_cut(atoms, rule.match))
            after.extend(outside)
            if inside is None:
                continue
            for clear, doubt in _contested(atoms, rules[i + 1 :], rule, subif, inside):
                if doubt:
                    yield Classified(clear, subif, rule, doubt=f"{device}: {doubt}")
                    continue
                for found in _policy(config, atoms, subif, device, Classified(clear, subif, rule)):
                    for rewritten in rewrite(atoms, found.header, rule.rewrite, found.marking):
                        yield found._replace(header=rewritten)
        rest = after
    for part in rest:
        yield Classified(part)


def _contested(
    atoms: Atoms,
    later: list[tuple[IngressRule, VlanSubInterface]],
    rule: IngressRule,
    subif: VlanSubInterface,
    inside: Header,
) -> Iterator[tuple[Header, str]]:
    """The frames that a rule matches, cut by which others of its priority match them too and do something else."""
    if rule.match.inner is not None:  # which of the frames have that second tag is not followed
        yield inside, f"rule {rule.name} of {subif.name} looks at a second tag"
        return
    rest = [inside]
    for other, theirs in later:
        if other.priority != rule.priority:
            break
        if (theirs.name, other.rewrite) == (subif.name, rule.rewrite):
            continue
        parts = [part.cut_tag(tag_cut(atoms, other.match)) for part in rest]
        rest = [outside for _, outsides in parts for outside in outsides]
        doubt = f"rules {rule.name} of {subif.name} and {other.name} of {theirs.name} both match"
        yield from ((both, f"{doubt} at priority {rule.priority}") for both, _ in parts if both is not None)
    yield from ((part, "") for part in rest)


def rewrite(atoms: Atoms, header: Header, what: Rewrite | None, marking: int | None) -> tuple[Header, ...]:
    """Pop, then push; the tuple's first tag ends up outermost. A PCP from nowhere is 0."""
    if what is None:
        return (header,)
    zero = atoms["pcp"].of(0)
    copied = header.top.pcp if header.top is not None else zero
    parts: tuple[Header, ...] = (header,)
    for _ in range(what.pop):
        parts = tuple(p for part in parts for p in part.pop(atoms))
    for push in reversed(what.push):
        if push.pbit_from == "tag":
            pcp = copied if push.pbit_index == 0 else atoms["pcp"].full
        else:
            # What policies write is at index 0; elsewhere nothing stands.
            number = push.pbit if push.pbit_from == "constant" else None if push.pbit_index else marking
            pcp = atoms["pcp"].of(number) if number is not None else zero
        tpid = atoms["tpid"].of(TPID_C if push.tag_type == "c-vlan" else TPID_S)
        parts = tuple(part.push(Tag(tpid, atoms["vid"].of(push.vid), pcp)) for part in parts)
    return parts


def _policy(
    config: PonConfig, atoms: Atoms, subif: VlanSubInterface, device: str, start: Classified
) -> Iterator[Classified]:
    if subif.ingress_policy is None:
        yield start
        return
    profile = config.policy_profiles.get(subif.ingress_policy)
    if profile is None:
        yield start._replace(doubt=f"{device}: policy profile {subif.ingress_policy} of {subif.name} is not there")
        return
    states = [start]
    for name in profile.policies:
        policy = config.policies.get(name)
        for classifier in policy.classifiers if policy is not None else (f"of policy {name}",):
            entry = config.classifiers.get(classifier)
            if entry is None:
                states = [s._replace(doubt=f"{device}: classifier {classifier} is not there") for s in states]
                continue
            states = [after for state in states for after in _classify(config, atoms, device, entry, state)]
    yield from states


def _classify(
    config: PonConfig, atoms: Atoms, device: str, entry: Classifier, state: Classified
) -> Iterator[Classified]:
    inside: Header | None = state.header
    outside: tuple[Header, ...] = ()
    if entry.filter is not None:
        wanted = config.filters.get(entry.filter)
        if wanted is None:
            yield state._replace(doubt=f"{device}: filter {entry.filter} of classifier {entry.name} is not there")
            return
        inside, outside = state.header.cut_tag(_filter_cut(atoms, wanted))
    for part in outside:
        yield state._replace(header=part)
    if inside is None:
        return
    limits = state.limits
    if entry.policer is not None:
        policer = config.policers.get(entry.policer)
        if policer is None:
            yield state._replace(header=inside, doubt=f"{device}: policer {entry.policer} is not there")
            return
        limits = (*limits, Limit(device, f"policer {policer.name}", policer.pir_bps, policer.pbs_bytes * 8))
    yield state._replace(
        header=inside,
        limits=limits,
        marking=entry.pbit_marking if entry.pbit_marking is not None else state.marking,
        traffic_class=entry.traffic_class if entry.traffic_class is not None else state.traffic_class,
    )


def _filter_cut(atoms: Atoms, wanted: CompositeFilter) -> TagCut:
    pcps = 0
    for pbit in wanted.pbits:
        pcps |= atoms["pcp"].of(pbit)
    if not pcps:
        return TagCut(untagged=wanted.untagged)
    return TagCut(untagged=wanted.untagged, tpid=atoms["tpid"].full, vid=atoms["vid"].full, pcp=pcps)
