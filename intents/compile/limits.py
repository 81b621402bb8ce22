"""How much of each thing there is: ONUs, T-CONTs and GEM ports of a PON, of an ONU, queues of a port, meters and flow
entries of a switch. A device's model says what it can do; where it says nothing, what the standards and boards in the
field allow.

Counts are kept up to date UNI by UNI, so that a change costs what it touches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from intents.compile.allocate import ALLOC_IDS, GEM_IDS
from intents.compile.context import Context
from intents.compile.load import ClassLoad, Uni, UniLoad
from intents.compile.topology import OutPort
from intents.model.campus import Model, Onu, PonId, Switch
from intents.model.diagnostic import Diagnostic, Position, Related
from intents.model.intent import Intent, Permission
from intents.model.state import DeviceState
from intents.model.switch import METER_IDS

# Per PON port, of a 16-port line card in the field: beyond what numbers allow, boards allow no more.
MAX_ONUS: Final = 128
MAX_TCONTS: Final = 1024
MAX_GEM_PORTS: Final = 3872
# Per line card of so many PON ports.
MAX_SERVICE_FLOWS: Final = 16_368
BOARD_PONS: Final = 16
NAMED: Final = 4  # intents that a refusal names
UNSAID: Final = Model(name="")


class Count(NamedTuple):
    """How many of something are needed, and how many there can be; None: as many as one likes."""

    what: str
    used: int
    most: int | None


class Limits:
    """What the intents take of everything that is counted."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._onus = Counter(onu.pon for onu in context.campus.onus.values())
        self._unis: dict[Uni, int] = {}  # GEM ports of each UNI in use
        self._on_onu: Counter[tuple[str, str]] = Counter()
        self._on_pon: Counter[tuple[PonId, str]] = Counter()
        self._flows: Counter[str] = Counter()  # service flows of each OLT
        self._crowded: set[Uni] = set()
        self._changed: set[PonId] = set(self._onus)
        self._full: dict[PonId, list[Diagnostic]] = {}

    def uni(self, uni: Uni, load: UniLoad | None) -> None:
        """What a UNI carries is something else now."""
        before, now = self._unis.pop(uni, 0), len(load.receive) if load is not None else 0
        if now:
            self._unis[uni] = now
        onu = self._context.campus.onus[uni.onu]
        self._crowded.discard(uni)
        queues = self._model(onu.model).queues
        if queues is not None and now > queues:
            self._crowded.add(uni)
        if before == now:
            return
        for what, more in (("T-CONTs", bool(now) - bool(before)), ("GEM ports", now - before)):
            self._on_onu[onu.name, what] += more
            self._on_pon[onu.pon, what] += more
        self._flows[onu.pon.olt] += now - before
        self._changed.add(onu.pon)

    def _model(self, name: str | None) -> Model:
        return self._context.campus.models.get(name or "", UNSAID)

    def faults(self, meters: int) -> list[Diagnostic]:
        """An error for each PON, ONU, UNI and switch that is asked for more than it has. meters: how many limits."""
        for pon in (*self._changed, *self._full.keys() - self._changed):  # who asks may be others now
            found = list(self._of_pon(pon))
            self._full.pop(pon, None)
            if found:
                self._full[pon] = found
        self._changed = set()
        gateway = self._context.topology.gateway
        room = self.meters_of(gateway)
        faults = [fault for found in self._full.values() for fault in found]
        faults += [self._queues(uni) for uni in sorted(self._crowded)]
        faults += self._of_olts()
        if meters > room:
            faults.append(
                too_many(
                    f"{meters:,} limits need as many meters, and {gateway.name} has {room:,}",
                    "limit a group to one place instead of each pair",
                    gateway.position,
                    greediest(self._context, lambda i: i.limit_bps is not None),
                )
            )
        return faults

    def meters_of(self, switch: Switch) -> int:
        """How many meters a switch has for Clearway."""
        most = self._model(switch.model).meters
        return min(METER_IDS[1] - METER_IDS[0] + 1, most if most is not None else METER_IDS[1])

    def on_switch(self, switch: Switch, state: DeviceState) -> tuple[Count, ...]:
        """Flow entries and meters of a switch, of the objects as they would be."""
        kinds = Counter(str(key[0]) for key in state.objects)
        return (
            Count("flow entries", kinds["flow"], self._model(switch.model).flows),
            Count("meters", kinds["meter"], self.meters_of(switch)),
        )

    def on_pon(self, pon: PonId) -> tuple[Count, ...]:
        """ONUs, T-CONTs and GEM ports of a PON."""
        olt = self._context.campus.olts[pon.olt]
        technology, model = olt.pons[pon.pon], self._model(olt.model)
        tconts, gems = _most(model.t_conts, MAX_TCONTS, ALLOC_IDS[technology]), GEM_IDS[technology]
        return (
            Count("ONUs", self._onus[pon], model.onus or MAX_ONUS),
            Count("T-CONTs", self._on_pon[pon, "T-CONTs"], tconts),
            Count("GEM ports", self._on_pon[pon, "GEM ports"], _most(model.gem_ports, MAX_GEM_PORTS, gems)),
        )

    def _of_pon(self, pon: PonId) -> Iterator[Diagnostic]:
        for what, count, most in self.on_pon(pon):
            if most is not None and count > most:
                message = f"{pon} would have {count:,} {what}, and a PON has room for {most:,}"
                there = (onu.name for onu in self._context.campus.onus.values() if onu.pon == pon)
                olt = self._context.campus.olts[pon.olt]
                yield too_many(message, self._where_to(pon, what, most), olt.position, self._asking(there))
        for onu in self._context.campus.onus.values() if self._context.campus.models else ():
            if onu.pon == pon:
                yield from self._of_onu(onu)

    def _of_onu(self, onu: Onu) -> Iterator[Diagnostic]:
        model = self._model(onu.model)
        for what, most in (("T-CONTs", model.t_conts), ("GEM ports", model.gem_ports)):
            count = self._on_onu[onu.name, what]
            if most is not None and count > most:
                yield too_many(
                    f"{onu.name} would have {count} {what}, and a {model.name} has {most}",
                    "move places to another ONU, or ask for fewer classes there",
                    onu.position,
                    self._asking([onu.name]),
                )

    def _where_to(self, pon: PonId, what: str, most: int) -> str:
        """The PON of its technology on its OLT that has most room, if there is one."""
        pons = self._context.campus.olts[pon.olt].pons
        others = [PonId(pon.olt, name) for name, kind in pons.items() if name != pon.pon and kind == pons[pon.pon]]
        taken = self._onus if what == "ONUs" else {other: self._on_pon[other, what] for other in others}
        free = {other: most - taken[other] for other in sorted(others)}
        best = max(free, key=lambda other: free[other], default=None)
        if best is None or free[best] <= 0:
            return "move ONUs to another PON"
        return f"move ONUs to another PON: {best} has room for {free[best]:,} {what} more"

    def _of_olts(self) -> Iterator[Diagnostic]:
        for name in sorted(self._flows):
            olt, count = self._context.campus.olts[name], self._flows[name]
            most = self._model(olt.model).service_flows or MAX_SERVICE_FLOWS * -(-len(olt.pons) // BOARD_PONS)
            if count > most:
                yield too_many(
                    f"{name} would have {count:,} service flows, one a GEM port, and has room for {most:,}",
                    "move ONUs to another OLT, or ask for fewer classes there",
                    olt.position,
                    greediest(self._context),
                )

    def _asking(self, onus: Iterable[str]) -> Iterable[Intent]:
        """The intents that speak of places on these ONUs, those of most such places first."""
        there = set(onus)
        asking = {
            r.name: (sum(p.port.device in there for p in (*r.sources, *r.destinations)), r)
            for r in self._context.demand.intents.values()
            if r.intent.permission is Permission.ALLOW
        }
        return [r.intent for count, r in sorted(asking.values(), key=lambda a: (-a[0], a[1].name)) if count]

    def _queues(self, uni: Uni) -> Diagnostic:
        context, onu = self._context, self._context.campus.onus[uni.onu]
        model = self._model(onu.model)
        there = [p.name for p in context.places_at(uni.onu, uni.number)]
        treatments = (
            s.treatment for name in there for streams in context.receives.get(name, {}).values() for s in streams
        )
        return too_many(
            f"{uni.onu}:{uni.number} would need {self._unis[uni]} queues, one a class that arrives, and a {model.name} "
            f"has {model.queues}",
            "ask for fewer classes there, or put the places on different ports",
            onu.position,
            {i.name: i for t in treatments for i in t.intents}.values(),
        )


def port_faults(context: Context, loads: Mapping[OutPort, Mapping[int, ClassLoad]]) -> list[Diagnostic]:
    """Switch ports that would need more queues than their switch has for one."""
    faults: list[Diagnostic] = []
    limited = {
        s.name: m.queues for s in context.campus.switches.values() if (m := context.campus.models.get(s.model or ""))
    }
    for port in sorted(loads) if limited else ():
        most = limited.get(port.switch)
        if most is not None and len(loads[port]) > most:
            switch = context.campus.switches[port.switch]
            faults.append(
                too_many(
                    f"{port.switch}:{port.port} would need {len(loads[port])} queues, one a class, and a "
                    f"{switch.model} has {most}",
                    "ask for fewer classes there",
                    switch.position,
                    {i.name: i for load in loads[port].values() for i in load.intents}.values(),
                )
            )
    return faults


def greediest(context: Context, chosen: Callable[[Intent], bool] = lambda _: True) -> list[Intent]:
    """The intents that let most pairs speak, the greatest first."""
    found = sorted(
        (r for r in context.demand.intents.values() if r.intent.permission is Permission.ALLOW and chosen(r.intent)),
        key=lambda r: (-len(r.sources) * max(len(r.destinations), 1), r.name),
    )
    return [r.intent for r in found]


def _most(of_model: int | None, usual: int, numbers: tuple[int, int]) -> int:
    first, last = numbers
    return min(of_model if of_model is not None else usual, last - first + 1)


def too_many(message: str, hint: str, position: Position, intents: Iterable[Intent] = ()) -> Diagnostic:
    """The refusal, with the first few of the intents that ask for most."""
    named = list(intents)[:NAMED]
    return Diagnostic(
        code="too-many",
        message=message,
        hint=hint,
        position=position,
        related=tuple(Related(position=i.position, message=f"{i.name} asks for it") for i in named),
    )
