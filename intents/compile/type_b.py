"""Type B protection within an OLT (G.984.1 clause 14): two PON ports serve one channel pair, and one of them stands by.

The OLT itself moves the ONUs, in milliseconds, and they keep every number. It takes a port that serves nothing else:
a stand-in that has ONUs of its own, stands in for several PONs, or is on another OLT is moved to by planning again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from intents.model.campus import Campus, Olt, PonId


def type_b(campus: Campus) -> Mapping[str, Mapping[str, str]]:
    """By OLT: PON to the port that stands by for it."""
    busy = {pon for onu in campus.onus.values() for pon in (onu.pon, onu.backup) if pon is not None}
    asked = Counter(stand_in for olt in campus.olts.values() for stand_in in olt.protection.values())
    free = {stand_in for stand_in, times in asked.items() if times == 1} - busy
    return {olt.name: _within(olt, free) for olt in campus.olts.values()}


def _within(olt: Olt, free: set[PonId]) -> Mapping[str, str]:
    return {
        pon: stand_in.pon
        for pon, stand_in in olt.protection.items()
        if stand_in in free
        and stand_in.olt == olt.name
        and {pon, stand_in.pon} <= olt.pons.keys()
        and stand_in.pon not in olt.protection
        and PonId(olt.name, pon) not in free
    }
