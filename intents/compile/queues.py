"""Queues of switch ports: per port in use one a class, by OVSDB (linux-htb).

HTB serves every queue its min-rate first and lends the rest by priority. So promises are min-rates, and capped
classes get as min-rate what they can send at most, as far as promises leave room: nothing bulky ever stands before
an alarm.
"""

from __future__ import annotations

from collections.abc import Mapping

from intents.compile.context import Context, Recorder, intent_askers
from intents.compile.load import ClassLoad, OutPort
from intents.model.campus import ServiceClass
from intents.model.classes import DEFAULT_CLASS
from intents.model.intent import Intent
from intents.model.switch import PortQueue

TOP_PRIORITY = 7


def add_queues(context: Context, recorder: Recorder, loads: Mapping[OutPort, Mapping[int, ClassLoad]]) -> None:
    """The queues of every switch port that carries something, the default class's always among them."""
    default = context.campus.classes[DEFAULT_CLASS]
    users = _users(context)
    for port in sorted(loads):
        rate_bps = context.campus.switches[port.switch].ports[port.port]
        classes = dict(loads[port])
        classes.setdefault(default.priority, ClassLoad(default))
        floors = min_rates(classes, rate_bps)
        for priority in sorted(classes):
            cap_bps = classes[priority].cap_bps
            queue = PortQueue(
                port=port.port,
                queue_id=priority,
                min_rate_bps=floors[priority],
                max_rate_bps=rate_bps if cap_bps is None else min(rate_bps, max(cap_bps, _least(classes[priority].cls))),
                priority=TOP_PRIORITY - priority,
            )
            senders = classes[priority].by_sender
            intents = {i.name: i for s in senders for i in users.get((s, priority), {}).values()}
            recorder.add(port.switch, queue, intent_askers(intents[n] for n in sorted(intents)), senders)


def _least(cls: ServiceClass) -> int:
    """What a queue lets through when its class is only answered in (ARP)."""
    return cls.cap_bps or 0


def _users(context: Context) -> Mapping[tuple[str, int], Mapping[str, Intent]]:
    """The intents by sender and class priority, both as marked by the port and as the gateway marks."""
    found: dict[tuple[str, int], dict[str, Intent]] = {}
    for stream in context.streams:
        name = stream.source.name
        for priority in {stream.cls.priority, context.marks[name].priority}:
            found.setdefault((name, priority), {}).update({i.name: i for i in stream.intents})
    return found


def min_rates(classes: Mapping[int, ClassLoad], rate_bps: int) -> Mapping[int, int]:
    """Min-rate by class priority: what is promised; then for capped classes, highest first, up to their cap out of
    what is left of the port's rate."""
    floors = {priority: load.promised_bps for priority, load in classes.items()}
    left_bps = max(rate_bps - sum(floors.values()), 0)
    for priority in sorted(classes, reverse=True):
        cap_bps = classes[priority].cap_bps
        if cap_bps is not None:
            more_bps = min(max(cap_bps - floors[priority], 0), left_bps)
            floors[priority] += more_bps
            left_bps -= more_bps
    return floors
