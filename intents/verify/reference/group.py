"""Groups: which buckets act, and what one does (OpenFlow 1.3.5, 5.6.1, 5.10, 6.5).

As Open vSwitch has it where the standard leaves it open: a bucket that watches nothing is live, one that watches a port
and a group is live while either is, and `all` sends to every bucket, live or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from intents.model.switch import (
    LAST_PORT,
    Action,
    Bucket,
    DecTtl,
    GroupEntry,
    Output,
    PopVlan,
    PushVlan,
    SetField,
    SetQueue,
    ToGroup,
)
from intents.verify.reference.doubt import Doubt

# The order of an action set (5.10), of those actions that the model has.
_ORDER: Final = (PopVlan, PushVlan, DecTtl, SetField, SetQueue, ToGroup, Output)

IsUp = Callable[[int], bool]


def eligible(group: GroupEntry, groups: Mapping[int, GroupEntry], is_up: IsUp) -> tuple[Bucket, ...]:
    """The buckets of which one acts; for type `all`, those that all act. None: nothing acts. Raises Doubt."""
    if group.type == "all":
        return group.buckets
    if group.type == "indirect":
        if len(group.buckets) != 1:
            raise Doubt(f"group {group.group_id} is indirect and has not one bucket")
        return group.buckets
    if group.type == "ff" and any(b.watch_port is None and b.watch_group is None for b in group.buckets):
        raise Doubt(f"group {group.group_id} has a bucket that watches nothing")
    states = [is_live(bucket, groups, is_up, ()) for bucket in group.buckets]
    if None in states:
        raise Doubt(f"group {group.group_id} watches what cannot be told")
    live = tuple(bucket for bucket, state in zip(group.buckets, states, strict=True) if state)
    return live[:1] if group.type == "ff" else tuple(bucket for bucket in live if bucket.weight > 0)


def is_live(bucket: Bucket, groups: Mapping[int, GroupEntry], is_up: IsUp, above: tuple[int, ...]) -> bool | None:
    """None: it watches a reserved port, or groups that watch each other. above: the groups whose state this is for."""
    if bucket.watch_port is not None and bucket.watch_port > LAST_PORT:
        return None
    if bucket.watch_port is None and bucket.watch_group is None:
        return True
    if bucket.watch_port is not None and is_up(bucket.watch_port):
        return True
    if bucket.watch_group is None or bucket.watch_group not in groups:
        return False
    if bucket.watch_group in above:
        return None
    inside = (*above, bucket.watch_group)
    states = [is_live(b, groups, is_up, inside) for b in groups[bucket.watch_group].buckets]
    return True if True in states else None if None in states else False


def action_set(bucket: Bucket) -> tuple[Action, ...]:
    """A bucket's actions as they are carried out, in the order of the standard: the last of each kind, but every
    set-field as it is listed (Open vSwitch), and beside a group no output. Raises Doubt."""
    listed = bucket.actions
    if not all(isinstance(action, _ORDER) for action in listed):
        raise Doubt("a bucket does what no action set may")
    ordered: list[Action] = []
    for kind in _ORDER:
        of_kind = [action for action in listed if isinstance(action, kind)]
        ordered += of_kind if kind is SetField else of_kind[-1:]
    if any(isinstance(action, ToGroup) for action in ordered):
        ordered = [action for action in ordered if not isinstance(action, Output)]
    return tuple(ordered)
