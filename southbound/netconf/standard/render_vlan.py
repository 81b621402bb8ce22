"""The inline-frame-processing of a VLAN sub-interface (bbf-sub-interfaces, bbf-sub-interface-tagging) to XML."""

from __future__ import annotations

from lxml import etree

from intents.model.pon import IngressRule, PushTag, Rewrite, TagMatch, VlanSubInterface
from southbound.netconf.standard.names import SUBIF, TAG
from southbound.netconf.standard.xml import element


def parts(o: VlanSubInterface) -> tuple[etree._Element, etree._Element]:
    """Lower layer and frame processing."""
    lower = element(SUBIF, "subif-lower-layer", element(SUBIF, "interface", text=o.lower))
    processing = element(
        SUBIF,
        "inline-frame-processing",
        element(SUBIF, "ingress-rule", *(_rule(r) for r in o.rules)),
        None if o.egress is None else _rewrite("egress-rewrite", o.egress),
    )
    return lower, processing


def _rule(rule: IngressRule) -> etree._Element:
    return element(
        SUBIF,
        "rule",
        element(SUBIF, "name", text=rule.name),
        element(SUBIF, "priority", text=rule.priority),
        element(SUBIF, "flexible-match", element(TAG, "match-criteria", _match(rule.match))),
        None if rule.rewrite is None else _rewrite("ingress-rewrite", rule.rewrite),
    )


def _match(match: TagMatch) -> etree._Element:
    if match.tagging == "untagged":
        return element(TAG, "untagged")
    vid = "priority-tagged" if match.tagging == "priority-tagged" else str(match.vid)
    tag = element(
        TAG,
        "dot1q-tag",
        element(TAG, "tag-type", text=f"bbf-dot1qt:{match.tag_type or 'c-vlan'}"),
        element(TAG, "vlan-id", text=vid),
        element(TAG, "pbit", text="any"),
        element(TAG, "dei", text="any"),
    )
    return element(TAG, "tag", element(TAG, "index", text=0), tag)


def _rewrite(name: str, rewrite: Rewrite) -> etree._Element:
    pushes = [element(TAG, "push-tag", element(TAG, "index", text=i), _push(p)) for i, p in enumerate(rewrite.push)]
    return element(SUBIF, name, element(TAG, "pop-tags", text=rewrite.pop), *pushes)


def _push(push: PushTag) -> etree._Element:
    sources = {
        "constant": ("write-pbit", push.pbit),
        "tag": ("pbit-from-tag-index", 0),
        "marking": ("pbit-marking-index", 0),
    }
    leaf, value = sources[push.pbit_from]
    return element(
        TAG,
        "dot1q-tag",
        element(TAG, "tag-type", text=f"bbf-dot1qt:{push.tag_type}"),
        element(TAG, "vlan-id", text=push.vid),
        element(TAG, leaf, text=value),
        element(TAG, "write-dei-0"),
    )
