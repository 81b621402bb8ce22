"""The copies of a frame that goes to many ports at once, each written out only where somebody looks at it.

An OLT looks at tags and MAC addresses alone (TR-383), so what it does with one frame it does with every other of the
same tags and addresses; only what it carries differs. A flood is followed once, and other frames take it over.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import cached_property
from typing import overload

from intents.model.campus import Endpoint
from intents.verify.packets.packet import Header
from intents.verify.packets.steps import Alternative, Copy, Step

Carry = Callable[[Header], Header]


class Flooded:
    """The copies of the frame that was followed, found by port. cabled: ports that lead to another device."""

    def __init__(self, copies: Sequence[Copy], cabled: Container[Endpoint]) -> None:
        self.copies = tuple(copies)
        self._cabled = cabled

    @cached_property
    def _onward(self) -> tuple[int, ...]:
        return tuple(n for n, copy in enumerate(self.copies) if copy.port in self._cabled)

    @cached_property
    def _by_port(self) -> Mapping[Endpoint, list[int]]:
        found: dict[Endpoint, list[int]] = {}
        for number, copy in enumerate(self.copies):
            found.setdefault(copy.port, []).append(number)
        return found

    def toward(self, port: Endpoint) -> list[int]:
        """Numbers of the copies that leave by a port or go on to another device, in their order."""
        return sorted({*self._onward, *self._by_port.get(port, ())})


class Flood(Sequence[Copy]):
    """The copies of one frame. carry: gives a header of the frame that was followed what this frame carries."""

    def __init__(self, flooded: Flooded, carry: Carry | None = None) -> None:
        self._flooded = flooded
        self._carry = carry

    def __len__(self) -> int:
        return len(self._flooded.copies)

    @overload
    def __getitem__(self, at: int) -> Copy: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Copy]: ...
    def __getitem__(self, at: int | slice) -> Copy | Sequence[Copy]:
        if isinstance(at, slice):
            return tuple(self[n] for n in range(*at.indices(len(self))))
        copy = self._flooded.copies[at]
        return copy if self._carry is None else _carried(copy, self._carry)

    def toward(self, port: Endpoint) -> Iterator[Copy]:
        """The copies that leave by a port or go on to another device, in their order."""
        return (self[number] for number in self._flooded.toward(port))

    def carrying(self, carry: Carry) -> Flood:
        """The copies of another frame of the same tags and addresses; of one that was followed."""
        return Flood(self._flooded, carry)


def carried(alternative: Alternative, carry: Carry) -> Alternative:
    """What becomes of another frame of the same tags and addresses."""
    copies = alternative.copies
    return alternative._replace(
        share=carry(alternative.share),
        copies=copies.carrying(carry) if isinstance(copies, Flood) else tuple(_carried(c, carry) for c in copies),
        last=_step(alternative.last, carry),
        lead=tuple(_step(step, carry) for step in alternative.lead),
    )


def _carried(copy: Copy, carry: Carry) -> Copy:
    return copy._replace(header=carry(copy.header), steps=tuple(_step(step, carry) for step in copy.steps))


def _step(step: Step, carry: Carry) -> Step:
    return step._replace(
        before=carry(step.before) if step.before is not None else None,
        after=carry(step.after) if step.after is not None else None,
    )
