"""The objects of all devices, piece by piece: what a change touched is taken out and made anew, the rest stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from intents.compile.context import Context
from intents.compile.demand import PairName, Stream, Treatment
from intents.compile.load import PortLoads, Uni, UniLoad, uni_load
from intents.compile.pon_access import add_olt, add_onus, places_on
from intents.compile.pon_forwarding import add_forwarder
from intents.compile.pon_service import PonNumbers, add_service, gems_of, pon_numbers, tcont_of
from intents.compile.queues import add_queues
from intents.compile.recorder import PieceId, Recorder
from intents.compile.switch_access import add_down, add_up_and_answers
from intents.compile.switch_gateway import Permit, add_arp, add_pair, meter_key, meter_numbers, permits
from intents.compile.switch_ports import add_entries, add_switch
from intents.compile.topology import OutPort, Route
from intents.model.campus import Onu, Place, PonId
from intents.model.plan import Intended
from intents.model.state import ObjectKey


class Objects:
    """Told what changed (pair, place, uni, ports), then asked to build."""

    def __init__(self, context: Context, loads: PortLoads) -> None:
        self._context, self._loads = context, loads
        self._recorder = Recorder()
        self._is_new = True
        self._pairs: dict[PairName, tuple[Stream, ...]] = {}  # pairs to make anew, with what they had
        self._places: dict[str, None] = {}
        self._ports: dict[OutPort, None] = {}
        self._unis: dict[Uni, UniLoad | None] = {}
        self._loads_of: dict[PonId, dict[Uni, tuple[str, tuple[str, ...]]]] = {}  # names of T-CONT and GEM ports
        self._numbers: dict[PonId, PonNumbers] = {}
        self._limited: dict[str, tuple[PairName, Treatment]] = {}
        self._meters: Mapping[str, int] = {}
        self._permits: dict[tuple[Treatment, ...], tuple[Permit, ...]] = {}

    def pair(self, pair: PairName, before: tuple[Stream, ...]) -> None:
        """The streams of a pair, or the mark of its source, are others now; `before`: what they were."""
        self._pairs.setdefault(pair, before)

    def place(self, name: str) -> None:
        """What a place sends or receives is something else now."""
        self._places[name] = None

    def uni(self, uni: Uni, load: UniLoad | None) -> None:
        """What a UNI carries is something else now; None: nothing."""
        self._unis[uni] = load

    def ports(self, ports: Iterable[OutPort]) -> None:
        """What these ports carry is something else now."""
        self._ports.update(dict.fromkeys(ports))

    def intended(self) -> Intended:
        """Everything that was built."""
        return self._recorder.intended()

    def touched(self) -> Mapping[str, frozenset[ObjectKey]]:
        """Keys of what was taken out or made since this was asked last."""
        found = {device: frozenset(keys) for device, keys in self._recorder.touched.items()}
        self._recorder.touched = {}
        return found

    def build(self) -> None:
        """Make anew what was said to have changed."""
        if self._is_new:
            self._skeleton()
        self._renumber_pons()
        self._renumber_meters()
        forwarders = self._forwarders()
        pieces = [] if self._is_new else list(self._pieces(forwarders))
        for piece in pieces:
            self._recorder.withdraw(piece)
        self._make(forwarders)
        self._recorder.note(pieces)
        self._is_new = False
        self._pairs, self._places, self._ports, self._unis = {}, {}, {}, {}

    def _skeleton(self) -> None:
        """What does not depend on intents."""
        context, campus = self._context, self._context.campus
        onus: dict[PonId, list[Onu]] = {}
        for name in sorted(campus.onus):
            onus.setdefault(campus.onus[name].pon, []).append(campus.onus[name])
        for name in sorted(campus.olts):
            add_olt(context, self._recorder, campus.olts[name])
        for pon in sorted(onus):
            add_onus(context, self._recorder, pon, onus[pon])
        for name in sorted(campus.switches):
            add_switch(campus.flow_space, self._recorder, name, is_used=name in context.topology.depth)

    def _renumber_pons(self) -> None:
        """Alloc-IDs and GEM port IDs of the PONs on which there are others now."""
        stale: dict[PonId, None] = {}
        for uni, load in self._unis.items():
            pon = self._context.campus.onus[uni.onu].pon
            names = self._loads_of.setdefault(pon, {})
            now = (tcont_of(load), gems_of(load)) if load is not None else None
            if names.get(uni) != now:
                stale[pon] = None
                if now is None:
                    del names[uni]
                else:
                    names[uni] = now
        for pon in stale:
            before = self._numbers.get(pon)
            names = self._loads_of[pon]
            numbers = pon_numbers(
                self._context, pon, (t for t, _ in names.values()), (gem for _, gems in names.values() for gem in gems)
            )
            self._numbers[pon] = numbers
            if before is not None:
                self._moved(names, before, numbers)

    def _moved(self, names: Mapping[Uni, tuple[str, tuple[str, ...]]], before: PonNumbers, numbers: PonNumbers) -> None:
        """UNIs that got other numbers because others came or went."""
        for uni, (tcont, gems) in names.items():
            is_other = before.alloc_ids.get(tcont) != numbers.alloc_ids[tcont]
            if uni not in self._unis and (is_other or any(before.gem_ids.get(g) != numbers.gem_ids[g] for g in gems)):
                self._unis[uni] = uni_load(self._context, uni)

    @property
    def meters(self) -> int:
        """How many meters are needed."""
        self._count_meters()
        return len(self._limited)

    def _count_meters(self) -> None:
        for pair, before in self._pairs.items():
            for stream in before:
                if stream.treatment.limit_bps is not None:
                    self._limited.pop(meter_key(pair, stream.treatment), None)
            for stream in self._context.pair(pair):
                if stream.treatment.limit_bps is not None:
                    self._limited[meter_key(pair, stream.treatment)] = (pair, stream.treatment)

    def _renumber_meters(self) -> None:
        if self._limited.keys() == self._meters.keys():
            return
        before_, self._meters = self._meters, meter_numbers(self._context, self._limited)
        for key, number in before_.items():
            now = self._meters.get(key)
            if now is not None and now != number:
                pair = self._limited[key][0]
                self._pairs.setdefault(pair, self._context.pair(pair))

    def _forwarders(self) -> dict[tuple[str, int], list[Place]]:
        """The forwarders of the UNIs that changed, with the places in use there."""
        context, campus = self._context, self._context.campus
        wanted = {
            (campus.onus[uni.onu].pon.olt, context.vid(place))
            for uni in self._unis
            for place in context.places_at(uni.onu, uni.number)
        }
        found: dict[tuple[str, int], list[Place]] = {key: [] for key in wanted}
        for olt, vid in sorted(wanted):
            for place in context.places_in(olt, vid):
                if place.name in context.marks:
                    found[olt, vid].append(place)
        if self._is_new:
            return found
        return {key: places for key, places in found.items() if self._is_other(key, places)}

    def _is_other(self, key: tuple[str, int], places: list[Place]) -> bool:
        piece = self._recorder.pieces.get(("forwarder", *key))
        return (piece.places if piece is not None else ()) != tuple(p.name for p in places)

    def _pieces(self, forwarders: Iterable[tuple[str, int]]) -> Iterable[PieceId]:
        """The pieces to take out, and the same to make."""
        for uni in self._unis:
            yield ("uni", uni.onu, uni.number)
        for olt, vid in forwarders:
            yield ("forwarder", olt, vid)
        for name in self._places:
            for hop in self._context.topology.routes[name].switches:
                yield ("place", name, hop.switch)
                for cls in self._context.campus.classes.values():
                    yield ("down", name, hop.switch, cls.priority)
        for pair, before in self._pairs.items():
            for streams in (before, self._context.pair(pair)):
                for permit in self._permitted(streams):
                    yield ("pair", pair, permit.atom)
        for port in self._ports:
            for here in (port, self._context.beside.get(port, port)):
                for cls in self._context.campus.classes.values():
                    yield ("queue", here, cls.priority)

    def _permitted(self, streams: tuple[Stream, ...]) -> tuple[Permit, ...]:
        treatments = tuple(s.treatment for s in streams)
        found = self._permits.get(treatments)
        if found is None:
            found = self._permits[treatments] = permits(self._context, treatments)
        return found

    def _make(self, forwarders: Mapping[tuple[str, int], list[Place]]) -> None:
        context, recorder = self._context, self._recorder
        onus = context.campus.onus
        for name in dict.fromkeys(uni.onu for uni in self._unis):
            recorder.pieces["onu", name].places = places_on(context, onus[name])
        for uni, load in self._unis.items():
            if load is not None:
                add_service(context, recorder, load, self._numbers[onus[uni.onu].pon])
        for (olt, vid), places in forwarders.items():
            if places:
                add_forwarder(context, recorder, olt, vid, places)
        for name in self._places:
            if name in context.marks:
                route = context.topology.routes[name]
                self._place(route)
        for pair in self._pairs:
            add_pair(context, recorder, pair, self._permitted(context.pair(pair)), self._meters)
        for port in self._ports:
            loads = self._loads.by_port.get(port)
            if loads:
                standby = context.standby(port)
                for here in (port,) if standby is None else (port, standby):
                    add_queues(context, recorder, here, loads)

    def _place(self, route: Route) -> None:
        """What a place needs on the switches of its way, a piece a switch, and what it receives."""
        context, recorder, name = self._context, self._recorder, route.place.name
        asker = (context.place_asker(route.place),)
        for hop in route.switches:
            recorder.begin(("place", name, hop.switch), hop.switch, asker, (name,))
            add_entries(context, recorder, route, hop)
            add_up_and_answers(context, recorder, route, hop)
        add_arp(context, recorder, route)
        add_down(context, recorder, route)
