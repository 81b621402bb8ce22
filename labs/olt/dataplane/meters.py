"""Policers as OpenFlow meters: red is dropped, so one band at the peak rate, or at the committed one where there is
no peak. A meter belongs to a bridge; it cannot be in a bundle. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labs.olt.config import Policer, SubInterface
from labs.olt.dataplane.labels import Labels, meter_label
from labs.olt.dataplane.services import Services
from labs.olt.dataplane.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Meters:
    """The meters of a bridge: number to text of ovs-ofctl."""

    texts: Mapping[int, str]

    def steps_from(self, old: Meters | None) -> list[tuple[str, str]]:
        """(command, argument) of ovs-ofctl before flows use them. old None: whatever is there."""
        steps = [("del-meters", "meter=all")] if old is None and self.texts else []
        held = {} if old is None else old.texts
        for number, text in sorted(self.texts.items()):
            if held.get(number) != text:
                steps.append(("mod-meter" if number in held else "add-meter", text))
        return steps

    def steps_after(self, old: Meters | None) -> list[tuple[str, str]]:
        """The same, after flows use them no more."""
        gone = sorted(set(() if old is None else old.texts) - set(self.texts))
        return [("del-meters", f"meter={number}") for number in gone]


def meters(services: Services, labels: Labels, wiring: Wiring) -> Mapping[str, Meters]:
    """By bridge: the OLT's, and those of the ONUs."""
    found = {
        bridge: _of((s for u in services.unis if u.bridge == bridge for s in u.subs), labels, wiring)
        for bridge in {onu.bridge or wiring.onu_bridge for onu in wiring.onus.values()}
    }
    olt = (m.sub for b in services.bridges for m in b.members)
    return {**found, wiring.olt_bridge: _of(olt, labels, wiring)}


def _of(subs: Iterable[SubInterface], labels: Labels, wiring: Wiring) -> Meters:
    return Meters(
        {
            number: _text(number, c.policer, wiring)
            for sub in subs
            for c in sub.policy
            if c.policer is not None
            for number in (labels.meters[meter_label(sub.name, c.policer)],)
        }
    )


def _text(number: int, policer: Policer, wiring: Wiring) -> str:
    rate_bps = policer.cir_bps if policer.pir_bps is None else policer.pir_bps
    burst_bytes = policer.cbs_bytes if policer.pbs_bytes is None else policer.pbs_bytes
    kbps = max(rate_bps // wiring.scale // 1000, 1)
    # Frames do not shrink with the scale: a burst holds a few of the longest.
    kbit = max(burst_bytes * 8 // wiring.scale, 4 * wiring.frame_bytes * 8) // 1000 + 1
    return f"meter={number},kbps,burst,band=type=drop,rate={kbps},burst_size={kbit}"
