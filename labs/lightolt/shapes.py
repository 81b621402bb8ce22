"""Entries as shapes and values: what most entries of a large configuration differ in is a handful of texts.

An entry is an instance of an outermost list (an interface, a T-CONT). Its shape is its XML without the texts of its
leaves. A shape is judged once, by what labs/olt/canonical.py asks of an edit; after that an entry of it is a tuple of
texts, each held against what its leaf takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from xml.sax.saxutils import unescape

from lxml import etree

from labs.olt.canonical import canonical
from labs.olt.edit import prune
from labs.olt.entries import node_of
from labs.olt.errors import refuse
from labs.olt.names import OPERATION
from labs.olt.schema import Node, Schema
from labs.olt.xmlio import local

VALUE: Final = re.compile(r">([^<]+)</")
_PADDED: Final = re.compile(r">\s|\s</")
_SLOT: Final = re.compile(r"‹([0-9]+)›")
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape:
    """path: of the list that entries of it are in. text: their XML with %s for each value, keys first. order: which
    of the values of an edit's text each %s takes. key: the place of the key among them. leaves: their schema nodes,
    places: the way to each from the entry, and its last name, to its place. lists: places of the keys of lists within.
    operation: of the whole entry in the edit it came by. simple: that, and no other, is what the edit does with it.
    lacking: a leaf that has to be there and is not."""

    path: Path
    text: str
    order: tuple[int, ...]
    key: int
    leaves: tuple[Node, ...]
    spaces: Mapping[str | None, str]
    lists: tuple[tuple[tuple[int, ...], ...], ...] = ()
    operation: str | None = None
    simple: bool = True
    lacking: str = ""
    places: Mapping[str, int] = field(default_factory=dict)


class Lean(NamedTuple):
    """An entry. values: as XML text, escaped, in the order of the shape."""

    shape: Shape
    values: tuple[str, ...]

    @property
    def key(self) -> str:
        """The value of its key."""
        return self.values[self.shape.key]

    @property
    def xml(self) -> str:
        """Its element; prefixes are those of the schema."""
        return self.shape.text % self.values

    def get(self, name: str) -> str | None:
        """The value of a leaf, given by its local name or its way from the entry; None where it is not there."""
        place = self.shape.places.get(name)
        return None if place is None else plain(self.values[place])


def plain(value: str) -> str:
    """XML text as what it stands for."""
    return unescape(value) if "&" in value else value


class Shapes:
    """The shapes met so far, of one schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._known: dict[tuple[Path, str, str], Shape] = {}
        self._own = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in sorted(schema.prefixes.items()))

    def read(self, parent: etree._Element, path: Path) -> Iterator[tuple[Lean, etree._Element]]:
        """The entries below a container of a client's edit, each with its element. Raises RpcError."""
        children = list(parent)
        for text, child in zip(_texts(parent, children), children, strict=True):
            head = text[0]
            body = text[1]
            here = (*path, str(child.tag))
            values = VALUE.findall(body)
            bare = VALUE.sub(">%s</", body) if "%" not in body else VALUE.sub(">%s</", _unpercent(body))
            shape = self._known.get((here, head, bare)) or self._learn(here, head, bare, len(values))
            kept = [values[i] for i in shape.order]
            if _PADDED.search(body):
                texts = zip(shape.leaves, kept, strict=True)
                kept = [v if leaf.base_type == "string" else v.strip() for leaf, v in texts]
            yield Lean(shape, tuple(kept)), child

    def of(self, element: etree._Element, path: Path) -> Lean:
        """A canonical element as an entry. Raises RpcError."""
        holder = etree.Element("holder", nsmap=dict(self.schema.prefixes))
        holder.append(element)
        ((found, _),) = self.read(holder, path)
        return found

    def element(self, entry: Lean) -> etree._Element:
        """The entry as a canonical element."""
        return etree.fromstring(f"<holder{self._own}>{entry.xml}</holder>")[0]

    def _learn(self, path: Path, head: str, bare: str, count: int) -> Shape:
        """A new shape, once it is found to be one that the schema has."""
        if bare.count("%s") != count:
            raise refuse("bad-element", f"{path[-1]}: text between elements")
        filled = bare % tuple(f"‹{i}›" for i in range(count))
        sent = etree.fromstring(f"{head}{filled}</{head[1:].split(' ', 1)[0].rstrip('>')}>")[0]
        spaces: Mapping[str | None, str] = dict(sent.nsmap)  # lxml drops those that no name uses once it moves
        made = self._canonical(sent, path)
        operation = made.attrib.pop(OPERATION, "") or None
        simple = not any(element.attrib for element in made.iter())
        node = node_of(path, self.schema)
        if simple:
            prune(made, node)
        leaves = [(e, n, way) for e, n, way in _leaves(made, node, "") if e.text and _SLOT.fullmatch(e.text)]
        order = tuple(int(_SLOT.fullmatch(e.text or "")[1]) for e, _, _ in leaves)  # type: ignore[index]
        if simple and (sorted(order) != list(range(count))):
            raise refuse("bad-element", f"{local(made)}: text where none may be, or an empty element with a value")
        slot = {id(e): i for i, (e, _, _) in enumerate(leaves)}
        key = next((slot[id(e)] for e in made if str(e.tag) == node.keys[0] and id(e) in slot), None)
        if key is None:
            raise refuse("missing-element", f"{local(made)} without its key")
        names = tuple(way for _, _, way in leaves)
        shape = Shape(
            path=path,
            text=self._template(made),
            order=order,
            key=key,
            leaves=tuple(n for _, n, _ in leaves),
            spaces=spaces,
            lists=tuple(_lists(made, node, slot)),
            operation=None if operation is None else str(operation),
            simple=simple,
            lacking=_lacking(made, node),
            places=_places(names),
        )
        self._known[path, head, bare] = shape
        return shape

    def _canonical(self, sent: etree._Element, path: Path) -> etree._Element:
        config = etree.Element("config")
        here = config
        for tag in path[:-1]:
            here = etree.SubElement(here, tag)
        here.append(sent)
        made = canonical(config, self.schema, operations=True)
        for tag in path:
            (made,) = made.iterchildren(tag)
        return made

    def _template(self, made: etree._Element) -> str:
        text = etree.tostring(made, encoding="unicode", with_tail=False)
        text = re.sub(r' xmlns:[\w.-]+="[^"]*"', "", text).replace("%", "%%")
        return _SLOT.sub("%s", text)


