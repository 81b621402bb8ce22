"""VLAN sub-interfaces and QoS policies of a datastore, for parse.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from lxml import etree

from labs.olt import config as c
from labs.olt.names import bbf
from labs.olt.reading import enabled, flag_of, integer, name_of, nested, pbits, tail, value

_SUBIF = "sub-interfaces"
_TAG = "sub-interface-tagging"
_CLS = "qos-classifiers"
_FILT = "qos-composite-filters"
_PLC = "qos-policing"
_POL = "qos-policies"
_DEFAULT_PRIORITY = 65535  # a rule without a priority comes last


class Policies:
    """Classifiers, policies and policy profiles by name."""

    def __init__(self, root: etree._Element) -> None:
        self.policers = {
            policer.name: policer
            for policer in map(_policer, root.iterfind(nested(_PLC, "policing-profiles", "policing-profile")))
        }
        filters = {
            item.findtext(bbf(_FILT, "name"), default=""): item
            for item in root.iterfind(nested(_FILT, "composite-filters", "composite-filter"))
        }
        self._classifiers = {
            classifier.name: classifier
            for classifier in (
                self._classifier(item, filters)
                for item in root.iterfind(nested(_CLS, "classifiers", "classifier-entry"))
            )
        }
        self._policies = {
            item.findtext(bbf(_POL, "name"), default=""): _names(item, "classifiers")
            for item in root.iterfind(nested(_POL, "policies", "policy"))
        }
        self._profiles = {
            item.findtext(bbf(_POL, "name"), default=""): _names(item, "policy-list")
            for item in root.iterfind(nested(_POL, "qos-policy-profiles", "policy-profile"))
        }

    def of(self, profile: str | None) -> tuple[c.Classifier, ...]:
        """The classifiers of a policy profile, in order."""
        return tuple(
            self._classifiers[name]
            for policy in self._profiles.get(profile or "", ())
            for name in self._policies.get(policy, ())
            if name in self._classifiers
        )

    def _classifier(self, item: etree._Element, filters: Mapping[str, etree._Element]) -> c.Classifier:
        filter_ = filters.get(value(item, bbf(_FILT, "composite-filter-name")) or "")
        operation = "" if filter_ is None else value(filter_, bbf(_FILT, "filter-operation")) or ""
        actions = list(item.iterfind(bbf(_CLS, "classifier-action-entry-cfg")))
        marks = [
            mark
            for action in actions
            for mark in action.iterfind(nested(_CLS, "pbit-marking-cfg", "pbit-marking-list"))
        ]
        classes = [integer(action, bbf(_CLS, "scheduling-traffic-class")) for action in actions]
        policers = [value(action, nested(_PLC, "policing", "policing-profile")) for action in actions]
        return c.Classifier(
            name=item.findtext(bbf(_CLS, "name"), default=""),
            filters=() if filter_ is None else tuple(map(_tag_filter, filter_.iterfind(bbf(_FILT, "filter")))),
            every=tail(operation) == "match-all-filter",
            pbit_marking=tuple(
                sorted(
                    (integer(mark, bbf(_CLS, "index"), 0), integer(mark, bbf(_CLS, "pbit-value"), 0)) for mark in marks
                )
            ),
            traffic_class=next((found for found in classes if found is not None), None),
            policer=next((self.policers[name] for name in policers if name in self.policers), None),
        )


def sub_interface(
    item: etree._Element, usages: Mapping[str, c.Usage], usage: c.Usage | None, policies: Policies
) -> c.SubInterface:
    """A VLAN sub-interface. `usages`: those of the interfaces that it may sit on."""
    lower = value(item, nested(_SUBIF, "subif-lower-layer", "interface"))
    processing = item.find(bbf(_SUBIF, "inline-frame-processing"))
    rules = (
        [] if processing is None else [_rule(r) for r in processing.iterfind(nested(_SUBIF, "ingress-rule", "rule"))]
    )
    return c.SubInterface(
        name=name_of(item),
        lower=lower,
        rules=tuple(sorted(rules, key=lambda rule: (rule.priority, rule.name))),
        egress=_rewrite(None if processing is None else processing.find(bbf(_SUBIF, "egress-rewrite"))),
        usage=usages.get(lower or "") if usage in (None, "inherit") else usage,
        policy=policies.of(value(item, bbf(_POL, "ingress-qos-policy-profile"))),
        enabled=enabled(item),
    )


def _rule(item: etree._Element) -> c.Rule:
    return c.Rule(
        name=item.findtext(bbf(_SUBIF, "name"), default=""),
        priority=integer(item, bbf(_SUBIF, "priority"), _DEFAULT_PRIORITY),
        match=_match(item.find(f"{bbf(_SUBIF, 'flexible-match')}/{bbf(_TAG, 'match-criteria')}")),
        rewrite=_rewrite(item.find(bbf(_SUBIF, "ingress-rewrite"))),
    )


def _match(criteria: etree._Element | None) -> c.FrameMatch:
    if criteria is not None and flag_of(criteria, bbf(_TAG, "untagged")):
        return c.FrameMatch(kind="untagged")
    tags = [] if criteria is None else _indexed(criteria, "tag")
    if not tags:
        return c.FrameMatch(kind="any")
    return c.FrameMatch(kind="tagged", tags=tuple(map(_tag_match, tags)))


def _tag_match(tag: etree._Element) -> c.TagMatch:
    vid = value(tag, bbf(_TAG, "vlan-id"))
    return c.TagMatch(
        tag_type=_tag_type(tag),
        vid=int(vid) if vid is not None and vid.isdigit() else None,
        pbits=pbits(value(tag, bbf(_TAG, "pbit"))),
    )


def _rewrite(item: etree._Element | None) -> c.Rewrite:
    if item is None:
        return c.Rewrite()
    push = tuple(map(_push, _indexed(item, "push-tag")))
    return c.Rewrite(pop=integer(item, bbf(_TAG, "pop-tags"), 0), push=push)


def _push(tag: etree._Element) -> c.PushTag:
    copied = integer(tag, bbf(_TAG, "pbit-from-tag-index"))
    marked = integer(tag, bbf(_TAG, "pbit-marking-index"))
    vid = integer(tag, bbf(_TAG, "vlan-id"), 0)
    if copied is not None:
        return c.PushTag(tag_type=_tag_type(tag), vid=vid, pbit_from="tag", pbit_index=copied)
    if marked is not None:
        return c.PushTag(tag_type=_tag_type(tag), vid=vid, pbit_from="marking", pbit_index=marked)
    constant = integer(tag, bbf(_TAG, "write-pbit"), 0)
    return c.PushTag(tag_type=_tag_type(tag), vid=vid, pbit_from="constant", pbit=constant)


def _tag_type(tag: etree._Element) -> c.TagType:
    return cast("c.TagType", tail(value(tag, bbf(_TAG, "tag-type")) or ""))


def _indexed(parent: etree._Element, name: str) -> list[etree._Element]:
    """The dot1q-tag of each entry, by index."""
    entries = sorted(parent.iterfind(bbf(_TAG, name)), key=lambda entry: integer(entry, bbf(_TAG, "index"), 0))
    return [tag for entry in entries if (tag := entry.find(bbf(_TAG, "dot1q-tag"))) is not None]


def _tag_filter(item: etree._Element) -> c.TagFilter:
    vlans = item.find(bbf(_FILT, "vlans"))
    tags: Iterator[etree._Element] = iter(()) if vlans is None else vlans.iterfind(bbf(_FILT, "tag"))
    return c.TagFilter(
        untagged=vlans is not None and flag_of(vlans, bbf(_FILT, "untagged")),
        tags=tuple(
            sorted(
                ((integer(tag, bbf(_FILT, "index"), 0), pbits(value(tag, bbf(_FILT, "in-pbit-list")))) for tag in tags),
                key=lambda pair: pair[0],
            )
        ),
    )


def _policer(item: etree._Element) -> c.Policer:
    two = item.find(bbf(_PLC, "two-rate-three-color-marker"))
    one = item.find(bbf(_PLC, "single-rate-two-color-marker"))
    body = one if two is None else two
    return c.Policer(
        name=item.findtext(bbf(_PLC, "name"), default=""),
        cir_bps=integer(body, bbf(_PLC, "cir"), 0),
        cbs_bytes=integer(body, bbf(_PLC, "cbs"), 0),
        pir_bps=integer(two, bbf(_PLC, "pir")),
        pbs_bytes=integer(two, bbf(_PLC, "pbs")),
    )


def _names(item: etree._Element, list_: str) -> tuple[str, ...]:
    return tuple(entry.findtext(bbf(_POL, "name"), default="") for entry in item.iterfind(bbf(_POL, list_)))
