"""Why one intent holds, or not: its sentence, what carries it on each device, its way, and each property."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from controller import operations, present
from controller.operations import Connect
from controller.owners import Register
from controller.picture import Drawn, picture
from controller.project import Project
from controller.state.store import Store
from intents.compile import compile_intended, make_plan, summary
from intents.ingest import nearest, sentence, sentence_zh
from intents.model.campus import Campus, Endpoint
from intents.model.diagnostic import ClearwayError, Diagnostic, Position
from intents.model.evidence import Counterexample, IntentVerdict, Way
from intents.model.plan import Change, Intended
from intents.model.state import DeviceState, Observation, Operational

SHOWN_DRAWN: Final = 3  # in a picture, side by side


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All there is to say of one intent. sources, destinations: places by name. carriers: (device, object in the
    field's words), in path order."""

    text: str
    verdict: IntentVerdict
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    carriers: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "intents": [present.intent(self.verdict)],
            "sentence": self.text,
            "places": {
                "from": list(self.sources),
                "to": list(self.destinations),
            },
            "paths": [[present.hop(h) for h in way.hops] for way in self.verdict.paths],
            "ways": [present.way(w) for w in self.verdict.paths],
            "objects": [{"device": d, "object": o} for d, o in self.carriers],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained(Explanation):
    """The same where the campus is known, so that it can be drawn."""

    campus: Campus

    def svg(self) -> str:
        """A picture: of each failure that has a packet, else of a way there and the way back."""
        drawn = [
            Drawn(
                source=_sender(f.counterexample, self.campus),
                destination=_receiver(f.counterexample, self.campus),
                packet=f"{f.property}: {_in_a_line(f.counterexample.packet)}",
                hops=f.counterexample.hops,
                broken=f.counterexample,
            )
            for f in self.verdict.findings
            if f.counterexample is not None and f.counterexample.hops
        ] or [
            Drawn(source=w.source, destination=w.destination, packet=_in_a_line(w.packet), hops=w.hops)
            for w in _there_and_back(self.verdict.paths)
        ]
        verb = "holds" if self.verdict.holds else "does not hold"
        kinds = {**dict.fromkeys(self.campus.switches, "switch"), **dict.fromkeys(self.campus.olts, "OLT")}
        kinds |= dict.fromkeys(self.campus.onus, "ONU")
        return picture(f"{self.verdict.intent} {verb}", self.text, drawn[:SHOWN_DRAWN], kinds)


def _in_a_line(packet: Mapping[str, str]) -> str:
    return ", ".join(f"{k} {v}" for k, v in packet.items())


def _there_and_back(ways: Sequence[Way]) -> list[Way]:
    """The first way, and the one back where there is one."""
    first = ways[:1]
    back = [w for w in ways for f in first if (w.source, w.destination) == (f.destination, f.source)]
    return [*first, *back[:1]]


def _sender(c: Counterexample, campus: Campus) -> str:
    """The places at the port where the packet enters."""
    return _place_at(campus, Endpoint(c.hops[0].device, c.hops[0].in_port))


def _receiver(c: Counterexample, campus: Campus) -> str:
    return _place_at(campus, Endpoint(c.hops[-1].device, c.hops[-1].out_port))


def _place_at(campus: Campus, port: Endpoint) -> str:
    return ", ".join(sorted(p.name for p in campus.places.values() if p.port == port)) or str(port)


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
    verdict, operational = operations.verify(project, connect, store, (name,))
    judged = next(v for v in verdict.intents if v.intent == name)
    intended = compile_intended(project.checked_campus(), project.intents, operational).intended
    carriers: list[Change] = []
    if intended is not None:
        judged = Register(intended=intended, operational=operational).judged(judged, ways=True)
        carriers = _carriers(project.checked_campus(), intended, name, operational)
    return Explained(
        text=LANGUAGES[language](found[0].intent),
        verdict=judged,
        sources=tuple(p.name for p in found[0].sources),
        destinations=tuple(p.name for p in found[0].destinations),
        carriers=tuple((c.device, summary(c.difference)) for c in carriers),
        campus=project.checked_campus(),
    )


def _carriers(campus: Campus, intended: Intended, name: str, operational: Operational) -> list[Change]:
    """The objects that the intent asks for, by planning against empty devices: each is then an addition."""
    empty = Operational(
        devices={d: Observation(state=DeviceState.of(d, ()), facts=o.facts) for d, o in operational.devices.items()}
    )
    plan = make_plan(intended, campus, empty)
    return [c for c in plan.changes if any(a.name == name for a in c.askers)]
