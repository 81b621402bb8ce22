"""The rounds of a change, so that no packet is lost which is delivered before the change and after it.

Packets bear a mark (PCP) from their first port to the gateway and another from the gateway to their last, and each
device on the way must know the mark it meets. So, after "Abstractions for Network Update" (Reitblatt and others, 2012):

    widen    everybody but the gateway takes what is new beside what is old
    gateway  it takes what is new, and sends so
    turn     the first ports mark as is new
    gateway  it forgets what is old
    narrow   everybody else forgets what is old

What has nothing to do is left out, and rounds that need not be apart are one: most changes take one or two. Where a new
thing needs the place of an old one (an ONU's serial number, a user's port), both change hands in `turn`.

The planner argues so; the verifier looks at the states themselves (intents/verify/between.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from intents.compile.halves import Halves, halves_of
from intents.compile.order import ordered
from intents.model.campus import Campus
from intents.model.plan import Plan, Round
from intents.model.state import Difference, Operational

# Kinds that carry nothing: whether they are there matters to the device's own checks only.
_PROFILES: Final = frozenset(
    (
        "bac",
        "classifier",
        "composite-filter",
        "policing-profile",
        "policy",
        "policy-profile",
        "shaper-profile",
        "tc-map",
        "traffic-descriptor-profile",
    )
)


@dataclass(slots=True, kw_only=True)
class _Part:
    """What one driver has to do: widen, turn, narrow."""

    device: str
    gateway: bool
    widen: tuple[Difference, ...]
    turn: tuple[Difference, ...] = ()
    narrow: tuple[Difference, ...] = ()

    def all(self) -> tuple[Difference, ...]:
        """Everything at once."""
        return _joined((*self.widen, *self.turn, *self.narrow))


def rounds(plan: Plan, campus: Campus, before: Operational) -> tuple[Round, ...]:
    """The rounds that a plan is carried out in. Together they are the plan; before: what it was made against."""
    parts = list(_parts(plan, campus, before))
    if len(parts) < 2:
        return _rounds([[(p.device, p.all()) for p in parts]])
    gateway = [p for p in parts if p.gateway]
    others = [p for p in parts if not p.gateway]
    turns = any(p.turn for p in others)
    if not gateway and not turns:
        return _rounds([[(p.device, p.all()) for p in others]])
    for part in others:
        _spare(part)
    widen = [(p.device, p.widen) for p in others]
    narrow = [(p.device, p.narrow) for p in others]
    if not turns:
        return _rounds([widen, [(p.device, p.all()) for p in gateway], narrow])
    turn = [(p.device, p.turn) for p in others]
    return _rounds(
        [widen, [(p.device, p.widen) for p in gateway], turn, [(p.device, p.narrow) for p in gateway], narrow]
    )


def _parts(plan: Plan, campus: Campus, before: Operational) -> Iterator[_Part]:
    by_device: dict[str, list[Difference]] = {}
    for change in plan.changes:
        by_device.setdefault(change.device, []).append(change.difference)
    for device, found in by_device.items():
        switch = campus.switches.get(device)
        if switch is None:
            yield _olt(device, halves_of(found, before.devices[device].state.objects))
            continue
        queues = [d for d in found if d.key[0] == "queue"]
        flows = [d for d in found if d.key[0] != "queue"]
        if queues:
            stay, go = _split(queues)
            yield _Part(device=device, gateway=False, widen=tuple(stay), narrow=tuple(go))
        if flows and switch.gateway:
            stay, go = _split(flows)
            yield _Part(device=device, gateway=True, widen=tuple(stay), narrow=tuple(go))
        elif flows:
            yield _Part(
                device=device,
                gateway=False,
                widen=tuple(d for d in flows if d.op == "add"),
                turn=tuple(d for d in flows if d.op == "modify"),
                narrow=tuple(d for d in flows if d.op == "remove"),
            )


def _olt(device: str, halves: Halves) -> _Part:
    return _Part(device=device, gateway=False, widen=halves.widen, turn=halves.turn, narrow=halves.narrow)


def _split(found: Iterable[Difference]) -> tuple[list[Difference], list[Difference]]:
    """What is to be there after, and what is to go."""
    stay: list[Difference] = []
    go: list[Difference] = []
    for difference in found:
        (go if difference.after is None else stay).append(difference)
    return stay, go


def _spare(part: _Part) -> None:
    """Spare a device a commit for profiles alone: they are added with what uses them and go with what used them."""
    if part.narrow and _only_profiles(part.narrow) and (part.turn or part.widen):
        if part.turn:
            part.turn, part.narrow = _joined((*part.turn, *part.narrow)), ()
        else:
            part.widen, part.narrow = _joined((*part.widen, *part.narrow)), ()
    if part.widen and _only_profiles(part.widen) and (part.turn or part.narrow):
        if part.turn:
            part.turn, part.widen = _joined((*part.widen, *part.turn)), ()
        else:
            part.narrow, part.widen = _joined((*part.widen, *part.narrow)), ()


def _only_profiles(found: Iterable[Difference]) -> bool:
    return all(d.key[0] in _PROFILES for d in found)


def _joined(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """One difference an object, from the first before to the last after."""
    by_key: dict[object, Difference] = {}
    for d in found:
        first = by_key.get(d.key)
        by_key[d.key] = d if first is None else Difference(key=d.key, before=first.before, after=d.after)
    return tuple(d for d in by_key.values() if d.before != d.after)


def _rounds(found: Iterable[Sequence[tuple[str, tuple[Difference, ...]]]]) -> tuple[Round, ...]:
    made: list[Round] = []
    for parts in found:
        by_device: dict[str, list[Difference]] = {}
        for device, differences in parts:
            by_device.setdefault(device, []).extend(differences)
        round_ = {device: ordered(by_device[device]) for device in sorted(by_device) if by_device[device]}
        if round_:
            made.append(round_)
    return tuple(made)
