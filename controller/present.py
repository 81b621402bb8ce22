"""Results as JSON objects: the stable, versioned form that `--json`, gRPC metadata and commit reports share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from controller.calendar import Rests
from controller.owners import origin
from controller.shown import ShownChange, shown
from intents.compile import Room, Stock, Survey, WhatIf
from intents.compile.survey import touched
from intents.model.diagnostic import Diagnostic, Severity
from intents.model.evidence import (
    Blame,
    Bound,
    Counterexample,
    Decided,
    Drift,
    Finding,
    Hop,
    IntentVerdict,
    Verdict,
    Way,
)
from intents.model.plan import Plan
from intents.trouble import Trouble

SCHEMA_VERSION: Final = 1
Json = dict[str, Any]


def result(*, ok: bool, errors: Iterable[Diagnostic] = (), **about: Any) -> Json:
    """The envelope: schemaVersion, ok, errors, and what the result is about."""
    found = list(errors)
    return {
        "schemaVersion": SCHEMA_VERSION,
        "ok": ok,
        "errors": [diagnostic(d) for d in found if d.severity is Severity.ERROR],
        "warnings": [diagnostic(d) for d in found if d.severity is Severity.WARNING],
        **about,
    }


def diagnostic(d: Diagnostic) -> Json:
    """One error or warning."""
    return {
        "file": d.position.file,
        "line": d.position.line,
        "column": d.position.column,
        "severity": str(d.severity),
        "code": d.code,
        "message": d.message,
        "hint": d.hint,
        "related": [
            {"file": r.position.file, "line": r.position.line, "column": r.position.column, "message": r.message}
            for r in d.related
        ],
    }


def change(c: ShownChange) -> Json:
    """One change of a plan."""
    return {
        "device": c.device,
        "op": c.op,
        "object": " ".join(part for part in (c.kind, c.name) if part),
        "summary": c.summary,
        "disruptive": c.disruptive,
        "reason": c.reason,
        "places": list(c.places),
        "onus": list(c.onus),
        "intents": [{"name": a.name, "file": a.position.file, "line": a.position.line} for a in c.askers],
    }


def changes(found: Iterable[ShownChange]) -> list[Json]:
    """All changes in order."""
    return [change(c) for c in found]


def plan(p: Plan) -> list[Json]:
    """All changes of a plan in order."""
    return changes(shown(p.changes))


def what_if(found: WhatIf) -> Json:
    """What would be if something failed."""
    return {
        "failed": [f.name for f in found.failures],
        "cutOff": list(found.cut_off),
        "movedOnus": list(found.moved),
        "faults": [diagnostic(d) for d in found.faults],
        "intents": [
            {
                "name": o.intent.name,
                "file": o.intent.intent.position.file,
                "line": o.intent.intent.position.line,
                "state": o.state,
                "pairs": o.pairs,
                "pairsLeft": o.left,
                "lostPairs": [list(pair) for pair in o.lost],
                "why": o.why,
            }
            for o in found.intents
        ],
    }


def survey(found: Survey) -> Json:
    """Every single failure: what each leaves of whom, and how many of each kind each intent survives whole."""
    return {
        "failures": [
            {
                "failed": each.failures[0].name,
                "kind": each.failures[0].kind,
                "standInNeedsApply": each.failures[0] in found.moving,
                "cutOff": list(each.cut_off),
                "intents": {state: list(names) for state, names in touched(each).items()},
            }
            for each in found.outcomes
        ],
        "intents": {
            name: {kind: {"whole": held, "of": count} for kind, (held, count) in cells.items()}
            for name, cells in found.survived().items()
        },
    }


def decided(d: Decided) -> Json:
    """What decided at a hop."""
    found: Json = {"text": d.text, **_origin(d)}
    if d.cookie is not None:
        found |= {"table": d.table, "priority": d.priority, "cookie": f"{d.cookie:#x}"}
    return found


def _origin(said: Decided | Blame) -> Json:
    return {
        "origin": origin(said),
        "owner": str(said.owner) if said.key is not None else None,
        "ours": said.ours if said.key is not None else None,
        "askers": [{"name": a.name, "file": a.position.file, "line": a.position.line} for a in said.askers],
    }


def hop(h: Hop) -> Json:
    """One hop of a path."""
    return {
        "device": h.device,
        "entry": " | ".join(d.text for d in h.decided),
        "decided": [decided(d) for d in h.decided],
        "in": h.in_port,
        "out": h.out_port,
        "vidBefore": h.vid_before,
        "pcpBefore": h.pcp_before,
        "vid": h.vid,
        "pcp": h.pcp,
        "queue": h.queue,
        "meters": list(h.meters),
        "note": h.note,
        "trace": h.trace,
    }


def way(w: Way) -> Json:
    """Which packet it is that arrives; its hops stand in `paths`, in the same order."""
    return {"from": w.source, "to": w.destination, "packet": dict(w.packet)}


def counterexample(c: Counterexample) -> Json:
    """One packet that breaks a promise, and the hop to blame."""
    return {
        "packet": dict(c.packet),
        "standsFor": c.alike,
        "hops": [hop(h) for h in c.hops],
        "failingHop": c.failing,
        "blame": {"device": c.blame_device, "object": c.blame_object},
        "smallestSet": {
            "allNeeded": c.together,
            "changes": [
                {"device": b.device, "object": b.name, "remedy": str(b.remedy), **_origin(b)} for b in c.blames
            ],
        },
        "expected": c.expected,
        "actual": c.actual,
    }


def finding(f: Finding) -> Json:
    """One property's verdict."""
    found: Json = {"property": str(f.property), "holds": f.holds, "statement": f.statement}
    if f.cannot_prove:
        found["cannotProve"] = True
    if f.vacuous:
        found["vacuous"] = True
    if f.bound is not None:
        found["bound"] = bound(f.bound)
    if f.counterexample is not None:
        found["counterexample"] = counterexample(f.counterexample)
    return found


