"""Small readers of canonical elements."""

from __future__ import annotations

from typing import overload

from lxml import etree

from labs.olt.names import IF, bbf


def value(item: etree._Element | None, path: str) -> str | None:
    """The text of the leaf at `path`; None where it is not there."""
    return None if item is None else item.findtext(path)


@overload
def integer(item: etree._Element | None, path: str) -> int | None: ...
@overload
def integer(item: etree._Element | None, path: str, default: int) -> int: ...
def integer(item: etree._Element | None, path: str, default: int | None = None) -> int | None:
    """The number at `path`."""
    found = value(item, path)
    return default if found is None else int(found)


def flag_of(item: etree._Element, path: str) -> bool:
    """Whether the leaf of type empty is there."""
    return item.find(path) is not None


def enabled(interface: etree._Element) -> bool:
    """Whether an interface is enabled; it is by default."""
    return value(interface, f"{{{IF}}}enabled") in (None, "true")


def name_of(interface: etree._Element) -> str:
    """An interface's name."""
    return interface.findtext(f"{{{IF}}}name", default="")


def nested(module: str, *names: str) -> str:
    """A path of elements of one Broadband Forum module."""
    return "/".join(bbf(module, name) for name in names)


def tail(identity: str) -> str:
    """An identity without its prefix."""
    return identity.rpartition(":")[2]


def pbits(text: str | None) -> frozenset[int] | None:
    """A list of PCPs, such as 0-2,5; None for any."""
    if text is None or text == "any":
        return None
    found: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        found.update(range(int(low), int(high or low) + 1))
    return frozenset(found)
