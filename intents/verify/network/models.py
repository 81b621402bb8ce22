"""Models of devices, each made once for a family of networks that differ in a device or two, or from one reading to the
next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from intents.model.campus import Campus, Olt, Switch
from intents.model.state import Observation, Operational
from intents.verify.network.mentions import mentions_of
from intents.verify.network.seen import Seen
from intents.verify.packets.atoms import Atoms
from intents.verify.packets.steps import Device
from intents.verify.pon.evaluate import PonModel
from intents.verify.switch.evaluate import SwitchModel

_Model = TypeVar("_Model")
_Made = dict[tuple[str, int], tuple[Observation | None, _Model]]


class Models:
    """Networks that hold the same observation of a device share its model, and what it was seen to do with packets."""

    def __init__(self, campus: Campus, atoms: Atoms, *, keeps: bool = False) -> None:
        self.campus = campus
        self.atoms = atoms
        self._keeps = keeps
        self._switches: _Made[SwitchModel] = {}
        self._pons: _Made[PonModel] = {}
        self._seen: dict[int, Seen] = {}

    @classmethod
    def of(cls, campus: Campus, *states: Operational, keeps: bool = False) -> Models:
        """states: together, every object that any of the networks holds. keeps: for `again`. Raises TooManyAtoms."""
        return cls(campus, Atoms(mentions_of(campus, *states)), keeps=keeps)

    def switch(self, switch: Switch, observation: Observation | None) -> SwitchModel:
        """The model of a switch that holds what was observed."""
        return _of(self._switches, switch.name, observation, lambda: SwitchModel(switch, observation, self.atoms))

    def pon(self, olt: Olt, observation: Observation | None) -> PonModel:
        """The model of an OLT and its ONUs."""
        return _of(self._pons, olt.name, observation, lambda: PonModel(self.campus, olt, observation, self.atoms))

    def seen(self, device: Device) -> Seen:
        """What a device of these did with packets so far: to look up, and to add to."""
        return self._seen.setdefault(id(device), Seen(device, keeps=self._keeps))

    def again(self, operational: Operational) -> Models | None:
        """For the next reading of the one network that these are of: what is as it was, and stands, is taken over. None
        where that reading speaks of values that these do not tell apart."""
        if not self.atoms.cover(mentions_of(self.campus, operational)):
            return None
        other = Models(self.campus, self.atoms, keeps=self._keeps)
        for (name, _), (before, switch) in self._switches.items():
            now = operational.devices.get(name)
            if same(before, now):
                other._switches[name, id(now)] = now, switch
                other._seen[id(switch)] = self.seen(switch)
            else:
                changed = SwitchModel(self.campus.switches[name], now, self.atoms, switch)
                other._switches[name, id(now)] = now, changed
                other._seen[id(changed)] = self.seen(switch).after(changed)
        for (name, _), (before, pon) in self._pons.items():
            now = operational.devices.get(name)
            if same(before, now, in_order=True):
                other._pons[name, id(now)] = now, pon
                other._seen[id(pon)] = self.seen(pon)
        return other


def same(before: Observation | None, now: Observation | None, *, in_order: bool = False) -> bool:
    """Whether a device holds what it held, and says of itself what it said, as far as anything is proven of that.
    in_order: and lists it in the same order, in which an OLT's ports are looked at."""
    if before is None or now is None or before is now:
        return before is now
    alike = before.state == now.state and before.facts == now.facts
    return alike and (not in_order or [*before.state.objects] == [*now.state.objects])


def _of(made: _Made[_Model], name: str, observation: Observation | None, make: Callable[[], _Model]) -> _Model:
    key = (name, id(observation))  # the observation is kept beside its model, so that its id stays its own
    if key not in made:
        made[key] = (observation, make())
    return made[key][1]
