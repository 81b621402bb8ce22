"""What differs on a device from what was applied to it, and what is to be done about that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from controller.breakglass import Hold
from controller.service.reconcile.guard import Guard
from controller.service.reconcile.settings import Policy, Settings
from controller.service.reconcile.world import World
from intents.model.evidence import Drift, DriftKind
from intents.model.state import DeviceState, Observation, Operational

MOST_SHOWN: Final = 5
_LOST_BY_RESTART: Final = frozenset({"flow", "group", "meter"})  # a switch's queues stand in its database


class Action(StrEnum):
    """What is done about a device's drift."""

    NOTHING = "nothing"
    REPAIR = "repair"
    REFILL = "refill"
    HELD = "held"  # by a person
    LEFT = "left"  # somebody else writes it back


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """One device's drift, and what is done. hold: whose break-glass it is under."""

    device: str
    drifts: tuple[Drift, ...]
    action: Action
    hold: Hold | None = None

    @property
    def is_put_back(self) -> bool:
        """Whether the reconciler puts it back."""
        return self.action in (Action.REPAIR, Action.REFILL)

    def sentences(self) -> tuple[str, ...]:
        """For people: what differs, the first few, and what is done."""
        if not self.drifts:
            return (f"{self.device} is as it was applied",)
        shown = [d.statement for d in self.drifts[:MOST_SHOWN]]
        more = len(self.drifts) - len(shown)
        return (
            *shown,
            *([f"and {more} more on {self.device}"] if more > 0 else []),
            *([_SAID[self.action].format(device=self.device)] if self.action in _SAID else []),
            *([self.hold.statement] if self.hold is not None else []),
        )


_SAID: Final = {
    Action.REFILL: "{device} holds nothing of Clearway's any more, as after a restart: it is filled again",
    Action.REPAIR: "{device} is put back to what was applied",
    Action.LEFT: "something else keeps changing {device}: it is left as it is until somebody has looked",
}


def decide(
    device: str, drifts: Sequence[Drift], applied: DeviceState, settings: Settings, hold: Hold | None, *, left: bool
) -> Drifted:
    """What to do about a device's drift. left: some of it was put back too often lately."""
    action = Action.NOTHING
    if not drifts:
        return Drifted(device=device, drifts=(), action=action, hold=hold)
    if hold is not None:
        action = Action.HELD
    elif left:
        action = Action.LEFT
    elif settings.refill and is_empty(drifts, applied):
        action = Action.REFILL
    elif settings.policy_of(device) is Policy.REPAIR:
        action = Action.REPAIR
    return Drifted(device=device, drifts=tuple(drifts), action=action, hold=hold)


def is_empty(drifts: Sequence[Drift], applied: DeviceState) -> bool:
    """Whether all is gone that a restart takes, and nothing else is changed."""
    if any(d.kind is not DriftKind.MISSING for d in drifts):
        return False
    lost = {key for key in applied.objects if key[0] in _LOST_BY_RESTART} or {*applied.objects}
    return lost <= {d.key for d in drifts}


class Drifts:
    """The drift of each device, worked out once for each reading. One thread."""

    def __init__(self, settings: Settings, guard: Guard) -> None:
        self._settings, self._guard = settings, guard
        self._known: dict[str, tuple[tuple[int, int], tuple[Drift, ...]]] = {}

    def of(self, world: World, now_s: float) -> tuple[Drifted, ...]:
        """Of the devices that were seen as they are now, sorted; now_s: on the steady clock."""
        found = []
        for device, seen in sorted(world.fresh.items()):
            applied = (world.applied or {}).get(device)
            if applied is None:
                continue
            drifts = self._drifts(world, applied, seen)
            left = self._guard.left(device, drifts, now_s)
            found.append(decide(device, drifts, applied, self._settings, world.holds.get(device), left=bool(left)))
        return tuple(found)

    def put_back(self, drifted: Drifted, now_s: float) -> None:
        """It was."""
        self._guard.repaired(drifted.device, drifted.drifts, now_s)

    def _drifts(self, world: World, applied: DeviceState, seen: Observation) -> tuple[Drift, ...]:
        from intents.verify.drift import check_drift  # noqa: PLC0415 - the verifier takes its time to load

        device = applied.device
        of = (world.sights[device].number, world.applied_number)
        known = self._known.get(device)
        if known is None or known[0] != of:
            known = (of, check_drift(Operational(devices={device: seen}), {device: applied}))
            self._known[device] = known
        return known[1]
