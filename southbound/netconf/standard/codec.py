"""What the rooms of this family share: a pair of functions a kind of object, and how leaves are read strictly.

Each room (optics, ethernet, vlan, traffic, bridge) holds render and parse of a kind side by side and ends in one table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from lxml import etree

from intents.model import pon
from southbound.netconf.standard.names import BBF_HW, IF, NC, USAGE
from southbound.netconf.standard.xml import child, children, element, text

OPERATION: Final = f"{{{NC}}}operation"
Entry = etree._Element  # noqa: SLF001 - lxml has no public name for its element type


class NotRepresentable(Exception):
    """The entry holds something that the neutral form has no place for."""


@dataclass(frozen=True, slots=True)
class Codec:
    """A kind's way to XML and back: parse(render(x)) == x. identity: the type of interface, where it is one.

    change: the entry that makes the second of the first by merge, smaller than the whole; None where there is none.
    """

    render: Callable[[Any], Entry]
    parse: Callable[[Entry], pon.PonObject]
    identity: str = ""
    change: Callable[[Any, Any], Entry | None] | None = None


def need(parent: Entry | None, ns: str, name: str) -> str:
    """A leaf that must be there. Raises NotRepresentable."""
    found = text(parent, ns, name)
    if found is None:
        raise NotRepresentable(name)
    return found


def whole(parent: Entry | None, ns: str, name: str, default: int | None = None) -> int:
    """An integer that must be there, or has a default. Raises NotRepresentable."""
    found = text(parent, ns, name)
    if found is None and default is not None:
        return default
    return int(need(parent, ns, name))


def flag(parent: Entry | None, ns: str, name: str, *, default: bool) -> bool:
    """A boolean, the module's default where it is absent."""
    found = text(parent, ns, name)
    return default if found is None else found == "true"


def only(values: tuple[str, ...], found: str) -> Any:
    """`found` where it is one of the values that the neutral form knows. Raises NotRepresentable."""
    if found not in values:
        raise NotRepresentable(found)
    return found


def interface(name: str, kind: str, *parts: Entry | None) -> Entry:
    """An interface entry of a type, enabled."""
    return element(
        IF,
        "interface",
        element(IF, "name", text=name),
        element(IF, "type", text=kind),
        element(IF, "enabled", text=True),
        *parts,
    )


def interface_name(entry: Entry) -> str:
    """The name of an interface that is enabled; one that is not carries nothing and has no place in the model."""
    if not flag(entry, IF, "enabled", default=True):
        raise NotRepresentable("enabled")
    return need(entry, IF, "name")


def port_layer(hardware: str) -> Entry:
    """The hardware component under an interface."""
    return element(BBF_HW, "hardware-component", element(BBF_HW, "port-layer-if", text=hardware))


def hardware_of(entry: Entry) -> str:
    """The only hardware component under an interface."""
    found = list(children(child(entry, BBF_HW, "hardware-component"), BBF_HW, "port-layer-if"))
    if len(found) != 1:
        raise NotRepresentable("port-layer-if")
    return (found[0].text or "").strip()


def usage(value: pon.Usage | None) -> Entry | None:
    """bbf-interface-usage."""
    return None if value is None else element(USAGE, "interface-usage", element(USAGE, "interface-usage", text=value))


def usage_of(entry: Entry) -> pon.Usage | None:
    """user-port or network-port; `inherit`, the default, is None."""
    found: Literal["user-port", "network-port"]
    written = text(child(entry, USAGE, "interface-usage"), USAGE, "interface-usage")
    if written in (None, "inherit"):
        return None
    found = only(("user-port", "network-port"), written or "")
    return found
