"""Why one intent holds, or not: its sentence, what carries it on each device, its way, and each property."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from controller import operations, present
from controller.cli import verdict_text
from controller.operations import Connect
from controller.project import Project
from controller.store import Store
from intents.compile import compile_intended, make_plan, summary
from intents.ingest import nearest, sentence, sentence_zh
from intents.model.diagnostic import ClearwayError, Diagnostic, Position
from intents.model.evidence import IntentVerdict
from intents.model.intent import ResolvedIntent
from intents.model.plan import Change
from intents.model.state import DeviceState, Observation, Operational

SHOWN_WAYS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """All there is to say of one intent. carriers: (device, object in the field's words), in path order."""

    resolved: ResolvedIntent
    text: str
    verdict: IntentVerdict
    carriers: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "intents": [present.intent(self.verdict)],
            "sentence": self.text,
            "places": {
                "from": [p.name for p in self.resolved.sources],
                "to": [p.name for p in self.resolved.destinations],
            },
            "paths": [[present.hop(h) for h in path] for path in self.verdict.paths],
            "objects": [{"device": d, "object": o} for d, o in self.carriers],
        }

    def print_to(self, output: ModuleType) -> None:
        """For people."""
        out = output.out
        out.print(f"{self.verdict.intent}  ({self.verdict.position})", style="bold")
        out.print(f"  {self.text}")
        for path in self.verdict.paths[:SHOWN_WAYS]:
            out.print()
            verdict_text.print_hops(path)
        if len(self.verdict.paths) > SHOWN_WAYS:
            out.print(f"\n  and {len(self.verdict.paths) - SHOWN_WAYS} more ways: --json", style="dim")
        out.print()
        for finding in self.verdict.findings:
            if finding.holds:
                out.print(f"  holds  {finding.property}: {finding.statement}")
            else:
                verdict_text.print_failure(self.verdict, finding)
        if self.carriers:
            out.print("\n  carried by")
            for device, text in self.carriers:
                out.print(f"    {device:<10} {text}")


# The languages that an intent can be said in.
LANGUAGES: Final = {"en": sentence, "zh": sentence_zh}


def explain(project: Project, name: str, connect: Connect, store: Store, language: str = "en") -> Explained:
    """Explain the intent from the devices' state now. Raises ClearwayError."""
    project.checked_campus()
    found = [i for i in project.intents if i.name == name]
    rests = next((i for i in project.resting if i.name == name), None)
    if rests is not None:
        raise ClearwayError(
            Diagnostic(
                code="rests-now",
                message=f"{name} rests at this instant: it holds {rests.intent.when}",
                hint="explain it as of another instant: --at 2026-11-25T12:00",
                position=rests.intent.at("when"),
            )
        )
    if not found:
        names = [i.name for i in project.intents]
        close = nearest(name, names)
        raise ClearwayError(
            Diagnostic(
                code="unknown-intent",
                message=f"there is no intent {name!r} in {project.root}",
                hint=f"did you mean {close!r}?" if close else f"the intents are {', '.join(sorted(names))}",
                position=Position(str(project.root)),
            )
        )
    verdict, operational = operations.verify(project, connect, store)
    judged = next(v for v in verdict.intents if v.intent == name)
    return Explained(
        resolved=found[0],
        text=LANGUAGES[language](found[0].intent),
        verdict=judged,
        carriers=tuple((c.device, summary(c.difference)) for c in _carriers(project, name, operational)),
    )


def _carriers(project: Project, name: str, operational: Operational) -> list[Change]:
    """The objects that the intent asks for, by planning against empty devices: each is then an addition."""
    campus = project.checked_campus()
    compiled = compile_intended(campus, project.intents, operational)
    if compiled.intended is None:
        return []
    empty = Operational(
        devices={d: Observation(state=DeviceState.of(d, ()), facts=o.facts) for d, o in operational.devices.items()}
    )
    plan = make_plan(compiled.intended, campus, empty)
    return [c for c in plan.changes if any(a.name == name for a in c.askers)]
