"""What a device says that it lacks: modules, features, deviations of its YANG library, held against what we send.

The library is read in either form (RFC 8525 and, before it, RFC 7895); a device with none lists its modules in the
hello (RFC 6020 section 5.6.4); against one that says nothing at all nothing is held.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

from lxml import etree

from southbound.driver import Room
from southbound.netconf.session import RpcRefused, Session
from southbound.netconf.standard import names as n
from southbound.netconf.standard.xml import child, children, element, text
from southbound.netconf.yangtext import Deviation, deviations

YANG_LIBRARY: Final = "urn:ietf:params:xml:ns:yang:ietf-yang-library"
MONITORING: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"
_OFFER: Final = re.compile(r"urn:ietf:params:netconf:capability:yang-library:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """An implemented module. deviated_by: the modules that say where it is not as written."""

    namespace: str
    features: frozenset[str] | None  # None: not said
    deviated_by: frozenset[str] = frozenset()


Modules = Mapping[str, Module]

# The modules beyond the list's own that an entry of a kind cannot do without, and the features of either.
_ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("channel-group", "channel-partition", "channel-pair"), (n.XPON,)),
    "channel-termination": (n.XPON, n.BBF_HW),
    **dict.fromkeys(("v-ani", "olt-v-enet"), (n.VANI,)),
    "ani": (n.ANI, n.BBF_HW),
    "ethernet": (n.BBF_HW,),
    "vlan-sub-interface": (n.SUBIF, n.TAG),
    "tcont": (n.GEM_QOS,),
}
_FEATURES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "v-ani": ((n.VANI, "configurable-v-ani-onu-id"),),
    "tcont": ((n.GEM, "configurable-alloc-id"),),
    "gemport": ((n.GEM, "configurable-gemport-id"),),
    "tc-map": ((n.TM, "tc-id-2-queue-id-mapping-config"),),
    "vlan-sub-interface": ((n.SUBIF, "tag-rewrites"),),
    "forwarding-database": ((n.L2, "forwarding-databases"),),
    "split-horizon-profile": ((n.L2, "split-horizon-profiles"),),
}


def modules_of(session: Session) -> Modules:
    """The implemented modules by name; none where the device does not say. Raises RpcRefused, SessionLost."""
    if any(_OFFER.match(c) for c in session.capabilities) or _announces(session):
        wanted = element(n.NC, "filter", element(YANG_LIBRARY, "yang-library"), element(YANG_LIBRARY, "modules-state"))
        try:
            found = parse_library(session.get(wanted))
        except RpcRefused:  # some refuse a filter on the form that they do not have
            found = {}
        if found:
            return found
    return parse_hello(session.capabilities)


def _announces(session: Session) -> bool:
    return any(YANG_LIBRARY in c for c in session.capabilities)


def parse_library(data: etree._Element) -> Modules:
    """From the reply to a <get>: RFC 8525 where it is there, else RFC 7895."""
    new = child(data, YANG_LIBRARY, "yang-library")
    entries = [
        entry
        for module_set in children(new, YANG_LIBRARY, "module-set")
        for entry in children(module_set, YANG_LIBRARY, "module")
    ]
    if not entries:
        old = child(data, YANG_LIBRARY, "modules-state")
        entries = [
            entry
            for entry in children(old, YANG_LIBRARY, "module")
            if text(entry, YANG_LIBRARY, "conformance-type") != "import"
        ]
    return {text(entry, YANG_LIBRARY, "name") or "": _module(entry) for entry in entries}


def _module(entry: etree._Element) -> Module:
    deviating = children(entry, YANG_LIBRARY, "deviation")
    return Module(
        namespace=text(entry, YANG_LIBRARY, "namespace") or "",
        features=frozenset((f.text or "").strip() for f in children(entry, YANG_LIBRARY, "feature")),
        # RFC 8525: a leaf-list of names; RFC 7895: a list with a name each.
        deviated_by=frozenset(text(d, YANG_LIBRARY, "name") or (d.text or "").strip() for d in deviating),
    )


def parse_hello(capabilities: Iterable[str]) -> Modules:
    """From capabilities such as `urn:bbf:yang:bbf-xpon?module=bbf-xpon&revision=2020-10-13&features=a,b`."""
    found: dict[str, Module] = {}
    for uri in sorted(capabilities):
        namespace, _, query = uri.partition("?")
        said = parse_qs(query)
        if "module" in said:
            found[said["module"][0]] = Module(
                namespace=namespace,
                features=_words(said.get("features")) if "features" in said else None,
                deviated_by=_words(said.get("deviations")),
            )
    return found


def _words(values: list[str] | None) -> frozenset[str]:
    return frozenset(w for value in values or () for w in value.split(",") if w)


def deviations_of(session: Session, modules: Modules) -> tuple[Deviation, ...]:
    """What the deviating modules say, as far as the device gives their text. Raises SessionLost."""
    if not any(MONITORING in c for c in session.capabilities) and "ietf-netconf-monitoring" not in modules:
        return ()
    found: list[Deviation] = []
    for name in sorted({d for m in modules.values() for d in m.deviated_by}):
        try:
            found += deviations(session.schema(name))
        except (RpcRefused, ValueError):
            continue  # what cannot be read is refused by the device itself when it comes to it
    return tuple(found)


def lacks(modules: Modules, deviated: Iterable[Deviation], kinds: Iterable[str]) -> dict[str, str]:
    """The kinds of object that the device cannot hold, and why."""
    implemented = {m.namespace: name for name, m in modules.items()}
    said = {m.namespace: m.features for m in modules.values()}
    missing_paths = {d.path for d in deviated if d.most is None}
    reasons = {kind: list(_why_not(kind, implemented, said, missing_paths)) for kind in kinds}
    return {kind: "; ".join(why) for kind, why in reasons.items() if why}


def _why_not(
    kind: str,
    implemented: Mapping[str, str],
    features: Mapping[str, frozenset[str] | None],
    missing_paths: set[tuple[str, ...]],
) -> Iterator[str]:
    home = n.HOMES[kind]
    needed = {ns for ns, _ in (*home.containers, home.entry)} | set(_ALSO.get(kind, ()))
    absent = sorted(ns.rpartition(":")[2] for ns in needed if ns not in implemented) if implemented else []
    if absent:
        yield f"it does not implement {' and '.join(absent)}"
    for ns, feature in _FEATURES.get(kind, ()):
        known = features.get(ns)
        if known is not None and feature not in known:
            yield f"it implements {ns.rpartition(':')[2]} without its feature {feature}"
    path = _path(kind)
    if any(path[: len(missing)] == missing for missing in missing_paths):
        yield f"its deviations say that /{'/'.join(path)} is not supported"


def rooms(deviated: Iterable[Deviation], kinds: Iterable[str]) -> tuple[Room, ...]:
    """How many entries of a list there may be, where deviations limit it."""
    of_path: dict[tuple[str, ...], set[str]] = {}
    for kind in kinds:
        of_path.setdefault(_path(kind), set()).add(kind)
    most: dict[tuple[str, ...], int] = {}
    for d in deviated:
        if d.most is not None and d.path in of_path:
            most[d.path] = min(d.most, most.get(d.path, d.most))
    return tuple(
        Room(what=f"/{'/'.join(path)}", kinds=frozenset(of_path[path]), most=most[path]) for path in sorted(most)
    )


def _path(kind: str) -> tuple[str, ...]:
    home = n.HOMES[kind]
    return (*(name for _, name in home.containers), home.entry[1])
