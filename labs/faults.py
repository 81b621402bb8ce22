"""Faults that a lab's device was ordered to have, and has not had yet. Which there are is for each kind of device."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

Fault = TypeVar("Fault", bound=str)


class OrderError(ValueError):
    """What is ordered does not exist; the message says what does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Generic[Fault]):
    """A fault that is due. on: an operation's name. times: 0 for ever. after: how many to let pass first."""

    fault: Fault
    on: str
    times: int = 1
    after: int = 0


class Faults(Generic[Fault]):
    """Those that are due; the oldest order that fits is taken. From any thread."""

    def __init__(self, orders: Iterable[Order[Fault]] = ()) -> None:
        self._orders = list(orders)
        self._lock = threading.Lock()

    def order(self, order: Order[Fault]) -> None:
        """From here on."""
        with self._lock:
            self._orders.append(order)

    def clear(self) -> None:
        """No more."""
        with self._lock:
            self._orders.clear()

    def due(self, names: frozenset[str]) -> Fault | None:
        """What is to go wrong with an operation that has these names; counts."""
        with self._lock:
            for index, order in enumerate(self._orders):
                if order.on not in names:
                    continue
                if order.after:
                    self._orders[index] = replace(order, after=order.after - 1)
                    continue
                if order.times == 1:
                    del self._orders[index]
                elif order.times:
                    self._orders[index] = replace(order, times=order.times - 1)
                return order.fault
        return None

    def listed(self) -> list[str]:
        """Those that are due, as text."""
        with self._lock:
            return [f"{o.fault}:{o.on}:{o.times}" for o in self._orders]
