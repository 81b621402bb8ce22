"""Admission: at every resource what is promised is at most what is there.

Intents are admitted one by one, higher classes first, then by name; the first that does not fit is refused with the
arithmetic, the nearest promise that can hold and the intents that have the rest. Pure arithmetic on rates in bit/s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from intents.compile.context import Context
from intents.compile.demand import Stream
from intents.compile.load import out_ports
from intents.compile.refuse import Refusal, refusal
from intents.compile.resources import Plain, Resource, Scheduled, pon_label, port_label
from intents.model.campus import PON_CAPACITY_BPS, Endpoint, Olt, PonId, ServiceClass
from intents.model.diagnostic import Diagnostic
from intents.model.intent import Intent
from intents.model.units import format_rate

# A resource's identity, and within it the queue or T-CONT.
Where = tuple[str, ...]
Wanted = dict[Where, dict[str, int]]


class _Use(NamedTuple):
    where: Where
    share: str


class _Ask(NamedTuple):
    """All that one intent is promised: per resource and share, bit/s."""

    intent: Intent
    cls: ServiceClass
    streams: tuple[Stream, ...]


class Ledger:
    """What was promised to whom where, and what did not fit. Kept up to date intent by intent.

    held: bit/s by resource and intent.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.resources = Resources(context)
        self.held: dict[Where, dict[str, int]] = {}
        self.faults: tuple[Diagnostic, ...] = ()
        self._asks: dict[str, _Ask] = {}
        self._entered: dict[str, Wanted] = {}
        self._dirty = False  # something could not be entered one by one

    def set_queues(self, pon: PonId, onu: str, uni: int, classes: Mapping[int, ServiceClass]) -> None:
        """Which classes arrive at a UNI now, by priority."""
        line = self.resources.scheduled(("pon-down", pon.olt, pon.pon))
        names = {f"{onu}.{uni}.tc{priority}": cls for priority, cls in classes.items()}
        before, has_slack = self.resources.set_queues(("uni", onu, str(uni)), names)
        for gone in before.keys() - names.keys():
            line.set_class(gone, None)
        for name, cls in names.items():
            line.set_class(name, cls)
        self._dirty = self._dirty or not (has_slack and line.has_slack)

    def release(self, intents: Iterable[str]) -> None:
        """Give back what these intents have, before the streams and queues that they are about change."""
        for name in intents:
            wanted = self._entered.pop(name, None)
            self._asks.pop(name, None)
            for where, shares in (wanted or {}).items():
                self.resources.at(where).take(shares, -1)
                del self.held[where][name]
                if not self.held[where]:
                    del self.held[where]

    def enter(self, intents: Iterable[str]) -> None:
        """Promise these intents what they ask for, as far as it fits; `release` them first."""
        asks = sorted((a for a in map(self._ask, intents) if a is not None), key=_before)
        self._asks |= {ask.intent.name: ask for ask in asks}
        if self.faults or self._dirty or len(asks) == len(self._asks):
            self._all()
            return
        for ask in asks:
            if not self._fit(ask):
                self._all()
                return

    def _all(self) -> None:
        """Everything anew, in the one order: who fits must not depend on who was entered first."""
        for resource in self.resources.every():
            resource.clear()
        self.held, self._entered, self._dirty = {}, {}, False
        faults: list[Diagnostic] = []
        for ask in sorted(self._asks.values(), key=_before):
            if not self._fit(ask):
                wanted = _wanted(self._context, ask)
                tight = {w: s for w, s in wanted.items() if not self.resources.at(w).fits(s)}
                faults.append(self._refuse(ask, tight))
        self.faults = tuple(faults)

    def _fit(self, ask: _Ask) -> bool:
        wanted, at = _wanted(self._context, ask), self.resources.at
        if not all(at(where).fits(shares) for where, shares in wanted.items()):
            return False
        name = ask.intent.name
        for where, shares in wanted.items():
            resource = at(where)
            resource.take(shares)
            self._dirty = self._dirty or not resource.has_slack
            self.held.setdefault(where, {})[name] = sum(shares.values())
        self._entered[name] = wanted
        return True

    def _ask(self, name: str) -> _Ask | None:
        """All that an intent is promised; None where nothing is."""
        resolved = self._context.demand.intents.get(name)
        if resolved is None:
            return None
        found = tuple(
            stream
            for source, destination in resolved.pairs()
            for stream in self._context.pair((source.name, destination.name))
            if stream.treatment.promiser is resolved.intent
        )
        if not found:
            return None
        return _Ask(resolved.intent, max((s.cls for s in found), key=lambda c: c.priority), found)

    def _refuse(self, ask: _Ask, tight: Mapping[Where, Mapping[str, int]]) -> Diagnostic:
        """The refusal at the resource that leaves the least of what is wanted."""
        resources, context = self.resources, self._context

        def part(where: Where) -> tuple[float, int, Where]:
            shares = tight[where]
            free = resources.at(where).free_bps(shares)
            return (free / sum(shares.values()), int(resources.at(where).port is None), where)

        where = min(tight, key=part)
        resource, shares = resources.at(where), tight[where]
        rivals = sorted(self.held.get(where, {}).items(), key=lambda r: (-r[1], r[0]))
        return refusal(
            context.campus,
            Refusal(
                intent=ask.intent,
                streams=tuple(s for s in ask.streams if any(use.where == where for use in _uses(context, s))),
                label=resource.label(),
                port=resource.port,
                wanted_bps=sum(shares.values()),
                free_bps=min(resource.free_bps(shares), sum(shares.values())),
                rivals=tuple((self._asks[name].intent, bps) for name, bps in rivals),
            ),
        )


def _before(ask: _Ask) -> tuple[int, str]:
    """Higher classes first, then by name."""
    return (-ask.cls.priority, ask.intent.name)


