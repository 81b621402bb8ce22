"""Devices that left the campus with something of Clearway's on them: named until they are emptied, are back, or
somebody says that they are gone. Nobody asks them, and nothing is done to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from controller.access.caller import caller_fields
from controller.audit import anchors
from controller.audit.log import AuditLog
from controller.state.store import Store
from intents.ingest import nearest
from intents.model.diagnostic import ClearwayError, Diagnostic, Severity
from intents.model.state import DeviceState

_HINT: Final = (
    "to empty it: put it back without its ONUs and links, apply, then take it out; if it is gone: `clearway forget {}`"
)


def left_in(applied: Mapping[str, DeviceState] | None, campus: Collection[str]) -> Mapping[str, DeviceState]:
    """By name, what was applied to devices that are not among these any more, where that is anything."""
    return {name: state for name, state in sorted((applied or {}).items()) if name not in campus and state.objects}


def told(left: Collection[str]) -> tuple[Diagnostic, ...]:
    """A warning of each."""
    return tuple(
        Diagnostic(
            code="device-left",
            severity=Severity.WARNING,
            message=f"{name} is not in the campus any more, and keeps what was applied to it",
            hint=_HINT.format(name),
        )
        for name in sorted(left)
    )


def forget(store: Store, campus: Collection[str], device: str, *, by: str) -> int:
    """It is gone: how many objects were applied to it. In the audit log before it is so. Raises ClearwayError where it
    is in the campus, or nothing is known of it."""
    with store.lock():
        applied = store.load_applied() or {}
        left = left_in(applied, campus)
        if device not in left:
            raise ClearwayError(_not_left(device, campus, left))
        with_it = len(left[device].objects)
        log = AuditLog(store.folder)
        log.append("device-forgotten", {"device": device, "objects": with_it, **(caller_fields() or {"by": by})})
        store.save_applied({name: state for name, state in applied.items() if name != device})
        anchors.keep(store, log)
        log.close()
    return with_it


def _not_left(device: str, campus: Collection[str], left: Collection[str]) -> Diagnostic:
    if device in campus:
        return Diagnostic(
            code="device-not-left",
            message=f"{device} is in the campus, and is not forgotten",
            hint="take it out of the campus first, and apply",
        )
    near = nearest(device, list(left))
    return Diagnostic(
        code="device-not-left",
        message=f"nothing that was applied to '{device}' is known",
        hint=f"did you mean '{near}'?" if near else f"left behind: {', '.join(left) or 'nothing'}",
    )
