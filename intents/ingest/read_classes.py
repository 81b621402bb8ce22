"""Classes and services: the product's, with a campus's changes laid over them."""

from __future__ import annotations

from dataclasses import replace

from intents.ingest.report import Report
from intents.ingest.sections import Entry, Sections, rate
from intents.ingest.tree import Scalar, Sequence, Table
from intents.model.campus import Service, ServiceClass
from intents.model.classes import CLASSES, ICMP, SERVICES, TCP, UDP
from intents.model.diagnostic import NOWHERE

PROTOCOLS = {"any": 0, "icmp": ICMP, "tcp": TCP, "udp": UDP}
_MAX_PORT = 65535


def read_classes(sections: Sections, report: Report) -> dict[str, ServiceClass]:
    """The classes in force. A PCP belongs to one class."""
    classes = {c.name: c for c in CLASSES}
    for entry in sections.whole("classes"):
        read = _class(entry, classes.get(entry.name), report)
        if read is not None:
            classes[entry.name] = read
    written = {e.name: e.position for e in sections.whole("classes")}
    by_pcp: dict[int, ServiceClass] = {}
    for cls in sorted(classes.values(), key=lambda c: (written.get(c.name, NOWHERE) != NOWHERE, c.name)):
        first = by_pcp.setdefault(cls.pcp, cls)
        if first is not cls:
            message = f"the classes {first.name} and {cls.name} both have PCP {cls.pcp}"
            hint = "a PCP names one class on the wire: " + _free(classes)
            position = written.get(cls.name, NOWHERE)
            if first.name in written:
                report.twice("pcp-twice", position, written[first.name], message, hint)
            else:  # the product's own: written nowhere in the campus
                report.error("pcp-twice", position, message, hint)
    return dict(sorted(classes.items()))


def _free(classes: dict[str, ServiceClass]) -> str:
    used = {c.pcp for c in classes.values()}
    free = [str(pcp) for pcp in range(8) if pcp not in used]
    return f"free: {', '.join(free)}" if free else "change the PCP of the other class as well"


def _class(entry: Entry, base: ServiceClass | None, report: Report) -> ServiceClass | None:
    table = entry.table
    values = {key: table.text(key) for key in ("pcp", "dscp", "priority")}
    missing = [key for key, value in values.items() if value is None]
    if base is None and missing:
        message = f"the new class {entry.name} has no {' and no '.join(missing)}"
        report.error("missing-key", entry.position, message, "a new class needs pcp, dscp and priority")
        return None
    cls = base or ServiceClass(name=entry.name, pcp=0, dscp=0, priority=0)
    numbers = {key: _number(value) for key, value in values.items() if value is not None}
    cls = replace(
        cls,
        pcp=numbers.get("pcp", cls.pcp),
        dscp=numbers.get("dscp", cls.dscp),
        priority=numbers.get("priority", cls.priority),
    )
    cap = table.text("cap")
    if cap is None:
        return cls
    return replace(cls, cap_bps=None if cap.text == "none" else rate(cap, report))


def _number(node: Scalar) -> int:
    return node.value if isinstance(node.value, int) else 0


def read_services(sections: Sections) -> dict[str, Service]:
    """The services in force."""
    services = {s.name: s for s in SERVICES}
    for entry in sections.whole("services"):
        protocol = entry.table.text("protocol")
        if protocol is not None:
            number, ports = PROTOCOLS[protocol.text], _port_list(entry.table)
            services[entry.name] = Service(name=entry.name, protocol=number, ports=ports)
    return dict(sorted(services.items()))


def _port_list(table: Table) -> tuple[int, ...]:
    ports = table.get("ports")
    items = ports.items if isinstance(ports, Sequence) else ()
    return tuple(sorted({_number(p) for p in items if isinstance(p, Scalar)}))


def service_named(text: str, services: dict[str, Service]) -> Service | None:
    """A service by name, or one written protocol/port such as tcp/8080."""
    if text in services:
        return services[text]
    protocol, _, port = text.partition("/")
    if (
        protocol in ("tcp", "udp")
        and port.isascii()
        and port.isdigit()
        and len(port) < 6
        and 0 < int(port) <= _MAX_PORT
    ):
        return Service(name=text, protocol=PROTOCOLS[protocol], ports=(int(port),))
    return None
