"""A campus from the sections of its documents."""

from __future__ import annotations

from typing import Literal

from intents.ingest.read_classes import read_classes, read_services
from intents.ingest.read_devices import read_devices
from intents.ingest.read_places import read_aliases, read_groups, read_places, read_segments
from intents.ingest.report import Report
from intents.ingest.sections import Sections, secret
from intents.ingest.tree import Scalar
from intents.model.campus import Campus, FlowSpace, Policy, Tls


def _number(sections: Sections, section: str, name: str) -> int | None:
    """A whole number that a section says of the whole campus."""
    entry = sections.named[section].get(name)
    found = entry.body.value if entry is not None and not entry.broken and isinstance(entry.body, Scalar) else None
    return found if isinstance(found, int) else None


def _flow_space(sections: Sections) -> FlowSpace:
    table, priority = _number(sections, "openflow", "first-table"), _number(sections, "openflow", "priority")
    return FlowSpace(first_table=table or 0, priority=priority or 0)


def _role(sections: Sections) -> Literal["master", "equal"]:
    entry = sections.named["openflow"].get("role")
    return "equal" if entry is not None and isinstance(entry.body, Scalar) and entry.body.text == "equal" else "master"


def _tls(sections: Sections) -> Tls | None:
    """What the controller shows and believes; None where the schema found something missing."""
    entries = {entry.name: entry for entry in sections.whole("tls")}
    certificate, key, ca = (secret(entries[n].table) if n in entries else None for n in ("certificate", "key", "ca"))
    if certificate is None or key is None or ca is None:
        return None
    return Tls(certificate=certificate, key=key, ca=ca, position=entries["certificate"].position)


def read_campus(name: str, sections: Sections, report: Report) -> Campus:
    """Everything that could be read; what could not is in the report. Mappings are in the order of their names."""
    classes = read_classes(sections, report)
    services = read_services(sections)
    devices = read_devices(sections, report)
    segments = read_segments(sections, classes, report)
    places = read_places(sections, devices, segments, report)
    groups = read_groups(sections, report)
    aliases = read_aliases(sections, report)
    return Campus(
        name=name,
        segments=dict(sorted(segments.items())),
        switches=dict(sorted(devices.switches.items())),
        olts=dict(sorted(devices.olts.items())),
        onus=dict(sorted(devices.onus.items())),
        links=tuple(devices.links),
        places=dict(sorted(places.items())),
        groups=dict(sorted(groups.items())),
        classes=classes,
        services=services,
        aliases=dict(sorted(aliases.items())),
        models=devices.models,
        policy=Policy(max_disrupted_places=_number(sections, "policy", "max-disrupted-places")),
        flow_space=_flow_space(sections),
        openflow_role=_role(sections),
        tls=_tls(sections),
    )
