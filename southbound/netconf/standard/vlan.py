"""VLAN sub-interfaces (bbf-sub-interfaces, bbf-sub-interface-tagging), to XML and back.

Tags of index 0 are the outer ones, both of what matches and of what is pushed (TR-383 Annex on tagging).
"""

from __future__ import annotations

from typing import Final, Literal

from intents.model.pon import IngressRule, MacLearning, PushTag, Rewrite, TagMatch, TagType, VlanSubInterface
from southbound.netconf.standard.codec import (
    Codec,
    Entry,
    NotRepresentable,
    flag,
    interface,
    interface_name,
    need,
    only,
    usage,
    usage_of,
    whole,
)
from southbound.netconf.standard.names import L2, QOS_POL, SUBIF, TAG
from southbound.netconf.standard.xml import child, children, element, identity, number, optional, text

_LAST: Final = 65535  # a rule without a priority comes last (TR-383)


def pbits_of(listed: str) -> tuple[int, ...]:
    """A pbit-list (`5`, `0,2-4`) as sorted PCPs."""
    found: set[int] = set()
    for part in listed.split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return tuple(sorted(found))


def _sub_interface(o: VlanSubInterface) -> Entry:
    learning = o.mac_learning
    return interface(
        o.name,
        "bbfift:vlan-sub-interface",
        optional(QOS_POL, "ingress-qos-policy-profile", o.ingress_policy),
        usage(o.usage),
        None if learning is None else _learning(learning),
        element(SUBIF, "subif-lower-layer", element(SUBIF, "interface", text=o.lower)),
        element(
            SUBIF,
            "inline-frame-processing",
            element(SUBIF, "ingress-rule", *(_rule(r) for r in o.rules)),
            None if o.egress is None else _rewrite("egress-rewrite", o.egress),
        ),
    )


def _sub_interface_of(entry: Entry) -> VlanSubInterface:
    processing = child(entry, SUBIF, "inline-frame-processing")
    if processing is None or text(entry, QOS_POL, "egress-qos-policy-profile") is not None:
        raise NotRepresentable("frame processing")
    rules = [_rule_of(r) for r in children(child(processing, SUBIF, "ingress-rule"), SUBIF, "rule")]
    return VlanSubInterface(
        name=interface_name(entry),
        lower=need(child(entry, SUBIF, "subif-lower-layer"), SUBIF, "interface"),
        rules=tuple(sorted(rules, key=lambda r: (r.priority, r.name))),
        egress=_rewrite_of(child(processing, SUBIF, "egress-rewrite")),
        usage=usage_of(entry),
        ingress_policy=text(entry, QOS_POL, "ingress-qos-policy-profile"),
        mac_learning=_learning_of(child(entry, L2, "mac-learning")),
    )


def _learning(learning: MacLearning) -> Entry:
    return element(
        L2,
        "mac-learning",
        element(L2, "max-number-mac-addresses", text=learning.max_macs),
        element(L2, "mac-learning-enable", text=learning.learn),
        element(L2, "mac-learning-failure-action", text=learning.full),
    )


def _learning_of(entry: Entry | None) -> MacLearning | None:
    if entry is None:
        return None
    return MacLearning(
        max_macs=whole(entry, L2, "max-number-mac-addresses", 2**32 - 1),
        learn=flag(entry, L2, "mac-learning-enable", default=True),
        full=only(("forward", "discard"), text(entry, L2, "mac-learning-failure-action") or "forward"),
    )


def _rule(rule: IngressRule) -> Entry:
    return element(
        SUBIF,
        "rule",
        element(SUBIF, "name", text=rule.name),
        element(SUBIF, "priority", text=rule.priority),
        element(SUBIF, "flexible-match", element(TAG, "match-criteria", *_match(rule.match))),
        None if rule.rewrite is None else _rewrite("ingress-rewrite", rule.rewrite),
    )


def _rule_of(entry: Entry) -> IngressRule:
    return IngressRule(
        name=need(entry, SUBIF, "name"),
        priority=whole(entry, SUBIF, "priority", _LAST),
        match=_match_of(child(child(entry, SUBIF, "flexible-match"), TAG, "match-criteria")),
        rewrite=_rewrite_of(child(entry, SUBIF, "ingress-rewrite")),
    )


def _match(match: TagMatch) -> list[Entry]:
    if match.tagging == "untagged":
        return [element(TAG, "untagged")]
    tags = [match] if match.inner is None else [match, match.inner]
    return [element(TAG, "tag", element(TAG, "index", text=i), _dot1q_match(tag)) for i, tag in enumerate(tags)]


def _dot1q_match(match: TagMatch) -> Entry:
    vid = match.tagging if match.tagging == "priority-tagged" else "any" if match.vid is None else str(match.vid)
    return element(
        TAG,
        "dot1q-tag",
        element(TAG, "tag-type", text="any" if match.tag_type is None else f"bbf-dot1qt:{match.tag_type}"),
        element(TAG, "vlan-id", text=vid),
        element(TAG, "pbit", text=",".join(map(str, match.pbits)) or "any"),
        element(TAG, "dei", text="any"),
    )


