"""Promises over a network of switches, each proven by following its packets, and which of them an update can touch.

While a promise's packets are followed, what comes to each table is kept: the promise's slice there. An update of a
table says for which packets it changed what is done; a promise none of whose slices there has such a packet is as it
was, since nothing that its packets meet has changed. The others are followed again.

In sets, for a promise with packets P sent into a port: `allowed` holds if every packet of P leaves at the receiver's
port, nothing is dropped on the way, and wherever any leaves a switch it waits in the promised queue (the slice and what
goes through another queue share no packet); `denied` holds if none of P leaves at the receiver's port. What cannot be
told makes neither hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from intents.model.switch import FlowEntry
from intents.verify.engine.follow import Port, follow
from intents.verify.engine.overlaps import Overlaps
from intents.verify.engine.pipeline import Change, Look, Passage, Pipeline
from intents.verify.engine.rewrite import untagged
from intents.verify.engine.space import Part, Predicate, space

Stage = tuple[str, int]  # a switch and a table
_Slice = tuple[Stage, int, Look]  # what came to a stage by a port


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Untagged packets with these parts, sent into `source`. allowed: they arrive at `target`, else they must not.

    queue: the one from which they leave each switch; None: any.
    """

    name: str
    source: Port
    target: Port
    parts: tuple[Part, ...]
    allowed: bool = True
    queue: int | None = None


class Watch:
    """Switches, the cables between them (both ways), and promises. Promises are proven when they are added."""

    def __init__(self, switches: Mapping[str, Pipeline], cables: Mapping[Port, Port]) -> None:
        self.switches = switches
        self._cables = cables
        self._promises: dict[str, Promise] = {}
        self._slices: dict[str, tuple[_Slice, ...]] = {}
        self._index: dict[Stage, dict[int, Overlaps[tuple[str, Predicate]]]] = {}  # stage -> port -> slices
        self.problems: dict[str, tuple[str, ...]] = {}  # of promises that do not hold

    def add(self, promise: Promise) -> tuple[str, ...]:
        """Prove a promise and keep it. Returns what is wrong."""
        self._promises[promise.name] = promise
        return self._prove(promise)

    def touched(self, switch: str, change: Change) -> frozenset[str]:
        """The promises that an update of a switch can touch."""
        slices = self._index.get((switch, change.table), {})
        false = space().false
        found: set[str] = set()
        named = {port for port, _ in change.deltas}
        for port, deltas in change.deltas:
            if not deltas:
                continue
            for at in [port] if port is not None else [p for p in slices if p not in named]:
                if at in slices:
                    for name, packets in slices[at].meeting(change.match.value, change.match.mask):
                        if name not in found and any(packets & changed != false for _, _, changed in deltas):
                            found.add(name)
        return frozenset(found)

    def put(self, switch: str, entry: FlowEntry) -> frozenset[str]:
        """Add or replace an entry, and prove again what that can touch. Returns the names of these promises."""
        return self._again(self.touched(switch, self.switches[switch].put(entry)))

    def remove(self, switch: str, entry: FlowEntry) -> frozenset[str]:
        """Take an entry away, and prove again what that can touch. Returns the names of these promises."""
        return self._again(self.touched(switch, self.switches[switch].remove(entry)))

    def _again(self, names: frozenset[str]) -> frozenset[str]:
        for name in sorted(names):
            self._prove(self._promises[name])
        return names

    def _prove(self, promise: Promise) -> tuple[str, ...]:
        wrong: list[str] = []
        slices: list[_Slice] = []
        match = space().match(promise.parts)
        tags, of = space().bits_of([("vlan_vid", 0, 0x1FFF), ("vlan_pcp", 0, 7)])
        sent = Look(0, match.yes & untagged(), match.value | tags, match.mask | of)
        for (switch, port), passage in follow(self.switches, self._cables, promise.source, sent):
            if passage is None:
                wrong.append(f"loop at {switch}:{port}")
                continue
            slices += [((switch, look.table), port, look) for look in passage.looks]
            wrong += self._wrong(promise, switch, passage)
        self._keep(promise.name, tuple(slices))
        found = tuple(dict.fromkeys(wrong))
        if found:
            self.problems[promise.name] = found
        else:
            self.problems.pop(promise.name, None)
        return found

    def _wrong(self, promise: Promise, switch: str, passage: Passage) -> Iterator[str]:
        if passage.unknown:
            yield f"cannot be told at {switch}"
        edges = [out for out in passage.outs if (switch, out.port) not in self._cables]
        if not promise.allowed:
            if any((switch, out.port) == promise.target for out in edges):
                yield f"arrives at {switch}:{promise.target[1]}"
            return
        if passage.dropped:
            yield f"dropped at {switch}"
        for out in edges:
            if (switch, out.port) != promise.target:
                yield f"leaves at {switch}:{out.port}"
        if promise.queue is not None:
            for out in passage.outs:
                if out.queue != promise.queue:
                    yield f"in queue {out.queue} at {switch}:{out.port}"

    def _keep(self, name: str, slices: tuple[_Slice, ...]) -> None:
        """Put a promise's slices where updates find them."""
        old = self._slices.get(name, ())
        if old == slices:
            return
        for stage, port, look in old:
            self._index[stage][port].discard(look.value, look.mask, (name, look.packets))
        for stage, port, look in slices:
            ports = self._index.setdefault(stage, {})
            if port not in ports:
                ports[port] = Overlaps()
            ports[port].add(look.value, look.mask, (name, look.packets))
        self._slices[name] = slices
