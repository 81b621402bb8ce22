"""Whom an interruption touches: every ONU and place that depends on an object, found by following references backwards.

An object of one ONU touches that ONU. What many share (a profile, a PON, an uplink, the OLT's hardware) touches all who
use it, whether an intent asked for them or the device only holds them. The references of a device are turned round when
such a change is first met, so that ordinary plans pay nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from intents.compile.describe import Served
from intents.compile.order import references
from intents.model.plan import Intended
from intents.model.pon import ChannelTermination, Forwarder, VlanSubInterface
from intents.model.state import DeviceObject, DeviceState, ObjectKey

# Kinds that a reference to ("interface", name) may mean.
_INTERFACES: Final = frozenset(
    (
        "ethernet",
        "vlan-sub-interface",
        "olt-v-enet",
        "v-ani",
        "ani",
        "channel-group",
        "channel-partition",
        "channel-pair",
        "channel-termination",
    )
)


class Touched(NamedTuple):
    """Places and ONUs, sorted."""

    places: tuple[str, ...]
    onus: tuple[str, ...]


class Users:
    """Who depends on what. held: what the devices hold now."""

    def __init__(self, intended: Intended, held: Mapping[str, DeviceState], served: Served) -> None:
        self.served = served
        self._intended, self._held = intended, held
        self._users: dict[str, dict[ObjectKey, list[DeviceObject]]] = {}

    def of(self, device: str, thing: DeviceObject, places: tuple[str, ...]) -> Touched:
        """Whom a change to an object interrupts. places: those that it is recorded to serve."""
        if self.served.onu_of(thing) is not None:
            return Touched(places, self.served.onus(thing, places))
        found, onus = set(places), set(self.served.onus(thing, places))
        for user in self._closure(device, thing):
            served = self._places(device, user)
            found.update(served)
            onus.update(self.served.onus(user, served))
        return Touched(tuple(sorted(found)), tuple(sorted(onus)))

    def _places(self, device: str, thing: DeviceObject) -> tuple[str, ...]:
        state = self._intended.states.get(device)
        wanted = state.objects.get(thing.key) if state is not None else None
        return self.served.places(thing) if wanted is None else self._intended.who(device, wanted)[1]

    def _closure(self, device: str, thing: DeviceObject) -> Iterator[DeviceObject]:
        """All that cannot be without the object, near and far."""
        if device not in self._users:
            self._users[device] = self._turned_round(device)
        users = self._users[device]
        seen, waiting = {thing.key}, [thing]
        while waiting:
            used = waiting.pop()
            for key in _known_as(used):
                for user in users.get(key, ()):
                    if user.key not in seen and not _is_beside(used, user):
                        seen.add(user.key)
                        waiting.append(user)
                        yield user

    def _turned_round(self, device: str) -> dict[ObjectKey, list[DeviceObject]]:
        objects: dict[ObjectKey, DeviceObject] = {}
        found: dict[ObjectKey, list[DeviceObject]] = {}
        for states in (self._held, self._intended.states):
            state = states.get(device)
            for thing in state.objects.values() if state is not None else ():
                if objects.get(thing.key) == thing:
                    continue
                objects[thing.key] = thing
                for key in references(thing):
                    found.setdefault(key, []).append(thing)
        return found


def _known_as(thing: DeviceObject) -> Iterator[ObjectKey]:
    """The keys by which others refer to an object, or to what goes down with it."""
    yield thing.key
    if thing.key[0] in _INTERFACES:
        yield ("interface", thing.key[1])
    if isinstance(thing, ChannelTermination):  # a v-ani names the pair, and the pair is lit by its termination alone
        yield ("channel-pair", thing.channel_pair)


def _is_beside(used: DeviceObject, user: DeviceObject) -> bool:
    """A forwarder names the sub-interfaces of all users: one user does not touch the others, the uplink does."""
    return isinstance(user, Forwarder) and isinstance(used, VlanSubInterface) and used.usage != "network-port"
