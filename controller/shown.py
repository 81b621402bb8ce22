"""A plan as it is shown: each change in words, whether it was made here or came from a running service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from intents.compile import summary
from intents.model.plan import Asker, Change


class ShownChange(NamedTuple):
    """One object's change on one device. op: add, modify or remove. kind, name: of the object. summary: in the field's
    words. The rest is as in `Change`."""

    device: str
    op: str
    kind: str
    name: str
    summary: str
    askers: tuple[Asker, ...]
    places: tuple[str, ...]
    reason: str = ""
    onus: tuple[str, ...] = ()

    @property
    def disruptive(self) -> bool:
        """Whether traffic of `places` stops for a moment."""
        return bool(self.reason)


def shown(changes: Iterable[Change]) -> tuple[ShownChange, ...]:
    """Changes in words, in the same order."""
    return tuple(
        ShownChange(
            device=c.device,
            op=c.difference.op,
            kind=str(c.difference.key[0]),
            name=str(c.difference.key[1]) if len(c.difference.key) > 1 else "",
            summary=summary(c.difference),
            askers=c.askers,
            places=c.places,
            reason=c.reason,
            onus=c.onus,
        )
        for c in changes
    )
