"""Proving again and again, as a service does it: what a device was found to do with packets is kept for as long as it
holds the same.

The proof is whole each time: every property of every intent, for all its packets. Only the question what one device
does with one set of packets is not asked twice (network/seen.py says why that is sound). Of verdicts the last one is
kept, for who asks again of equal values. What does not hold is proven once more from nothing, so that the packets that
are shown do not hang on what was read before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from intents.model.campus import Campus
from intents.model.evidence import Verdict
from intents.model.intent import ResolvedIntent
from intents.model.state import DeviceState, Operational
from intents.verify.assess import assess, verify
from intents.verify.drift import check_drift
from intents.verify.network.models import Models, same
from intents.verify.network.network import Network
from intents.verify.packets.atoms import TooManyAtoms


@dataclass(frozen=True, slots=True)
class _Proven:
    """What held, and of what. shown: as of `verify`."""

    intents: tuple[ResolvedIntent, ...]
    operational: Operational
    shown: frozenset[str]
    models: Models
    verdict: Verdict

    def is_of(
        self, campus: Campus, intents: Sequence[ResolvedIntent], operational: Operational, shown: frozenset[str]
    ) -> bool:
        """Whether it speaks of this."""
        before, now = self.operational.devices, operational.devices
        alike = before.keys() == now.keys() and all(same(before[name], now[name], in_order=True) for name in now)
        return alike and (self.intents, self.shown, self.models.campus) == (tuple(intents), shown, campus)


class Prover:
    """One network's proofs, one after the other; its owner sees to that. Begins with nothing."""

    def __init__(self) -> None:
        self._proven: _Proven | None = None

    def verify(
        self,
        campus: Campus,
        intents: Sequence[ResolvedIntent],
        operational: Operational,
        applied: Mapping[str, DeviceState] | None = None,
        shown: Collection[str] = (),
    ) -> Verdict:
        """What intents.verify.verify says of the same."""
        if applied is not None and check_drift(operational, applied):
            return verify(campus, intents, operational, applied, shown)
        if self._proven is not None and self._proven.is_of(campus, intents, operational, frozenset(shown)):
            return self._proven.verdict
        try:
            models = self._models(campus, operational)
        except TooManyAtoms:
            return verify(campus, intents, operational, applied, shown)
        verdict = Verdict(intents=assess(Network(campus, operational, models), intents, shown))
        if not verdict.holds:
            return verify(campus, intents, operational, applied, shown)
        self._proven = _Proven(tuple(intents), operational, frozenset(shown), models, verdict)
        return verdict

    def _models(self, campus: Campus, operational: Operational) -> Models:
        """Of what was proven last, where that is a reading of the same campus, else new ones. Raises TooManyAtoms."""
        earlier = self._proven.models if self._proven is not None else None
        self._proven = None  # what does not stand is let go before there is more
        again = earlier.again(operational) if earlier is not None and earlier.campus == campus else None
        return again or Models.of(campus, operational, keeps=True)
