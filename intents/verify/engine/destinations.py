"""All of a destination-only network at once: who reaches whom, and every loop.

The tables' intervals are cut along each other, which gives columns: ranges of addresses that no switch tells apart. A
cell is a switch and a column; its cables lead to other cells of the same column. Arrays over all cells do the rest:

- loops: cells without a cable onward are taken away, then those whose cables all led to such, and so on. What is left
  when nothing more can be taken is in a loop or leads into one (a graph without cycles always has a sink).
- pairs: each cell starts with the switches at which its packets leave the network, that is itself or none, and takes
  over what the cells after it have, until nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intents.verify.engine.fabric import Cycle, Fabric
from intents.verify.engine.prefixes import LENGTH_BITS, TOP

_WORD = 64


@dataclass(frozen=True, slots=True)
class Reach:
    """What `survey` found.

    columns: first addresses of the ranges that are treated alike everywhere, ascending.
    pairs: shape (switches, switches), how many columns sent into the first leave the network at the second.
    looping: shape (switches, columns), whether packets sent into the switch come into a loop.
    """

    columns: NDArray[np.int64]
    pairs: NDArray[np.int64]
    looping: NDArray[np.bool_]


def survey(fabric: Fabric) -> Reach:
    """All pairs and all loops. Raises ValueError for a fabric that sends no packet back where it came from (`bounces`):
    there it matters by which port a packet came."""
    if not fabric.bounces:
        raise ValueError("a survey is of routers only")
    actions, columns = _cells(fabric)
    source, target = _edges(fabric, actions)
    cells = actions.size
    looping = _loops(cells, source, target).reshape(actions.shape)
    leaving = _leaving(fabric, actions)
    return Reach(columns, _pairs(leaving, source, target), looping)


def cycles(fabric: Fabric, reach: Reach) -> Iterator[Cycle]:
    """The loops that a survey found, one by one."""
    bounds = [*reach.columns.tolist(), TOP]
    seen: set[Cycle] = set()
    for switch, column in np.argwhere(reach.looping).tolist():
        first, end = bounds[column], bounds[column + 1]
        for cable in fabric.cables_of[fabric.tables[switch].decide(first)]:
            for cycle in fabric.cycles_over(first, end, cable):
                if cycle not in seen:
                    seen.add(cycle)
                    yield cycle


def _cells(fabric: Fabric) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The action of each cell, shape (switches, columns), and the columns' first addresses."""
    starts = [np.array(table.starts[:-1], dtype=np.int64) for table in fabric.tables]
    columns = np.unique(np.concatenate(starts))
    actions = np.empty((len(starts), len(columns)), dtype=np.int64)
    for row, (own, table) in enumerate(zip(starts, fabric.tables, strict=True)):
        owners = np.array(table.owners[:-1], dtype=np.int64) >> LENGTH_BITS
        actions[row] = owners[np.searchsorted(own, columns, side="right") - 1]
    return actions, columns


def _edges(fabric: Fabric, actions: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells and the cells that their cables lead to, sorted by the first."""
    width = actions.shape[1]
    flat = actions.ravel()
    most = max((len(cables) for cables in fabric.cables_of), default=0)
    sources, targets = [], []
    for nth in range(most):  # the nth cable of each action
        ends = np.array([fabric.ends[c[nth]] if len(c) > nth else -1 for c in fabric.cables_of], dtype=np.int64)[flat]
        (cell,) = np.nonzero(ends >= 0)
        sources.append(cell)
        targets.append(ends[cell] * width + cell % width)
    if not sources:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    source, target = np.concatenate(sources), np.concatenate(targets)
    order = np.argsort(source, kind="stable")
    return source[order], target[order]


def _loops(cells: int, source: NDArray[np.int64], target: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Cells from which a loop is reached."""
    while source.size:
        onward = np.zeros(cells, dtype=np.bool_)
        onward[source] = True
        stays = onward[target]
        if stays.all():
            return onward
        source, target = source[stays], target[stays]
    return np.zeros(cells, dtype=np.bool_)


def _leaving(fabric: Fabric, actions: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Bit s of a cell of switch s: its action sends to a port without a cable. Shape (words, switches, columns)."""
    edge = np.array([_has_edge_port(fabric, action) for action in range(len(fabric.outputs))], dtype=np.bool_)
    switches = len(fabric.names)
    bits = np.zeros(((switches + _WORD - 1) // _WORD, *actions.shape), dtype=np.uint64)
    for switch in range(switches):
        bits[switch // _WORD, switch, edge[actions[switch]]] = np.uint64(1 << switch % _WORD)
    return bits


def _has_edge_port(fabric: Fabric, action: int) -> bool:
    return any(not fabric.has_cable(port) for port in fabric.outputs[action])


def _pairs(leaving: NDArray[np.uint64], source: NDArray[np.int64], target: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many columns of each switch leave at each."""
    words, switches, width = leaving.shape
    reached = leaving.reshape(words, switches * width)
    if source.size:
        heads, at = np.unique(source, return_index=True)
        while True:
            onward = np.bitwise_or.reduceat(reached[:, target], at, axis=1) | reached[:, heads]
            if np.array_equal(onward, reached[:, heads]):
                break
            reached[:, heads] = onward
    by_switch = reached.reshape(words, switches, width)
    counts = np.empty((switches, switches), dtype=np.int64)
    for end in range(switches):
        counts[:, end] = np.count_nonzero(by_switch[end // _WORD] & np.uint64(1 << end % _WORD), axis=1)
    return counts
