"""One device, looked at: a glance for little, and a full reading where the glance differs or it is time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from controller.fleet import merged
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.state import Observation
from southbound.driver import Driver, Glancer

Mark = tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is known of a device. seen: what it held when it was read last, None: never. epoch: of the network (see
    Eyes), when that was found to be still so. faults: why it cannot be read now; since_s: since when, on the clock of
    Eyes. number: counts readings and changes between away and there, so that two sights can be told apart."""

    device: str
    seen: Observation | None = None
    epoch: int = -1
    faults: tuple[Diagnostic, ...] = ()
    since_s: float = 0.0
    number: int = 0

    @property
    def away(self) -> bool:
        """Whether it cannot be read now."""
        return bool(self.faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look brought. observed None: nothing differs. dumb: only reading it in full shows what changed."""

    observed: Observation | None
    dumb: bool
    faults: tuple[Diagnostic, ...] = ()


class Eye:
    """A device's drivers, kept open to look by. One caller at a time."""

    def __init__(self, device: str, drivers: Sequence[Driver]) -> None:
        self.device = device
        self._drivers = drivers
        self._mark: Mark | None = None

    def look(self, *, whole: bool) -> Look:
        """Glance; read where something differs, or anyway if whole."""
        try:
            mark = self._glance()
            dumb = None in mark
            if mark == self._mark and not whole:
                return Look(observed=None, dumb=dumb)
            seen = [d.observe_and_glance() if isinstance(d, Glancer) else (d.observe(), None) for d in self._drivers]
            observed, self._mark = merged([state for state, _ in seen]), tuple(said for _, said in seen)
        except ClearwayError as error:
            self._mark = None
            return Look(observed=None, dumb=False, faults=error.diagnostics)
        return Look(observed=observed, dumb=dumb)

    def _glance(self) -> Mark:
        return tuple(d.glance() if isinstance(d, Glancer) else None for d in self._drivers)

    def close(self) -> None:
        """Let go of the sessions."""
        for driver in self._drivers:
            driver.close()
