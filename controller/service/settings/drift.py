"""The section `drift` of the settings."""

from __future__ import annotations

from dataclasses import replace

from controller.service.reconcile.settings import AtExpiry, Policy
from controller.service.reconcile.settings import Settings as Reconciling
from intents.ingest.tree import Table


def read_drift(drift: Table, base: Reconciling) -> Reconciling:
    """What a section says that the schema took; what it does not say is as `base` has it."""
    devices = drift.table("devices")
    return replace(
        base,
        policy=Policy(_word(drift, "policy", base.policy)),
        policies={} if devices is None else {d: Policy(_word(devices, d, base.policy)) for d in devices.entries},
        refill=_word(drift, "emptied", "refill") == "refill",
        at_expiry=AtExpiry(_word(drift, "break-glass-over", base.at_expiry)),
        absent_onus=_word(drift, "absent-onus", "wait") == "configure",
    )


def _word(table: Table, key: str, otherwise: str) -> str:
    found = table.text(key)
    return otherwise if found is None else found.text
