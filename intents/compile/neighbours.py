"""Other applications on the same switches: nothing of theirs is replaced, where the campus says that they are there.

A campus without `openflow:` gives Clearway the whole switch: then an entry in the place of one of its own is replaced,
as that of a switch that has just been unpacked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from intents.compile.context import Context
from intents.compile.ownership import is_ours
from intents.model.campus import FlowSpace
from intents.model.diagnostic import Diagnostic
from intents.model.state import DeviceState
from intents.model.switch import COOKIE_MASK, LEARNT_COOKIE, FlowEntry


def taken_places(context: Context, states: Mapping[str, DeviceState]) -> list[Diagnostic]:
    """An error for each switch on which somebody else's entry has the table, priority and match of one of ours."""
    if context.campus.flow_space == FlowSpace():
        return []
    faults = []
    for name, switch in sorted(context.campus.switches.items()):
        if name not in states:
            continue
        there = next((e for e in _of_others(context, name) if e.key in states[name].objects), None)
        if there is not None:
            what = "for all packets" if not there.match else "with the same match"
            faults.append(
                Diagnostic(
                    code="entry-taken",
                    message=f"{name} holds an entry of another application (cookie {there.cookie:#x}) in table "
                    f"{there.table} at priority {there.priority} {what}, where one of Clearway's is to stand",
                    hint="give Clearway another place (openflow: {first-table: ..., priority: ...} in the campus); an "
                    "entry of Clearway's that somebody replaced: `clearway apply --repair`",
                    position=switch.position,
                )
            )
    return faults


def _of_others(context: Context, switch: str) -> Iterator[FlowEntry]:
    for thing in context.held(switch).values():
        if isinstance(thing, FlowEntry) and not is_ours(thing) and thing.cookie & COOKIE_MASK != LEARNT_COOKIE:
            yield thing
