"""Metrics of what the service keeps: the journal's open ends, and the head of the audit chain."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from controller.audit import files
from controller.audit.chain import BEFORE_FIRST, Head
from controller.breakglass import BreakGlass
from controller.state.store import Store
from controller.telemetry.meters import Meters

HEX_DIGITS: Final = 12  # as many as a metric's value holds exactly


def measure_kept(meters: Meters, store: Store) -> None:
    """Add them. The chain's head outside of this machine, in a time series, is one more anchor: a log that was cut off
    behind it, or made anew, no longer leads there. It is a number and no label, for a label would be a series a record.
    """
    meters.gauge(
        "clearway_journal_unfinished_changes",
        "Changes that the journal does not show the end of; one that is being made counts.",
        lambda: len(store.journal.unfinished()),
    )
    meters.gauge(
        "clearway_break_glass_open",
        "Devices that somebody mends by hand.",
        lambda: len(BreakGlass(store).holds()),
    )
    folder = store.folder / files.FOLDER
    meters.total("clearway_audit_records_total", "Records in the audit log.", lambda: _head(folder).n)
    meters.gauge(
        "clearway_audit_head",
        "The first 48 bits of the hash of the audit log's last record, as a number.",
        lambda: int(_head(folder).hash[:HEX_DIGITS], 16),
    )


def _head(folder: Path) -> Head:
    path = folder / files.CURRENT
    if not path.exists():
        return BEFORE_FIRST
    with path.open("rb") as file:
        return files.tail(file, folder)[0]