def _texts(parent: etree._Element, children: list[etree._Element]) -> Iterator[tuple[str, str]]:
    """The start tag of the container, with all namespaces in scope, and the text of each of its entries. An entry's
    end is found by its tag, which no schema has within the same entry again."""
    whole = etree.tostring(parent, encoding="unicode", with_tail=False)
    head, _, body = whole.partition(">")
    head += ">"
    tags = {child.tag for child in children}
    if len(tags) == 1 and children:
        start = re.match(r"<([^\s/>]+)", body)
        if start is not None:
            end = f"</{start[1]}>"
            parts = body.split(end)
            if len(parts) == len(children) + 1 and all(part.startswith(f"<{start[1]}") for part in parts[:-1]):
                for part in parts[:-1]:
                    yield head, part + end
                return
    declared = re.sub(r"^<[^\s/>]+|/?>$", "", head)
    for child in children:
        text = etree.tostring(child, encoding="unicode", with_tail=False)
        for declaration in re.findall(r' xmlns(?::[\w.-]+)?="[^"]*"', declared):
            text = text.replace(declaration, "", 1)
        yield head if not head.endswith("/>") else f"{head[:-2]}>", text


def _places(ways: tuple[str, ...]) -> dict[str, int]:
    """The place of each way, and of the first that ends in a name."""
    found: dict[str, int] = {}
    for place, way in enumerate(ways):
        found.setdefault(way.rpartition("/")[2], place)
    return found | {way: place for place, way in enumerate(ways)}


def _unpercent(body: str) -> str:
    """Outside of values there is no % in a schema's names; one in an attribute is nobody's."""
    if "%" in VALUE.sub("></", body):
        raise refuse("bad-attribute", "a % where a name must be")
    return body


def _leaves(element: etree._Element, node: Node, way: str) -> Iterator[tuple[etree._Element, Node, str]]:
    for child in element:
        known = node.find(str(child.tag))
        if known is None:
            continue
        here = f"{way}{known.name}"
        if known.kind in ("leaf", "leaf-list"):
            yield child, known, here
        else:
            yield from _leaves(child, known, f"{here}/")


def _lists(element: etree._Element, node: Node, slot: Mapping[int, int]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """For each list within that has several entries, the places of their keys."""
    found: dict[str, list[tuple[int, ...]]] = {}
    for child in element:
        known = node.find(str(child.tag))
        if known is None or known.kind == "leaf":
            continue
        if known.kind == "leaf-list":
            found.setdefault(known.tag, []).append((slot.get(id(child), -1),))
            continue
        if known.kind == "list":
            keys = tuple(slot.get(id(e), -1) for key in known.keys for e in child.iterchildren(key))
            found.setdefault(known.tag, []).append(keys)
        yield from _lists(child, known, slot)
    yield from (tuple(keys) for keys in found.values() if len(keys) > 1)


def _lacking(element: etree._Element, node: Node) -> str:
    """A leaf or list without which a part of the entry may not be; "" where none is missing."""
    here = {str(child.tag) for child in element}
    for child in node.children.values():
        if child.config and child.needed and child.kind not in ("choice", "case") and child.tag not in here:
            return child.name
    for item in element:
        known = node.find(str(item.tag))
        if known is not None and known.kind in ("container", "list"):
            found = _lacking(item, known)
            if found:
                return found
    return ""
