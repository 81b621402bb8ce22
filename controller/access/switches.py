"""Switches that were turned away, for the audit log: who says a datapath id that another has, or shows no certificate
that the campus's CA signed."""

from __future__ import annotations

from collections.abc import Callable

from controller.access.refusals import RefusalLog
from controller.openflow_listener import SwitchEvent


def turned_away(refusals: RefusalLog) -> Callable[[SwitchEvent], None]:
    """Who hears of switches, and has those written down that were refused."""

    def hear(event: SwitchEvent) -> None:
        if event.kind != "refused":
            return
        what, _, peer = event.detail.rpartition(", from ")
        known = {"datapath": f"0x{event.datapath_id:x}"} if event.datapath_id is not None else {}
        device = {"device": event.device} if event.device else {}
        refusals.refused("switch-refused", f"openflow {peer}", what or event.detail, **known, **device)

    return hear