_MATCHED: Final = frozenset(f"{{{TAG}}}{name}" for name in ("untagged", "tag", "any-frame", "any-protocol"))


def _match_of(criteria: Entry | None) -> TagMatch:
    if criteria is None or any(c.tag not in _MATCHED for c in criteria if isinstance(c.tag, str)):
        raise NotRepresentable("match-criteria")
    if child(criteria, TAG, "untagged") is not None:
        return TagMatch(tagging="untagged")
    tags = sorted(children(criteria, TAG, "tag"), key=lambda t: number(t, TAG, "index") or 0)
    if not 1 <= len(tags) <= 2:
        raise NotRepresentable("match-criteria")
    inner = _dot1q_match_of(tags[1], None) if len(tags) == 2 else None
    return _dot1q_match_of(tags[0], inner)


def _dot1q_match_of(entry: Entry, inner: TagMatch | None) -> TagMatch:
    tag = child(entry, TAG, "dot1q-tag")
    if text(tag, TAG, "dei") not in ("any", None):
        raise NotRepresentable("dei")
    vid, pbit = need(tag, TAG, "vlan-id"), text(tag, TAG, "pbit")
    return TagMatch(
        tagging="priority-tagged" if vid == "priority-tagged" else "tagged",
        tag_type=_tag_type(tag, any_type=True),
        vid=None if vid in ("priority-tagged", "any") else int(vid),
        pbits=() if pbit in ("any", None) else pbits_of(pbit or ""),
        inner=inner,
    )


def _tag_type(tag: Entry | None, *, any_type: bool = False) -> TagType | None:
    written = need(tag, TAG, "tag-type")
    if written == "any" and any_type:
        return None
    found: TagType = only(("c-vlan", "s-vlan"), identity(written))
    return found


def _rewrite(name: str, rewrite: Rewrite) -> Entry:
    pushes = [element(TAG, "push-tag", element(TAG, "index", text=i), _push(p)) for i, p in enumerate(rewrite.push)]
    return element(SUBIF, name, element(TAG, "pop-tags", text=rewrite.pop), *pushes)


def _rewrite_of(entry: Entry | None) -> Rewrite | None:
    if entry is None:
        return None
    pushes = sorted(children(entry, TAG, "push-tag"), key=lambda p: number(p, TAG, "index") or 0)
    return Rewrite(pop=whole(entry, TAG, "pop-tags", 0), push=tuple(_push_of(p) for p in pushes))


def _push(push: PushTag) -> Entry:
    sources = {
        "constant": ("write-pbit", push.pbit or 0),
        "tag": ("pbit-from-tag-index", push.pbit_index),
        "marking": ("pbit-marking-index", push.pbit_index),
    }
    leaf, value = sources[push.pbit_from]
    dei = element(TAG, "dei-from-tag-index", text=0) if push.dei_from == "tag" else None
    return element(
        TAG,
        "dot1q-tag",
        element(TAG, "tag-type", text=f"bbf-dot1qt:{push.tag_type}"),
        element(TAG, "vlan-id", text=push.vid),
        element(TAG, leaf, text=value),
        element(TAG, f"write-dei-{push.dei_from}") if dei is None else dei,
    )


def _push_of(entry: Entry) -> PushTag:
    tag = child(entry, TAG, "dot1q-tag")
    tag_type = _tag_type(tag)
    if tag is None or tag_type is None:
        raise NotRepresentable("tag-type")
    source, pbit, index = _pbit_of(tag)
    return PushTag(
        tag_type=tag_type,
        vid=whole(tag, TAG, "vlan-id"),
        pbit_from=source,
        pbit=pbit,
        pbit_index=index,
        dei_from=_dei_of(tag),
    )


def _pbit_of(tag: Entry) -> tuple[Literal["constant", "tag", "marking"], int | None, int]:
    constant = 0 if child(tag, TAG, "write-pbit-0") is not None else number(tag, TAG, "write-pbit")
    if constant is not None:
        return "constant", constant, 0
    marking = number(tag, TAG, "pbit-marking-index")
    if marking is not None:
        return "marking", None, marking
    return "tag", None, whole(tag, TAG, "pbit-from-tag-index")


def _dei_of(tag: Entry) -> Literal["0", "1", "tag"]:
    if child(tag, TAG, "write-dei-0") is not None:
        return "0"
    if child(tag, TAG, "write-dei-1") is not None:
        return "1"
    if number(tag, TAG, "dei-from-tag-index") == 0:
        return "tag"
    raise NotRepresentable("dei")


CODECS: Final = {"vlan-sub-interface": Codec(_sub_interface, _sub_interface_of, "vlan-sub-interface")}
