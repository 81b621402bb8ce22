"""How the network is: each device, each ONU, each intent, and the change made last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from controller import joined, present
from controller.left import left_in
from controller.operations import Connect, judge_network
from controller.owners import with_owners
from controller.project import Project
from controller.state.store import Store
from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.evidence import Verdict
from intents.model.pon import OltFacts, VAni
from intents.model.state import Operational
from intents.trouble import Trouble, troubles
from southbound.driver import Capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class OnuStatus:
    """An ONU of the campus. state: `up`, `seen` (not configured), `absent`, `unknown`."""

    name: str
    pon: str
    serial: str
    state: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything at a glance."""

    devices: Mapping[str, str]  # name -> "answers" or what is wrong
    known: Mapping[str, Capabilities]  # of devices that were asked when they joined
    onus: tuple[OnuStatus, ...]
    verdict: Verdict | None
    last_change: Mapping[str, Any] | None
    faults: tuple[Diagnostic, ...]
    troubles: tuple[Trouble, ...] = ()
    left: tuple[str, ...] = ()  # devices that are not in the campus any more, and keep what was applied to them

    @property
    def ok(self) -> bool:
        """Every device answers and every intent holds."""
        return not self.faults and self.verdict is not None and self.verdict.holds

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "devices": [self._device(n, s) for n, s in sorted(self.devices.items())],
            "onus": [
                {"name": o.name, "pon": o.pon, "serial": o.serial, "state": o.state, "places": list(o.places)}
                for o in self.onus
            ],
            "left": list(self.left),
            "troubles": [present.trouble(t) for t in self.troubles],
            "lastChange": dict(self.last_change) if self.last_change else None,
            **(present.verdict(self.verdict) if self.verdict else {"intents": [], "drift": []}),
        }

    def _device(self, name: str, state: str) -> dict[str, Any]:
        found: dict[str, Any] = {"name": name, "state": state}
        known = self.known.get(name)
        if known is not None:
            found |= {
                "protocol": known.protocol,
                "confirmedCommit": known.confirmed_commit,
                "features": sorted(known.features),
                "manners": dict(sorted(known.manners.items())),
                "limits": dict(sorted(known.limits.items())),
                "lacks": dict(sorted(known.lacks.items())),
            }
        return found


def status(project: Project, connect: Connect, store: Store) -> Status:
    """Read what can be read. Raises ClearwayError only where the project itself is wrong."""
    campus = project.checked_campus()
    devices: dict[str, str] = {}
    faults: list[Diagnostic] = []
    with connect(campus) as fleet:
        observed = {}
        for name in sorted(fleet.drivers):
            try:
                observed[name] = fleet.observe_one(name)
                devices[name] = "answers"
            except ClearwayError as error:
                faults += [fleet.located(d, name) for d in error.diagnostics]
                devices[name] = error.diagnostics[0].message
    operational = Operational(devices=observed)
    applied = store.load_applied()
    whole = set(observed) == set(devices)
    verdict = None
    if whole:
        verdict = with_owners(judge_network(project, operational, applied), project, operational)
    return Status(
        devices=devices,
        known={name: known for name, known in joined.load(store.records).items() if name in devices},
        onus=onus_of(project, operational),
        verdict=verdict,
        last_change=store.journal.last(),
        faults=tuple(faults),
        troubles=troubles(campus, operational, project.intents, verdict),
        left=tuple(left_in(applied, devices)),
    )


def onus_of(project: Project, operational: Operational) -> tuple[OnuStatus, ...]:
    """Each ONU of the campus, by name; `unknown` where its OLT was not read."""
    campus = project.checked_campus()
    places: dict[str, list[str]] = {}
    for place in sorted(campus.places):
        places.setdefault(campus.places[place].port.device, []).append(place)
    looks = {name: _look(operational, name) for name in campus.olts}
    return tuple(
        OnuStatus(
            name=onu.name,
            pon=str(onu.pon),
            serial=onu.serial,
            state=looks[onu.pon.olt](onu.serial),
            places=tuple(places.get(onu.name, ())),
        )
        for onu in sorted(campus.onus.values(), key=lambda o: o.name)
    )


def _look(operational: Operational, olt: str) -> Callable[[str], str]:
    """How the ONU of a serial number is, as this OLT says."""
    seen = operational.devices.get(olt)
    if seen is None or not isinstance(seen.facts, OltFacts):
        return lambda _: "unknown"
    facts = seen.facts
    ours = {v.serial: v.name for v in seen.state.objects.values() if isinstance(v, VAni)}
    detected = {d.serial for d in facts.detected}

    def state(serial: str) -> str:
        if ours.get(serial) in facts.up_v_anis:
            return "up"
        return "seen" if serial in detected else "absent"

    return state
