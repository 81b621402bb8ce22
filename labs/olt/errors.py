"""rpc-error (RFC 6241 section 4.3 and appendix A), as values and as an exception."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from labs.olt.names import NC, default, nc

ErrorType = Literal["transport", "rpc", "protocol", "application"]

_PREFIX = re.compile(r"[/\[]([A-Za-z_][\w.-]*):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One rpc-error. `path`: XPath with module prefixes; `namespaces`: what those prefixes stand for.
    `info`: (element name in NETCONF's namespace, text) of error-info."""

    tag: str
    message: str
    type: ErrorType = "application"
    app_tag: str | None = None
    path: str | None = None
    namespaces: Mapping[str, str] | None = None
    info: tuple[tuple[str, str], ...] = ()


class RpcError(Exception):
    """A request is refused, for one or more reasons."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


def refuse(
    tag: str, message: str, *, kind: ErrorType = "application", info: Iterable[tuple[str, str]] = ()
) -> RpcError:
    """An error about the request as a whole."""
    return RpcError(Fault(tag=tag, message=message, type=kind, info=tuple(info)))


def to_xml(fault: Fault) -> etree._Element:
    """The rpc-error element."""
    error = etree.Element(nc("rpc-error"), nsmap=default(NC))
    etree.SubElement(error, nc("error-type")).text = fault.type
    etree.SubElement(error, nc("error-tag")).text = fault.tag
    etree.SubElement(error, nc("error-severity")).text = "error"
    if fault.app_tag:
        etree.SubElement(error, nc("error-app-tag")).text = fault.app_tag
    if fault.path:
        known = fault.namespaces or {}
        used = {prefix: known[prefix] for prefix in sorted(set(_PREFIX.findall(fault.path))) if prefix in known}
        etree.SubElement(error, nc("error-path"), nsmap=dict(used)).text = fault.path
    message = etree.SubElement(error, nc("error-message"))
    message.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    message.text = printable(fault.message)
    if fault.info:
        info = etree.SubElement(error, nc("error-info"))
        for name, text in fault.info:
            etree.SubElement(info, nc(name)).text = printable(text)
    return error


def printable(text: str) -> str:
    """`text` on one line, without what XML 1.0 cannot carry."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else "?" for c in text).split())
