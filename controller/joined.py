"""What is known of each device: asked and tried out when it joins, kept in the state folder, held against every plan.

A record holds until the device says something else of itself (another software, another device in its place). It is
worth nothing but time: without the file everything is asked again, and tried out again at the next change.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from controller.fleet import Fleet
from intents.model.diagnostic import ClearwayError, Diagnostic, Position, Related
from intents.model.plan import Change, Plan
from intents.model.state import Operational, patch
from southbound.driver import Capabilities, Driver, Learner, Room

FILE: Final = "devices.json"
_VERSION: Final = 1
_NAMED: Final = 4  # further intents that a refusal names


def load(folder: Path) -> Mapping[str, Capabilities]:
    """What is on record; nothing where there is no record, or one that cannot be read."""
    try:
        document = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if document["schemaVersion"] != _VERSION:
            return {}
        return {name: _decoded(name, entry) for name, entry in document["devices"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def save(folder: Path, known: Mapping[str, Capabilities]) -> None:
    """Replace the record, whole or not at all. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{FILE}.new"
    with temporary.open("w", encoding="utf-8") as file:
        entries = {name: _encoded(c) for name, c in sorted(known.items())}
        json.dump({"schemaVersion": _VERSION, "devices": entries}, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / FILE)


def recall(fleet: Fleet, folder: Path) -> None:
    """Tell each driver what is on record, before it opens a session."""
    known = load(folder)
    for driver in fleet.all():
        if isinstance(driver, Learner) and driver.device in known:
            driver.recall(known[driver.device])


def join(fleet: Fleet, folder: Path) -> None:
    """Find out about each device that is not on record, or no longer the same. For before a change, under the lock of
    the state folder. Raises ClearwayError where a device does not answer."""
    known = load(folder)
    found = {c.device: c for c in fleet.each(_learn, [d for d in fleet.all() if isinstance(d, Learner)])}
    if any(known.get(name) != capabilities for name, capabilities in found.items()):
        try:
            save(folder, {**known, **found})
        except OSError:
            return  # then it is found out again next time; the change itself needs its journal, and says so


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
