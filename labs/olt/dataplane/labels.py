"""The numbers by which flows, tags and classes stand for what is configured, kept from one commit to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from labs.olt.config import Policer
from labs.olt.dataplane.numbers import Numbers
from labs.olt.dataplane.services import Services

_CLASSES = (0x10, 0xFFF0)


def member_label(forwarder: str, member: str) -> str:
    """A forwarder port among those of all forwarders."""
    return f"{forwarder}\n{member}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """interfaces: UNIs by name, uplinks by `uplink PORT`. gems: by PON, then name: the VID of the tag on the stretch.
    meters: by owner and policer."""

    interfaces: Mapping[str, int]
    forwarders: Mapping[str, int]
    members: Mapping[str, int]
    gems: Mapping[str, Mapping[str, int]]
    meters: Mapping[str, int]


def uplink_label(port: int) -> str:
    """An uplink among the interfaces."""
    return f"uplink {port}"


def meter_label(sub: str, policer: Policer) -> str:
    """A policer polices each sub-interface by itself."""
    return f"{sub}\n{policer.name}"


@dataclass
class Registry:
    """Gives the numbers out."""

    _interfaces: Numbers = field(default_factory=lambda: Numbers("interfaces", 1, 0xFFFF))
    _forwarders: Numbers = field(default_factory=lambda: Numbers("forwarders", 1, 0xFFFF))
    _members: Numbers = field(default_factory=lambda: Numbers("forwarder ports", 1, 0xFFFFFF))
    _meters: Numbers = field(default_factory=lambda: Numbers("policers", 1, 0xFFFF))
    _gems: dict[str, Numbers] = field(default_factory=dict)
    _classes: dict[str, Numbers] = field(default_factory=dict)

    def labels(self, services: Services) -> Labels:
        """Numbers for everything that forwards. Raises DataplaneError where they do not suffice."""
        members = [(b.forwarder.name, m) for b in services.bridges for m in b.members]
        uplinks = {uplink_label(m.uplink) for _, m in members if m.uplink is not None}
        subs = [m.sub for _, m in members] + [s for u in services.unis for s in u.subs]
        return Labels(
            interfaces=self._interfaces.of({u.name for u in services.unis} | uplinks),
            forwarders=self._forwarders.of(b.forwarder.name for b in services.bridges),
            members=self._members.of(member_label(f, m.name) for f, m in members),
            gems={
                pon: self._numbers(self._gems, "GEM ports of a PON", (1, 4094), pon).of(
                    g.name for u in services.unis if u.pon == pon for g in u.gems
                )
                for pon, _ in services.pons
            },
            meters=self._meters.of(meter_label(s.name, c.policer) for s in subs for c in s.policy if c.policer),
        )

    def classes(self, shaper: str, names: Iterable[str]) -> Mapping[str, int]:
        """Minor numbers of the classes of a shaper."""
        return self._numbers(self._classes, "queues of a PON", _CLASSES, shaper).of(names)

    @staticmethod
    def _numbers(among: dict[str, Numbers], what: str, bounds: tuple[int, int], key: str) -> Numbers:
        return among.setdefault(key, Numbers(what, *bounds))
