"""The events of a change as stretches of time: what took how long, on which device.

From the beginning to the first event it is planned; then each phase lasts until the next begins. When every device has
been read back, the rest of `check` is the proof, called `verify`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from controller.events import Event
from controller.state.journal import ENDED, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """From begin to end. name: plan, prepare, commit, check, verify, confirm, revert. device: empty for all of them.
    through: whether the device, or every one, came through. round: of a commit, from 1; else 0."""

    name: str
    begin: datetime
    end: datetime
    device: str = ""
    round: int = 0
    through: bool = True


@dataclass(slots=True)
class Phases:
    """Hears the events of one change and tells what has ended by them. planned: it has been already."""

    begin: datetime
    planned: bool = False
    _last: Event | None = None
    _through: dict[str, datetime] = field(default_factory=dict)
    _read: datetime | None = None  # when every device had been read back

    def hear(self, event: Event) -> tuple[Stretch, ...]:
        """What this event puts an end to: devices of a phase first, then the phase."""
        if event.device:
            self._through[event.device] = event.at
            if event.phase is Phase.CHECK and event.done >= event.total:
                self._read = event.at
            return ()
        ended = self.end(event.at)
        self._last = None if event.phase in ENDED else event
        self.begin = event.at
        return ended

    def end(self, at: datetime) -> tuple[Stretch, ...]:
        """What is under way, ended at this moment. Ends nothing twice."""
        last = self._last
        if last is None:
            planned, self.planned = self.planned, True
            return () if planned else (Stretch(name="plan", begin=self.begin, end=at),)
        name, until = str(last.phase), at
        rest: tuple[Stretch, ...] = ()
        if last.phase is Phase.CHECK and self._read is not None:
            until, rest = self._read, (Stretch(name="verify", begin=self._read, end=at),)
        parts = tuple(self._part(name, device, last, until) for device in last.devices)
        whole = Stretch(name=name, begin=self.begin, end=until, round=last.round, through=all(p.through for p in parts))
        self._last, self._read = None, None
        self._through.clear()
        return (*parts, whole, *rest)

    def _part(self, name: str, device: str, last: Event, until: datetime) -> Stretch:
        through = self._through.get(device)
        return Stretch(
            name=name,
            begin=self.begin,
            end=through or until,
            device=device,
            round=last.round,
            through=through is not None,
        )
