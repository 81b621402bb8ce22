"""Lists that are shorter than the standard modules have them, said as a real device says it: in a module of deviations
(RFC 7950 section 7.20.3), named in the YANG library, its text given by get-schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from labs.olt.errors import Fault, RpcError
from labs.olt.schema import Schema

MODULE = "lab-olt-deviations"
REVISION = "2026-11-25"
NAMESPACE = f"urn:clearway:lab:{MODULE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """steps: (prefix, name) and tags of a list, from the top. most: None where it is not supported at all."""

    names: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    most: int | None

    @property
    def path(self) -> str:
        """As an absolute schema node identifier."""
        return "".join(f"/{prefix}:{name}" for prefix, name in self.names)


class Limits:
    """The limits of an OLT. given: path without prefixes to how many, or None. Raises ValueError for no such path."""

    def __init__(self, schema: Schema, given: Mapping[str, int | None]) -> None:
        self._schema = schema
        self.limits = tuple(_limit(schema, path, most) for path, most in sorted(given.items()))

    def check(self, config: etree._Element) -> None:
        """Raises RpcError where a configuration has more than there may be."""
        faults = []
        for limit in self.limits:
            count = len(config.findall("/".join(limit.tags)))
            if count > (limit.most or 0):
                said = "is not supported" if limit.most is None else f"has {count} entries, {limit.most} at most"
                tag, app = (
                    ("unknown-element", None) if limit.most is None else ("operation-failed", "too-many-elements")
                )
                faults.append(
                    Fault(
                        tag=tag,
                        app_tag=app,
                        message=f"{limit.path} {said}",
                        path=limit.path,
                        namespaces=self._schema.prefixes,
                    )
                )
        if faults:
            raise RpcError(*faults)

    def deviates(self, namespace: str) -> bool:
        """Whether a module's lists are limited."""
        return any(limit.tags[0].startswith(f"{{{namespace}}}") for limit in self.limits)

    def text(self) -> str:
        """The module of deviations."""
        used = sorted({prefix for limit in self.limits for prefix, _ in limit.names})
        names = {prefix: name for name, prefix in self._schema.prefix_of_module.items()}
        imports = "".join(f"  import {names[prefix]} {{ prefix {prefix}; }}\n" for prefix in used)
        said = "".join(
            f'  deviation "{limit.path}" {{\n    deviate '
            + ("not-supported;" if limit.most is None else f"add {{ max-elements {limit.most}; }}")
            + "\n  }\n"
            for limit in self.limits
        )
        return (
            f'module {MODULE} {{\n  yang-version 1.1;\n  namespace "{NAMESPACE}";\n  prefix lab;\n{imports}'
            f'  description "What this OLT has less of.";\n  revision {REVISION};\n{said}}}\n'
        )


def _limit(schema: Schema, path: str, most: int | None) -> Limit:
    node, names, tags = schema.root, [], []
    for step in path.strip("/").split("/"):
        found = [child for child in node.children.values() if child.name == step]
        if not found:
            raise ValueError(f"there is no {path} in the modules of this OLT")
        node = found[0]
        names.append((node.prefix, node.name))
        tags.append(node.tag)
    return Limit(names=tuple(names), tags=tuple(tags), most=most)