def bound(b: Bound) -> Json:
    """The worst case of an intent's worst way. Null where there is no bound."""
    return {
        "from": b.source,
        "to": b.destination,
        "rateBps": b.rate_bps,
        "rateBoundBy": b.slowest,
        "delayUs": b.delay_us,
        "delayBoundBy": b.longest,
        "backlogBits": b.backlog_bits,
        "completionUs": b.completion_us,
        "reliesOn": list(b.relies),
        "hops": [
            {"device": h.device, "queue": h.where, "rateBps": h.rate_bps, "latencyUs": h.latency_us} for h in b.hops
        ],
    }


def intent(v: IntentVerdict) -> Json:
    """One intent's verdict."""
    return {
        "name": v.intent,
        "file": v.position.file,
        "line": v.position.line,
        "holds": v.holds,
        "evidence": [finding(f) for f in v.findings],
    }


def stock(s: Stock) -> Json:
    """Something that is counted: how many are needed, how many there can be (null: any number)."""
    return {"resource": s.resource, "used": s.used, "most": s.most}


def room(r: Room) -> Json:
    """How full one resource is, bit/s."""
    return {
        "resource": r.resource,
        "capacityBps": r.capacity_bps,
        "promisedBps": r.promised_bps,
        "freeBps": r.free_bps,
        "intents": [{"name": name, "bps": bps} for name, bps in r.holders],
    }


def resting(intents: Iterable[Rests]) -> list[Json]:
    """Intents whose calendar window is closed."""
    return [{"name": r.name, "when": r.when} for r in intents]


def drift(d: Drift) -> Json:
    """One object that is not as it was applied."""
    return {
        "device": d.device,
        "object": d.name,
        "drift": str(d.kind),
        "differs": [{"attribute": a.attribute, "applied": a.applied, "found": a.found} for a in d.differs],
        "ours": d.ours,
        "owner": str(d.owner),
        "askers": [{"name": a.name, "file": a.position.file, "line": a.position.line} for a in d.askers],
        "statement": d.statement,
    }


def trouble(t: Trouble) -> Json:
    """What happened on the fibres."""
    return {
        "kind": str(t.kind),
        "at": t.at,
        "what": t.what,
        "look": t.look,
        "dark": t.dark,
        "onus": list(t.onus),
        "places": list(t.places),
        "lost": list(t.lost),
        "atRisk": list(t.risked),
    }


def verdict(v: Verdict) -> Mapping[str, Any]:
    """The network's verdict, to be merged into the envelope."""
    return {"intents": [intent(i) for i in v.intents], "drift": [drift(d) for d in v.drift]}
