"""What an OLT says has changed (RFC 6470), heard on the session that changes it (RFC 5277, :interleave). Besides, ONUs
that come and go (onu-presence-state-change of bbf-xpon-onu-state, which stands in interfaces-state: RFC 7950, 7.16.2).

Events come in the order in which things happened, so our own event closes what came before it: when the OLT has told
that our confirmed commit began, it has told of everything that was changed earlier.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from southbound.netconf.server import Server
from southbound.netconf.session import RpcRefused, Session
from southbound.netconf.standard.names import HOMES, IF, NC
from southbound.netconf.standard.xml import child, children, element, text

NCN: Final = "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"
WAIT_S: Final = 0.5  # events that are on their way
Place = tuple[tuple[str, str], str]  # a list's name and the key of an entry
_STEP: Final = re.compile(r"/(?:([\w.-]+):)?([\w.-]+)(?:\[[^'\"\]]*=\s*(?:'([^']*)'|\"([^\"]*)\")\s*\])?")
_LISTS: Final = {(*home.containers, home.entry) for home in HOMES.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change of running. by: the session, None where it is not of one. places: the entries that changed; None where
    that is not said, or is more than entries."""

    by: str | None
    places: frozenset[Place] | None


class Watch:
    """The events of a session since `forget`, and how many of our confirmed commits, follow-ups too, it has not told
    of yet."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.events: list[Event] = []
        self.awaited = 0
        self.heard = 0  # events of any kind, since the subscription

    @staticmethod
    def of(session: Session, server: Server) -> Watch | None:
        """Subscribe; None where the server has no events for a session that also does something else."""
        if not (server.has("notification") and server.has("interleave")):
            return None
        chosen = etree.Element(f"{{{NC}}}filter")
        chosen.extend(element(NCN, name) for name in ("netconf-config-change", "netconf-confirmed-commit"))
        chosen.append(element(IF, "interfaces-state"))
        try:
            session.subscribe(chosen)
        except RpcRefused:
            return None
        return Watch(session)

    def forget(self) -> None:
        """What has come so far is of no concern any more."""
        self.collect()
        self.events.clear()

    def collect(self) -> None:
        """Take what has come."""
        while (content := self.session.event()) is not None:
            self._note(content)

    def wait(self) -> None:
        """Take what comes until all our confirmed commits have begun, for WAIT_S at most."""
        deadline = time.monotonic() + WAIT_S
        while self.awaited and (left := deadline - time.monotonic()) > 0:
            content = self.session.event(left)
            if content is not None:
                self._note(content)
        self.collect()

    def only(self, places: frozenset[Place]) -> bool:
        """Whether nobody but us changed anything, and we nothing but these entries."""
        return all(e.by == self.session.number and e.places is not None and e.places <= places for e in self.events)

    @property
    def speaks(self) -> bool:
        """Whether there is an event at all: a server that has none proves nothing by its silence."""
        return bool(self.events)

    def _note(self, content: etree._Element) -> None:
        self.heard += 1
        by = text(child(content, NCN, "changed-by"), NCN, "session-id")
        if content.tag == f"{{{NCN}}}netconf-config-change":
            if text(content, NCN, "datastore") in (None, "running"):
                found = [
                    _place(target) for e in children(content, NCN, "edit") for target in children(e, NCN, "target")
                ]
                places = None if None in found or not found else frozenset(p for p in found if p is not None)
                self.events.append(Event(by=by, places=places))
        elif text(content, NCN, "confirm-event") in ("start", "extend") and by == self.session.number:
            self.awaited -= 1


def _place(target: etree._Element) -> Place | None:
    """The entry that a path leads to, or into."""
    spaces: Mapping[str | None, str] = target.nsmap
    way: tuple[tuple[str, str], ...] = ()
    for prefix, name, single, double in _STEP.findall((target.text or "").strip()):
        way = (*way, (spaces.get(prefix or None, ""), name))
        if single or double:
            return (way[-1], single or double) if way in _LISTS else None
    return None
