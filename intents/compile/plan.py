"""make_plan: what would change on which device, for whom, and whether anyone would notice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any, Final

from intents.compile.describe import Served, disruption, taken_over
from intents.compile.order import ordered
from intents.compile.ownership import is_ours
from intents.compile.touched import Users
from intents.model.campus import Campus
from intents.model.diagnostic import Diagnostic
from intents.model.plan import Change, Intended, Plan
from intents.model.state import DeviceState, Difference, Operational

# A plan that removes more than this part of what is ours, and more than a handful, looks like an emptied folder.
MASS_DELETE_PART = 0.5
MASS_DELETE_LEAST = 10

_new: Final = tuple.__new__  # of a named tuple, without the call of a function of its own: a metro has millions


def make_plan(intended: Intended, campus: Campus, operational: Operational) -> Plan:
    """The changes that turn the operational state into the intended one, by device in the order of the change.

    Removes nothing that is not ours. OLTs come first and the gateway last; in which order it is carried out, `rounds`
    says.
    """
    found = {
        device: differences(campus, _read(operational, device), state) for device, state in intended.states.items()
    }
    return plan_of(intended, campus, found, {name: seen.state for name, seen in operational.devices.items()})


def plan_of(
    intended: Intended,
    campus: Campus,
    found: Mapping[str, Collection[Difference]],
    held: Mapping[str, DeviceState],
    served: Served | None = None,
) -> Plan:
    """The plan of these differences, by device. held: what the devices hold. served: of the campus, where it is at
    hand."""
    served = served or Served(campus)
    users, anew = Users(intended, held, served), taken_over(found)
    changes: list[Change] = []
    for device in _device_order(found, campus):
        for d in ordered(found[device]):
            if d.before is None and not anew and d.after is not None:  # most of them, and nobody is disturbed
                changes.append(_new(Change, (device, d, *intended.who(device, d.after), "", ())))
                continue
            reason = disruption(d) or (anew.get((device, d.key), "") if anew else "")
            changes.append(_change(intended, users, device, d, reason))
    return Plan(changes=tuple(changes))


def _read(operational: Operational, device: str) -> DeviceState:
    seen = operational.devices.get(device)
    return seen.state if seen is not None else DeviceState.of(device, ())


def _device_order(devices: Iterable[str], campus: Campus) -> list[str]:
    def rank(device: str) -> tuple[int, str]:
        switch = campus.switches.get(device)
        if switch is None:
            return (0, device)
        return (2 if switch.gateway else 1, device)

    return sorted(devices, key=rank)


def differences(campus: Campus, state: DeviceState, intended: DeviceState) -> tuple[Difference, ...]:
    """What turns a device's state into the intended one, leaving alone what is not ours."""
    if not state.objects:
        return tuple([_new(Difference, (key, None, after)) for key, after in intended.objects.items()])
    found = [
        Difference(key=key, before=state.objects.get(key), after=after)
        for key, after in intended.objects.items()
        if state.objects.get(key) != after
    ]
    found += (
        Difference(key=key, before=before, after=None)
        for key, before in state.objects.items()
        if key not in intended.objects and is_ours(before, campus, state.device)
    )
    return tuple(found)


def _change(intended: Intended, users: Users, device: str, difference: Difference, reason: str) -> Change:
    after = difference.after
    if after is None:
        return Change(device, difference, (), users.served.places(difference.before))
    askers, places = intended.who(device, after)
    if not reason:
        return Change(device, difference, askers, places)
    touched = users.of(device, after, places)
    return Change(device, difference, askers, touched.places, reason, touched.onus)


def fingerprints(plan: Plan) -> Mapping[str, str]:
    """A hash a device of all that a plan does to it, from what to what. Stable over processes.

    A plan made later from the same texts has the same fingerprints exactly if it does the same to the same: so a saved
    plan whose fingerprints are not those of a plan made now is stale.
    """
    digests: dict[str, Any] = {}
    for change in plan.changes:
        digest = digests.setdefault(change.device, sha256())
        digest.update(repr(change.difference).encode())
        digest.update(b"\n")
    return {device: digests[device].hexdigest() for device in sorted(digests)}


def inverse(changes: Iterable[Difference]) -> tuple[Difference, ...]:
    """The differences that undo differences, in the order of a change."""
    return ordered(Difference(key=d.key, before=d.after, after=d.before) for d in changes)


def blast_radius(plan: Plan, campus: Campus) -> Diagnostic | None:
    """An error when a plan interrupts more places at once than the campus allows. None: it does not."""
    most = campus.policy.max_disrupted_places
    if most is None:
        return None
    hit = sorted({place for c in plan.changes if c.disruptive for place in c.places})
    if len(hit) <= most:
        return None
    devices = sorted({c.device for c in plan.changes if c.disruptive})
    more = f" and {len(hit) - 3} more" if len(hit) > 3 else ""
    return Diagnostic(
        code="blast-radius",
        message=f"the change interrupts {len(hit)} places on {', '.join(devices)} ({', '.join(hit[:3])}{more}), and "
        f"the campus allows {most} at once",
        hint="make it in smaller steps, raise `max-disrupted-places` in the campus, or say --allow-disruption",
    )


def mass_delete(plan: Plan, operational: Operational) -> Diagnostic | None:
    """An error when a plan removes most of what is ours: an emptied folder looks like this. None: nothing unusual."""
    removed = sum(1 for c in plan.changes if c.difference.op == "remove")
    ours = sum(1 for seen in operational.devices.values() for thing in seen.state.objects.values() if is_ours(thing))
    if removed < MASS_DELETE_LEAST or removed <= MASS_DELETE_PART * ours:
        return None
    return Diagnostic(
        code="mass-delete",
        message=f"the plan removes {removed} of the {ours} objects that Clearway has on the devices: "
        "is the folder of intents complete?",
        hint="put the intents back, or say --allow-mass-delete",
    )
