"""Admission: at every resource what is promised is at most what is there.

Intents are admitted one by one, higher classes first, then by name; the first that does not fit is refused with the
arithmetic, the nearest promise that can hold and the intents that have the rest. Pure arithmetic on rates in bit/s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from intents.compile.context import Context
from intents.compile.demand import Stream
from intents.compile.limits import too_many
from intents.compile.load import out_ports, uni_loads
from intents.compile.refuse import Refusal, refusal
from intents.compile.resources import Plain, Resource, Scheduled, pon_label, port_label, top_priority
from intents.model.campus import PON_CAPACITY_BPS, Campus, Endpoint, ServiceClass
from intents.model.diagnostic import Diagnostic
from intents.model.intent import Intent
from intents.model.units import format_rate

# A resource's identity, and within it the queue or T-CONT.
Where = tuple[str, ...]


class _Use(NamedTuple):
    where: Where
    share: str


class _Ask(NamedTuple):
    """All that one intent is promised: per resource and share, bit/s."""

    intent: Intent
    cls: ServiceClass
    streams: tuple[Stream, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was promised to whom where, and what did not fit. held: bit/s by resource and intent."""

    resources: Resources
    held: Mapping[Where, Mapping[str, int]]
    faults: tuple[Diagnostic, ...]


def admit(context: Context) -> list[Diagnostic]:
    """What does not fit, or nothing."""
    return [*too_many(context), *ledger(context).faults]


def ledger(context: Context) -> Ledger:
    """Every promise entered at every resource that it needs, as far as they fit."""
    asks = _asks(context)
    resources = Resources(context)
    held: dict[Where, dict[str, int]] = defaultdict(dict)
    faults: list[Diagnostic] = []
    by_name = {ask.intent.name: ask.intent for ask in asks}
    for ask in asks:
        wanted = _wanted(context, ask)
        tight = [where for where, shares in wanted.items() if not resources.at(where).fits(shares)]
        if tight:
            faults.append(_refuse(context, resources, ask, {w: wanted[w] for w in tight}, held, by_name))
            continue
        for where, shares in wanted.items():
            resources.at(where).take(shares)
            held[where][ask.intent.name] = sum(shares.values())
    return Ledger(resources, held, tuple(faults))


def used(context: Context) -> tuple[Where, ...]:
    """Every resource that some stream goes through, promised or not; sorted."""
    return tuple(sorted({use.where for stream in context.streams for use in _uses(context, stream)}))


def _asks(context: Context) -> list[_Ask]:
    streams: dict[str, list[Stream]] = defaultdict(list)
    intents: dict[str, Intent] = {}
    for stream in context.streams:
        if stream.promiser is not None:
            streams[stream.promiser.name].append(stream)
            intents[stream.promiser.name] = stream.promiser
    asks = [
        _Ask(intents[name], max((s.cls for s in found), key=lambda c: c.priority), tuple(found))
        for name, found in streams.items()
    ]
    return sorted(asks, key=lambda a: (-a.cls.priority, a.intent.name))


def _wanted(context: Context, ask: _Ask) -> dict[Where, dict[str, int]]:
    wanted: dict[Where, dict[str, int]] = defaultdict(dict)
    for stream in ask.streams:
        for where, share in _uses(context, stream):
            wanted[where][share] = wanted[where].get(share, 0) + stream.promised_bps
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
    """The resources of a campus, made when first asked for."""

    def __init__(self, context: Context) -> None:
        self._campus = context.campus
        self._made: dict[Where, Resource] = {}
        self._on_pon: dict[Where, dict[str, ServiceClass]] = defaultdict(dict)
        self._on_uni: dict[Where, dict[str, ServiceClass]] = {}
        for load in uni_loads(context):
            names = {f"{load.onu.name}.{load.uni}.tc{tc}": found.cls for tc, found in load.receive.items()}
            self._on_uni["uni", load.onu.name, str(load.uni)] = names
            self._on_pon["pon-down", load.pon.olt, load.pon.pon].update(names)

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
                return Plain(label=pon_label(pon, up_bps, "upstream"), capacity_bps=up_bps, rounded=True)
            return Scheduled(
                label=pon_label(pon, down_bps, "downstream"),
                capacity_bps=down_bps,
                classes=self._on_pon[where],
                top=top_priority(campus),
            )
        if kind in ("uplink", "down"):
            return _uplink(campus, endpoint, upwards=kind == "uplink")
        if device in campus.switches:
            rate_bps = campus.switches[device].ports[int(name)]
            return Plain(label=port_label(endpoint, rate_bps), capacity_bps=rate_bps, port=endpoint)
        rate_bps = campus.onus[device].ports[int(name)]
        if kind == "in":
            return Plain(label=port_label(endpoint, rate_bps), capacity_bps=rate_bps, port=endpoint)
        return Scheduled(
            label=port_label(endpoint, rate_bps),
            capacity_bps=rate_bps,
            classes=self._on_uni[where],
            top=top_priority(campus),
            port=endpoint,
        )


def _uplink(campus: Campus, endpoint: Endpoint, *, upwards: bool) -> Plain:
    """An OLT's uplink. It has no queues of its own upwards: what its PONs can fill guarantees nothing."""
    olt = campus.olts[endpoint.device]
    rate_bps = olt.uplinks[endpoint.port]
    most_bps = sum(PON_CAPACITY_BPS[technology][1] for technology in olt.pons.values())
    if upwards and most_bps > rate_bps:
        label = f"{endpoint} is a {format_rate(rate_bps)} uplink that PONs of {format_rate(most_bps)} can fill"
        return Plain(label=label, capacity_bps=0)
    return Plain(label=port_label(endpoint, rate_bps), capacity_bps=rate_bps)


def _refuse(
    context: Context,
    resources: Resources,
    ask: _Ask,
    tight: Mapping[Where, Mapping[str, int]],
    held: Mapping[Where, Mapping[str, int]],
    intents: Mapping[str, Intent],
) -> Diagnostic:
    """The refusal at the resource that leaves the least of what is wanted."""

    def part(where: Where) -> tuple[float, int, Where]:
        shares = tight[where]
        free = resources.at(where).free_bps(shares)
        return (free / sum(shares.values()), int(resources.at(where).port is None), where)

    where = min(tight, key=part)
    resource, shares = resources.at(where), tight[where]
    return refusal(
        context.campus,
        Refusal(
            intent=ask.intent,
            streams=tuple(s for s in ask.streams if any(use.where == where for use in _uses(context, s))),
            label=resource.label,
            port=resource.port,
            wanted_bps=sum(shares.values()),
            free_bps=min(resource.free_bps(shares), sum(shares.values())),
            rivals=tuple((intents[name], bps) for name, bps in sorted(held[where].items(), key=lambda r: (-r[1], r[0])))
            if where in held
            else (),
        ),
    )
