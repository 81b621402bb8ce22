"""Rules and rewrites of a VLAN sub-interface as Open vSwitch matches and actions. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from labs.olt.config import Classifier, FrameMatch, Rewrite, SubInterface

_TPID = {"c-vlan": "0x8100", "s-vlan": "0x88a8"}


def cases(match: FrameMatch) -> Iterator[tuple[str, int | None]]:
    """(Open vSwitch match, PCP of the frame or None for untagged) for each case of a rule's match."""
    if match.kind in ("any", "untagged"):
        yield "vlan_tci=0x0000/0x1fff", None
    if match.kind == "untagged":
        return
    tag = match.tags[0] if match.tags else None
    for pcp in range(8):
        if tag is None:
            yield f"vlan_tci=0x{pcp << 13 | 0x1000:04x}/0xf000", pcp
        elif tag.pbits is None or pcp in tag.pbits:
            yield f"vlan_tci=0x{pcp << 13 | 0x1000 | (tag.vid or 0):04x}/0xffff", pcp


def classify(policy: tuple[Classifier, ...], pcp: int | None) -> tuple[int | None, int]:
    """(PCP marked or None, traffic class) that a policy gives a frame; all classifiers that match act, in order."""
    marking: int | None = None
    traffic_class = 0
    for classifier in policy:
        if not _passes(classifier, pcp):
            continue
        for index, value in classifier.pbit_marking:
            if index == 0:
                marking = value
        if classifier.traffic_class is not None:
            traffic_class = classifier.traffic_class
    return marking, traffic_class


def _passes(classifier: Classifier, pcp: int | None) -> bool:
    if not classifier.filters:
        return True
    results = [
        pcp is None
        if f.untagged
        else pcp is not None and all(p is None or pcp in p for index, p in f.tags if index == 0)
        for f in classifier.filters
    ]
    return all(results) if classifier.every else any(results)


def rewrite(change: Rewrite, pcp: int | None, marking: int | None) -> list[str]:
    """Actions of a rewrite for a frame of a known PCP."""
    actions = ["pop_vlan"] * change.pop
    for tag in reversed(change.push):  # push[0] is the outer tag: it goes on last
        value = {"constant": tag.pbit, "tag": pcp or 0, "marking": marking or 0}[tag.pbit_from]
        actions += [
            f"push_vlan:{_TPID[tag.tag_type]}",
            f"set_field:{0x1000 | tag.vid}->vlan_vid",
            f"set_field:{value}->vlan_pcp",
        ]
    return actions


def inner_vid(sub: SubInterface) -> int | None:
    """The VID that the sub-interface's frames bear on the network side: what its rules push, or match and keep."""
    for rule in sub.rules:
        if rule.rewrite.push:
            return rule.rewrite.push[0].vid
        if rule.match.tags:
            return rule.match.tags[0].vid
    return None
