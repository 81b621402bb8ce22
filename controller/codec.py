"""Model values to JSON and back, for the journal, saved plans and the applied state.

A dataclass or named tuple becomes an object with `$` naming its class; every sequence in the model is a tuple, so
lists decode to tuples. Unknown classes are refused: a file from elsewhere can name only the model's own values.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from functools import cache
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


# What most of a state is made of, and is written as it is.
_PLAIN: Final[frozenset[type]] = frozenset({str, int, bool, float, type(None)})


@cache
def _names(cls: type[Any]) -> tuple[str, ...] | None:
    """The fields of a dataclass or a named tuple; None where it is neither."""
    if dataclasses.is_dataclass(cls):
        return tuple(f.name for f in dataclasses.fields(cls))
    return tuple(cls._fields) if _is_value(cls) else None


def encode(value: object) -> Any:
    """A JSON-ready form of a model value."""
    cls: Any = type(value)
    if cls in _PLAIN:
        return value
    names = _names(cls)
    if names is not None:
        found: dict[str, Any] = {"$": cls.__name__}
        for name in names:
            found[name] = encode(getattr(value, name))
        return found
    if isinstance(value, Mapping):
        return {"map": [[encode(k), encode(v)] for k, v in value.items()]}
    if isinstance(value, (tuple, list, frozenset, set)):
        items = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
        return [encode(i) for i in items]
    if isinstance(value, (str, int, float)):  # an enumeration
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
