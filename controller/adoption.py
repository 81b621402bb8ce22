"""The end of a break-glass by which the fix stays: the texts must say what was done by hand.

Clearway does not write an intent out of flow entries: what a device holds is less than what somebody meant. It says of
each object that was changed which text asks for it, and what to write; once the texts compile to what is there, the fix
is adopted, and not a message is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from controller.held import drifted
from controller.operations import Connect
from controller.owners import owned
from controller.project import Project
from controller.state.store import Store
from intents.compile import compile_intended
from intents.model.diagnostic import NOWHERE, ClearwayError, Diagnostic, Related
from intents.model.evidence import Drift, DriftKind
from intents.model.plan import Intended
from intents.model.state import DeviceState, Operational

MOST_SAID: Final = 10


def adopt(project: Project, connect: Connect, store: Store, device: str) -> int:
    """Take what one device holds for what was applied, where the texts say the same: how many objects that were changed
    by hand. Raises ClearwayError (`break-glass-unwritten`) with what is still to be written."""
    campus = project.checked_campus()
    with store.lock(), connect(campus) as fleet:
        seen = Operational(devices={device: fleet.observe_one(device)})
        applied = store.load_applied() or {}
        compiled = compile_intended(campus, project.intents, seen)
        if compiled.intended is None:
            raise ClearwayError(*compiled.diagnostics)
        by_hand = drifted(seen, applied, device)
        unwritten = _unwritten(by_hand, compiled.intended, seen, device)
        if unwritten:
            raise ClearwayError(*(_refusal(owned(d, compiled.intended)) for d in unwritten[:MOST_SAID]))
        objects = dict(applied[device].objects) if device in applied else {}
        for drift in by_hand:
            thing = seen.devices[device].state.objects.get(drift.key)
            if thing is None:
                objects.pop(drift.key, None)
            else:
                objects[drift.key] = thing
        store.save_applied({**applied, device: DeviceState.of(device, objects.values())})
        return len(by_hand)


def _unwritten(by_hand: Sequence[Drift], intended: Intended, seen: Operational, device: str) -> tuple[Drift, ...]:
    """What the texts want otherwise than it was made by hand."""
    wanted, held = intended.states[device].objects, seen.devices[device].state.objects
    return tuple(d for d in by_hand if wanted.get(d.key) != held.get(d.key))


def _refusal(drift: Drift) -> Diagnostic:
    first, *others = drift.askers or (None,)
    return Diagnostic(
        code="break-glass-unwritten",
        message=f"{drift.statement}, and the texts do not say so",
        hint=_what_to_write(drift),
        position=first.position if first is not None else NOWHERE,
        related=tuple(Related(position=a.position, message=f"{a.name} asks for it too") for a in others if a),
    )


def _what_to_write(drift: Drift) -> str:
    names = " and ".join(a.name for a in drift.askers)
    match drift.kind:
        case DriftKind.MISSING if names:
            return f"remove {names}, or narrow it so that it does not need this; then adopt again. Or revert"
        case DriftKind.CHANGED if names:
            found = ", ".join(f"{d.attribute} {d.found}" for d in drift.differs[:3])
            return f"change {names} so that it asks for {found}; `clearway plan` shows when it does. Or revert"
        case DriftKind.EXTRA:
            return "write an intent that asks for it, or give it a mark that is not Clearway's; then adopt. Or revert"
        case _:
            return "the campus asks for this, and no intent: change the campus there. Or revert"
