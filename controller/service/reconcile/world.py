"""The network of one moment, as the reconciler sees it, and what it says of the intents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from controller.breakglass import Hold
from controller.operations import Judge, judge_network
from controller.owners import with_owners
from controller.project import Project
from controller.service.reconcile.away import stand_in, unknown_for, without
from controller.service.reconcile.eye import Sight
from intents.compile import compile_intended
from intents.model.campus import Campus
from intents.model.diagnostic import Diagnostic
from intents.model.evidence import Verdict
from intents.model.state import DeviceState, Observation, Operational


@dataclass(frozen=True, kw_only=True)
class World:
    """What is wanted, as of now, and what was seen. epoch: of the network; applied: None where nothing was;
    applied_number: moves when it is read anew and is another."""

    project: Project
    revision: str
    now: datetime
    sights: Mapping[str, Sight]
    epoch: int
    applied: Mapping[str, DeviceState] | None
    applied_number: int
    holds: Mapping[str, Hold]

    @cached_property
    def campus(self) -> Campus:
        """Of the project, which compiled when it was taken."""
        return self.project.checked_campus()

    @cached_property
    def fresh(self) -> Mapping[str, Observation]:
        """Devices that were seen as they are now."""
        return {
            name: s.seen
            for name, s in self.sights.items()
            if s.seen is not None and not s.away and s.epoch == self.epoch
        }

    @cached_property
    def away(self) -> Mapping[str, tuple[Diagnostic, ...]]:
        """Devices that cannot be read, and why."""
        return {name: s.faults for name, s in self.sights.items() if s.away}

    @property
    def complete(self) -> bool:
        """Whether of each device is known how it is, or that it cannot be known."""
        return len(self.fresh) + len(self.away) == len(self.sights)

    @cached_property
    def key(self) -> tuple[object, ...]:
        """The same, if a verdict of another moment is one of this."""
        numbers = tuple(sorted((name, s.number) for name, s in self.sights.items()))
        names = tuple(resolved.name for resolved in self.project.intents)
        files = tuple(sorted(self.project.files.items()))
        return self.revision, files, names, numbers, self.applied_number, tuple(sorted(self.holds))

    def judge(self, judge: Judge = judge_network) -> tuple[Verdict, Operational]:
        """The verdict, and of what: of what a device that is away carries, that it is not known. May take long."""
        applied = self.applied or {}
        seen = {name: s.seen or stand_in(self.campus, name, applied) for name, s in self.sights.items()}
        operational = Operational(devices=seen)
        judged = {name: state for name, state in applied.items() if name in self.fresh}
        found = judge(self.project, operational, judged if self.applied is not None else None)
        verdict = with_owners(found, self.project, operational)
        if not self.away:
            return verdict, operational
        intended = compile_intended(self.campus, self.project.intents, None).intended
        unknown = unknown_for(self.campus, self.project.intents, intended, self.away)
        return without(verdict, unknown, self.away), operational
