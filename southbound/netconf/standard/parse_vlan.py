"""The inline-frame-processing of a VLAN sub-interface from XML: the inverse of render_vlan."""

from __future__ import annotations

from typing import cast

from lxml import etree

from intents.model.pon import IngressRule, PushTag, Rewrite, TagMatch, TagType
from southbound.netconf.standard.names import SUBIF, TAG
from southbound.netconf.standard.xml import child, children, identity, number, text


def parts(entry: etree._Element) -> tuple[str, tuple[IngressRule, ...], Rewrite | None]:
    """Lower layer, rules by priority, egress rewrite. Raises ValueError for what cannot be represented."""
    lower = text(child(entry, SUBIF, "subif-lower-layer"), SUBIF, "interface")
    processing = child(entry, SUBIF, "inline-frame-processing")
    if lower is None or processing is None:
        raise ValueError("not an inline sub-interface")
    rules = [_rule(r) for r in children(child(processing, SUBIF, "ingress-rule"), SUBIF, "rule")]
    return (
        lower,
        tuple(sorted(rules, key=lambda r: (r.priority, r.name))),
        _rewrite(child(processing, SUBIF, "egress-rewrite")),
    )


def _rule(entry: etree._Element) -> IngressRule:
    criteria = child(child(entry, SUBIF, "flexible-match"), TAG, "match-criteria")
    return IngressRule(
        name=text(entry, SUBIF, "name") or "",
        priority=number(entry, SUBIF, "priority") or 0,
        match=_match(criteria),
        rewrite=_rewrite(child(entry, SUBIF, "ingress-rewrite")),
    )


def _match(criteria: etree._Element | None) -> TagMatch:
    if criteria is not None and child(criteria, TAG, "untagged") is not None:
        return TagMatch(tagging="untagged")
    tags = list(children(criteria, TAG, "tag"))
    tag = child(tags[0], TAG, "dot1q-tag") if len(tags) == 1 else None
    if tag is None or text(tag, TAG, "pbit") not in ("any", None):
        raise ValueError("match-criteria")
    tag_type = cast("TagType", identity(text(tag, TAG, "tag-type")))
    vid = text(tag, TAG, "vlan-id")
    if vid == "priority-tagged":
        return TagMatch(tagging="priority-tagged", tag_type=tag_type)
    return TagMatch(tagging="tagged", tag_type=tag_type, vid=int(vid or ""))


def _rewrite(entry: etree._Element | None) -> Rewrite | None:
    if entry is None:
        return None
    pushes = sorted(children(entry, TAG, "push-tag"), key=lambda p: number(p, TAG, "index") or 0)
    return Rewrite(pop=number(entry, TAG, "pop-tags") or 0, push=tuple(_push(p) for p in pushes))


def _push(entry: etree._Element) -> PushTag:
    tag = child(entry, TAG, "dot1q-tag")
    tag_type = cast("TagType", identity(text(tag, TAG, "tag-type")))
    vid = int(text(tag, TAG, "vlan-id") or "")
    constant = number(tag, TAG, "write-pbit")
    if constant is not None:
        return PushTag(tag_type=tag_type, vid=vid, pbit_from="constant", pbit=constant)
    if number(tag, TAG, "pbit-marking-index") is not None:
        return PushTag(tag_type=tag_type, vid=vid, pbit_from="marking")
    if number(tag, TAG, "pbit-from-tag-index") is not None:
        return PushTag(tag_type=tag_type, vid=vid, pbit_from="tag")
    raise ValueError("pbit source")
