"""How this OLT differs from a good one: what it was built without, where it deviates from RFC 6241, faults to order.

At the start, by options of `python -m labs.olt`:

    --without candidate          running is written directly (:writable-running), no commit
    --without confirmed-commit   commits are for good at once
    --without validate, --without rollback-on-error
    --with startup               what is not copied to startup is gone after a reboot
    --with writable-running      beside the candidate
    --deviates NAME              see DEVIATIONS
    --limit /xpongemtcont/tconts/tcont=64, --limit /forwarding/split-horizon-profiles=none
                                 at most so many entries, or not supported: said in a module of deviations
    --fault FAULT:OPERATION[:TIMES]

While it runs, by its control socket (see control.py; `ask` there is what tests call):

    ask(state / "control", cmd="misbehave", fault="lose-reply", on="commit", times=1, after=0)
    ask(state / "control", cmd="behave")                 forget the faults that are still due
    ask(state / "control", cmd="reboot", empty=True)     at once; empty=False: as it was saved

FAULTS says what there is. `on` names an operation by its element (edit-config, validate, get, get-config, lock, ...);
`hello` is the greeting of a new session, `confirmed-commit` a commit with <confirmed/>, `confirming-commit` one
without, `commit` either, `*` everything after the greeting. times: how often, 0 for ever. after: how many pass first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from lxml import etree

from labs.faults import Order, OrderError
from labs.olt.names import nc
from labs.olt.xmlio import local

Part = Literal["candidate", "confirmed-commit", "validate", "rollback-on-error", "startup", "writable-running"]
Deviation = Literal[
    "keeps-lost-commit",  # a confirmed commit without persist stays when its session is lost, until the time is up
    "reverts-despite-persist",  # one with persist is undone with its session
    "never-reverts",  # a confirmed commit is for good, confirmed or not
    "forgets-validated",  # the candidate, once validated, is running again, so that its commit changes nothing
    "locks-nothing",  # lock says yes to everybody
    "keeps-locks",  # a lock outlives its session, until it reboots
    "locks-modified-candidate",  # a candidate with somebody's changes may be locked
]
Fault = Literal[
    "refuse",  # rpc-error, nothing done
    "hang",  # nothing done, no answer, and none to what the session asks after that
    "lie",  # says yes (to a read: says that there is nothing) and does nothing
    "drop",  # nothing done, the connection is cut
    "mute",  # done, and no answer from then on
    "lose-reply",  # done, and the connection is cut before the answer
    "drop-after",  # done and answered, then the session is lost
    "reboot",  # not done: all sessions are lost, and it comes up as saved
    "reboot-empty",  # not done: all sessions are lost, and it comes up with nothing
]
DEVIATIONS: Final[tuple[Deviation, ...]] = get_args(Deviation)
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
PARTS: Final[tuple[Part, ...]] = get_args(Part)
DONE: Final = frozenset({"mute", "lose-reply", "drop-after"})
_USUAL: Final[frozenset[Part]] = frozenset({"candidate", "confirmed-commit", "validate", "rollback-on-error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the server is built with, and where it deviates."""

    parts: frozenset[Part] = _USUAL
    deviations: frozenset[Deviation] = frozenset()
    limits: Mapping[str, int | None] = field(default_factory=dict)

    def has(self, part: Part) -> bool:
        """Whether it can do this."""
        return part in self.parts

    def deviates(self, how: Deviation) -> bool:
        """Whether it does this."""
        return how in self.deviations

    @property
    def datastores(self) -> tuple[str, ...]:
        """By the names of RFC 6241."""
        return ("running", *(d for d in ("candidate", "startup") if d in self.parts))


def profile(
    *,
    with_: Iterable[str] = (),
    without: Iterable[str] = (),
    deviates: Iterable[str] = (),
    limits: Iterable[tuple[str, int | None]] = (),
) -> Profile:
    """The usual server with some things more, less and otherwise. Raises OrderError."""
    more, less, others = set(with_), set(without), set(deviates)
    for given, known in ((more | less, PARTS), (others, DEVIATIONS)):
        for name in sorted(given - set(known)):
            raise OrderError(f"there is no {name!r}: {', '.join(known)}")
    if "candidate" in less:
        less.add("confirmed-commit")
        more.add("writable-running")
    parts = frozenset(p for p in PARTS if (p in _USUAL or p in more) and p not in less)
    return Profile(parts=parts, deviations=frozenset(d for d in DEVIATIONS if d in others), limits=dict(limits))


def order_of(fault: Any, on: Any, times: Any = 1, after: Any = 0) -> Order[Fault]:
    """An order from what came over the wire. Raises OrderError."""
    if fault not in FAULTS:
        raise OrderError(f"there is no fault {fault!r}: {', '.join(FAULTS)}")
    if not isinstance(on, str) or not on:
        raise OrderError("a fault needs an operation: on")
    return Order(fault=fault, on=on, times=int(times), after=int(after))


def order_from(text: str) -> Order[Fault]:
    """FAULT:OPERATION[:TIMES]. Raises OrderError."""
    fault, _, rest = text.partition(":")
    on, _, times = rest.partition(":")
    return order_of(fault, on, times or 1)


def names_of(rpc: etree._Element) -> frozenset[str]:
    """The names that orders know an rpc's operation by."""
    if len(rpc) != 1:
        return frozenset({"*"})
    names = {"*", local(rpc[0])}
    if rpc[0].tag == nc("commit"):
        names.add("confirming-commit" if rpc[0].find(nc("confirmed")) is None else "confirmed-commit")
    return frozenset(names)
