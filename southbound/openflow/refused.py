"""A switch's no, in words: which switch, what it refuses and why, and what to do about it.

Error types and codes: OpenFlow 1.4.0, 7.5.4; 1.3.5 has the same for these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from intents.model.diagnostic import Diagnostic
from intents.model.state import DeviceState, Difference
from intents.model.switch import COOKIE_MASK, COOKIE_PREFIX, FlowEntry
from southbound.driver import DeviceRefused
from southbound.openflow.channel import Refusal
from southbound.openflow.dialect import Dialect
from southbound.openflow.text import describe

_TABLE_FULL: Final = (5, 1)  # OFPFMFC_TABLE_FULL
_NO_ROOM: Final = {(6, 3): "group", (12, 10): "meter"}  # OFPGMFC_OUT_OF_GROUPS, OFPMMFC_OUT_OF_METERS
_IS_SLAVE: Final = (1, 10)  # OFPBRC_IS_SLAVE
_STALE: Final = (11, 0)  # OFPRRFC_STALE
_SHARE: Final = "controllers that share a switch on purpose say `openflow: {role: equal}` in the campus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What was refused: the difference, None for the bundle or a request; all that was asked for with it."""

    refusal: Refusal
    difference: Difference | None
    asked: Sequence[Difference] = ()

    @property
    def kind(self) -> tuple[int, int]:
        """Error type and code."""
        return (self.refusal.type, self.refusal.code)

    @property
    def is_full(self) -> bool:
        """Whether there was no room, so that it is worth reading what is there."""
        return self.kind == _TABLE_FULL or self.kind in _NO_ROOM

    @property
    def is_slave(self) -> bool:
        """Whether it takes changes from another controller only."""
        return self.kind == _IS_SLAVE


def in_words(talk: Dialect, switch: str, refused: Refused, held: DeviceState | None) -> DeviceRefused:
    """The error to raise. switch: its name and datapath id; held: what it holds now that nothing of the change is in
    effect, None if it is not known."""
    about = "" if refused.difference is None else repr(refused.difference.key)
    if refused.is_full:
        return DeviceRefused(_full(switch, refused, held), object_name=about)
    if refused.is_slave:
        return DeviceRefused(
            Diagnostic(
                code="switch-slave",
                message=f"{switch}: another controller has made itself its master: it takes no change from this one",
                hint=f"end the other, or let it make the change; {_SHARE}",
            ),
            object_name=about,
        )
    what = "the bundle" if refused.difference is None else named(refused.difference)
    return DeviceRefused(
        Diagnostic(code="switch-refused", message=f"{switch}: it refuses {what}: {_error(talk, refused.refusal)}"),
        object_name=about,
    )


def no_master(talk: Dialect, switch: str, refusal: Refusal) -> DeviceRefused:
    """It does not make us its master (OpenFlow 1.4.0, 6.3.6)."""
    if (refusal.type, refusal.code) == _STALE:
        return DeviceRefused(
            Diagnostic(
                code="switch-role-stale",
                message=f"{switch}: a controller that began after this one is its master: this one gives way",
                hint="end one of the two; if there is no other, this machine's clock went back: start the switch "
                "again, which forgets it, or say `openflow: {role: equal}` in the campus",
            )
        )
    return DeviceRefused(
        Diagnostic(
            code="switch-role-refused",
            message=f"{switch}: it does not make this controller its master: {_error(talk, refusal)}",
            hint=_SHARE,
        )
    )


def named(difference: Difference) -> str:
    """A difference in a few words."""
    thing = difference.before if difference.after is None else difference.after
    if isinstance(thing, FlowEntry) or (thing is not None and difference.key[0] in {"group", "meter"}):
        return f"the {difference.op} of {describe(thing)}"  # type: ignore[arg-type]
    return repr(difference.key)


def _error(talk: Dialect, refusal: Refusal) -> str:
    kind = talk.ofproto.ofp_error_type_to_str(refusal.type)
    return f"{kind}, {talk.ofproto.ofp_error_code_to_str(refusal.type, refusal.code)}"


def _full(switch: str, refused: Refused, held: DeviceState | None) -> Diagnostic:
    kind = _NO_ROOM.get(refused.kind, "flow")
    entry = None if refused.difference is None else refused.difference.after or refused.difference.before
    table = entry.table if isinstance(entry, FlowEntry) else None
    where = f"its table {table} is full" if table is not None else f"it has no room for another {kind}"
    more = sum(1 for d in refused.asked if d.op == "add" and _counts(d.key, kind, table))
    needs = f", and the change needs {more:,} more" if more else ""
    return Diagnostic(
        code="switch-full",
        message=f"{switch}: {where}{_count(held, kind, table)}{needs}; nothing of the change is in effect",
        hint="ask for less (fewer pairs of places, fewer limits) or remove what others hold there; write what it has "
        "room for as its model (models: {NAME: {flows: 1000, meters: 100}}), and a plan says so beforehand",
    )


def _counts(key: tuple[object, ...], kind: str, table: int | None) -> bool:
    return key[0] == kind and (table is None or key[1] == table)


def _count(held: DeviceState | None, kind: str, table: int | None) -> str:
    if held is None:
        return ""
    there = [thing for key, thing in held.objects.items() if _counts(key, kind, table)]
    if kind != "flow":
        return f": it holds {len(there):,}"
    ours = sum(1 for t in there if isinstance(t, FlowEntry) and t.cookie & COOKIE_MASK == COOKIE_PREFIX)
    return f": it holds {len(there):,} flow entries, {ours:,} of them Clearway's"
