"""Models of devices, each made once for a family of networks that differ in a device or two."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from intents.model.campus import Campus, Endpoint, Olt, Switch
from intents.model.state import Observation, Operational
from intents.verify.network.mentions import mentions_of
from intents.verify.packets.atoms import Atoms
from intents.verify.packets.packet import Header
from intents.verify.packets.steps import Alternative, Device
from intents.verify.pon.evaluate import PonModel
from intents.verify.switch.evaluate import SwitchModel

_Model = TypeVar("_Model")
_Made = dict[tuple[str, int], tuple[Observation | None, _Model]]
Seen = dict[tuple[Endpoint, Header], tuple[Alternative, ...]]


class Models:
    """Networks that hold the same observation of a device share its model, and what it was seen to do with packets.

    states: together, every object that any of the networks holds. Raises TooManyAtoms.
    """

    def __init__(self, campus: Campus, *states: Operational) -> None:
        self.campus = campus
        self.atoms = Atoms(mentions_of(campus, *states))
        self._switches: _Made[SwitchModel] = {}
        self._pons: _Made[PonModel] = {}
        self._seen: dict[int, Seen] = {}

    def switch(self, switch: Switch, observation: Observation | None) -> SwitchModel:
        """The model of a switch that holds what was observed."""
        return _of(self._switches, switch.name, observation, lambda: SwitchModel(switch, observation, self.atoms))

    def pon(self, olt: Olt, observation: Observation | None) -> PonModel:
        """The model of an OLT and its ONUs."""
        return _of(self._pons, olt.name, observation, lambda: PonModel(self.campus, olt, observation, self.atoms))

    def seen(self, device: Device) -> Seen:
        """What a device of these did with packets so far: to look up, and to add to."""
        return self._seen.setdefault(id(device), {})


def _of(made: _Made[_Model], name: str, observation: Observation | None, make: Callable[[], _Model]) -> _Model:
    key = (name, id(observation))  # the observation is kept beside its model, so that its id stays its own
    if key not in made:
        made[key] = (observation, make())
    return made[key][1]
