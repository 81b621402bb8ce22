"""What a device was found to do with sets of packets: asked of its model once, then looked up.

What was found of a switch stands for another one that holds the same but for some flow entries, where no look-up in a
table met any of those. For the parts that a table cuts a set of packets into, and what decides each, hang on the
entries that may match packets of the set, and on no others (index.py); groups, meters, queues, ports and which tables
neighbours are learnt in are the same. Of a look-up is kept: the table, the port that the packets were known as coming
by, and the set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from intents.model.campus import Endpoint
from intents.model.switch import FlowEntry
from intents.verify.packets.packet import Header
from intents.verify.packets.steps import Alternative, Device
from intents.verify.switch.evaluate import Lookup, SwitchModel
from intents.verify.switch.index import Index
from intents.verify.switch.table import compile_entry

_MOST_CHANGED: Final = 256  # entries; with more of them little stands
_MOST_KEPT: Final = 20_000  # copies in answers of one device, some kilobyte each

_Asked = tuple[Endpoint, Header]
_Found = dict[_Asked, tuple[Alternative, ...]]


class Seen:
    """Answers of one device. keeps: also of what may happen at any time, and what each hangs on, for `after`."""

    def __init__(self, device: Device, *, keeps: bool = False) -> None:
        self._device = device
        self._keeps = keeps
        self._now: _Found = {}
        self._ever: _Found = {}
        self._lookups: dict[tuple[bool, _Asked], tuple[Lookup, ...]] = {}
        self._copies = 0  # in answers that are kept

    def __len__(self) -> int:
        """How many sets of packets it was asked about, as the device is."""
        return len(self._now)

    def evaluate(self, port: Endpoint, header: Header) -> tuple[Alternative, ...]:
        """As of Device."""
        key = (port, header)
        if key not in self._now:
            self._now[key] = self._device.evaluate(port, header)
            self._note(key, ever=False)
        return self._now[key]

    def ever(self, port: Endpoint, header: Header) -> tuple[Alternative, ...]:
        """As of Device, with `ever`. These are many, and few are asked for twice, so they are kept only where told."""
        key = (port, header)
        found = self._ever.get(key)
        if found is None:
            found = self._device.evaluate(port, header, ever=True)
            if self._keeps and self._copies < _MOST_KEPT:
                self._ever[key] = found
                self._copies += sum(len(alternative.copies) for alternative in found)
                self._note(key, ever=True)
        return found

    def _note(self, key: _Asked, *, ever: bool) -> None:
        if self._keeps and isinstance(self._device, SwitchModel):
            self._lookups[ever, key] = tuple(self._device.looked_up)

    def after(self, other: SwitchModel) -> Seen:
        """What of it stands for the same switch as it holds other flow entries."""
        made = Seen(other, keeps=self._keeps)
        before = self._device
        if not isinstance(before, SwitchModel) or not _alike(before, other):
            return made
        changed = before.entries.keys() ^ other.entries.keys()
        if len(changed) > _MOST_CHANGED:
            return made
        by_table = _tables(other, changed)
        for (ever, key), lookups in self._lookups.items():
            if not any(t in by_table and by_table[t].meeting(port, header) for t, port, header in lookups):
                kept, found = (made._ever, self._ever) if ever else (made._now, self._now)
                kept[key] = found[key]
                made._lookups[ever, key] = lookups
                made._copies += sum(len(alternative.copies) for alternative in found[key]) if ever else 0
        return made


def _alike(one: SwitchModel, other: SwitchModel) -> bool:
    """Whether two models of a switch differ in flow entries only, of which none decides where neighbours are learnt."""
    return (
        one.atoms is other.atoms
        and one.read == other.read
        and one.failed == other.failed
        and one.facts == other.facts
        and one.ports == other.ports
        and one.groups == other.groups
        and one.meters == other.meters
        and one.queues.keys() == other.queues.keys()  # their rates are not looked at here
        and one.learn_tables == other.learn_tables
    )


def _tables(model: SwitchModel, flows: set[FlowEntry]) -> Mapping[int, Index]:
    """Flow entries by table, to ask which of them a set of packets meets."""
    by_table: dict[int, list[FlowEntry]] = {}
    for flow in flows:
        by_table.setdefault(flow.table, []).append(flow)
    return {number: Index([compile_entry(model.atoms, flow) for flow in found]) for number, found in by_table.items()}
