"""Composition: the drivers of a campus, made from what its devices say how to be reached.

One OpenFlow listener an address serves all switches that dial in there. A one-shot command opens and closes it; the
service keeps it open.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

from controller.fleet import Fleet
from controller.openflow_app import OpenFlowController
from controller.secrets import text_of
from intents.model.campus import Campus, Olt, Switch
from intents.model.diagnostic import ClearwayError
from southbound.driver import Driver
from southbound.netconf.driver import NetconfDriver
from southbound.netconf.session import Access
from southbound.openflow.driver import OpenFlowDriver
from southbound.ovsdb.driver import OvsdbDriver


class Connector:
    """Connects to campuses. persistent: keep the OpenFlow listener between connections, until closed."""

    def __init__(self, root: Path, *, persistent: bool = False) -> None:
        self._root = root
        self._persistent = persistent
        self._listeners: dict[str, OpenFlowController] = {}

    def listen(self, campus: Campus) -> None:
        """Open the OpenFlow listener of every switch. Raises ClearwayError where the port is taken."""
        switches = campus.switches.values()
        for address in sorted({s.openflow for s in switches} | set(self._listeners)):
            known = {s.datapath_id: s.name for s in switches if s.openflow == address}
            if address in self._listeners:
                self._listeners[address].expect(known)
                continue
            host, _, port = address.removeprefix("tcp:").rpartition(":")
            listener = OpenFlowController(host.strip("[]"), int(port), known)
            try:
                listener.start()
            except ClearwayError as error:
                at = min(s.position for s in switches if s.openflow == address)
                raise ClearwayError(*(replace(d, position=at) for d in error.diagnostics)) from error
            self._listeners[address] = listener

    @contextmanager
    def __call__(self, campus: Campus) -> Iterator[Fleet]:
        """A fleet of the campus's devices."""
        try:
            self.listen(campus)
            with Fleet(campus, self._drivers(campus)) as fleet:
                yield fleet
        finally:
            if not self._persistent:
                self.close()

    def _drivers(self, campus: Campus) -> dict[str, list[Driver]]:
        drivers: dict[str, list[Driver]] = {}
        for switch in campus.switches.values():
            drivers[switch.name] = self._of_switch(switch)
        for olt in campus.olts.values():
            drivers[olt.name] = [self._of_olt(olt)]
        return drivers

    def _of_switch(self, switch: Switch) -> list[Driver]:
        listener = self._listeners[switch.openflow]
        found: list[Driver] = []
        if switch.ovsdb is not None:
            found.append(OvsdbDriver(switch.name, switch.ovsdb, switch.datapath_id))
        found.append(OpenFlowDriver(switch.name, switch.datapath_id, listener))
        return found

    def _of_olt(self, olt: Olt) -> Driver:
        n = olt.netconf
        try:
            key = text_of(n.key, f"the key for {olt.name}", self._root) if n.key else None
            host_key = text_of(n.host_key, f"the host key of {olt.name}", self._root) if n.host_key else None
        except ClearwayError as error:
            raise ClearwayError(*(replace(d, position=olt.position) for d in error.diagnostics)) from error
        access = Access(host=n.host, port=n.port, username=n.username, private_key=key, host_key=host_key)
        return NetconfDriver(olt.name, access, family=olt.family)

    def close(self) -> None:
        """Close the listeners."""
        for listener in self._listeners.values():
            listener.stop()
        self._listeners.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
