"""What no intent can mean, however it is written: asked of the intent itself, so that sentences and fields are refused
alike."""

from __future__ import annotations

from intents.ingest.report import Report
from intents.model.intent import Intent


def check_sense(intent: Intent, report: Report) -> bool:
    """Whether the intent makes sense; what does not is in the report, at the field or the sentence."""
    deliver = intent.deliver
    quantities = (
        ("guarantee", "rate", intent.guarantee_bps),
        ("limit", "rate", intent.limit_bps),
        ("latency", "duration", intent.latency_us),
        ("deliver.images", "number", deliver.images if deliver else None),
        ("deliver.size", "size", deliver.size_bytes if deliver else None),
        ("deliver.within", "duration", deliver.within_us if deliver else None),
    )
    makes_sense = True
    for path, kind, value in quantities:
        if value == 0:
            hint = f"write a {kind} above 0, or deny the traffic"
            report.error(f"bad-{kind}", intent.at(path), f"{path} is 0", hint)
            makes_sense = False
    if intent.guarantee_bps and intent.limit_bps and intent.guarantee_bps > intent.limit_bps:
        message = "the guarantee is above the limit of the same intent"
        report.error("contradiction", intent.at("guarantee"), message, "raise the limit or lower the guarantee")
        makes_sense = False
    return makes_sense
