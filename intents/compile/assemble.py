"""compile_intended: campus and intents in, the intended state of every device or diagnostics out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intents.compile.planner import Planner
from intents.model.campus import Campus
from intents.model.diagnostic import Diagnostic, Severity, has_errors
from intents.model.intent import ResolvedIntent
from intents.model.plan import Intended
from intents.model.state import Operational

# Errors that the devices may mend by themselves: they stand beside an intended state.
_FOR_NOW = frozenset(("unknown-onu",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The intended state, None when there cannot be one. Diagnostics are sorted by position.

    An ONU that its OLT does not see (`unknown-onu`) is an error beside an intended state: who knows that it is only
    switched off may go on.
    """

    intended: Intended | None
    diagnostics: tuple[Diagnostic, ...]


def compile_intended(
    campus: Campus, intents: Sequence[ResolvedIntent], operational: Operational | None = None
) -> Compiled:
    """The intended state of every device of the campus.

    Pure and deterministic: the order of `intents` does not matter. With `operational`, numbers that devices hold are
    kept, and an ONU that its OLT does not see is an error.
    """
    planner = Planner(campus, operational)
    found = planner.update(intents)
    is_refused = has_errors([d for d in found if d.code not in _FOR_NOW])
    return Compiled(intended=None if is_refused else planner.intended(), diagnostics=found)


def is_blank(operational: Operational) -> bool:
    """Whether the devices hold nothing: then `compile_intended` comes to the same as if they had not been read. No
    number is taken, and an OLT sees no ONU before a PON is lit."""
    return not any(seen.state.objects for seen in operational.devices.values())


def absent_onus(campus: Campus, intents: Sequence[ResolvedIntent], operational: Operational) -> tuple[Diagnostic, ...]:
    """The errors `unknown-onu` of `compile_intended`. Nothing is planned where every ONU is seen."""
    planner = Planner(campus, operational)
    if not planner.unseen:
        return ()
    return tuple(d for d in planner.update(intents) if d.code in _FOR_NOW and d.severity is Severity.ERROR)
