"""Queues of switch ports: per port in use one a class, by OVSDB (linux-htb).

HTB serves every queue its min-rate first and lends the rest by priority. So promises are min-rates, and capped
classes get as min-rate what they can send at most, as far as promises leave room: nothing bulky ever stands before
an alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from intents.compile.context import Context, sorted_askers
from intents.compile.load import ClassLoad
from intents.compile.recorder import Recorder
from intents.compile.topology import OutPort
from intents.model.classes import DEFAULT_CLASS
from intents.model.switch import PortQueue

TOP_PRIORITY: Final = 7


def add_queues(context: Context, recorder: Recorder, port: OutPort, loads: Mapping[int, ClassLoad]) -> None:
    """The queues of a switch port that carries something, a piece each."""
    for queue in queues_of(context, port, loads):
        load = loads.get(queue.queue_id)
        askers = sorted_askers(context.intent_askers(load.intents)) if load is not None else ()
        senders = tuple(sorted(load.senders)) if load is not None else ()
        recorder.begin(("queue", port, queue.queue_id), port.switch, askers, senders)
        recorder.add(queue)


def queues_of(context: Context, port: OutPort, loads: Mapping[int, ClassLoad]) -> tuple[PortQueue, ...]:
    """The queues of a switch port, one a class by its priority; the default class's is always among them."""
    default = context.campus.classes[DEFAULT_CLASS]
    rate_bps = context.campus.switches[port.switch].ports[port.port]
    classes = dict(loads)
    classes.setdefault(default.priority, ClassLoad(default))
    floors = min_rates(classes, rate_bps)
    found = []
    for priority, load in sorted(classes.items()):
        cap_bps = load.cap_bps
        queue = PortQueue(
            port=port.port,
            queue_id=priority,
            min_rate_bps=floors[priority],
            max_rate_bps=rate_bps if cap_bps is None else min(rate_bps, cap_bps),
            priority=TOP_PRIORITY - priority,
        )
        found.append(queue)
    return tuple(found)


def min_rates(classes: Mapping[int, ClassLoad], rate_bps: int) -> Mapping[int, int]:
    """Min-rate by class priority: what is promised; then for capped classes, highest first, up to their cap out of
    what is left of the port's rate."""
    floors = {priority: load.promised_bps for priority, load in classes.items()}
    left_bps = max(rate_bps - sum(floors.values()), 0)
    for priority in sorted(classes, reverse=True):
        more_bps = min(max(classes[priority].reserve_bps - floors[priority], 0), left_bps)
        floors[priority] += more_bps
        left_bps -= more_bps
    return floors
