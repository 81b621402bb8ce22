"""The proof in two halves, side by side: what the second prover takes, and how the first takes it over.

What anybody may send (loops, trust, isolation) hangs together and is one piece: the second prover begins with it, and
goes on with single intents from the end of the list, to which the first comes last. Nobody waits for an intent: where
the first prover finds it not done yet, it proves it as well. Either finds the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from intents.model.campus import Campus
from intents.model.evidence import Finding, Way
from intents.model.intent import Permission, ResolvedIntent
from intents.model.state import DeviceState, Operational

OfAnybody = tuple[Finding | None, ...]  # of an intent: of what anybody may send (Judge.of_anybody)


class Own(NamedTuple):
    """What is found of an intent's own packets (Judge.own), and ways that are shown."""

    findings: tuple[Finding | None, ...]
    paths: tuple[Way, ...] = ()


class Task(NamedTuple):
    """What is to be proven: the arguments of `verify`."""

    campus: Campus
    intents: Sequence[ResolvedIntent]
    operational: Operational
    applied: Mapping[str, DeviceState] | None


class Piece(NamedTuple):
    """What the second prover has found: of one intent, or of anybody, by intent."""

    name: str = ""
    own: Own | None = None
    anybody: Mapping[str, OfAnybody] | None = None


class Beside(Protocol):
    """The second prover, as the first sees it."""

    def own(self, name: str) -> Own | None:
        """What was found of an intent until now, or None. Does not wait."""

    def anybody(self) -> Mapping[str, OfAnybody] | None:
        """What was found of anybody, by intent. Waits for it. None: nothing will be."""


class Half(Protocol):
    """What the second prover asks (assess.Judge)."""

    def own(self, resolved: ResolvedIntent) -> Own:
        """Of an intent's own packets."""

    def of_anybody(self, resolved: ResolvedIntent) -> OfAnybody:
        """Of what anybody may send."""


def pieces(judge: Half, ordered: Sequence[ResolvedIntent]) -> Iterator[Piece]:
    """The second prover's work; whoever takes it stops when there is enough."""
    yield Piece(anybody={resolved.name: judge.of_anybody(resolved) for resolved in ordered})
    for resolved in reversed(in_turn(ordered)):
        if is_promised(resolved):
            return
        yield Piece(name=resolved.name, own=judge.own(resolved))


def in_turn(ordered: Sequence[ResolvedIntent]) -> list[ResolvedIntent]:
    """The order in which intents are proven: first those that are promised something, since what is left for one of
    them hangs on the packets of the others."""
    return sorted(ordered, key=lambda resolved: not is_promised(resolved))


def is_promised(resolved: ResolvedIntent) -> bool:
    """Whether more is owed than that packets arrive, and in which class."""
    i = resolved.intent
    owed = (i.guarantee_bps, i.limit_bps, i.latency_us, i.deliver, i.via, i.survive)
    return i.permission is Permission.ALLOW and any(value is not None for value in owed)
