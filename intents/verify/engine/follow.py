"""Packets followed from switch to switch, and what becomes of them in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from intents.verify.engine.pipeline import Look, Passage, Pipeline
from intents.verify.engine.space import Predicate

MAX_HOPS: Final = 64
Port = tuple[str, int]  # a switch, and its port's number
_Visited = tuple[tuple[Port, Predicate], ...]


def follow(
    switches: Mapping[str, Pipeline], cables: Mapping[Port, Port], source: Port, sent: Look
) -> Iterator[tuple[Port, Passage | None]]:
    """What becomes of packets that are sent into a port, in each switch that they come to, with the port by which they
    come. None: the same packets came there before, or they cross more than MAX_HOPS switches: a loop.

    cables: each of their ends to the other.
    """
    pending: list[tuple[Port, Look, _Visited]] = [(source, sent, ())]
    while pending:
        port, look, before = pending.pop()
        here = (port, look.packets)
        if here in before or len(before) >= MAX_HOPS:
            yield port, None
            continue
        switch = port[0]
        passage = switches[switch].run(port[1], look.packets, look.value, look.mask)
        yield port, passage
        for out in passage.outs:
            to = cables.get((switch, out.port))
            if to is not None:
                pending.append((to, Look(0, out.packets, out.value, out.mask), (*before, here)))
