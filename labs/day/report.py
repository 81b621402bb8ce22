"""Who got what in the course of a day, in the hospital's words; from what was measured, and what was promised. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from labs.day.plan import Flow
from labs.day.profile import PROFILES, Greedy, Paced

SLACK: Final = 0.01  # a packet may be cut off by the end of the day
_OVER: Final = 1.1  # a meter lets a burst through beside its rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One service. Rates in Mbit/s of payload, of all its places, a mean over the hours in which it is at work, at full
    rate. loss: a share of its packets. Delays of packets one way in the lab, ms, whose lines are k times slower.
    studies: how many, and the longest that one took, s. held None: nothing is promised that could be broken."""

    service: str
    places: int
    promised: str
    asked_mbps: float | None
    got_mbps: float
    loss: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    studies: int = 0
    longest_s: float | None = None
    held: bool | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The whole day. hour_s: how long an hour of it took. scale: k. faults: why what was measured is of the lab
    and not of the network."""

    rows: tuple[Row, ...]
    hour_s: float
    scale: int
    faults: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether everybody got what was promised."""
        return all(row.held is not False for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "schemaVersion": 1,
            "ok": self.held,
            "hourSeconds": self.hour_s,
            "scale": self.scale,
            "faults": list(self.faults),
            "services": [asdict(row) for row in self.rows],
        }

    def text(self) -> str:
        """For people."""
        head = ("service", "places", "promised", "asked", "got", "delay p50", "p99", "held")
        table = [head, *(_cells(row) for row in self.rows)]
        widths = [max(len(line[n]) for line in table) for n in range(len(head))]
        lines = ["  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in table]
        said = "everybody got what was promised" if self.held else "not everybody got what was promised"
        note = (
            f"an hour in {self.hour_s:g} s; rates and sizes divided by {self.scale}, shown at full rate; "
            "delays are of the lab's lines, which are as much slower"
        )
        faults = (f"delays, losses and studies mean little: {fault}" for fault in self.faults)
        return "\n".join((*lines, note, *faults, said))


def _cells(row: Row) -> tuple[str, ...]:
    held = {True: "yes", False: f"NO: {row.why}", None: "-"}[row.held]
    got = f"{row.studies} studies, longest {row.longest_s:.2f} s" if row.longest_s else f"{row.got_mbps:.2f} Mbit/s"
    asked = "all there is" if row.asked_mbps is None else f"{row.asked_mbps:.2f} Mbit/s"
    p50, p99 = (f"{ms:.1f} ms" if ms is not None else "" for ms in (row.p50_ms, row.p99_ms))
    return (row.service, str(row.places), row.promised, asked, got, p50, p99, held)


def day(
    flows: Sequence[Flow],
    seen: Sequence[Mapping[str, Any]],
    hour_s: float,
    scale: int,
    faults: tuple[str, ...] = (),
) -> Day:
    """The report. seen: what labs.day.replay says, flow by flow. faults: as of Day."""
    kinds: dict[tuple[str, int], list[tuple[Flow, Mapping[str, Any]]]] = {}
    for flow, found in zip(flows, seen, strict=True):
        # Cameras of one ward may have a limit and those of the next none: two services.
        kinds.setdefault((flow.kind, flow.limit_bps), []).append((flow, found))
    order = list(PROFILES)
    rows = (_row(kinds[key], hour_s, scale) for key in sorted(kinds, key=lambda key: (order.index(key[0]), key[1])))
    return Day(rows=tuple(rows), hour_s=hour_s, scale=scale, faults=faults)


def _row(found: Sequence[tuple[Flow, Mapping[str, Any]]], hour_s: float, scale: int) -> Row:
    flow = found[0][0]
    profile = PROFILES[flow.kind]
    at_work_s = sum(share > 0 for share in flow.busy) * hour_s
    asked, got = (
        sum(sum(seen[what]) for _, seen in found) * 8 * scale / at_work_s / 1e6 if at_work_s else 0.0
        for what in ("sent", "got")
    )
    row = Row(
        service=profile.words,
        places=len({f.place for f, _ in found}),
        promised=_promised(flow),
        asked_mbps=None if isinstance(profile, Greedy) else round(asked, 3),
        got_mbps=round(got, 3),
    )
    if isinstance(profile, Paced):
        return _of_packets(row, profile, found)
    return row if isinstance(profile, Greedy) else _of_studies(row, found)


def _of_packets(row: Row, profile: Paced, found: Sequence[tuple[Flow, Mapping[str, Any]]]) -> Row:
    delays = sorted(ms for _, seen in found for ms in seen["delays"])
    sent = sum(seen["packets"] for _, seen in found)
    loss = 1 - len(delays) / sent if sent else 0.0
    limit = found[0][0].limit_bps
    why = ""
    if loss > profile.worst_loss + SLACK:
        why = f"{loss:.1%} of its packets were lost"
    elif limit and row.got_mbps * 1e6 > limit * row.places * _OVER:
        why = "it got more than its limit"
    return _with(
        row,
        loss=round(loss, 4),
        p50_ms=_at(delays, 0.5),
        p99_ms=_at(delays, 0.99),
        held=not why,
        why=why,
    )


def _of_studies(row: Row, found: Sequence[tuple[Flow, Mapping[str, Any]]]) -> Row:
    took = [(seconds, flow.within) for flow, seen in found for seconds in seen["studies"]]
    ended = [seconds for seconds, _ in took if seconds is not None]
    late = sum(seconds is None or seconds > within for seconds, within in took)
    why = f"{late} of {len(took)} studies were late" if late else ""
    return _with(row, studies=len(took), longest_s=round(max(ended, default=0.0), 3), held=not why, why=why)


def _with(row: Row, **more: Any) -> Row:
    return Row(**{**asdict(row), **more})


def _at(ranked: Sequence[float], share: float) -> float | None:
    return round(ranked[min(int(len(ranked) * share), len(ranked) - 1)], 2) if ranked else None


def _promised(flow: Flow) -> str:
    if flow.study:
        return f"each within {flow.within:g} s"
    if flow.promised_bps:
        return f"{flow.promised_bps / 1e6:g} Mbit/s each"
    if flow.limit_bps:
        return f"at most {flow.limit_bps / 1e6:g} Mbit/s each"
    return "its class"
