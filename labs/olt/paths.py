"""Where a data node is, as error-path and config-change write it: /if:interfaces/if:interface[if:name='x']."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from labs.olt.schema import Node, Schema

_STEP: Final = re.compile(r"""/(?:([\w.-]+):)?([\w.-]+)((?:\[(?:[^'"\]]|'[^']*'|"[^"]*")*\])*)""")
_KEY: Final = re.compile(r"\[([A-Za-z_][\w.-]*)=")
_VALUE: Final = re.compile(r"""=(?:'([^']*)'|"([^"]*)")""")


def key_of(element: etree._Element, node: Node) -> tuple[str, ...]:
    """The values of a list entry's keys, in the list's order."""
    if len(node.keys) == 1 and len(element) and element[0].tag == node.keys[0]:  # canonical: to look for it takes long
        return (element[0].text or "",)
    return tuple(element.findtext(key, default="") for key in node.keys)


def path_of(element: etree._Element, schema: Schema) -> str:
    """The path of an element of a datastore's tree (whose root is no data)."""
    chain = [element, *element.iterancestors()][-2::-1]  # below the root, outermost first
    steps: list[str] = []
    node: Node | None = schema.root
    for item in chain:
        tag = str(item.tag)
        node = None if node is None else node.find(tag)
        name = etree.QName(tag)
        prefix = schema.prefix_of.get(name.namespace or "", "")
        label = f"{prefix}:{name.localname}" if prefix else name.localname
        steps.append(label + _predicates(item, node, prefix))
    return "/" + "/".join(steps)


def _predicates(element: etree._Element, node: Node | None, prefix: str) -> str:
    if node is None:
        return ""
    if node.kind == "leaf-list":
        return f"[.={quoted(element.text or '')}]"
    return "".join(
        f"[{prefix}:{etree.QName(key).localname}={quoted(element.findtext(key, default=''))}]" for key in node.keys
    )


def quoted(text: str) -> str:
    """`text` as an XPath literal."""
    return f'"{text}"' if "'" in text else f"'{text}'"


def from_libyang(path: str, schema: Schema) -> str:
    """A path as libyang writes it (module names, and only where they change) with a module prefix at every step."""
    steps: list[str] = []
    prefix = ""
    for module, name, predicates in _STEP.findall(path):
        if module:
            prefix = schema.prefix_of_module.get(module, module)
        steps.append(f"/{prefix}:{name}" + _KEY.sub(rf"[{prefix}:\1=", predicates))
    return "".join(steps)


def spoken(path: str) -> str:
    """A path in a reader's words, from the first list entry on: tcont tcont.1.1 interface-reference."""
    words: list[str] = []
    for _, name, predicates in _STEP.findall(path):
        values = [single or double for single, double in _VALUE.findall(predicates)]
        if words or values:
            words += [name, *values]
    return " ".join(words) or path.rpartition(":")[2]
