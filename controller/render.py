"""What a device is to hold, in the device's own form. Offline: from the texts alone."""

from __future__ import annotations

from controller.project import Project
from intents.compile import compile_intended
from intents.ingest import nearest
from intents.model.diagnostic import ClearwayError, Diagnostic, Position, has_errors
from southbound.netconf import render_text as netconf_text
from southbound.openflow import render_text as openflow_text


def render_device(project: Project, device: str) -> str:
    """XML of the NETCONF configuration for an OLT, flow entries and queues for a switch. Raises ClearwayError."""
    campus = project.checked_campus()
    names = [*campus.olts, *campus.switches]
    if device not in names:
        close = nearest(device, names)
        raise ClearwayError(
            Diagnostic(
                code="unknown-device",
                message=f"there is no OLT or switch {device!r} in {campus.name}",
                hint=f"did you mean {close!r}?" if close else f"there are {', '.join(sorted(names))}",
                position=Position(str(project.root)),
            )
        )
    compiled = compile_intended(campus, project.intents, None)
    if compiled.intended is None or has_errors(compiled.diagnostics):
        raise ClearwayError(*compiled.diagnostics)
    state = compiled.intended.states[device]
    olt = campus.olts.get(device)
    return openflow_text(state) if olt is None else netconf_text(state, olt.family)
