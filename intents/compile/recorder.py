"""Where the parts of the compiler put the objects that they make: by device, with who asked and whom they serve.

Objects come in pieces: everything on one device that one UNI, one place, one pair of places needs. A piece that changes
is taken out and made anew; the others stay. Objects that many pieces need, profiles above all, are shared: they stay as
long as one piece needs them. Owners are found by the object's identity: to hash its key again would cost more than all
the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from types import MappingProxyType
from typing import Any

from intents.model.plan import Asker, Intended
from intents.model.state import DeviceObject, DeviceState, ObjectKey

PieceId = tuple[Any, ...]


class Piece:
    """Objects on one device that are made together, for the same askers and places."""

    __slots__ = ("askers", "device", "places", "things")

    def __init__(self, device: str, askers: tuple[Asker, ...], places: tuple[str, ...]) -> None:
        self.device = device
        self.askers = askers
        self.places = places
        self.things: list[DeviceObject] = []


class _Held:
    """What one device is to hold: objects by key; by identity the piece of each, or the pieces that share it."""

    __slots__ = ("objects", "owner", "sharers")

    def __init__(self) -> None:
        self.objects: dict[ObjectKey, DeviceObject] = {}
        self.owner: dict[int, Piece] = {}
        self.sharers: dict[int, dict[Piece, None]] = {}


class Recorder:
    """All objects that the devices are to hold. touched: keys by device that are other than when it was cleared."""

    def __init__(self) -> None:
        self.pieces: dict[PieceId, Piece] = {}
        self.touched: dict[str, set[ObjectKey]] = {}
        self._devices: dict[str, _Held] = {}
        self._now = Piece("", (), ())
        self._held = _Held()

    def device(self, name: str) -> None:
        """Note a device, that it appears even when it holds nothing."""
        self._devices.setdefault(name, _Held())

    def begin(self, piece: PieceId, device: str, askers: tuple[Asker, ...] = (), places: tuple[str, ...] = ()) -> None:
        """What is added from here on is this piece's, which must be new, on this device."""
        self._now = self.pieces[piece] = Piece(device, askers, places)
        self._held = self._devices[device]

    def add(self, thing: DeviceObject) -> None:
        """An object of this piece. The same from another piece is shared; another under its key is a bug."""
        held, objects = self._held, self._held.objects
        before = len(objects)
        objects.setdefault(thing.key, thing)  # once: the key of a flow entry takes long to hash
        if len(objects) > before:
            held.owner[id(thing)] = self._now
            self._now.things.append(thing)
        else:
            self.share(thing)

    def share(self, thing: DeviceObject) -> None:
        """An object that other pieces may have as well."""
        held, piece = self._held, self._now
        there = thing
        sharers = held.sharers.get(id(thing))
        if sharers is None:
            there = held.objects.setdefault(thing.key, thing)
            if there is not thing and there != thing:
                raise ValueError(f"two objects under one key on {piece.device}: {there} and {thing}")
            sharers = held.sharers.get(id(there))
        if sharers is None:
            first = held.owner.pop(id(there), None)
            sharers = held.sharers[id(there)] = {} if first is None else {first: None}
        if piece not in sharers:
            sharers[piece] = None
            piece.things.append(there)

    def withdraw(self, piece: PieceId) -> None:
        """Take a piece out, with what only it asked for. Nothing happens if it is not there."""
        gone = self.pieces.pop(piece, None)
        if gone is None:
            return
        held = self._devices[gone.device]
        touched = self.touched.setdefault(gone.device, set())
        for thing in gone.things:
            touched.add(thing.key)
            sharers = held.sharers.get(id(thing))
            if sharers is None:
                del held.owner[id(thing)]
            else:
                del sharers[gone]
                if sharers:
                    continue
                del held.sharers[id(thing)]
            del held.objects[thing.key]

    def note(self, pieces: Iterable[PieceId]) -> None:
        """Note as touched what these pieces hold."""
        for name in pieces:
            piece = self.pieces.get(name)
            if piece is not None:
                self.touched.setdefault(piece.device, set()).update(thing.key for thing in piece.things)

    def who(self, device: str, thing: DeviceObject) -> tuple[tuple[Asker, ...], tuple[str, ...]]:
        """Who asks for an object, and the places that it serves, sorted. The object as recorded, not its like."""
        held = self._devices[device]
        piece = held.owner.get(id(thing))
        if piece is not None:
            return piece.askers, piece.places
        sharers = held.sharers[id(thing)]
        # Pieces come nearly sorted, so they are left in their order: a sort then has next to nothing to do.
        return (
            tuple(sorted(dict.fromkeys(chain.from_iterable([piece.askers for piece in sharers])))),
            tuple(sorted(dict.fromkeys(chain.from_iterable([piece.places for piece in sharers])))),
        )

    def intended(self) -> Intended:
        """Everything recorded. A view: it changes with the recorder."""
        states = {
            name: DeviceState(device=name, objects=MappingProxyType(self._devices[name].objects))
            for name in sorted(self._devices)
        }
        return Intended(states=states, who=self.who)
