"""How this switch differs from a good one: faults to order, while it runs, by its control socket (see control.py).

    ask(control, cmd="misbehave", fault="lose-reply", on="bundle-commit", times=1, after=0)
    ask(control, cmd="behave")                 forget the faults that are still due
    ask(control, cmd="reboot")                 at once, and empty

FAULTS says what there is, OPERATIONS on what; `*` is any of these. times: how often, 0 for ever. after: how many pass
first.
"""

from __future__ import annotations

import struct
from typing import Any, Final, Literal, get_args

from labs.faults import Order, OrderError
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


def order_of(fault: Any, on: Any, times: Any = 1, after: Any = 0) -> Order[Fault]:
    """An order from what came over the wire. Raises OrderError."""
    if fault not in FAULTS:
        raise OrderError(f"there is no fault {fault!r}: {', '.join(FAULTS)}")
    if on not in OPERATIONS:
        raise OrderError(f"there is no operation {on!r}: {', '.join(OPERATIONS)}")
    return Order(fault=fault, on=on, times=int(times), after=int(after))


def names_of(kind: int, body: bytes) -> frozenset[str]:
    """The names that orders know a message by; none: faults are not ordered on it. A bundle's messages also come as the
    extension of OpenFlow 1.3."""
    if kind == wire.EXPERIMENTER and len(body) >= 8:
        experimenter, extension = struct.unpack_from("!II", body)
        if experimenter == wire.ONF and extension in {2300, 2301}:
            kind, body = (wire.BUNDLE_CONTROL, wire.BUNDLE_ADD)[extension - 2300], body[8:]
    name = _PLAIN.get(kind)
    if kind == wire.BUNDLE_CONTROL and len(body) >= 8:
        name = _BUNDLE.get(struct.unpack_from("!H", body, 4)[0])
    return frozenset() if name is None else frozenset({name, "*"})
