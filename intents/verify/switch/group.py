"""Which buckets of a group a packet may meet (OpenFlow 1.3.5, 5.6.1; liveness, 6.5), and what a bucket does.

Where the standard leaves it open, as Open vSwitch has it: a bucket that watches nothing is live, one that watches a
port and a group is live while either is, `all` sends to every bucket, live or not, a bucket is an action set, and a
group of which no bucket can act does nothing: what stands after it in the list is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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

# The order in which an action set is carried out (OpenFlow 1.3.5, 5.10), of what can stand in one.
_ORDER: Final = (PopVlan, PushVlan, DecTtl, SetField, SetQueue, ToGroup, Output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """options: each bucket that may be taken, and whether it may be with the ports as they are. dropped: why none may
    be now. doubt: why it cannot be told."""

    options: tuple[tuple[Bucket, bool], ...] = ()
    dropped: str = ""
    doubt: str = ""


def choose(group: GroupEntry, groups: Mapping[int, GroupEntry], is_up: Callable[[int], bool]) -> Choice:
    """The buckets of a group of which one is taken; of type `all`, those that all are."""
    name = f"group {group.group_id}"
    if group.type == "all":
        return Choice(options=tuple((bucket, True) for bucket in group.buckets))
    if group.type == "indirect":
        if len(group.buckets) != 1:
            return Choice(doubt=f"{name} is indirect with {len(group.buckets)} buckets")
        return Choice(options=((group.buckets[0], True),))
    live: list[Bucket] = []
    for bucket in group.buckets:
        state = _is_live(bucket, groups, is_up, ())
        if state is None or (group.type == "ff" and bucket.watch_port is None and bucket.watch_group is None):
            return Choice(doubt=f"{name} has a bucket of which it cannot be told whether it is live")
        if state:
            live.append(bucket)
    if group.type == "ff":
        now = live[:1]
        dropped = "" if now else f"{name} has no live bucket"
    else:
        now = [bucket for bucket in live if bucket.weight > 0]
        dropped = "" if now else f"{name} has no live bucket with a weight"
    options = tuple((bucket, any(bucket is taken for taken in now)) for bucket in group.buckets)
    return Choice(options=options, dropped=dropped)


def _is_live(
    bucket: Bucket, groups: Mapping[int, GroupEntry], is_up: Callable[[int], bool], above: tuple[int, ...]
) -> bool | None:
    """None: it watches what is not modelled, a reserved port or groups that watch each other (above: their way)."""
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
    states = [_is_live(b, groups, is_up, inside) for b in groups[bucket.watch_group].buckets]
    if True in states:
        return True
    return None if None in states else False


def action_set(actions: tuple[Action, ...]) -> tuple[Action, ...] | None:
    """A bucket's actions in the order in which they are carried out: the last of each kind, but every set-field in its
    place, as Open vSwitch does; beside a group no output. None where one cannot stand in an action set."""
    if not all(isinstance(action, _ORDER) for action in actions):
        return None
    hands_on = any(isinstance(action, ToGroup) for action in actions)
    found: list[Action] = []
    for kind in _ORDER:
        of_kind = [action for action in actions if isinstance(action, kind)]
        if not (kind is Output and hands_on):
            found += of_kind if kind is SetField else of_kind[-1:]
    return tuple(found)
