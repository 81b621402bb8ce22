"""Planning that goes on: the plan of a running process, kept up to date as intents change.

What an intent changes is compared with what the devices hold object by object, so a plan costs in proportion to what is
to be done and to what was touched, not to the campus.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from intents.compile.describe import Served
from intents.compile.ownership import is_ours
from intents.compile.plan import differences, plan_of
from intents.compile.planner import Planner
from intents.model.campus import Campus
from intents.model.diagnostic import Diagnostic, has_errors
from intents.model.intent import ResolvedIntent
from intents.model.plan import Plan
from intents.model.state import DeviceState, Difference, ObjectKey, Operational


class RunningPlanner:
    """The plan for one campus against what its devices were read to hold."""

    def __init__(self, campus: Campus, operational: Operational) -> None:
        self._campus = campus
        self._planner = Planner(campus, operational)
        self._served = Served(campus)
        self._held: dict[str, DeviceState] = {name: seen.state for name, seen in operational.devices.items()}
        self._open: dict[str, dict[ObjectKey, Difference]] | None = None  # None: all is to be compared
        self._first: Mapping[str, Collection[Difference]] = {}  # found by comparing all, not yet by key
        self.diagnostics: tuple[Diagnostic, ...] = ()

    def update(self, intents: Iterable[ResolvedIntent]) -> Plan | None:
        """The plan for exactly these intents; None where something is wrong with them: see `diagnostics`. Pass an
        unchanged intent as the same object."""
        return self._plan(self._planner.update(intents))

    def change(self, intents: Mapping[str, ResolvedIntent | None]) -> Plan | None:
        """The plan with these intents what they are by name (None: no longer there), the others as they were."""
        return self._plan(self._planner.change(intents))

    def _plan(self, found: tuple[Diagnostic, ...]) -> Plan | None:
        self.diagnostics = found
        if has_errors([d for d in self.diagnostics if d.code != "unknown-onu"]):
            return None
        intended = self._planner.intended()
        touched = self._planner.touched()
        if self._open is None and not self._first:
            found_by_device = ((n, differences(self._campus, self._state(n), s)) for n, s in intended.states.items())
            pending: Mapping[str, Collection[Difference]] = {name: found for name, found in found_by_device if found}
            self._first = pending
        else:
            if self._open is None:  # keys of flow entries take long to hash: only where it goes on from here
                self._open = {name: {d.key: d for d in found} for name, found in self._first.items()}
            self._compare(touched, intended.states)
            pending = {name: d.values() for name, d in self._open.items() if d}
        return plan_of(intended, self._campus, pending, self._held, self._served)

    def settle(self) -> None:
        """What was planned last is what the devices hold now."""
        for name, state in self._planner.intended().states.items():
            foreign = {k: o for k, o in self._state(name).objects.items() if not is_ours(o, self._campus, name)}
            self._held[name] = DeviceState(device=name, objects={**foreign, **state.objects})
        self._open, self._first = {name: {} for name in self._held}, {}

    def _state(self, device: str) -> DeviceState:
        return self._held.get(device) or DeviceState(device=device)

    def _compare(self, touched: Mapping[str, Iterable[ObjectKey]], states: Mapping[str, DeviceState]) -> None:
        """Compare again what was touched."""
        for device, keys in touched.items():
            held, wanted = self._state(device).objects, states[device].objects
            pending = (self._open or {}).setdefault(device, {})
            for key in keys:
                before, after = held.get(key), wanted.get(key)
                pending.pop(key, None)
                if before == after or (after is None and before is not None and not self._is_ours(device, key)):
                    continue
                pending[key] = Difference(key, before, after)

    def _is_ours(self, device: str, key: ObjectKey) -> bool:
        return is_ours(self._state(device).objects[key], self._campus, device)
