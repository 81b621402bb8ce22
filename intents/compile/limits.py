"""How much of each thing there is: ONUs, T-CONTs and GEM ports of a PON, of an ONU, queues of a port, meters and flow
entries of a switch. A device's model says what it can do; where it says nothing, what the standards and boards in the
field allow.

Counts are kept up to date UNI by UNI, so that a change costs what it touches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from intents.compile.allocate import ALLOC_IDS, GEM_IDS, METER_IDS
from intents.compile.context import Context
from intents.compile.load import ClassLoad, Uni, UniLoad
from intents.compile.topology import OutPort
from intents.model.campus import Model, Onu, PonId, Switch
from intents.model.diagnostic import Diagnostic, Position, Related
from intents.model.intent import Intent
from intents.model.state import DeviceState

# Per PON port, of a 16-port line card in the field: beyond what numbers allow, boards allow no more.
MAX_ONUS: Final = 128
MAX_TCONTS: Final = 1024
MAX_GEM_PORTS: Final = 3872
NAMED: Final = 4  # intents that a refusal names
_NOTHING: Final = Model(name="")


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
        self._changed.add(onu.pon)

    def _model(self, name: str | None) -> Model:
        return self._context.campus.models.get(name or "", _NOTHING)

    def faults(self, meters: int) -> list[Diagnostic]:
        """An error for each PON, ONU, UNI and switch that is asked for more than it has. meters: how many limits."""
        for pon in self._changed:
            found = list(self._of_pon(pon))
            self._full.pop(pon, None)
            if found:
                self._full[pon] = found
        self._changed = set()
        gateway = self._context.topology.gateway
        room = self.meters_of(gateway)
        faults = [fault for found in self._full.values() for fault in found]
        faults += [self._queues(uni) for uni in sorted(self._crowded)]
        if meters > room:
            faults.append(
                _fault(
                    f"{meters:,} limits need as many meters, and {gateway.name} has {room:,}",
                    "limit a group to one place instead of each pair",
                    gateway.position,
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
                yield _fault(message, "move ONUs to another PON", self._context.campus.olts[pon.olt].position)
        for onu in self._context.campus.onus.values() if self._context.campus.models else ():
            if onu.pon == pon:
                yield from self._of_onu(onu)

    def _of_onu(self, onu: Onu) -> Iterator[Diagnostic]:
        model = self._model(onu.model)
        for what, most in (("T-CONTs", model.t_conts), ("GEM ports", model.gem_ports)):
            count = self._on_onu[onu.name, what]
            if most is not None and count > most:
                yield _fault(
                    f"{onu.name} would have {count} {what}, and a {model.name} has {most}",
                    "move places to another ONU, or ask for fewer classes there",
                    onu.position,
                )

    def _queues(self, uni: Uni) -> Diagnostic:
        context, onu = self._context, self._context.campus.onus[uni.onu]
        model = self._model(onu.model)
        there = [p.name for p in context.places_at(uni.onu, uni.number)]
        treatments = (
            s.treatment for name in there for streams in context.receives.get(name, {}).values() for s in streams
        )
        return _fault(
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
                _fault(
                    f"{port.switch}:{port.port} would need {len(loads[port])} queues, one a class, and a "
                    f"{switch.model} has {most}",
                    "ask for fewer classes there",
                    switch.position,
                    {i.name: i for load in loads[port].values() for i in load.intents}.values(),
                )
            )
    return faults


def table_faults(context: Context, states: Mapping[str, DeviceState], switches: Iterable[Switch]) -> list[Diagnostic]:
    """Switches that would hold more flow entries than their model can; of the objects as they would be."""
    faults: list[Diagnostic] = []
    for switch in switches:
        model = context.campus.models.get(switch.model or "")
        if model is None or model.flows is None or switch.name not in states:
            continue
        count = sum(1 for key in states[switch.name].objects if key[0] == "flow")
        if count > model.flows:
            faults.append(
                _fault(
                    f"{switch.name} would need {count:,} flow entries, and a {model.name} has room for {model.flows:,}",
                    "name fewer pairs of places: two intents between small groups take less than one between large",
                    switch.position,
                    _greediest(context),
                )
            )
    return faults


def _greediest(context: Context) -> list[Intent]:
    """The intents that speak of most pairs, the greatest first."""
    found = sorted(
        context.demand.intents.values(), key=lambda r: (-len(r.sources) * max(len(r.destinations), 1), r.name)
    )
    return [r.intent for r in found]


def _most(of_model: int | None, usual: int, numbers: tuple[int, int]) -> int:
    first, last = numbers
    return min(of_model if of_model is not None else usual, last - first + 1)


def _fault(message: str, hint: str, position: Position, intents: Iterable[Intent] = ()) -> Diagnostic:
    named = list(intents)[:NAMED]
    return Diagnostic(
        code="too-many",
        message=message,
        hint=hint,
        position=position,
        related=tuple(Related(position=i.position, message=f"{i.name} asks for it") for i in named),
    )
