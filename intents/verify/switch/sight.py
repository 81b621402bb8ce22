"""What a device looks at in packets that enter by a port, and where it may send them: never less than it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from intents.model.campus import Endpoint
from intents.model.switch import PORT_IN_PORT, Action, ArpReply, FlowEntry, Output, Resubmit, SetField
from intents.verify.packets.packet import FIELDS, field_of
from intents.verify.switch.evaluate import FLOOD, SwitchModel
from intents.verify.switch.rewrite import needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """fields: looked at, by a match or to rewrite. outs: the ports that packets may leave by. copied: fields that get
    the value of another one, and that one."""

    fields: frozenset[str]
    outs: frozenset[Endpoint]
    copied: tuple[tuple[str, str], ...] = ()


_OF_ARP_REPLY: Final = (("eth_dst", "eth_src"), ("arp_spa", "arp_tpa"), ("arp_tpa", "arp_spa"))


def glance(model: SwitchModel, port: Endpoint) -> Glance:
    """At packets that enter a switch by a port: by its entries that may see them, and all of its groups."""
    number = int(port.port)
    in_groups = [a for group in model.groups.values() for bucket in group.buckets for a in bucket.actions]
    numbers: set[int | None] = {None, number, *_known_as(in_groups)}
    numbers |= {at for flow in model.flows() for at in _known_as(flow.actions)}
    flows = [flow for at in numbers for flow in model.flows_at(at)]
    actions = [*in_groups, *(action for flow in flows for action in flow.actions)]
    fields = {name for flow in flows for name in _matched(flow)}
    fields |= {name for action in actions if isinstance(action, SetField) for name in needs(action.name)}
    if model.learn_tables:  # an IPv4 packet that finds no entry there is for a neighbour that may be learnt
        fields.add("eth_type")
    return Glance(
        fields=frozenset(fields),
        outs=frozenset(Endpoint(port.device, str(out)) for a in actions for out in _outs(model, a, number)),
        copied=_OF_ARP_REPLY if any(isinstance(action, ArpReply) for action in actions) else (),
    )


def _known_as(actions: Iterable[Action]) -> Iterator[int]:
    """Ports that packets are looked up as coming by, wherever they came from."""
    for action in actions:
        if isinstance(action, Resubmit) and action.in_port is not None:
            yield action.in_port


def _matched(flow: FlowEntry) -> Iterator[str]:
    for part in flow.match:
        name = field_of(part.name)
        if name in FIELDS:
            yield name


def _outs(model: SwitchModel, action: Action, in_port: int) -> Iterable[int]:
    if isinstance(action, ArpReply):
        return (in_port,)
    if not isinstance(action, Output):
        return ()
    if action.port == PORT_IN_PORT:
        return (in_port,)
    return model.ports if action.port in FLOOD else (action.port,)
