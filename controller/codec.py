"""Model values to JSON and back, for the journal, saved plans and the applied state.

A dataclass or named tuple becomes an object with `$` naming its class; every sequence in the model is a tuple, so
lists decode to tuples. Unknown classes are refused: a file from elsewhere can name only the model's own values.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

from intents.model import diagnostic, plan, pon_bridge, pon_ethernet, pon_optics, pon_traffic, state, switch

_MODULES: Final[tuple[ModuleType, ...]] = (
    pon_bridge,
    pon_ethernet,
    pon_optics,
    pon_traffic,
    switch,
    state,
    plan,
    diagnostic,
)


def _classes() -> dict[str, type[Any]]:
    return {
        name: item
        for module in _MODULES
        for name, item in vars(module).items()
        if inspect.isclass(item) and item.__module__ == module.__name__ and _is_value(item)
    }


def _is_value(cls: type[Any]) -> bool:
    return dataclasses.is_dataclass(cls) or (issubclass(cls, tuple) and hasattr(cls, "_fields"))


_CLASSES: Final = _classes()


class CodecError(ValueError):
    """The file was not written by this version of Clearway."""


def _parts(cls: type[Any]) -> tuple[str, ...]:
    """The names of a value's parts."""
    return tuple(f.name for f in dataclasses.fields(cls)) if dataclasses.is_dataclass(cls) else tuple(cls._fields)


_PARTS: Final[Mapping[object, tuple[str, ...]]] = {cls: _parts(cls) for cls in _CLASSES.values()}
_PLAIN: Final = frozenset({str, int, bool, float, type(None)})


def encode(value: object) -> Any:
    """A JSON-ready form of a model value."""
    if type(value) in _PLAIN:
        return value
    names = _PARTS.get(type(value))
    if names is not None:
        return {"$": type(value).__name__, **{name: encode(getattr(value, name)) for name in names}}
    if isinstance(value, Mapping):
        return {"map": [[encode(k), encode(v)] for k, v in value.items()]}
    if isinstance(value, (tuple, list, frozenset, set)):
        items = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
        return [encode(i) for i in items]
    if isinstance(value, (str, int, float)):
        return value
    raise CodecError(f"cannot write {type(value).__name__}")


def decode(value: Any) -> Any:
    """The model value of a JSON form. Raises CodecError."""
    if isinstance(value, list):
        return tuple(decode(i) for i in value)
    if isinstance(value, dict):
        if set(value) == {"map"}:
            return {decode(k): decode(v) for k, v in value["map"]}
        cls = _CLASSES.get(str(value.get("$")))
        if cls is None:
            raise CodecError(f"unknown kind of value {value.get('$')!r}")
        try:
            return cls(**{k: decode(v) for k, v in value.items() if k != "$"})
        except TypeError as error:
            raise CodecError(f"{cls.__name__}: {error}") from error
    return value
