"""Proving again and again, as a service does it: what a device was found to do with packets is kept for as long as it
holds the same.

The proof is whole each time: every property of every intent, for all its packets. Only the question what one device
does with one set of packets is not asked twice (network/seen.py says why that is sound). Of verdicts the last one is
kept, for who asks again of equal values. What does not hold is proven once more from nothing, so that the packets that
are shown do not hang on what was read before; and so is a large network, whose answers would take much room.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from intents.model.campus import Campus
from intents.model.evidence import Verdict
from intents.model.intent import ResolvedIntent
from intents.model.state import Operational
from intents.verify.assess import assess, verify
from intents.verify.beside import Task
from intents.verify.drift import check_drift
from intents.verify.network.models import Models, same
from intents.verify.network.network import Network
from intents.verify.packets.atoms import TooManyAtoms

MOST: Final = 10_000  # objects on all devices, of a network whose answers are kept

Prove = Callable[[Task, Collection[str]], Verdict]


def from_nothing(task: Task, shown: Collection[str]) -> Verdict:
    """As intents.verify.verify."""
    return verify(*task, shown=shown)


@dataclass(frozen=True, slots=True)
class _Proven:
    """The last verdict, and of what; of a network without drift. shown: as of `verify`. models: where it holds."""

    campus: Campus
    intents: tuple[ResolvedIntent, ...]
    operational: Operational
    shown: frozenset[str]
    verdict: Verdict
    models: Models | None

    def is_of(
        self, campus: Campus, intents: Sequence[ResolvedIntent], operational: Operational, shown: frozenset[str]
    ) -> bool:
        """Whether it speaks of this."""
        before, now = self.operational.devices, operational.devices
        alike = before.keys() == now.keys() and all(same(before[name], now[name], in_order=True) for name in now)
        return alike and (self.intents, self.shown, self.campus) == (tuple(intents), shown, campus)


class Prover:
    """One network's proofs, one after the other; its owner sees to that. Begins with nothing. nothing: how it is proven
    from nothing."""

    def __init__(self, nothing: Prove = from_nothing, *, most: int = MOST) -> None:
        self._nothing, self._most = nothing, most
        self._proven: _Proven | None = None

    def verify(self, task: Task, shown: Collection[str] = ()) -> Verdict:
        """What intents.verify.verify says of the same."""
        campus, intents, operational, applied = task
        if applied is not None and check_drift(operational, applied):
            return self._nothing(task, shown)
        names = frozenset(shown)
        if self._proven is not None and self._proven.is_of(campus, intents, operational, names):
            return self._proven.verdict
        models = self._models(campus, operational)
        verdict = None
        if models is not None:
            verdict = Verdict(intents=assess(Network(campus, operational, models), intents, shown))
        if verdict is None or not verdict.holds:
            models, verdict = None, self._nothing(task, shown)
        self._proven = _Proven(campus, tuple(intents), operational, names, verdict, models)
        return verdict

    def _models(self, campus: Campus, operational: Operational) -> Models | None:
        """Of what was proven last, where that is a reading of the same campus, else new ones."""
        earlier = self._proven.models if self._proven is not None and self._proven.campus == campus else None
        self._proven = None  # what does not stand is let go before there is more
        if sum(len(seen.state.objects) for seen in operational.devices.values()) > self._most:
            return None
        try:
            return (earlier.again(operational) if earlier is not None else None) or Models.of(
                campus, operational, keeps=True
            )
        except TooManyAtoms:
            return None
