"""Where the parts of the compiler put the objects that they make: by device, with who asked and whom they serve.

Objects come in pieces: everything that one UNI, one place, one pair of places needs. A piece that changes is taken out
and made anew; the others stay. The same object from several pieces is one object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from intents.model.plan import Asker, Intended
from intents.model.state import DeviceObject, DeviceState, ObjectKey

PieceId = tuple[Any, ...]


class Piece:
    """Objects that are made together, for the same askers and places."""

    __slots__ = ("askers", "keys", "places")

    def __init__(self, askers: tuple[Asker, ...], places: tuple[str, ...]) -> None:
        self.askers = askers
        self.places = places
        self.keys: list[tuple[str, ObjectKey]] = []


_Owners = Piece | dict[Piece, None]


class Recorder:
    """All objects that the devices are to hold. touched: keys by device that are other than when it was cleared."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[ObjectKey, DeviceObject]] = {}
        self.owners: dict[str, dict[ObjectKey, _Owners]] = {}
        self.pieces: dict[PieceId, Piece] = {}
        self.touched: dict[str, set[ObjectKey]] = {}
        self._now: Piece = Piece((), ())

    def device(self, name: str) -> None:
        """Note a device, that it appears even when it holds nothing."""
        self.objects.setdefault(name, {})
        self.owners.setdefault(name, {})

    def begin(self, piece: PieceId, askers: tuple[Asker, ...] = (), places: tuple[str, ...] = ()) -> None:
        """What is added from here on is this piece's. It must not be there."""
        self._now = self.pieces[piece] = Piece(askers, places)

    def add(self, device: str, thing: DeviceObject) -> str:
        """Record an object; returns its name, or an empty text for objects of switches."""
        key, piece = thing.key, self._now
        objects, owners = self.objects[device], self.owners[device]
        before = objects.get(key)
        if before is None:
            objects[key] = thing
            owners[key] = piece
        else:
            if before is not thing and before != thing:
                raise ValueError(f"two objects under one key on {device}: {before} and {thing}")
            there = owners[key]
            if there is piece:
                return str(getattr(thing, "name", ""))
            if isinstance(there, dict):
                there[piece] = None
            else:
                owners[key] = {there: None, piece: None}
        piece.keys.append((device, key))
        return str(getattr(thing, "name", ""))

    def share(self, device: str, key: ObjectKey) -> bool:
        """Let the piece use an object that others made. False: it is not there, and must be made."""
        owners = self.owners[device]
        there = owners.get(key)
        if there is None:
            return False
        piece = self._now
        if there is not piece:
            if isinstance(there, dict):
                if piece in there:
                    return True
                there[piece] = None
            else:
                owners[key] = {there: None, piece: None}
            piece.keys.append((device, key))
        return True

    def withdraw(self, piece: PieceId) -> None:
        """Take a piece out, with what only it asked for. Nothing happens if it is not there."""
        gone = self.pieces.pop(piece, None)
        for device, key in gone.keys if gone is not None else ():
            owners = self.owners[device]
            there = owners[key]
            self.touched.setdefault(device, set()).add(key)
            if isinstance(there, dict):
                del there[gone]  # type: ignore[arg-type]
                if there:
                    continue
            del owners[key]
            del self.objects[device][key]

    def note(self, pieces: Iterable[PieceId]) -> None:
        """Note as touched what these pieces hold."""
        for name in pieces:
            piece = self.pieces.get(name)
            for device, key in piece.keys if piece is not None else ():
                self.touched.setdefault(device, set()).add(key)

    def intended(self) -> Intended:
        """Everything recorded. A view: it changes with the recorder."""
        return Intended(
            states={
                name: DeviceState(device=name, objects=MappingProxyType(self.objects[name]))
                for name in sorted(self.objects)
            },
            askers=_View(self, askers_of),
            places=_View(self, places_of),
        )


def askers_of(owners: _Owners) -> tuple[Asker, ...]:
    """Who asks for an object, sorted."""
    if isinstance(owners, Piece):
        return owners.askers
    return tuple(sorted({asker for piece in owners for asker in piece.askers}))


def places_of(owners: _Owners) -> tuple[str, ...]:
    """Whom an object serves, sorted."""
    if isinstance(owners, Piece):
        return owners.places
    return tuple(sorted({place for piece in owners for place in piece.places}))


class _View(Mapping[tuple[str, ObjectKey], Any]):
    """What a recorder knows of objects, worked out when it is asked for."""

    def __init__(self, recorder: Recorder, what: Any) -> None:
        self._recorder, self._what = recorder, what

    def __getitem__(self, where: tuple[str, ObjectKey]) -> Any:
        return self._what(self._recorder.owners[where[0]][where[1]])

    def __iter__(self) -> Iterator[tuple[str, ObjectKey]]:
        return ((device, key) for device, keys in self._recorder.owners.items() for key in keys)

    def __len__(self) -> int:
        return sum(map(len, self._recorder.owners.values()))
