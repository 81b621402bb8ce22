"""A flow of Open vSwitch as text, and what turns one set of them into another. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from labs.olt.hook import DataplaneError


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A flow. match and actions as ovs-ofctl writes them, each part on its own; no actions: drop."""

    table: int
    priority: int
    match: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What makes it the same flow."""
        return ",".join((f"table={self.table}", f"priority={self.priority}", *self.match))

    @property
    def text(self) -> str:
        """The whole flow."""
        return f"{self.key},actions={','.join(self.actions) or 'drop'}"


def bundle(old: Iterable[Flow] | None, new: Iterable[Flow]) -> str:
    """The lines of `ovs-ofctl bundle` that turn old into new: nothing for what stays. old None: from whatever is
    there. Raises DataplaneError where two flows of new have the same match."""
    wanted = _by_key(new)
    held = {} if old is None else _by_key(old)
    lines = ["flow delete"] if old is None else []
    lines += [f"flow add {f.text}" for key, f in sorted(wanted.items()) if held.get(key) != f]
    lines += [f"flow delete_strict {key}" for key in sorted(set(held) - set(wanted))]
    return "".join(f"{line}\n" for line in lines)


def _by_key(flows: Iterable[Flow]) -> dict[str, Flow]:
    found: dict[str, Flow] = {}
    for flow in flows:
        known = found.setdefault(flow.key, flow)
        if known != flow:
            raise DataplaneError(f"two things would be done with the same frames: {flow.key}")
    return found
