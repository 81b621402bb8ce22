"""The public data of verifiers, read from the archives that it is published in; none of it is part of the project.

- Stanford's backbone as APKeep has it (folder stanford): `updates`, a rule that comes or goes a line; `topo.txt`,
  cables one way, some over nodes that stand for an access list on a port; `vlan.txt`, the ports of a VLAN interface.
- Airtel and Internet2 as DDPV has them (folder config/NAME): `topology`; `rule/SWITCH` all rules;
  `rule_incremental/SWITCH` those before the updates of `incremental_sequence`. Several rules of one prefix are ways of
  equal cost.
"""

from __future__ import annotations

import tarfile
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from intents.verify.engine.fabric import Fabric
from intents.verify.engine.filtered import FilteredFabric
from intents.verify.engine.space import Match, space
from labs.runner.errors import LabError

ARCHIVES: Final = ("apkeep-stanford.tar.xz", "ddpv-airtel1-i2.tar.xz")
_HINT: Final = f"give the folder that holds {' and '.join(ARCHIVES)}: clearway bench verify --data FOLDER"


class Files:
    """The files of an archive whose paths begin with a folder's. Raises LabError where it cannot be read."""

    def __init__(self, folder: Path, archive: str, under: str) -> None:
        self._archive, self._under = folder / archive, under
        try:
            with tarfile.open(self._archive) as packed:
                members = [m for m in packed.getmembers() if m.isfile() and m.name.startswith(under)]
                content = {m.name: packed.extractfile(m) for m in members}
                self._texts = {
                    name.removeprefix(under): c.read().decode() for name, c in content.items() if c is not None
                }
        except (OSError, tarfile.TarError, EOFError, UnicodeDecodeError) as error:
            raise LabError(f"{self._archive} cannot be read: {error}", _HINT) from error

    def lines(self, path: str) -> list[list[str]]:
        """The words of each line of a file. Raises LabError where it is not there."""
        if path not in self._texts:
            raise LabError(f"{self._archive} has no {self._under}{path}", _HINT)
        return [line.split() for line in self._texts[path].splitlines()]

    def names(self, under: str) -> list[str]:
        """The names of the files in a folder, sorted."""
        return sorted(path.removeprefix(under) for path in self._texts if path.startswith(under))


# --- Stanford


