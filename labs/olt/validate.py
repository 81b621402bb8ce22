"""Validation against YANG by libyang, and its errors as RFC 7950 section 15 names them.

One validator, one lock: a libyang context is not for several threads.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import oopt_gnpy_libyang as libyang  # type: ignore[import-untyped, unused-ignore]
from lxml import etree

from labs.olt.canonical import canonical
from labs.olt.errors import Fault, RpcError, printable
from labs.olt.paths import from_libyang, spoken
from labs.olt.schema import Schema

WithDefaults = Literal["report-all", "trim", "explicit"]

_MAX_FAULTS: Final = 20
_PARSE: Final = libyang.ParseOptions.Strict | libyang.ParseOptions.NoState
_PRINT: Final = {
    "report-all": libyang.PrintFlags.WithDefaultsAll,
    "trim": libyang.PrintFlags.WithDefaultsTrim,
}
# What libyang says, the error-tag for it, and the error-app-tag where libyang gives none.
_TAGS: Final = (
    (re.compile(r"Invalid leafref value"), "data-missing", "instance-required"),
    (re.compile(r"Mandatory choice"), "data-missing", "missing-choice"),
    (re.compile(r"Mandatory node|Too few"), "data-missing", None),
    (re.compile(r"When condition"), "unknown-element", None),
    (re.compile(r"not found as a child|No module"), "unknown-element", None),
    (re.compile(r"Duplicate instance|Data for both cases"), "bad-element", None),
    (re.compile(r"Too many"), "operation-failed", "too-many-elements"),
    (re.compile(r"missing its key"), "missing-element", None),
    (re.compile(r"Unique"), "operation-failed", "data-not-unique"),
    (re.compile(r"Unsatisfied|Invalid|Unexpected|out of the allowed"), "invalid-value", None),
)


class Validator:
    """The modules of a folder, in libyang."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._lock = threading.Lock()
        self._context = _context(schema.folder, schema)

    def check(self, config: etree._Element) -> None:
        """Everything that YANG asks of a configuration. Raises RpcError with every fault found, to a limit."""
        self.check_values(config)  # libyang 4.5.5 crashes where it goes on after an invalid list key
        options = libyang.ValidationOptions.NoState | libyang.ValidationOptions.MultiError
        self._parse(config, _PARSE, options)

    def accepts(self, config: etree._Element) -> bool:
        """Whether YANG has nothing against a configuration. It ends at the first fault."""
        try:
            self._parse(config, _PARSE, libyang.ValidationOptions.NoState)
        except RpcError:
            return False
        return True

    def check_values(self, config: etree._Element) -> None:
        """The values alone: types, patterns, ranges, identities. Raises RpcError invalid-value and the like."""
        self._parse(config, _PARSE | libyang.ParseOptions.ParseOnly, None)

    def with_defaults(self, config: etree._Element, mode: WithDefaults) -> etree._Element:
        """`config` with default values reported or trimmed (RFC 6243). It must be valid."""
        if mode == "explicit" or not len(config):
            return config
        text = self._parse(config, _PARSE, libyang.ValidationOptions.NoState, show=_PRINT[mode])
        parser = etree.XMLParser(resolve_entities=False, remove_blank_text=True, huge_tree=True)
        return canonical(etree.fromstring(f"<data>{text or ''}</data>", parser), self._schema, operations=False)

    def _parse(self, config: etree._Element, parse: Any, validate: Any, show: Any = None) -> str | None:
        text = "".join(etree.tostring(child, encoding="unicode") for child in config)
        if not text:
            return None
        with self._lock:
            self._context.clean_all_errors()
            try:
                data = self._context.parse_data(text, libyang.DataFormat.XML, parse, validate)
            except libyang.Error as error:
                raise RpcError(*self._faults(str(error))) from None
            if show is None or data is None:
                return None
            flags = show | libyang.PrintFlags.WithSiblings | libyang.PrintFlags.Shrink
            return str(data.print(libyang.DataFormat.XML, flags) or "")

    def _faults(self, summary: str) -> tuple[Fault, ...]:
        # A when that fails often follows from another fault: it comes last.
        faults = tuple(sorted(self._each_fault(), key=lambda fault: fault.tag == "unknown-element"))[:_MAX_FAULTS]
        return faults or (Fault(tag="operation-failed", message=summary),)

    def _each_fault(self) -> Iterator[Fault]:
        seen: set[tuple[str, str | None]] = set()
        for info in self._context.errors():
            if info.level != libyang.LogLevel.Error or info.data_path is None:
                continue
            path = from_libyang(info.data_path, self._schema)
            said = printable(info.message or "invalid")
            if (said, path) in seen:
                continue
            seen.add((said, path))
            tag, app_tag = _tag(said, info.app_tag)
            yield Fault(
                tag=tag,
                app_tag=app_tag,
                message=f"{spoken(path)}: {said}",
                path=path,
                namespaces=self._schema.prefixes,
            )


def _tag(message: str, app_tag: str | None) -> tuple[str, str | None]:
    if app_tag == "must-violation":
        return "operation-failed", app_tag
    for pattern, tag, fallback in _TAGS:
        if pattern.search(message):
            return tag, app_tag or fallback
    return "operation-failed", app_tag


def _context(folder: Path, schema: Schema) -> Any:
    libyang.set_log_options(libyang.LogOptions.Store)
    context = libyang.Context(
        str(folder), libyang.ContextOptions.NoYangLibrary | libyang.ContextOptions.DisableSearchCwd
    )
    for name, features in schema.features.items():
        context.load_module(name, None, list(features))
    return context
