"""A packet's way, hop by hop: what decided there, in the field's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from controller.owners import origin
from intents.model.evidence import Blame, Counterexample, Decided, Hop, Way
from intents.model.pon import GemPort, TCont
from intents.model.state import ObjectKey

Json = dict[str, Any]
_KINDS: Final = {"tcont": TCont.kind, "gem": GemPort.kind, "flow": "flow"}


def way(found: Way, sources: frozenset[str]) -> Json:
    """One way. sources: places that the intent speaks of as senders."""
    return {
        "from": found.source,
        "to": found.destination,
        "direction": "there" if found.source in sources else "back",
        "packet": dict(found.packet),
        "hops": hops(found.hops),
    }


def hops(found: Iterable[Hop]) -> list[Json]:
    """All of a way."""
    return [_hop(h) for h in found]


def _hop(h: Hop) -> Json:
    return {
        "device": h.device,
        "node": h.device,
        "in": h.in_port,
        "out": h.out_port,
        "vlan": h.vid,
        "pcp": h.pcp,
        "vlan_before": h.vid_before,
        "pcp_before": h.pcp_before,
        "queue": h.queue,
        **{name: " | ".join(_of_kind(h, kind)) for name, kind in _KINDS.items()},
        "meter": ", ".join(h.meters),
        "note": h.note,
        "decided": [_decided(d) for d in h.decided],
        "statement": _statement(h),
    }


def _of_kind(h: Hop, kind: str) -> list[str]:
    return [d.text for d in h.decided if _kind(d.key) == kind]


def _kind(key: ObjectKey | None) -> str:
    return str(key[0]) if key else ""


def _decided(d: Decided) -> Json:
    return {
        "text": d.text,
        "origin": origin(d),
        "owner": ", ".join(a.name for a in d.askers),
        "ours": d.ours if d.key is not None else None,
    }


def _statement(h: Hop) -> str:
    """The hop in a sentence."""
    tag = "untagged" if h.vid is None else f"in VLAN {h.vid} with PCP {h.pcp}"
    if not h.out_port:
        return f"{h.device} takes it in by {h.in_port} and sends it nowhere"
    queue = f", {h.queue}" if h.queue else ""
    return f"{h.device} takes it in by {h.in_port} and sends it out by {h.out_port} {tag}{queue}"


def counterexample(c: Counterexample) -> Json:
    """The packet that shows it, and what to blame."""
    return {
        "packet": dict(c.packet),
        "stands_for": c.alike,
        "expected": c.expected,
        "actual": c.actual,
        "failing_hop": c.failing,
        "hops": hops(c.hops),
        "blame": [_blame(b) for b in c.blames]
        or [{"device": c.blame_device, "object": c.blame_object, "owner": "", "remedy": "", "statement": c.actual}],
        "all_needed": c.together,
    }


def _blame(b: Blame) -> Json:
    whose = origin(b)
    return {
        "device": b.device,
        "object": b.name,
        "owner": ", ".join(a.name for a in b.askers),
        "remedy": str(b.remedy),
        "statement": f"{b.remedy} {b.name} on {b.device}" + (f" ({whose})" if whose else ""),
    }