@dataclass(frozen=True, slots=True)
class Forward:
    """A prefix that comes or goes at a switch; ports: where it sends to."""

    comes: bool
    switch: int
    start: int
    length: int
    ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an access list that comes or goes. ranges: layer-4 ports that are no single value."""

    comes: bool
    filter: str
    priority: int
    permits: bool
    parts: tuple[tuple[str, int, int], ...]
    ranges: tuple[tuple[str, int, int], ...]

    def match(self) -> Match:
        """The packets of the line."""
        return _match(self.parts, self.ranges)


@cache
def _match(parts: tuple[tuple[str, int, int], ...], ranges: tuple[tuple[str, int, int], ...]) -> Match:
    found = space().match(parts)
    if not ranges:
        return found
    yes = found.yes
    for name, first, last in ranges:
        yes = yes & space().interval(name, first, last + 1)
    return Match(yes, found.value, found.mask)


class Stanford:
    """The backbone, and its updates in order."""

    def __init__(self, folder: Path) -> None:
        files = Files(folder, ARCHIVES[0], "stanford/")
        self._lines = files.lines("updates")
        self._topology = files.lines("topo.txt")
        self._vlans = files.lines("vlan.txt")
        self._names = sorted({words[2] for words in self._lines if words[1] == "fwd"})
        self._number = {name: n for n, name in enumerate(self._names)}
        self._interfaces = {
            (self._number[words[0]], words[1]): words[2:]
            for words in self._vlans
            if words[1:] and words[0] in self._number
        }

    def network(self) -> FilteredFabric:
        """The backbone without a rule. Switches do not send a packet back by the port that it came by."""
        fabric = Fabric(self._names, bounces=False)
        filters: dict[int, tuple[str, ...]] = {}
        onward: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for name, port, other, other_port in self._topology:
            onward[name, port].append((other, other_port))
        for (name, port), ends in list(onward.items()):
            pending: list[tuple[str, str, tuple[str, ...]]] = [(*end, ()) for end in ends if name in self._number]
            while pending:
                other, other_port, passed = pending.pop()
                if other in self._number:
                    begin, end = fabric.port(self._number[name], port), fabric.port(self._number[other], other_port)
                    filters[fabric.connect(begin, end)] = passed
                else:  # switch_router_list_port_direction
                    own = "_".join(other.split("_")[:3])
                    pending += [(*end, (*passed, own)) for end in onward[other, "permit"]]
        return FilteredFabric(fabric, filters, {words[2] for words in self._lines if words[1] == "acl"})

    def updates(self, network: FilteredFabric) -> list[Forward | Line]:
        """All of them, for such a network."""
        return [self._forward(network.fabric, w) if w[1] == "fwd" else _line(w) for w in self._lines]

    def _forward(self, fabric: Fabric, words: list[str]) -> Forward:
        switch = self._number[words[2]]
        names = self._interfaces.get((switch, words[5]), [words[5]])
        ports = tuple(fabric.port(switch, name) for name in names)
        return Forward(words[0] == "+", switch, int(words[3]), int(words[4]), ports)


def _line(words: list[str]) -> Line:
    verdict, low, high, source, wild, *rest = words[5:]
    source_low, source_high, destination, destination_wild, destination_low, destination_high = rest[:6]
    parts = [*_address("ipv4_dst", destination, destination_wild), *_address("ipv4_src", source, wild)]
    ranges: list[tuple[str, int, int]] = []
    for name, bits, first, last in (
        ("ip_proto", 8, low, high),
        ("l4_src", 16, source_low, source_high),
        ("l4_dst", 16, destination_low, destination_high),
    ):
        top = (1 << bits) - 1
        if first == "null":
            continue
        low_, high_ = int(first), top if last == "null" else int(last)
        if low_ == high_:
            parts.append((name, low_, top))
        elif (low_, high_) != (0, top):
            ranges.append((name, low_, high_))
    return Line(words[0] == "+", words[2], int(words[-1]), verdict == "permit", tuple(parts), tuple(ranges))


def _address(name: str, address: str, wildcard: str) -> list[tuple[str, int, int]]:
    if address == "any":
        return []
    mask = 0xFFFFFFFF if wildcard == "null" else 0xFFFFFFFF ^ int(IPv4Address(wildcard))
    return [(name, int(IPv4Address(address)) & mask, mask)]


# --- Airtel and Internet2

Prefix = tuple[int, int, int]  # switch, first address, length


@dataclass(frozen=True, slots=True)
class Move:
    """A way of a prefix that comes (`new`), goes (`old`), or both."""

    prefix: Prefix
    old: int | None
    new: int | None


class Routes:
    """A network of routers: its tables, whole or before the updates, and the updates."""

    def __init__(self, folder: Path, network: str) -> None:
        self._files = Files(folder, ARCHIVES[1], f"config/{network}/")
        self.names = self._files.names("rule/")
        self._number = {name: n for n, name in enumerate(self.names)}

    def fabric(self) -> Fabric:
        """The routers and their cables, without a rule."""
        fabric = Fabric(self.names)
        for one, port, other, other_port in self._files.lines("topology"):
            a, b = fabric.port(self._number[one], port), fabric.port(self._number[other], other_port)
            fabric.connect(a, b)
            fabric.connect(b, a)
        return fabric

    def tables(self, fabric: Fabric, kind: str) -> dict[Prefix, tuple[int, ...]]:
        """The ports of each prefix: of `rule`, or of `rule_incremental`."""
        found: dict[Prefix, list[int]] = {}
        for name, number in self._number.items():
            for _, start, length, port in self._files.lines(f"{kind}/{name}"):
                ports = found.setdefault((number, int(start), int(length)), [])
                if port != "drop":
                    ports.append(fabric.port(number, port.split(".")[0]))  # a logical unit of a port is the port here
        return {prefix: tuple(sorted(set(ports))) for prefix, ports in found.items()}

    def moves(self, fabric: Fabric) -> list[Move]:
        """The updates, in order."""
        found: list[Move] = []
        for name, verb, start, length, *ports in self._files.lines("rule_incremental/incremental_sequence"):
            number = self._number[name]
            numbers = [fabric.port(number, port.split(".")[0]) for port in ports]
            old = None if verb == "insert" else numbers[0]
            new = None if verb == "delete" else numbers[-1]
            found.append(Move((number, int(start), int(length)), old, new))
        return found
