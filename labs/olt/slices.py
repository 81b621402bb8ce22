"""The part of a configuration that decides whether a small change to a valid one leaves it valid.

In it are, whole: the entries that changed, and those that name one of them where it went, or changed in what others
look at. Beside them, lightened: what they name. Everything else is as it was, and was valid.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

from lxml import etree

from labs.olt.edit import prune
from labs.olt.entries import MOST, Entry, Step, entry_of, node_of
from labs.olt.references import References
from labs.olt.schema import Schema


class Slicer:
    """Cuts slices, where the schema lets it."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._references = References(schema)

    def cut(self, step: Step) -> etree._Element | None:
        """A configuration that is not valid where the end of `step` is not, given that its beginning is. None where
        the whole is to be looked at."""
        if not self._references.closed:
            return None
        after = step.after
        whole = {entry for entry in step.touched if after.get(entry) is not None} | self._users(step)
        result = self._schema.empty()
        todo, done = [(entry, False) for entry in sorted(whole)], set(whole)
        while todo:
            entry, light = todo.pop()
            found = after.get(entry)
            if found is None:
                continue  # a reference to what is not there: libyang says so
            if len(done) > MOST:
                return None
            made = copy.deepcopy(found)
            node = node_of(entry.path, self._schema)
            if light:
                self._references.lighten(made, node)
                prune(made, node)  # libyang 4.5.5 crashes on an empty container with a when
            self._way(result, entry.path[:-1]).append(made)
            named = set(self._references.of(made, node)) - done
            done |= named
            todo += [(other, True) for other in sorted(named)]
        return result

    def _users(self, step: Step) -> set[Entry]:
        """The entries that may name one whose change may be of concern to them."""
        before, after = step.before, step.after
        keys = {entry.keys[0] for entry in step.touched if self._concerns(before.get(entry), after.get(entry))}
        if not keys:
            return set()
        found = (entry_of(leaf, self._schema) for leaf in self._references.naming(after.root, keys))
        return {entry for entry in found if entry is not None}

    def _concerns(self, old: etree._Element | None, new: etree._Element | None) -> bool:
        """Whether others may be affected. Nobody names what is new: what named it was not valid."""
        if old is None:
            return False
        return new is None or self._references.matters(_changed(old, new))

    def _way(self, root: etree._Element, path: tuple[str, ...]) -> etree._Element:
        here = root
        for tag in path:
            found = here.find(tag)
            here = etree.SubElement(here, tag) if found is None else found
        return here


def _changed(old: etree._Element, new: etree._Element) -> set[str]:
    """The names of all leaves that differ, and of all that they are in."""
    left, right = set(_leaves(old, ())), set(_leaves(new, ()))
    return {name for names, _ in left ^ right for name in names}


def _leaves(element: etree._Element, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for child in element:
        here = (*names, str(child.tag).rpartition("}")[2])
        if len(child):
            yield from _leaves(child, here)
        else:
            yield here, child.text or ""
