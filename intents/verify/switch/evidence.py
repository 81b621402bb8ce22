"""What happened to a set of packets in a switch, told: what decided, which queues and meters, who is to blame."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from intents.model.campus import Endpoint
from intents.model.switch import GroupEntry, Meter, PortQueue
from intents.verify.packets.steps import Alternative, Copy, Limit, QueueUse, Said, Step
from intents.verify.switch.index import Entry
from intents.verify.switch.run import Out, Run
from intents.verify.switch.text import port_text


class Evidence:
    """Of one switch, by what it holds beside flow entries."""

    def __init__(
        self,
        name: str,
        groups: Mapping[int, GroupEntry],
        meters: Mapping[int, Meter],
        queues: Mapping[tuple[int, int], PortQueue],
    ) -> None:
        self._name, self._groups, self._meters, self._queues = name, groups, meters, queues
        self._saids: dict[Entry, Said] = {}
        self._uses: dict[tuple[int, int], QueueUse] = {}

    def of(self, port: Endpoint, run: Run, is_up: Callable[[int], bool]) -> Alternative:
        """A run that is through, which entered by the port."""
        trail = [self._said(entry) for entry in run.trail]
        trail += [Said(f"group {n}", self._name, self._groups[n]) for n in dict.fromkeys(run.groups)]
        if run.missed is not None:
            trail.append(Said(f"table {run.missed}: no entry matches (table-miss)", self._name))
        why = run.doubt or run.dropped
        if why:
            trail.append(Said(why, self._name))
        base = Step(
            device=self._name,
            in_port=port.port,
            decided=tuple(trail),
            blame=_blame(run),
            before=run.share,
            after=run.header,
            learns=run.learns,
            note=run.note,
        )
        copies = tuple(self._copy(base, out, up=is_up(out.port)) for out in run.outs)
        return Alternative(share=run.share, copies=copies, last=base, now=run.now, doubt=run.doubt)

    def _said(self, entry: Entry) -> Said:
        if entry not in self._saids:
            self._saids[entry] = Said(entry.text, self._name, entry.flow)
        return self._saids[entry]

    def _copy(self, base: Step, out: Out, *, up: bool) -> Copy:
        step = base._replace(
            out_port=port_text(out.port),
            after=out.header,
            queue=self._queue(out),
            limits=tuple(_limit(self._name, self._meters[m]) for m in out.meters if m in self._meters),
            learns=out.learns,
            note=out.note if up else f"{out.note}; port {out.port} is down".removeprefix("; "),
        )
        return Copy(port=Endpoint(self._name, str(out.port)), header=out.header, steps=(step,), now=up)

    def _queue(self, out: Out) -> QueueUse | None:
        if out.queue is None:
            return None
        key = (out.port, out.queue)
        if key not in self._uses:
            self._uses[key] = self._use(out.port, out.queue)
        return self._uses[key]

    def _use(self, port: int, queue: int) -> QueueUse:
        there = (port, queue) in self._queues
        text = f"queue {queue} of port {port}" + ("" if there else " (not configured)")
        return QueueUse("switch", (self._name, str(port)), str(port), queue, there, text)


def _blame(run: Run) -> str:
    if run.missed is not None:
        return f"table {run.missed}: an entry for this packet"
    if run.dropped and not run.outs:
        return " ".join(run.dropped.split()[:2])  # a meter or a group, and its number
    last = run.trail[-1].name if run.trail else "table 0"
    return last + "".join(f", group {number}" for number in dict.fromkeys(run.groups))


def _limit(device: str, meter: Meter) -> Limit:
    """A meter as what it lets through. Without a burst Open vSwitch takes what its rate lets through in a second."""
    burst_kbit = meter.burst_kbit or meter.rate_kbps
    return Limit(device, f"meter {meter.meter_id}", meter.rate_kbps * 1000, burst_kbit * 1000)
