"""What an OLT was seen to hold, and how much of it must be read again after a change of ours.

All of it, as a rule. Only the entries that were touched, and what is operational, where the OLT's own events (watch.py)
show that nothing else changed between the last whole reading and our commit: the subscription was there before that
reading, every event since is of our session and of entries that we touched, and the event that our confirmed commit
began has come, so no earlier one is still on its way. No lock is needed for that; a lock that keeps nobody out does
no harm. What a whole reading would find and this one does not is a change that its author made after our commit, and
an OLT that changes what it does not tell: the next reading, before the next plan, is whole again.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from lxml import etree

from intents.model.state import DeviceState, Difference, ObjectKey, Observation, patch
from southbound.netconf.family import Family
from southbound.netconf.server import Server
from southbound.netconf.session import RpcRefused, Session
from southbound.netconf.standard.condition import condition_of
from southbound.netconf.standard.names import HOMES, IF
from southbound.netconf.standard.xml import child, children, text
from southbound.netconf.watch import Place, Watch

MOST_ENTRIES: Final = 64  # with more of them, to read everything takes about as long
_STATEFUL: Final = frozenset({"v-ani", "channel-termination"})


class Sight:
    """What one OLT was seen to hold. `seen`: by the last reading."""

    def __init__(self, device: str, family: Family) -> None:
        self._device = device
        self._family = family
        self._watch: Watch | None = None
        self._touched: frozenset[Place] = frozenset()  # by us, since the last whole reading
        self._sure = False  # that nothing else has changed
        self._committing = False
        self.seen: DeviceState | None = None

    def read(self, session: Session, server: Server) -> Observation:
        """Running configuration and state: in one <get> of all, or of what may have changed."""
        part = self._part(session) if self._committing else None
        return part or self._whole(session, server)

    def told(self, session: Session, server: Server) -> str | None:
        """Changes with each event that the OLT tells of; None where it tells of none. A subscription that began only
        now has missed what was before: it has a text of its own."""
        if self._watch is None or self._watch.session is not session:
            self._watch = Watch.of(session, server)
            self._sure = False
        if self._watch is None:
            return None
        self._watch.collect()
        return f"{session.number} {self._watch.heard}"

    def commits(self, session: Session, differences: Sequence[Difference]) -> None:
        """A confirmed commit of these is about to be sent."""
        watch = self._watch
        if watch is None or watch.session is not session or self._family.part is None:
            return
        watch.collect()
        self._sure = self._sure and watch.only(self._touched)
        watch.events.clear()
        watch.awaited += 1
        self._touched |= {_place(d.key) for d in differences}
        self._committing = True

    def refused(self) -> None:
        """It was not taken."""
        if self._committing and self._watch is not None:
            self._watch.awaited -= 1
        self._committing = False

    def committed(self, differences: Sequence[Difference]) -> None:
        """They took effect: what is staged next is staged on them."""
        if self.seen is not None:
            self.seen = patch(self.seen, differences)

    def settled(self) -> None:
        """The change is kept, or taken back: what is read next is read for another reason."""
        self._committing = False

    def _whole(self, session: Session, server: Server) -> Observation:
        self._committing = False
        if self._watch is None or self._watch.session is not session:
            self._watch = Watch.of(session, server)
        else:
            self._watch.forget()
        data = session.get(self._family.filter())
        self._sure = self._watch is not None
        self._touched = frozenset()
        self.seen = DeviceState.of(self._device, self._family.parse(data).objects)
        return Observation(state=self.seen, facts=self._family.facts(data), condition=condition_of(data))

    def _part(self, session: Session) -> Observation | None:
        """What was touched, over what was seen; None where that does not do."""
        watch, seen, part = self._watch, self.seen, self._family.part
        if watch is None or watch.session is not session or seen is None or part is None:
            return None
        if not self._sure or len(self._touched) > MOST_ENTRIES:
            return None
        watch.wait()
        if watch.awaited or not watch.speaks or not watch.only(self._touched):
            return None
        try:
            data = session.get(part(self._touched))
        except RpcRefused:
            return None  # a filter that it does not take
        objects = {key: item for key, item in seen.objects.items() if _place(key) not in self._touched}
        objects |= {item.key: item for item in self._family.parse(data).objects}
        if not _states(data).issuperset(str(key[1]) for key in objects if key[0] in _STATEFUL):
            return None  # it has no interfaces-state, or does not find an interface by its type
        self.seen = DeviceState(device=self._device, objects=MappingProxyType(objects))
        return Observation(state=self.seen, facts=self._family.facts(data))


def _place(key: ObjectKey) -> Place:
    return HOMES[str(key[0])].entry, str(key[1])


def _states(data: etree._Element) -> set[str | None]:
    """The interfaces that there is a state of."""
    return {text(entry, IF, "name") for entry in children(child(data, IF, "interfaces-state"), IF, "interface")}
