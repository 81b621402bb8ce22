"""A table of rules with priorities, and what each update changes: from which action to which, for which packets.

OpenFlow 1.3.5, 5.3 and 6.4: the highest priority that matches decides; a rule of the same priority and match is
replaced. Where rules of one priority share packets and their actions differ, the standard leaves it open: the action
there is DOUBT, never one of them. So it is also in access lists, whose lines have a priority each.

An update looks at the rules that may share a packet with its own (`overlaps`) and at no others.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Final

from intents.verify.engine.overlaps import Overlaps
from intents.verify.engine.space import Match, Predicate, space

MISS: Final = 0  # no rule matches
DOUBT: Final = -1  # rules of one priority match and disagree

# The packets whose action was `old` and is now `new`: (old, new, packets). Those of one update share no packet.
Delta = tuple[int, int, Predicate]
Share = tuple[int, Predicate]  # an action, and the packets that get it


class Rule:
    """A rule. action: a positive number, or MISS where it does the same as no rule."""

    __slots__ = ("action", "match", "priority", "tag")

    def __init__(self, priority: int, match: Match, action: int, tag: object = None) -> None:
        self.priority = priority
        self.match = match
        self.action = action
        self.tag = tag


_priority = attrgetter("priority")


class Table:
    """Rules by priority and match. tag: tells rules apart whose matches say less than they match."""

    __slots__ = ("_index", "_rules")

    def __init__(self) -> None:
        self._rules: dict[tuple[int, Match, object], Rule] = {}
        self._index: Overlaps[Rule] = Overlaps()

    def __len__(self) -> int:
        return len(self._rules)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules.values())

    def load(self, priority: int, match: Match, action: int, tag: object = None) -> None:
        """Put a rule without asking what it changes: for tables that nobody has looked at yet."""
        rule = self._rules.get((priority, match, tag))
        if rule is not None:
            rule.action = action
            return
        rule = self._rules[priority, match, tag] = Rule(priority, match, action, tag)
        self._index.add(match.value, match.mask, rule)

    def put(self, priority: int, match: Match, action: int, tag: object = None) -> list[Delta]:
        """Add a rule, or give one of the same priority and match another action."""
        there = self._rules.get((priority, match, tag))
        if there is not None:
            before, there.action = there.action, action
            return self._replaced(there, before) if before != action else []
        rule = Rule(priority, match, action, tag)
        meeting = self._index.meeting(match.value, match.mask)
        self._rules[priority, match, tag] = rule
        self._index.add(match.value, match.mask, rule)
        return _with_or_without(rule, meeting, comes=True)

    def remove(self, priority: int, match: Match, tag: object = None) -> list[Delta]:
        """Take a rule away; nothing happens if it is not there."""
        rule = self._rules.pop((priority, match, tag), None)
        if rule is None:
            return []
        self._index.discard(match.value, match.mask, rule)
        return _with_or_without(rule, self._index.meeting(match.value, match.mask), comes=False)

    def action(self, priority: int, match: Match, tag: object = None) -> int | None:
        """The action of one rule; None where the table does not have it."""
        rule = self._rules.get((priority, match, tag))
        return None if rule is None else rule.action

    def decide(self, packets: Predicate, value: int, mask: int) -> list[Share]:
        """What is done with packets which all have `value` in the bits of `mask`, part by part."""
        meeting = self._index.meeting(value, mask)
        meeting.sort(key=_priority, reverse=True)
        return _decided(packets, meeting)

    def _replaced(self, rule: Rule, before: int) -> list[Delta]:
        meeting = self._index.meeting(rule.match.value, rule.match.mask)
        region = _below_all(rule, meeting)
        equals = [r for r in meeting if r.priority == rule.priority and r is not rule]
        if not equals:
            return [(before, rule.action, region)] if region != space().false else []
        old = Rule(rule.priority, rule.match, before)
        return _compared(_decided(region, [*equals, old]), _decided(region, [*equals, rule]))


def _below_all(rule: Rule, meeting: list[Rule]) -> Predicate:
    """The packets of a rule that no higher priority takes."""
    region, priority, false = rule.match.yes, rule.priority, space().false
    for other in meeting:
        if other.priority > priority:
            region = region & other.match.no
            if region == false:
                break
    return region


def _with_or_without(rule: Rule, meeting: list[Rule], *, comes: bool) -> list[Delta]:
    """What differs between a table with a rule and without it. meeting: the others that may share a packet with it."""
    region = _below_all(rule, meeting)
    if region == space().false:
        return []
    priority, action = rule.priority, rule.action
    below = [r for r in meeting if r.priority <= priority and r is not rule]
    below.sort(key=_priority, reverse=True)
    without = _decided(region, below)
    if not below or below[0].priority < priority:
        if comes:
            return [(old, action, part) for old, part in without if old != action]
        return [(action, new, part) for new, part in without if new != action]
    equals = [r for r in below if r.priority == priority]
    having = _decided(region, [*equals, rule])
    return _compared(without, having) if comes else _compared(having, without)


def _compared(before: list[Share], after: list[Share]) -> list[Delta]:
    false = space().false
    found: list[Delta] = []
    for old, one in before:
        for new, other in after:
            if old != new:
                part = one & other
                if part != false:
                    found.append((old, new, part))
    return found


def _decided(rest: Predicate, rules: list[Rule]) -> list[Share]:
    """What rules, the highest priority first, do with packets; the last share is what none of them takes."""
    false = space().false
    shares: list[Share] = []
    level = None  # the priority that is looked at, and what its rules have taken so far
    begun = 0
    for rule in rules:
        match = rule.match
        if rule.priority != level:
            if rest == false:
                break
            level, begun, open_ = rule.priority, len(shares), rest
        part = open_ & match.yes
        if part == false:
            continue
        if len(shares) > begun:
            part = _disputed(shares, begun, part, rule.action)
        if part != false:
            shares.append((rule.action, part))
        rest = rest & match.no
    if rest != false:
        shares.append((MISS, rest))
    return shares


def _disputed(shares: list[Share], begun: int, part: Predicate, action: int) -> Predicate:
    """Move to DOUBT what a rule and others of its priority do differently; returns what is left to the rule alone."""
    false = space().false
    for at in range(begun, len(shares)):
        other, theirs = shares[at]
        both = theirs & part
        if both == false:
            continue
        if other not in (action, DOUBT):
            shares[at] = (other, theirs & ~both)
            shares.append((DOUBT, both))
        part = part & ~both
    shares[begun:] = [share for share in shares[begun:] if share[1] != false]
    return part
