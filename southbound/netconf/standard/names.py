"""Namespaces and prefixes of the modules used, and where each kind of object lives. Plain data.

Modules: TR-383 Amd 9, TR-385 Issue 3, RFC 8343 (interfaces), RFC 8348 (hardware), RFC 7224 (interface types).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NC: Final = "urn:ietf:params:xml:ns:netconf:base:1.0"
IF: Final = "urn:ietf:params:xml:ns:yang:ietf-interfaces"
HW: Final = "urn:ietf:params:xml:ns:yang:ietf-hardware"
XPON: Final = "urn:bbf:yang:bbf-xpon"
VANI: Final = "urn:bbf:yang:bbf-xponvani"
ANI: Final = "urn:bbf:yang:bbf-xponani"
BBF_HW: Final = "urn:bbf:yang:bbf-hardware"
USAGE: Final = "urn:bbf:yang:bbf-interface-usage"
SUBIF: Final = "urn:bbf:yang:bbf-sub-interfaces"
TAG: Final = "urn:bbf:yang:bbf-sub-interface-tagging"
QOS_POL: Final = "urn:bbf:yang:bbf-qos-policies"
TM: Final = "urn:bbf:yang:bbf-qos-traffic-mngt"
SHAP: Final = "urn:bbf:yang:bbf-qos-shaping"
SCHED: Final = "urn:bbf:yang:bbf-qos-enhanced-scheduling"
GEM: Final = "urn:bbf:yang:bbf-xpongemtcont"
GEM_QOS: Final = "urn:bbf:yang:bbf-xpongemtcont-qos"
LINK: Final = "urn:bbf:yang:bbf-link-table"
L2: Final = "urn:bbf:yang:bbf-l2-forwarding"
FILTER: Final = "urn:bbf:yang:bbf-qos-composite-filters"
CLS: Final = "urn:bbf:yang:bbf-qos-classifiers"
POLICE: Final = "urn:bbf:yang:bbf-qos-policing"
ONU_STATE: Final = "urn:bbf:yang:bbf-xpon-onu-state"

# Every prefix that an identityref value may carry must be in scope where it stands.
NSMAP: Final = {
    "nc": NC,
    "if": IF,
    "hw": HW,
    "ianahw": "urn:ietf:params:xml:ns:yang:iana-hardware",
    "ianaift": "urn:ietf:params:xml:ns:yang:iana-if-type",
    "bbf-hwt": "urn:bbf:yang:bbf-hardware-types",
    "bbf-hwt-xpon": "urn:bbf:yang:bbf-hardware-types-xpon",
    "bbf-xpon": XPON,
    "bbf-xpon-types": "urn:bbf:yang:bbf-xpon-types",
    "bbf-xponift": "urn:bbf:yang:bbf-xpon-if-type",
    "bbf-xponvani": VANI,
    "bbf-xponani": ANI,
    "bbfift": "urn:bbf:yang:bbf-if-type",
    "bbf-hw": BBF_HW,
    "bbf-if-usg": USAGE,
    "bbf-subif": SUBIF,
    "bbf-subif-tag": TAG,
    "bbf-dot1qt": "urn:bbf:yang:bbf-dot1q-types",
    "bbf-qos-pol": QOS_POL,
    "bbf-qos-tm": TM,
    "bbf-qos-shap": SHAP,
    "bbf-qos-sched": SCHED,
    "gem": GEM,
    "gemq": GEM_QOS,
    "lt": LINK,
    "l2": L2,
    "flt": FILTER,
    "cls": CLS,
    "plc": POLICE,
}

# Prefixes that stand in identityref values, which a serialiser cannot see.
VALUE_PREFIXES: Final = (
    "ianahw",
    "ianaift",
    "bbf-hwt",
    "bbf-hwt-xpon",
    "bbf-xpon-types",
    "bbf-xponift",
    "bbfift",
    "bbf-dot1qt",
    "cls",
    "plc",
)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a kind's list entries live: containers from the top, then the list, and its key leaf."""

    containers: tuple[tuple[str, str], ...]
    entry: tuple[str, str]
    key: tuple[str, str]


def _home(ns: str, containers: tuple[str, ...], entry: str, key: str = "name", entry_ns: str = "") -> Home:
    own = entry_ns or ns
    return Home(tuple((ns, c) for c in containers), (own, entry), (own, key))


_INTERFACE: Final = _home(IF, ("interfaces",), "interface")

# In the order in which a device needs the objects: what is referred to comes first.
HOMES: Final[dict[str, Home]] = {
    "hardware": _home(HW, ("hardware",), "component"),
    "bac": _home(TM, ("tm-profiles",), "bac-entry"),
    "tc-map": _home(TM, ("tm-profiles",), "tc-id-2-queue-id-mapping-profile"),
    "shaper-profile": _home(TM, ("tm-profiles",), "shaper-profile", entry_ns=SHAP),
    "composite-filter": _home(FILTER, ("composite-filters",), "composite-filter"),
    "policing-profile": _home(POLICE, ("policing-profiles",), "policing-profile"),
    "classifier": _home(CLS, ("classifiers",), "classifier-entry"),
    "policy": _home(QOS_POL, ("policies",), "policy"),
    "policy-profile": _home(QOS_POL, ("qos-policy-profiles",), "policy-profile"),
    "channel-group": _INTERFACE,
    "channel-partition": _INTERFACE,
    "channel-pair": _INTERFACE,
    "channel-termination": _INTERFACE,
    "ethernet": _INTERFACE,
    "v-ani": _INTERFACE,
    "ani": _INTERFACE,
    "olt-v-enet": _INTERFACE,
    "vlan-sub-interface": _INTERFACE,
    "traffic-descriptor-profile": _home(
        GEM, ("xpongemtcont", "traffic-descriptor-profiles"), "traffic-descriptor-profile"
    ),
    "tcont": _home(GEM, ("xpongemtcont", "tconts"), "tcont"),
    "gemport": _home(GEM, ("xpongemtcont", "gemports"), "gemport"),
    "link": _home(LINK, ("link-table",), "link-table", key="from-interface"),
    "split-horizon-profile": _home(L2, ("forwarding", "split-horizon-profiles"), "split-horizon-profile"),
    "forwarding-database": _home(L2, ("forwarding", "forwarding-databases"), "forwarding-database"),
    "forwarder": _home(L2, ("forwarding", "forwarders"), "forwarder"),
}
