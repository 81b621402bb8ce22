"""How this switch differs from a good one: faults to order, while it runs, by its control socket (see control.py).

    ask(control, cmd="misbehave", fault="lose-reply", on="bundle-commit", times=1, after=0)
    ask(control, cmd="behave")                 forget the faults that are still due
    ask(control, cmd="reboot")                 at once, and empty

FAULTS says what there is, OPERATIONS on what; `*` is any of these. times: how often, 0 for ever. after: how many pass
first.
"""

from __future__ import annotations

import struct
import threading
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

from labs.softswitch import wire

Fault = Literal[
    "refuse",  # OFPT_ERROR as of a switch without room; nothing done
    "hang",  # nothing done, no answer, and none to anything that comes after
    "lie",  # says yes and does nothing
    "drop",  # nothing done, the connection is cut
    "lose-reply",  # done, and the connection is cut before the answer
    "reboot-empty",  # not done: it holds nothing any more, and the connection is cut
]
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)
_BUNDLE: Final = {0: "bundle-open", 2: "bundle-close", 4: "bundle-commit", 6: "bundle-discard"}
_PLAIN: Final = {
    wire.FLOW_MOD: "flow-mod",
    wire.GROUP_MOD: "group-mod",
    wire.METER_MOD: "meter-mod",
    wire.MULTIPART_REQUEST: "read",
    wire.BARRIER_REQUEST: "barrier",
    wire.ROLE_REQUEST: "role",
    wire.BUNDLE_ADD: "bundle-add",
}
OPERATIONS: Final = (*_BUNDLE.values(), *_PLAIN.values(), "*")

# What a switch without room says: OFPFMFC_TABLE_FULL, OFPGMFC_OUT_OF_GROUPS, OFPMMFC_OUT_OF_METERS, or of a bundle.
NO_ROOM: Final = {
    wire.FLOW_MOD: (wire.FLOW_MOD_FAILED, 1),
    wire.GROUP_MOD: (wire.GROUP_MOD_FAILED, 3),
    wire.METER_MOD: (wire.METER_MOD_FAILED, 10),
    wire.BUNDLE_ADD: (wire.FLOW_MOD_FAILED, 1),
    wire.ROLE_REQUEST: (wire.ROLE_REQUEST_FAILED, 1),
}


class OrderError(ValueError):
    """What is ordered does not exist; the message says what does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A fault that is due. times: 0 for ever. after: how many to let pass first."""

    fault: Fault
    on: str
    times: int = 1
    after: int = 0


class Faults:
    """What was ordered and has not happened yet; the oldest order that fits is taken. From any thread."""

    def __init__(self) -> None:
        self._orders: list[Order] = []
        self._lock = threading.Lock()

    def order(self, order: Order) -> None:
        """From here on."""
        with self._lock:
            self._orders.append(order)

    def clear(self) -> None:
        """No more."""
        with self._lock:
            self._orders.clear()

    def due(self, operation: str | None) -> Fault | None:
        """What is to go wrong with an operation; counts. None: it is none that faults are ordered on."""
        with self._lock:
            for index, order in enumerate(self._orders):
                if operation is None or order.on not in {operation, "*"}:
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


def order_of(fault: Any, on: Any, times: Any = 1, after: Any = 0) -> Order:
    """An order from what came over the wire. Raises OrderError."""
    if fault not in FAULTS:
        raise OrderError(f"there is no fault {fault!r}: {', '.join(FAULTS)}")
    if on not in OPERATIONS:
        raise OrderError(f"there is no operation {on!r}: {', '.join(OPERATIONS)}")
    return Order(fault=fault, on=on, times=int(times), after=int(after))


def operation_of(kind: int, body: bytes) -> str | None:
    """The name by which orders know a message; a bundle's messages also as the extension of OpenFlow 1.3."""
    if kind == wire.EXPERIMENTER and len(body) >= 8:
        experimenter, extension = struct.unpack_from("!II", body)
        if experimenter == wire.ONF and extension in {2300, 2301}:
            kind, body = (wire.BUNDLE_CONTROL, wire.BUNDLE_ADD)[extension - 2300], body[8:]
    if kind == wire.BUNDLE_CONTROL and len(body) >= 8:
        return _BUNDLE.get(struct.unpack_from("!H", body, 4)[0])
    return _PLAIN.get(kind)
