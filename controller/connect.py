"""Composition: the drivers of a campus, made from what its devices say how to be reached.

One OpenFlow listener an address serves all switches that dial in there. A one-shot command opens and closes it; the
service keeps it open.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from controller.fleet import Fleet
from controller.openflow_listener import OpenFlowController, SwitchEvent
from controller.secrets import text_of
from intents.model.campus import Campus, Olt, SecretRef, Switch, Tls
from intents.model.diagnostic import ClearwayError, Diagnostic, Position
from southbound.driver import Driver
from southbound.netconf.driver import NetconfDriver
from southbound.netconf.session import Access
from southbound.openflow.driver import OpenFlowDriver
from southbound.ovsdb.driver import OvsdbDriver
from southbound.tls import Identity, NoIdentity, context


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One of several controllers. openflow: where switches reach this one, instead of where the campus says. term: the
    one that it leads in, None where it does not."""

    term: Callable[[], int | None]
    openflow: str | None = None


class Connector:
    """Connects to campuses. persistent: keep the OpenFlow listener between connections, until closed. on_event: of
    switches, from any thread. place: how this is one of several controllers; None: it is the only one."""

    def __init__(
        self,
        root: Path,
        *,
        persistent: bool = False,
        on_event: Callable[[SwitchEvent], None] | None = None,
        place: Place | None = None,
    ) -> None:
        self._root = root
        self._on_event = on_event
        self._place = place
        self._began = time.time_ns() // 1_000_000  # a controller that begins later has a higher one
        self._persistent = persistent
        self._listeners: dict[str, OpenFlowController] = {}

    def listen(self, campus: Campus) -> None:
        """Open the OpenFlow listener of every switch. Raises ClearwayError where the port is taken or there is
        no certificate to show."""
        switches = [replace(s, openflow=self._listens(s, campus)) for s in campus.switches.values()]
        wanted = {s.openflow for s in switches}
        for address in set(self._listeners) - wanted:
            self._listeners.pop(address).stop()
        for address in sorted(wanted):
            known = {s.datapath_id: s.name for s in switches if s.openflow == address}
            named = {s.name: s.certificate for s in switches if s.certificate}
            scheme, _, where = address.partition(":")
            # Read again each time: a certificate is renewed while the service runs.
            tls = self._context(campus.tls, server=True) if scheme == "ssl" else None
            if address in self._listeners:
                self._listeners[address].expect(known, tls, named)
                continue
            host, _, port = where.rpartition(":")
            listener = OpenFlowController(
                host.strip("[]"), int(port), known, on_event=self._on_event, tls=tls, certificates=named
            )
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
            with Fleet(campus, self.drivers(campus)) as fleet:
                yield fleet
        finally:
            if not self._persistent:
                self.close()

    def drivers(self, campus: Campus) -> dict[str, list[Driver]]:
        """New drivers of each device of a campus that is listened for, nothing opened yet. Whoever asks closes them.
        Raises ClearwayError where a secret cannot be had."""
        drivers: dict[str, list[Driver]] = {}
        for switch in campus.switches.values():
            drivers[switch.name] = self._of_switch(switch, campus)
        for olt in campus.olts.values():
            drivers[olt.name] = [self._of_olt(olt)]
        return drivers

    def _of_switch(self, switch: Switch, campus: Campus) -> list[Driver]:
        listener = self._listeners[self._listens(switch, campus)]
        found: list[Driver] = []
        if switch.ovsdb is not None:
            shown = self._context(campus.tls, server=False) if switch.ovsdb.startswith("ssl:") else None
            shared = self._place is not None
            found.append(
                OvsdbDriver(
                    switch.name,
                    switch.ovsdb,
                    switch.datapath_id,
                    tls=shown,
                    certificate=switch.certificate,
                    shared=shared,
                )
            )
        term = self._term() if campus.openflow_role == "master" else None
        found.append(OpenFlowDriver(switch.name, switch.datapath_id, listener, term=term))
        return found

    def _term(self) -> int:
        """0 where another controller leads: no switch takes that for the present."""
        return self._began if self._place is None else self._place.term() or 0

    def _listens(self, switch: Switch, campus: Campus) -> str:
        """Where this controller waits for a switch. Raises ClearwayError."""
        if self._place is None or self._place.openflow is None:
            return switch.openflow
        others = {s.openflow for s in campus.switches.values()}
        if len(others) > 1:
            raise ClearwayError(
                Diagnostic(
                    code="openflow-addresses",
                    message=f"this controller is to wait at {self._place.openflow}, and the switches of the campus "
                    f"have {len(others)} addresses of controllers",
                    hint="write the same openflow: for all switches, or leave it out of the controller's settings",
                    position=switch.position,
                )
            )
        return self._place.openflow

    def _of_olt(self, olt: Olt) -> Driver:
        n = olt.netconf
        key = self._text(n.key, f"the key for {olt.name}", olt.position) if n.key else None
        host_key = self._text(n.host_key, f"the host key of {olt.name}", olt.position) if n.host_key else None
        access = Access(host=n.host, port=n.port, username=n.username, private_key=key, host_key=host_key)
        return NetconfDriver(olt.name, access, family=olt.family)

    def _context(self, tls: Tls | None, *, server: bool) -> ssl.SSLContext:
        """What TLS with switches needs, from the certificates as they are now. Raises ClearwayError."""
        if tls is None:
            raise RuntimeError("ingest lets no ssl: pass without tls:")
        identity = Identity(
            certificate=self._text(tls.certificate, "the controller's certificate", tls.position),
            key=self._text(tls.key, "the key of the controller's certificate", tls.position),
            ca=self._text(tls.ca, "the switches' CA", tls.position),
        )
        try:
            return context(identity, server=server)
        except NoIdentity as error:
            hint = "for a lab: ovs-pki init, then ovs-pki req+sign controller controller"
            fault = Diagnostic(code="bad-certificate", message=f"tls: {error}", hint=hint, position=tls.position)
            raise ClearwayError(fault) from error

    def _text(self, ref: SecretRef, what: str, at: Position) -> str:
        try:
            return text_of(ref, what, self._root)
        except ClearwayError as error:
            raise ClearwayError(*(replace(d, position=at) for d in error.diagnostics)) from error

    def close(self) -> None:
        """Close the listeners."""
        for listener in self._listeners.values():
            listener.stop()
        self._listeners.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
