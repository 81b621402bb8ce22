"""Promises that depend on what the campus is made of: `survive`, and ONUs that must be there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from intents.compile.context import Context
from intents.compile.pon_access import v_ani_name
from intents.model.campus import Onu
from intents.model.diagnostic import Diagnostic, Severity
from intents.model.intent import ResolvedIntent
from intents.model.pon import ChannelTermination, OltFacts, VAni
from intents.model.state import DeviceObject


def unknown_onus(context: Context) -> list[Diagnostic]:
    """ONUs that their OLT, which was read, does not see: an error where a place in use hangs on one.

    An OLT sees ONUs only under a channel termination that is configured (TR-385): before that nothing can be said.
    """
    if context.operational is None:
        return []
    in_use = {route.pon.onu.name for route in context.used if route.pon is not None}
    faults: list[Diagnostic] = []
    for name in sorted(context.campus.onus):
        onu = context.campus.onus[name]
        seen = context.operational.devices.get(onu.pon.olt)
        if seen is None or not isinstance(seen.facts, OltFacts):
            continue
        held = context.held(onu.pon.olt).values()
        if _is_seen(onu, held, seen.facts) or not _is_lit(onu, held):
            continue
        faults.append(
            Diagnostic(
                code="unknown-onu",
                severity=Severity.ERROR if name in in_use else Severity.WARNING,
                message=f"{onu.pon.olt} does not see {name} (serial number {onu.serial}) on {onu.pon}",
                hint=_strangers(context, onu, seen.facts)
                or "is it switched on, and its fibre in? is the serial right?",
                position=onu.position,
            )
        )
    return faults


def _is_lit(onu: Onu, held: Iterable[DeviceObject]) -> bool:
    """Whether the ONU's PON is one that the OLT was told to run."""
    return any(isinstance(o, ChannelTermination) and o.hardware == onu.pon.pon for o in held)


def _is_seen(onu: Onu, held: Iterable[DeviceObject], facts: OltFacts) -> bool:
    """Detected, or up under its name: as this ONU, not as one that the campus named so before."""
    if any(found.serial == onu.serial for found in facts.detected):
        return True
    return any(
        isinstance(o, VAni) and o.name in facts.up_v_anis and o.name == v_ani_name(onu) and o.serial == onu.serial
        for o in held
    )


def _strangers(context: Context, onu: Onu, facts: OltFacts) -> str:
    """Serial numbers that the OLT sees and the campus does not know: probably one of them is meant."""
    known = {o.serial for o in context.campus.onus.values()}
    found = sorted({d.serial for d in facts.detected} - known)
    if not found:
        return ""
    return f"{onu.pon.olt} sees {', '.join(found[:4])}, which the campus does not name: is one of them {onu.name}?"


def without_other_way(context: Context, intents: Sequence[ResolvedIntent]) -> list[Diagnostic]:
    """`survive` where there is one way only: every way, until ways beside the first are used."""
    return [_no_other_way(context, r) for r in sorted(intents, key=lambda r: r.name) if r.intent.survive is not None]


def _no_other_way(context: Context, resolved: ResolvedIntent) -> Diagnostic:
    place = (resolved.sources + resolved.destinations)[0]
    route = context.topology.routes[place.name]
    where = f"{place.name} hangs on {place.port} alone"
    if route.pon is not None:
        where = f"{place.name} is on {route.pon.onu.name}, which hangs on {route.pon.pon} alone"
    elif len(route.switches) > 1:
        hop = route.switches[0]
        where = f"{place.name} is on {hop.switch}, which is linked by {hop.switch}:{hop.up} alone"
    return Diagnostic(
        code="no-other-way",
        message=f"{resolved.name} cannot survive {resolved.intent.survive}: {where}",
        hint="remove `survive`: ways beside the first are not used yet",
        position=resolved.intent.at("survive"),
    )
