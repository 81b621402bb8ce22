"""How many there can be: ONUs, T-CONTs and GEM ports of a PON, meters of a switch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from intents.compile.allocate import ALLOC_IDS, GEM_IDS, METER_IDS
from intents.compile.context import Context
from intents.compile.load import uni_loads
from intents.model.campus import PonId
from intents.model.diagnostic import Diagnostic

# Per PON port, of a 16-port line card in the field (domain.md): beyond what numbers allow, boards allow no more.
MAX_ONUS: Final = 128
MAX_TCONTS: Final = 1024
MAX_GEM_PORTS: Final = 3872


def too_many(context: Context) -> list[Diagnostic]:
    """An error for each PON and switch that is asked for more objects than it has."""
    onus = Counter(onu.pon for onu in context.campus.onus.values())
    tconts: Counter[PonId] = Counter()
    gems: Counter[PonId] = Counter()
    for load in uni_loads(context):
        tconts[load.pon] += 1
        gems[load.pon] += len(load.receive)
    faults: list[Diagnostic] = []
    for counts, what, most, numbers in (
        (onus, "ONUs", MAX_ONUS, None),
        (tconts, "T-CONTs", MAX_TCONTS, ALLOC_IDS),
        (gems, "GEM ports", MAX_GEM_PORTS, GEM_IDS),
    ):
        faults += (
            _fault(context, pon, what, counts[pon], most, numbers)
            for pon in sorted(counts)
            if counts[pon] > _most(context, pon, most, numbers)
        )
    limited = sum(1 for s in context.streams if s.treatment.limit_bps is not None)
    meters = METER_IDS[1] - METER_IDS[0] + 1
    if limited > meters:
        gateway = context.topology.gateway
        faults.append(
            Diagnostic(
                code="too-many",
                message=f"{limited:,} limits need as many meters, and {gateway.name} has {meters:,}",
                hint="limit a group to one place instead of each pair",
                position=gateway.position,
            )
        )
    return faults


def _most(context: Context, pon: PonId, most: int, numbers: Mapping[str, tuple[int, int]] | None) -> int:
    if numbers is None:
        return most
    first, last = numbers[context.campus.olts[pon.olt].pons[pon.pon]]
    return min(most, last - first + 1)


def _fault(
    context: Context,
    pon: PonId,
    what: str,
    count: int,
    most: int,
    numbers: Mapping[str, tuple[int, int]] | None,
) -> Diagnostic:
    return Diagnostic(
        code="too-many",
        message=f"{pon} would have {count:,} {what}, and a PON has room for {_most(context, pon, most, numbers):,}",
        hint="move ONUs to another PON",
        position=context.campus.olts[pon.olt].position,
    )
