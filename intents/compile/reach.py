"""ONUs that must be there: seen by the OLT on whose PON they are said to hang."""

from __future__ import annotations

from collections.abc import Iterable

from intents.compile.context import Context
from intents.compile.pon_names import v_ani_name
from intents.model.campus import Onu
from intents.model.diagnostic import Diagnostic, Severity
from intents.model.pon import ChannelTermination, OltFacts, VAni
from intents.model.state import DeviceObject


def unknown_onus(context: Context, unseen: Iterable[Onu]) -> list[Diagnostic]:
    """ONUs that their OLT, which was read, does not see: an error where a place in use hangs on one."""
    found: list[Diagnostic] = []
    for onu in unseen:
        seen = context.operational.devices[onu.pon.olt].facts if context.operational is not None else None
        if isinstance(seen, OltFacts):
            is_used = any(p.name in context.marks for uni in onu.ports for p in context.places_at(onu.name, uni))
            found.append(_unknown(context, onu, seen, is_used=is_used))
    return found


def unseen_onus(context: Context) -> tuple[Onu, ...]:
    """ONUs that their OLT does not see, of the OLTs that were read.

    An OLT sees ONUs only under a channel termination that is configured (TR-385): before that nothing can be said.
    """
    if context.operational is None:
        return ()
    by_olt: dict[str, list[Onu]] = {}
    for name in sorted(context.campus.onus):
        onu = context.campus.onus[name]
        by_olt.setdefault(onu.pon.olt, []).append(onu)
    found: list[Onu] = []
    for olt, onus in sorted(by_olt.items()):
        seen = context.operational.devices.get(olt)
        if seen is None or not isinstance(seen.facts, OltFacts):
            continue
        held = context.held(olt).values()
        lit = {o.hardware for o in held if isinstance(o, ChannelTermination)}
        # Up under its name: as this ONU, not as one that the campus named so before.
        up = {(o.name, o.serial) for o in held if isinstance(o, VAni) and o.name in seen.facts.up_v_anis}
        places = _seen_at(held, seen.facts)
        found += (
            onu
            for onu in onus
            if onu.pon.pon in lit
            and (v_ani_name(onu), onu.serial) not in up
            and not places.get(onu.serial, frozenset()) & {None, *_own_pons(context, onu)}
        )
    return tuple(found)


def _seen_at(held: Iterable[DeviceObject], facts: OltFacts) -> dict[str, set[str | None]]:
    """Serial number to the PONs of its OLT on which it is seen; None where the OLT does not say which."""
    pons = {o.name: o.hardware for o in held if isinstance(o, ChannelTermination)}
    found: dict[str, set[str | None]] = {}
    for onu in facts.detected:
        found.setdefault(onu.serial, set()).add(pons.get(onu.channel_termination))
    return found


def _own_pons(context: Context, onu: Onu) -> set[str]:
    """The PONs of its OLT where an ONU may be: its own, what stands by for that, where its second fibre leads."""
    olt = context.campus.olts[onu.pon.olt]
    pons = (onu.pon, olt.protection.get(onu.pon.pon), onu.backup)
    return {pon.pon for pon in pons if pon is not None and pon.olt == olt.name}


def _unknown(context: Context, onu: Onu, facts: OltFacts, *, is_used: bool) -> Diagnostic:
    olt = onu.pon.olt
    message = f"{olt} does not see {onu.name} (serial number {onu.serial}) on {onu.pon}"
    hint = _strangers(context, onu, facts) or "is it switched on, and its fibre in? is the serial right?"
    elsewhere = sorted(filter(None, _seen_at(context.held(olt).values(), facts).get(onu.serial, ())))
    if elsewhere:
        there = f"{olt}/{elsewhere[0]}"
        message = f"{olt} sees {onu.name} (serial number {onu.serial}) on {there}, and not on {onu.pon}"
        hint = f"write `pon: {there}` if it is to be there, else plug its fibre in where it is written"
    return Diagnostic(
        code="unknown-onu",
        severity=Severity.ERROR if is_used else Severity.WARNING,
        message=message,
        hint=hint,
        position=onu.position,
    )


def _strangers(context: Context, onu: Onu, facts: OltFacts) -> str:
    """Serial numbers that the OLT sees and the campus does not know: probably one of them is meant."""
    known = {o.serial for o in context.campus.onus.values()}
    found = sorted({d.serial for d in facts.detected} - known)
    if not found:
        return ""
    return f"{onu.pon.olt} sees {', '.join(found[:4])}, which the campus does not name: is one of them {onu.name}?"