def used(context: Context) -> tuple[Where, ...]:
    """Every resource that some stream goes through, promised or not; sorted."""
    return tuple(sorted({use.where for stream in context.streams for use in _uses(context, stream)}))


def _wanted(context: Context, ask: _Ask) -> Wanted:
    wanted: Wanted = {}
    for stream in ask.streams:
        for where, share in _uses(context, stream):
            shares = wanted.setdefault(where, {})
            shares[share] = shares.get(share, 0) + stream.treatment.promised_bps
    return wanted


def _uses(context: Context, stream: Stream) -> Iterator[_Use]:
    """The resources of one stream, from its source to its destination."""
    source = context.topology.routes[stream.source.name]
    destination = context.topology.routes[stream.destination.name]
    mark = context.marks[stream.source.name]
    if source.pon is not None:
        tcont = f"{source.pon.onu.name}.{source.pon.uni}.tc{mark.priority}"
        yield _Use(("in", source.pon.onu.name, str(source.pon.uni)), "")
        yield _Use(("pon-up", source.pon.pon.olt, source.pon.pon.pon), tcont)
        yield _Use(("uplink", source.pon.pon.olt, source.pon.uplink), "")
    else:
        yield _Use(("in", source.switches[0].switch, str(source.switches[0].down)), "")
    for port in out_ports(source, destination):
        yield _Use(("out", port.switch, str(port.port)), "")
    if destination.pon is not None:
        pon = destination.pon
        queue = f"{pon.onu.name}.{pon.uni}.tc{stream.cls.priority}"
        yield _Use(("down", pon.pon.olt, pon.uplink), "")
        yield _Use(("pon-down", pon.pon.olt, pon.pon.pon), queue)
        yield _Use(("uni", pon.onu.name, str(pon.uni)), queue)


class Resources:
    """The resources of a campus, made when first asked for. top: the priority that promised queues share."""

    def __init__(self, context: Context) -> None:
        self._campus = context.campus
        self._held_numbers = context.held_numbers
        self._top = context.shared_rank
        self._made: dict[Where, Resource] = {}
        self._queues: dict[Where, dict[str, ServiceClass]] = {}  # of UNIs, asked for or not

    def every(self) -> Iterable[Resource]:
        """All that were asked for."""
        return self._made.values()

    def set_queues(self, uni: Where, queues: dict[str, ServiceClass]) -> tuple[dict[str, ServiceClass], bool]:
        """Let these be the queues of a UNI; returns what they were, and whether its promises have slack. Most UNIs
        promise nothing, and need no more."""
        before = self._queues.get(uni, {})
        self._queues[uni] = queues
        made = self._made.get(uni)
        if not isinstance(made, Scheduled):
            return before, True
        for gone in before.keys() - queues.keys():
            made.set_class(gone, None)
        for name, cls in queues.items():
            made.set_class(name, cls)
        return before, made.has_slack

    def scheduled(self, where: Where) -> Scheduled:
        """A resource that has queues."""
        found = self.at(where)
        if not isinstance(found, Scheduled):
            raise TypeError(f"{where} has no queues")
        return found

    def at(self, where: Where) -> Resource:
        """The resource."""
        if where not in self._made:
            self._made[where] = self._make(where)
        return self._made[where]

    def _make(self, where: Where) -> Resource:
        kind, device, name = where
        campus, endpoint = self._campus, Endpoint(device, name)
        if kind in ("pon-up", "pon-down"):
            down_bps, up_bps = PON_CAPACITY_BPS[campus.olts[device].pons[name]]
            pon = f"{device}/{name}"
            if kind == "pon-up":
                taken_bps = self._held_numbers(device).assured_bps.get(name, 0)
                up_bps = max(0, up_bps - taken_bps)
                way = "upstream beside what others are assured" if taken_bps else "upstream"
                return Plain(label=partial(pon_label, pon, up_bps, way), capacity_bps=up_bps, rounded=True)
            return Scheduled(
                label=partial(pon_label, pon, down_bps, "downstream"), capacity_bps=down_bps, top=self._top
            )
        if kind in ("uplink", "down"):
            beside_bps = self._held_numbers(device).beside_bps
            return _uplink(campus.olts[device], endpoint, beside_bps, upwards=kind == "uplink")
        if device in campus.switches:
            rate_bps = campus.switches[device].ports[int(name)]
            return Plain(label=partial(port_label, endpoint, rate_bps), capacity_bps=rate_bps, port=endpoint)
        rate_bps = campus.onus[device].ports[int(name)]
        if kind == "in":
            return Plain(label=partial(port_label, endpoint, rate_bps), capacity_bps=rate_bps, port=endpoint)
        made = Scheduled(
            label=partial(port_label, endpoint, rate_bps), capacity_bps=rate_bps, top=self._top, port=endpoint
        )
        for queue, cls in self._queues.get(where, {}).items():
            made.set_class(queue, cls)
        return made


def _uplink(olt: Olt, endpoint: Endpoint, beside_bps: int, *, upwards: bool) -> Plain:
    """An OLT's uplink. It has no queues of its own upwards: what its PONs can fill guarantees nothing. beside_bps: what
    PONs of others can send."""
    rate_bps = olt.uplinks[endpoint.port]
    most_bps = sum(PON_CAPACITY_BPS[technology][1] for technology in olt.pons.values()) + beside_bps
    if upwards and most_bps > rate_bps:
        label = f"{endpoint} is a {format_rate(rate_bps)} uplink that PONs of {format_rate(most_bps)} can fill"
        return Plain(label=lambda: label, capacity_bps=0)
    return Plain(label=partial(port_label, endpoint, rate_bps), capacity_bps=rate_bps)
