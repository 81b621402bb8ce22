"""How much the tables of a device hold: flow entries of a switch, MAC addresses of a segment on an OLT.

Flow entries are counted in the objects as they would be, so after these are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from intents.compile.context import Context
from intents.compile.limits import UNSAID, greediest, too_many
from intents.model.campus import Switch
from intents.model.diagnostic import Diagnostic
from intents.model.pon import ForwardingDatabase
from intents.model.state import DeviceState

# What a forwarding database is made for, where the OLT's model does not say less.
MAX_MACS: Final = ForwardingDatabase(name="").max_macs


def table_faults(context: Context, states: Mapping[str, DeviceState], switches: Iterable[Switch]) -> list[Diagnostic]:
    """Switches that would hold more flow entries than their model can; of the objects as they would be."""
    faults: list[Diagnostic] = []
    for switch in switches:
        model = context.campus.models.get(switch.model or "")
        if model is None or model.flows is None or switch.name not in states:
            continue
        count = sum(1 for key in states[switch.name].objects if key[0] == "flow")
        if count > model.flows:
            faults.append(
                too_many(
                    f"{switch.name} would need {count:,} flow entries, and a {model.name} has room for {model.flows:,}",
                    "name fewer pairs of places: two intents between small groups take less than one between large",
                    switch.position,
                    greediest(context),
                )
            )
    return faults


def mac_faults(context: Context) -> list[Diagnostic]:
    """Segments that have more places in use on an OLT than its forwarding database holds addresses: one a place, and
    the gateway's."""
    faults: list[Diagnostic] = []
    vids = {segment.vid: segment for segment in context.campus.segments.values()}
    for olt in context.campus.olts.values():
        model = context.campus.models.get(olt.model or "", UNSAID)
        for vid, segment in sorted(vids.items()):
            places = context.places_in(olt.name, vid)
            most = min(MAX_MACS, model.macs or MAX_MACS)
            if len(places) < most:  # in use or not: spares the count
                continue
            count = 1 + sum(place.name in context.marks for place in places)
            if count > most:
                faults.append(
                    too_many(
                        f"{olt.name} would keep {count:,} MAC addresses of {segment.name}, one a place and the "
                        f"gateway's, and has room for {most:,} of a segment",
                        "divide the segment, or move places to another OLT",
                        olt.position,
                        greediest(context),
                    )
                )
    return faults
