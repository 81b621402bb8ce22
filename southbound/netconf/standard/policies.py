"""Filters, policers, classifiers and policies (TR-383), to XML and back."""

from __future__ import annotations

from typing import Final

from intents.model import pon
from southbound.netconf.standard.codec import Codec, Entry, NotRepresentable, need, whole
from southbound.netconf.standard.names import CLS, FILTER, POLICE, QOS_POL
from southbound.netconf.standard.vlan import pbits_of
from southbound.netconf.standard.xml import child, children, element, identity, number, optional, text


def _composite_filter(o: pon.CompositeFilter) -> Entry:
    if o.untagged:
        vlans = element(FILTER, "vlans", element(FILTER, "untagged"))
    else:
        pbits = ",".join(str(p) for p in o.pbits)
        tag = element(FILTER, "tag", element(FILTER, "index", text=0), element(FILTER, "in-pbit-list", text=pbits))
        vlans = element(FILTER, "vlans", tag)
    return element(
        FILTER,
        "composite-filter",
        element(FILTER, "name", text=o.name),
        element(FILTER, "filter-operation", text="cls:match-all-filter"),
        element(FILTER, "filter", element(FILTER, "name", text="1"), vlans),
    )


def _composite_filter_of(entry: Entry) -> pon.CompositeFilter:
    filters = list(children(entry, FILTER, "filter"))
    criteria = [c for f in filters for c in f if c.tag not in (f"{{{FILTER}}}name", f"{{{FILTER}}}description")]
    vlans = criteria[0] if len(criteria) == len(filters) == 1 else None
    if vlans is None or vlans.tag != f"{{{FILTER}}}vlans":
        raise NotRepresentable("filter")
    name = need(entry, FILTER, "name")
    if child(vlans, FILTER, "untagged") is not None:
        return pon.CompositeFilter(name=name, untagged=True)
    tags = list(children(vlans, FILTER, "tag"))
    if len(tags) != 1 or number(tags[0], FILTER, "index") != 0 or child(tags[0], FILTER, "in-dei") is not None:
        raise NotRepresentable("tag")
    return pon.CompositeFilter(name=name, pbits=pbits_of(need(tags[0], FILTER, "in-pbit-list")))


def _policing_profile(o: pon.PolicingProfile) -> Entry:
    leaves = {"cir": o.cir_bps, "cbs": o.cbs_bytes}
    if o.rates == 2:
        leaves |= {"pir": o.pir_bps, "pbs": o.pbs_bytes}
    name = "two-rate-three-color-marker" if o.rates == 2 else "single-rate-two-color-marker"
    marker = element(POLICE, name, *(element(POLICE, k, text=v) for k, v in leaves.items()))
    return element(POLICE, "policing-profile", element(POLICE, "name", text=o.name), marker)


def _policing_profile_of(entry: Entry) -> pon.PolicingProfile:
    two = child(entry, POLICE, "two-rate-three-color-marker")
    one = child(entry, POLICE, "single-rate-two-color-marker")
    marker = one if two is None else two
    cir, cbs = whole(marker, POLICE, "cir"), whole(marker, POLICE, "cbs")
    return pon.PolicingProfile(
        name=need(entry, POLICE, "name"),
        cir_bps=cir,
        cbs_bytes=cbs,
        pir_bps=cir if two is None else whole(two, POLICE, "pir"),
        pbs_bytes=cbs if two is None else whole(two, POLICE, "pbs"),
        rates=1 if two is None else 2,
    )


def _action(kind: str, body: Entry) -> Entry:
    return element(CLS, "classifier-action-entry-cfg", element(CLS, "action-type", text=kind), body)


def _classifier(o: pon.Classifier) -> Entry:
    actions = []
    if o.pbit_marking is not None:
        mark = element(
            CLS,
            "pbit-marking-list",
            element(CLS, "index", text=0),
            element(CLS, "pbit-value", text=o.pbit_marking),
        )
        actions.append(_action("cls:pbit-marking", element(CLS, "pbit-marking-cfg", mark)))
    if o.traffic_class is not None:
        body = element(CLS, "scheduling-traffic-class", text=o.traffic_class)
        actions.append(_action("cls:scheduling-traffic-class", body))
    if o.policer is not None:
        body = element(POLICE, "policing", element(POLICE, "policing-profile", text=o.policer))
        actions.append(_action("plc:policing", body))
    return element(
        CLS,
        "classifier-entry",
        element(CLS, "name", text=o.name),
        optional(FILTER, "composite-filter-name", o.filter),
        element(CLS, "all-packets") if o.filter is None else None,
        *actions,
    )


def _classifier_of(entry: Entry) -> pon.Classifier:
    marking = traffic_class = policer = None
    for action in children(entry, CLS, "classifier-action-entry-cfg"):
        kind = identity(text(action, CLS, "action-type")) or text(action, CLS, "action-type")
        if kind == "pbit-marking":
            marks = list(children(child(action, CLS, "pbit-marking-cfg"), CLS, "pbit-marking-list"))
            if len(marks) != 1 or number(marks[0], CLS, "index") != 0:
                raise NotRepresentable("pbit-marking-list")
            marking = whole(marks[0], CLS, "pbit-value")
        elif kind == "scheduling-traffic-class":
            traffic_class = whole(action, CLS, "scheduling-traffic-class")
        elif kind == "policing":
            policer = need(child(action, POLICE, "policing"), POLICE, "policing-profile")
        else:
            raise NotRepresentable(str(kind))
    chosen = text(entry, FILTER, "composite-filter-name")
    if chosen is None and child(entry, CLS, "all-packets") is None:
        raise NotRepresentable("filter-method")
    return pon.Classifier(
        name=need(entry, CLS, "name"),
        filter=chosen,
        pbit_marking=marking,
        traffic_class=traffic_class,
        policer=policer,
    )


def _policy(o: pon.Policy) -> Entry:
    listed = [element(QOS_POL, "classifiers", element(QOS_POL, "name", text=c)) for c in o.classifiers]
    return element(QOS_POL, "policy", element(QOS_POL, "name", text=o.name), *listed)


def _policy_of(entry: Entry) -> pon.Policy:
    listed = tuple(need(c, QOS_POL, "name") for c in children(entry, QOS_POL, "classifiers"))
    return pon.Policy(name=need(entry, QOS_POL, "name"), classifiers=listed)


def _policy_profile(o: pon.PolicyProfile) -> Entry:
    listed = [element(QOS_POL, "policy-list", element(QOS_POL, "name", text=p)) for p in o.policies]
    return element(QOS_POL, "policy-profile", element(QOS_POL, "name", text=o.name), *listed)


def _policy_profile_of(entry: Entry) -> pon.PolicyProfile:
    listed = tuple(need(p, QOS_POL, "name") for p in children(entry, QOS_POL, "policy-list"))
    return pon.PolicyProfile(name=need(entry, QOS_POL, "name"), policies=listed)


CODECS: Final = {
    "composite-filter": Codec(_composite_filter, _composite_filter_of),
    "policing-profile": Codec(_policing_profile, _policing_profile_of),
    "classifier": Codec(_classifier, _classifier_of),
    "policy": Codec(_policy, _policy_of),
    "policy-profile": Codec(_policy_profile, _policy_profile_of),
}
