"""What a sub-interface does with a frame: ingress rules and policy, as matches and actions of Open vSwitch. Pure.

A policy looks at the frame as it came in. It is worked out here for each kind of frame that it can tell apart (a PCP,
or untagged), so that the switch needs one flow a kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from labs.olt.config import Classifier, FrameMatch, Policer, PushTag, Rewrite, Rule, SubInterface, TagFilter
from labs.olt.hook import DataplaneError

TAGGED: Final = 0x1000
UNTAGGED: Final = ("vlan_tci=0x0000",)
ANY_TAG: Final = ("vlan_tci=0x1000/0x1000",)
_TPID: Final = {"c-vlan": "0x8100", "s-vlan": "0x88a8"}
_KEEP_PBIT: Final = "move:NXM_OF_VLAN_TCI[13..15]->NXM_NX_REG6[0..2]"
_SET_PBIT: Final = "move:NXM_NX_REG6[0..2]->NXM_OF_VLAN_TCI[13..15]"
MARKING: Final = "NXM_NX_REG7[0..2]"
_SET_MARKED: Final = f"move:{MARKING}->NXM_OF_VLAN_TCI[13..15]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of frame. match: on its outer tag; pcp None: untagged, or any."""

    match: tuple[str, ...]
    tagged: bool
    pcp: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What happens to a kind of frame that comes in. actions: the rewriting. marking: PCP by marking index."""

    match: tuple[str, ...]
    actions: tuple[str, ...]
    traffic_class: int | None
    marking: int | None
    policers: tuple[Policer, ...]


def treatments(sub: SubInterface) -> Iterator[tuple[int, Treatment]]:
    """(rule's priority, treatment) of a sub-interface; the first that matches applies. Raises DataplaneError for what
    this dataplane cannot do."""
    by_pcp = any(pbits is not None for c in sub.policy for f in c.filters for _, pbits in f.tags)
    for rule in sub.rules:
        for kind in _kinds(sub, rule, by_pcp=by_pcp):
            yield rule.priority, _treatment(sub, rule, kind)


def line_matches(sub: SubInterface) -> tuple[tuple[str, ...], ...]:
    """The outer tag that a sub-interface's frames have once they are in: by it frames to the UNI find their way."""
    found: list[tuple[str, ...]] = []
    for rule in sub.rules:
        match: tuple[str, ...]
        if rule.rewrite.push:
            match = (tci(rule.rewrite.push[0].vid, None),)
        elif rule.rewrite.pop or rule.match.kind == "untagged":
            match = UNTAGGED
        elif rule.match.kind == "any":
            match = ()
        else:
            match = (tci(rule.match.tags[0].vid or 0, None),)
        if match not in found:
            found.append(match)
    return tuple(found)


def egress(sub: SubInterface, line: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """(match, rewriting) of frames that leave by a sub-interface. line: a match that they have already. A tag is only
    taken off where there is one (OpenFlow 1.4 refuses the rest)."""
    if not sub.egress.pop or line:
        pop = sub.egress.pop if line != UNTAGGED else 0
        return [(line, _rewriting(sub, replace(sub.egress, pop=pop), None))]
    return [
        (ANY_TAG, _rewriting(sub, sub.egress, None)),
        (UNTAGGED, _rewriting(sub, replace(sub.egress, pop=0), None)),
    ]


def tci(vid: int, pcp: int | None) -> str:
    """A match on a tag with a VID and, if given, a PCP."""
    return f"vlan_tci=0x{TAGGED | vid:04x}/0x1fff" if pcp is None else f"vlan_tci=0x{pcp << 13 | TAGGED | vid:04x}"


def push(tpid: str, vid: int) -> tuple[str, ...]:
    """Actions that push a tag with PCP 0."""
    return (f"push_vlan:{tpid}", f"set_field:{TAGGED | vid}->vlan_vid", "set_field:0->vlan_pcp")


def _kinds(sub: SubInterface, rule: Rule, *, by_pcp: bool) -> Iterator[Kind]:
    match: FrameMatch = rule.match
    if match.kind in ("untagged", "any"):
        yield Kind(match=UNTAGGED, tagged=False, pcp=None)
    if match.kind == "any":
        for pcp in range(8) if by_pcp else (None,):
            tagged = ANY_TAG if pcp is None else (f"vlan_tci=0x{pcp << 13 | TAGGED:04x}/0xf000",)
            yield Kind(match=tagged, tagged=True, pcp=pcp)
    if match.kind == "tagged":
        if len(match.tags) != 1:
            raise DataplaneError(f"sub-interface '{sub.name}', rule '{rule.name}': only the outer tag can be matched")
        tag = match.tags[0]
        some: Sequence[int | None] = (None,)
        if tag.pbits is not None or by_pcp:
            some = sorted(tag.pbits if tag.pbits is not None else range(8))
        for pcp in some:
            yield Kind(match=(tci(tag.vid or 0, pcp),), tagged=True, pcp=pcp)


def _treatment(sub: SubInterface, rule: Rule, kind: Kind) -> Treatment:
    acting = [c for c in sub.policy if _passes(c, kind)]
    marks = [pcp for c in acting for index, pcp in c.pbit_marking if index == 0]
    classes = [c.traffic_class for c in acting if c.traffic_class is not None]
    marking = marks[-1] if marks else None
    for tag in rule.rewrite.push:
        if tag.pbit_from != "constant" and tag.pbit_index != 0:
            raise DataplaneError(f"sub-interface '{sub.name}', rule '{rule.name}': only index 0 of PCPs is kept")
    return Treatment(
        match=kind.match,
        actions=_rewriting(sub, rule.rewrite if kind.tagged else replace(rule.rewrite, pop=0), marking or 0),
        traffic_class=classes[-1] if classes else None,
        marking=marking,
        policers=tuple(c.policer for c in acting if c.policer is not None),
    )


def _passes(classifier: Classifier, kind: Kind) -> bool:
    if not classifier.filters:
        return True
    answers = [_filter_passes(classifier, f, kind) for f in classifier.filters]
    return all(answers) if classifier.every else any(answers)


def _filter_passes(classifier: Classifier, item: TagFilter, kind: Kind) -> bool:
    if item.untagged:
        return not kind.tagged
    if any(index != 0 for index, _ in item.tags):
        raise DataplaneError(f"classifier '{classifier.name}': only the outer tag can be looked at")
    return kind.tagged and all(pbits is None or kind.pcp in pbits for _, pbits in item.tags)


def _rewriting(sub: SubInterface, rewrite: Rewrite, marking: int | None) -> tuple[str, ...]:
    """Marking None: known only to the frame's register."""
    if rewrite.pop > 1:
        raise DataplaneError(f"sub-interface '{sub.name}': only one tag can be taken off")
    actions: list[str] = []
    if any(tag.pbit_from == "tag" for tag in rewrite.push):
        actions.append(_KEEP_PBIT)
    actions += ["pop_vlan"] * rewrite.pop
    for tag in reversed(rewrite.push):
        actions += [f"push_vlan:{_TPID[tag.tag_type]}", f"set_field:{TAGGED | tag.vid}->vlan_vid"]
        actions.append(_pbit(tag, marking))
    return tuple(actions)


def _pbit(tag: PushTag, marking: int | None) -> str:
    if tag.pbit_from == "tag":
        return _SET_PBIT
    if tag.pbit_from == "marking" and marking is None:
        return _SET_MARKED
    return f"set_field:{tag.pbit if tag.pbit_from == 'constant' else marking}->vlan_pcp"
