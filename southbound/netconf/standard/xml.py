"""Small helpers to build and read namespaced XML. No knowledge of any model."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree


def element(
    ns: str, name: str, *children: etree._Element | None, text: str | int | bool | None = None
) -> etree._Element:
    """An element with children (None is left out) or text (booleans as in XML Schema)."""
    made = etree.Element(f"{{{ns}}}{name}")
    if text is not None:
        made.text = ("true" if text else "false") if isinstance(text, bool) else str(text)
    made.extend(c for c in children if c is not None)
    return made


def optional(ns: str, name: str, text: str | int | None) -> etree._Element | None:
    """A leaf, or None for no value."""
    return None if text is None else element(ns, name, text=text)


def child(parent: etree._Element | None, ns: str, name: str) -> etree._Element | None:
    """The first child of that name."""
    return None if parent is None else next(parent.iterchildren(f"{{{ns}}}{name}"), None)  # find() takes twice as long


def children(parent: etree._Element | None, ns: str, name: str) -> Iterator[etree._Element]:
    """All children of that name."""
    return iter(()) if parent is None else parent.iterchildren(f"{{{ns}}}{name}")


def text(parent: etree._Element | None, ns: str, name: str) -> str | None:
    """The child's text, stripped."""
    if parent is None:
        return None
    for found in parent.iterchildren(f"{{{ns}}}{name}"):
        return (found.text or "").strip()
    return None


def number(parent: etree._Element | None, ns: str, name: str) -> int | None:
    """The child's integer."""
    found = text(parent, ns, name)
    return int(found) if found else None


def identity(value: str | None) -> str:
    """An identityref without its prefix."""
    return (value or "").rpartition(":")[2]
