"""Namespaces and element names of NETCONF and its companions."""

from __future__ import annotations

from typing import Any, Final

NC: Final = "urn:ietf:params:xml:ns:netconf:base:1.0"  # RFC 6241
NTF: Final = "urn:ietf:params:xml:ns:netconf:notification:1.0"  # RFC 5277
STREAMS: Final = "urn:ietf:params:xml:ns:netmod:notification"  # RFC 5277
NCN: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"  # RFC 6470
NCM: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"  # RFC 6022
WD: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults"  # RFC 6243
YL: Final = "urn:ietf:params:xml:ns:yang:ietf-yang-library"  # RFC 7895
YANG: Final = "urn:ietf:params:xml:ns:yang:1"  # insert, key and value attributes, RFC 7950 7.8.6

IF: Final = "urn:ietf:params:xml:ns:yang:ietf-interfaces"
HW: Final = "urn:ietf:params:xml:ns:yang:ietf-hardware"
BBF: Final = "urn:bbf:yang:"

BASE_1_0: Final = "urn:ietf:params:netconf:base:1.0"
BASE_1_1: Final = "urn:ietf:params:netconf:base:1.1"

CONFIG: Final = f"{{{NC}}}config"
OPERATION: Final = f"{{{NC}}}operation"


def default(space: str) -> Any:
    """An nsmap with `space` as the default namespace (lxml takes None for its prefix, which its stubs do not say)."""
    return {None: space}


def nc(name: str) -> str:
    """`name` in the namespace of NETCONF."""
    return f"{{{NC}}}{name}"


def bbf(module: str, name: str) -> str:
    """`name` in the namespace of a Broadband Forum module, given without its bbf- prefix."""
    return f"{{{BBF}bbf-{module}}}{name}"
