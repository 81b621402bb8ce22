"""What the server says of itself.

Capabilities, netconf-state (RFC 6022), modules-state (RFC 7895), streams (RFC 5277).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from lxml import etree

from labs.olt import deviating
from labs.olt.deviating import Limits
from labs.olt.device import Client
from labs.olt.locks import DatastoreName
from labs.olt.manners import Part, Profile
from labs.olt.names import BASE_1_0, BASE_1_1, NC, NCM, STREAMS, YL, default, nc
from labs.olt.schema import Module, Schema
from labs.olt.served import Served

_CAPABILITY = "urn:ietf:params:netconf:capability:"
_LIBRARY_REVISION = "2016-06-21"


def capabilities(schema: Schema, profile: Profile, limits: Limits) -> tuple[str, ...]:
    """What the hello offers. Modules of YANG 1.1 are in the YANG library (RFC 7950 section 5.6.4)."""
    modules = tuple(_module_capability(module) for module in schema.modules if module.yang_version == "1")
    versions: tuple[tuple[Part, tuple[str, ...]], ...] = (
        ("writable-running", ("1.0",)),
        ("candidate", ("1.0",)),
        ("validate", ("1.0", "1.1")),
        ("confirmed-commit", ("1.0", "1.1")),
        ("rollback-on-error", ("1.0",)),
        ("startup", ("1.0",)),
    )
    return (
        BASE_1_0,
        BASE_1_1,
        *(f"{_CAPABILITY}{part}:{version}" for part, known in versions if profile.has(part) for version in known),
        f"{_CAPABILITY}with-defaults:1.0?basic-mode=explicit&also-supported=report-all,trim",
        f"{_CAPABILITY}notification:1.0",
        f"{_CAPABILITY}interleave:1.0",
        f"{_CAPABILITY}yang-library:1.0?revision={_LIBRARY_REVISION}&module-set-id={module_set(schema, limits)}",
        *modules,
    )


def _module_capability(module: Module) -> str:
    """A module as RFC 6020 section 5.6.4 writes it."""
    features = f"&features={','.join(module.features)}" if module.features else ""
    return f"{module.namespace}?module={module.name}&revision={module.revision}{features}"


def module_set(schema: Schema, limits: Limits) -> str:
    """A name for this set of modules, revisions, features and deviations."""
    text = ",".join(f"{m.name}@{m.revision}:{' '.join(m.features)}" for m in schema.modules)
    text += limits.text() if limits.limits else ""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def hello(session: int, device: Served) -> etree._Element:
    """The server's hello."""
    message = etree.Element(nc("hello"), nsmap=default(NC))
    offered = etree.SubElement(message, nc("capabilities"))
    for uri in capabilities(device.schema, device.profile, device.limits):
        etree.SubElement(offered, nc("capability")).text = uri
    etree.SubElement(message, nc("session-id")).text = str(session)
    return message


def server_state(device: Served, sessions: Iterable[tuple[Client, str]]) -> list[etree._Element]:
    """State beside the OLT's own. sessions: each with the time of its login."""
    return [_netconf_state(device, sessions), _modules_state(device.schema, device.limits), _streams()]


def _netconf_state(device: Served, sessions: Iterable[tuple[Client, str]]) -> etree._Element:
    state = etree.Element(f"{{{NCM}}}netconf-state", nsmap=default(NCM))
    offered = _add(state, NCM, "capabilities")
    for uri in capabilities(device.schema, device.profile, device.limits):
        _add(offered, NCM, "capability", uri)
    datastores = _add(state, NCM, "datastores")
    names: tuple[DatastoreName, ...] = ("running", "candidate", "startup")
    for name in (n for n in names if n in device.profile.datastores):
        datastore = _add(datastores, NCM, "datastore")
        _add(datastore, NCM, "name", name)
        holder = device.locks.holder(name)
        if holder is not None:
            _add(_add(_add(datastore, NCM, "locks"), NCM, "global-lock"), NCM, "locked-by-session", str(holder))
    schemas = _add(state, NCM, "schemas")
    for module in device.schema.modules:
        entry = _add(schemas, NCM, "schema")
        _add(entry, NCM, "identifier", module.name)
        _add(entry, NCM, "version", module.revision)
        _add(entry, NCM, "format", "yang")
        _add(entry, NCM, "namespace", module.namespace)
        _add(entry, NCM, "location", "NETCONF")
    listed = _add(state, NCM, "sessions")
    for client, login in sorted(sessions, key=lambda pair: pair[0].session):
        entry = _add(listed, NCM, "session")
        _add(entry, NCM, "session-id", str(client.session))
        _add(entry, NCM, "transport", "netconf-ssh")
        _add(entry, NCM, "username", client.user)
        _add(entry, NCM, "source-host", client.source)
        _add(entry, NCM, "login-time", login)
    return state


def _modules_state(schema: Schema, limits: Limits) -> etree._Element:
    state = etree.Element(f"{{{YL}}}modules-state", nsmap=default(YL))
    _add(state, YL, "module-set-id", module_set(schema, limits))
    for module in schema.modules:
        _module(_add(state, YL, "module"), module, limits)
    if limits.limits:
        entry = _add(state, YL, "module")
        for name, value in (("name", deviating.MODULE), ("revision", deviating.REVISION)):
            _add(entry, YL, name, value)
        _add(entry, YL, "namespace", deviating.NAMESPACE)
        _add(entry, YL, "conformance-type", "implement")
    return state


def _module(entry: etree._Element, module: Module, limits: Limits) -> None:
    _add(entry, YL, "name", module.name)
    _add(entry, YL, "revision", module.revision)
    _add(entry, YL, "namespace", module.namespace)
    for feature in module.features:
        _add(entry, YL, "feature", feature)
    if limits.deviates(module.namespace):
        deviation = _add(entry, YL, "deviation")
        _add(deviation, YL, "name", deviating.MODULE)
        _add(deviation, YL, "revision", deviating.REVISION)
    _add(entry, YL, "conformance-type", "implement" if module.implemented else "import")


def _streams() -> etree._Element:
    netconf = etree.Element(f"{{{STREAMS}}}netconf", nsmap=default(STREAMS))
    stream = _add(_add(netconf, STREAMS, "streams"), STREAMS, "stream")
    _add(stream, STREAMS, "name", "NETCONF")
    _add(stream, STREAMS, "description", "All notifications of this OLT")
    _add(stream, STREAMS, "replaySupport", "false")
    return netconf


def _add(parent: etree._Element, space: str, name: str, value: str | None = None) -> etree._Element:
    made = etree.SubElement(parent, f"{{{space}}}{name}")
    made.text = value
    return made
