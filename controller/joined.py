"""What is known of each device: asked and tried out when it joins, kept on record, held against every plan.

A record holds until the device says something else of itself (another software, another device in its place). It is
worth nothing but time: without it everything is asked again, and tried out again at the next change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Final

from controller.fleet import Fleet
from controller.state.records import Records
from intents.model.diagnostic import ClearwayError, Diagnostic, Position, Related
from intents.model.plan import Change, Plan
from intents.model.state import Operational, patch
from southbound.driver import Capabilities, Driver, Learner, Room

_KIND: Final = "device"  # of record
_NAMED: Final = 4  # further intents that a refusal names


def load(records: Records) -> Mapping[str, Capabilities]:
    """What is on record; nothing where there is no record, or one that cannot be read."""
    found: dict[str, Capabilities] = {}
    with suppress(ClearwayError):
        for record in records.all(_KIND):
            with suppress(ValueError, KeyError, TypeError, AttributeError):  # of another version: asked again
                found[record.name] = _decoded(record.name, record.body)
    return found


def save(records: Records, known: Iterable[Capabilities]) -> None:
    """Replace the records of these devices. Raises ClearwayError."""
    for capabilities in known:
        records.put(_KIND, capabilities.device, _encoded(capabilities))


def recall(fleet: Fleet, records: Records) -> None:
    """Tell each driver what is on record, before it opens a session."""
    known = load(records)
    for driver in fleet.all():
        if isinstance(driver, Learner) and driver.device in known:
            driver.recall(known[driver.device])


def join(fleet: Fleet, records: Records) -> None:
    """Find out about each device that is not on record, or no longer the same. For before a change, under the lock of
    changes. Raises ClearwayError where a device does not answer."""
    known = load(records)
    found = fleet.each(_learn, [d for d in fleet.all() if isinstance(d, Learner)])
    with suppress(ClearwayError):  # then it is found out again next time; a change needs its journal, and says so
        save(records, [c for c in found if known.get(c.device) != c])


def refuse_lacking(plan: Plan, operational: Operational, fleet: Fleet) -> None:
    """Raise ClearwayError where a plan puts on a device what the device says that it cannot hold."""
    changing = set(plan.devices)
    asked = fleet.each(lambda d: d.probe(), [d for d in fleet.all() if d.device in changing and isinstance(d, Learner)])
    faults = [fault for said in asked for fault in _lacking(plan, operational, said, fleet.position_of(said.device))]
    if faults:
        raise ClearwayError(*faults)


def _learn(driver: Driver) -> Capabilities:
    return driver.learn() if isinstance(driver, Learner) else driver.probe()


def _lacking(plan: Plan, operational: Operational, said: Capabilities, where: Position) -> Iterator[Diagnostic]:
    if not said.lacks and not said.rooms:
        return
    changes = [c for c in plan.changes if c.device == said.device and c.difference.after is not None]
    for kind in sorted({str(c.difference.key[0]) for c in changes} & set(said.lacks)):
        asking = [c for c in changes if c.difference.key[0] == kind]
        name = asking[0].difference.key[1]
        yield _refused(
            "device-lacks",
            f"{said.device} cannot hold {kind} {name}: {said.lacks[kind]}",
            "ask for what it can do, or give it software that can do this",
            where,
            asking,
        )
    before = operational.devices[said.device].state
    held = Counter(str(key[0]) for key in before.objects)
    after = Counter(str(key[0]) for key in patch(before, plan.for_device(said.device)).objects)
    for room in said.rooms:
        would = sum(after[kind] for kind in room.kinds)
        if would > room.most and would > sum(held[kind] for kind in room.kinds):
            asking = [c for c in changes if c.difference.key[0] in room.kinds and c.difference.before is None]
            yield _refused(
                "device-full",
                f"{said.device} would hold {would:,} entries of {room.what}, and has room for {room.most:,}",
                "ask for less there, or move ONUs to another OLT",
                where,
                asking,
            )


def _refused(code: str, message: str, hint: str, where: Position, asking: Sequence[Change]) -> Diagnostic:
    """At the first intent that asks for it, with the next few."""
    askers = list(dict.fromkeys(a for c in asking for a in c.askers))
    return Diagnostic(
        code=code,
        message=message,
        hint=hint,
        position=askers[0].position if askers else where,
        related=tuple(Related(position=a.position, message=f"{a.name} asks for it") for a in askers[1:_NAMED]),
    )


def _encoded(known: Capabilities) -> dict[str, Any]:
    found = {name: value for name, value in asdict(known).items() if name != "device"}
    rooms = [{"what": r.what, "kinds": sorted(r.kinds), "most": r.most} for r in known.rooms]
    return found | {"features": sorted(known.features), "rooms": rooms}


def _decoded(device: str, entry: Mapping[str, Any]) -> Capabilities:
    rooms = tuple(Room(what=r["what"], kinds=frozenset(r["kinds"]), most=int(r["most"])) for r in entry["rooms"])
    return Capabilities(
        device=device,
        protocol=str(entry["protocol"]),
        confirmed_commit=bool(entry["confirmed_commit"]),
        features=frozenset(entry["features"]),
        limits={str(k): int(v) for k, v in entry["limits"].items()},
        identity=str(entry["identity"]),
        lacks={str(k): str(v) for k, v in entry["lacks"].items()},
        rooms=rooms,
        manners={str(k): str(v) for k, v in entry["manners"].items()},
    )


def told(known: Capabilities) -> tuple[str, ...]:
    """A device in a few words for people, what is out of the ordinary included."""
    features = known.features
    how = "undoes by itself what is not confirmed" if known.confirmed_commit else "changes are undone by Clearway alone"
    words = [known.protocol, how]
    if any(f.startswith(":startup:") for f in features):
        words.append("saved to startup")
    words += [_MANNERS[pair] for pair in sorted(known.manners.items()) if pair in _MANNERS]
    words += [f"at most {r.most:,} of {r.what}" for r in known.rooms]
    words += [f"no {kind}" for kind in sorted(known.lacks)]
    return tuple(words)


# Only what differs from RFC 6241; the words are those of southbound.netconf.server.
_MANNERS: Final[Mapping[tuple[str, str], str]] = {
    ("lock", "shared"): "its lock keeps nobody out",
    ("lost-session", "times-out"): "keeps what a lost session did not confirm until the time is up",
    ("lost-session", "stays"): "keeps what a lost session did not confirm",
    ("persist", "reverts"): "undoes a persistent commit with its session",
    ("timer", "never"): "never undoes what is not confirmed",
    ("timer", "when-idle"): "undoes what is not confirmed only once nobody asks it anything",
    ("validate", "forgets"): "forgets what it validated, so it is not asked to validate",
}
