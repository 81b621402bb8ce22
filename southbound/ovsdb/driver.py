"""The driver of a switch's queues: one OVSDB transaction a change, which the database takes whole or not at all.

It sees and touches only QoS rows that carry Clearway's mark; a port with somebody else's QoS is refused, by name.
OVSDB has no confirmed commit: as in southbound/openflow, what undoes a change is kept until it is confirmed.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from intents.model.diagnostic import Diagnostic
from intents.model.state import DeviceState, Difference, Observation
from intents.model.switch import PortQueue, SwitchFacts
from southbound.driver import Capabilities, DeviceRefused, DeviceUnreachable, OutcomeUnknown
from southbound.ovsdb.client import Ovsdb, OvsdbDown, OvsdbError
from southbound.ovsdb.operations import announce, change_port
from southbound.ovsdb.rows import DATABASE, Snapshot, selects, snapshot
from southbound.tap import told

_POLL_S: Final = 0.02
LOCK: Final = "clearway"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Staged:
    """A transaction that the database has tried and thrown away again."""

    differences: tuple[Difference, ...]
    operations: list[dict[str, Any]]


class OvsdbDriver:
    """Queues of the bridge with this datapath id. remote, tls: as of Ovsdb. certificate: whom the other's names; "":
    the device.

    shared: several controllers may change it, one at a time. Then each takes the database's lock (RFC 7047, 4.1.8)
    before a change, whoever has it, and every transaction asserts that it still has it (5.2.10).
    """

    kinds = frozenset({"queue"})

    def __init__(
        self,
        device: str,
        remote: str,
        datapath_id: int,
        *,
        deadline_s: float = 10.0,
        tls: ssl.SSLContext | None = None,
        certificate: str = "",
        shared: bool = False,
    ) -> None:
        self.device = device
        self._shared = shared
        self._owner: Ovsdb | None = None  # the connection that took the lock
        self._remote = remote
        self._datapath_id = datapath_id
        self._deadline_s = deadline_s
        self._tls, self._named = tls, certificate or device
        self._connection: Ovsdb | None = None
        self._staged: _Staged | None = None
        self._undo: dict[str, tuple[Difference, ...]] = {}

    def probe(self) -> Capabilities:
        """Connects and finds the bridge. Raises DeviceUnreachable, DeviceRefused."""
        found = self._session(self._snapshot)
        return Capabilities(
            device=self.device, protocol="ovsdb", confirmed_commit=False, limits={"ports": len(found.ports)}
        )

    def observe(self) -> Observation:
        """Our queues. Facts are left to OpenFlow. Raises DeviceUnreachable, DeviceRefused."""
        return self.observe_and_glance()[0]

    def glance(self) -> str:
        """See Glancer: a digest of the bridge's ports and queues. Raises DeviceUnreachable, DeviceRefused."""
        return _digest(self._session(self._snapshot))

    def observe_and_glance(self) -> tuple[Observation, str]:
        """See Glancer."""
        found = self._session(self._snapshot)
        queues = [q for port in found.ports.values() for q in port.queues.values()]
        return Observation(state=DeviceState.of(self.device, queues), facts=SwitchFacts()), _digest(found)

    def prepare(self, differences: Sequence[Difference]) -> None:
        """Build the transaction and let the database try it. Raises DeviceRefused."""
        self._staged = None
        listed = tuple(differences)

        def work(database: Ovsdb) -> None:
            self._own(database)
            operations = self._operations(self._snapshot(database), listed)
            self._transact(database, [*operations, {"op": "abort"}])
            self._staged = _Staged(differences=listed, operations=operations)

        self._session(work)

    def commit(self, token: str, timeout_s: int) -> None:
        """Commit, and wait for ovs-vswitchd to have taken it over. There is no timer: timeout_s is not used.
        Raises DeviceRefused (nothing took effect), OutcomeUnknown."""
        del timeout_s
        staged, self._staged = self._staged, None
        if staged is None:
            raise RuntimeError("commit without prepare")
        # The database gives up who has been silent for some seconds, as one is who waits for slower devices. Nothing of
        # the change is there yet, so it is asked first, by another connection where the first is gone.
        self._session(lambda database: database.call("echo", [], self._deadline_s))
        earlier = self._undo.get(token, ())
        self._undo[token] = (*earlier, *staged.differences)
        try:
            self._session(lambda database: self._commit(database, staged.operations), unknown=True)
        except DeviceRefused:
            self._undo[token] = earlier
            raise

    def confirm(self, token: str) -> None:
        """Forget how to undo it."""
        self._undo.pop(token, None)

    def revert(self, token: str) -> None:
        """Put the queues back that a change under this token found. Idempotent. Raises DeviceUnreachable."""
        self._staged = None
        changed = self._undo.get(token, ())
        if not changed:
            return
        back = [Difference(key=d.key, before=None, after=d.before) for d in reversed(changed)]

        def work(database: Ovsdb) -> None:
            self._own(database)
            self._commit(database, self._operations(self._snapshot(database), back))

        self._session(work)
        self._undo.pop(token, None)

    @property
    def session(self) -> str:
        """See Fencing. The lock fences."""
        return ""

    def fence(self, past: Collection[str]) -> None:  # noqa: ARG002 - no session has to be ended
        """See Fencing: take the lock, so that a transaction of whoever had it fails."""
        self._session(self._own)

    def close(self) -> None:
        """Close the connection."""
        self._staged = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _session(self, work: Callable[[Ovsdb], _T], *, unknown: bool = False) -> _T:
        """Run on a connection; a broken one is not used again. A connection that was idle may have died meanwhile:
        then once more on a new one, unless a commit is under way."""
        for attempt in (1, 2):
            fresh = self._connection is None
            try:
                self._connection = self._connection or Ovsdb(self._remote, self._deadline_s, self._tls, self._named)
            except OvsdbDown as error:
                raise DeviceUnreachable(self._down(error)) from error
            try:
                return work(self._connection)
            except OvsdbDown as error:
                self.close_connection()
                if unknown:
                    raise OutcomeUnknown(self._down(error)) from error
                if fresh or attempt == 2:
                    raise DeviceUnreachable(self._down(error)) from error
            except OvsdbError as error:
                raise DeviceRefused(self._said("ovsdb-refused", f"it refuses: {error}")) from error
        raise AssertionError  # pragma: no cover - the second attempt returns or raises

    def close_connection(self) -> None:
        """Let go of the connection; what is staged here stays."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _snapshot(self, database: Ovsdb) -> Snapshot:
        try:
            found = snapshot(database.transact(DATABASE, selects(), self._deadline_s), self._datapath_id)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise OvsdbError(f"its tables are not those of Open vSwitch ({error})") from error
        if found.bridge is None:
            others = ", ".join(f"{n} (0x{d.lstrip('0')})" for n, d in sorted(found.others.items())) or "none"
            raise DeviceRefused(
                self._said(
                    "ovsdb-no-bridge",
                    f"no bridge there has the datapath id 0x{self._datapath_id:x}; there are: {others}",
                    "set it (ovs-vsctl set bridge BRIDGE "
                    f"other_config:datapath-id={self._datapath_id:016x}) or correct switches.{self.device}.datapath",
                )
            )
        return found

    def _operations(self, now: Snapshot, differences: Sequence[Difference]) -> list[dict[str, Any]]:
        wanted: dict[int, dict[int, PortQueue]] = {}
        for difference in differences:
            number, queue_id = _place(difference)
            self._check_port(now, number, difference)
            queues = wanted.setdefault(number, dict(now.ports[number].queues))
            if isinstance(difference.after, PortQueue):
                queues[queue_id] = difference.after
            else:
                queues.pop(queue_id, None)
        return [
            operation
            for number, queues in sorted(wanted.items())
            for operation in change_port(number, now.ports[number], queues)
        ]

    def _check_port(self, now: Snapshot, number: int, difference: Difference) -> None:
        if number not in now.ports:
            known = ", ".join(map(str, sorted(now.ports))) or "none"
            raise DeviceRefused(
                self._said("ovsdb-no-port", f"bridge {now.bridge} has no port {number}; its ports are {known}"),
                object_name=repr(difference.key),
            )
        port = now.ports[number]
        if port.qos is not None and not port.qos.ours:
            raise DeviceRefused(
                self._said(
                    "ovsdb-foreign-qos",
                    f"port {number} ({port.name}) has a QoS ({port.qos.kind}) that Clearway did not make",
                    f"remove it (ovs-vsctl clear port {port.name} qos) if nobody needs it",
                ),
                object_name=repr(difference.key),
            )

    def _own(self, database: Ovsdb) -> None:
        if self._shared and self._owner is not database:
            database.call("steal", [LOCK], self._deadline_s)
            self._owner = database

    def _commit(self, database: Ovsdb, operations: list[dict[str, Any]]) -> None:
        if not operations:
            return
        if self._shared:  # not stolen again here: between prepare and now another may have become the leader
            operations = [{"op": "assert", "lock": LOCK}, *operations]
        with told(self.device, "ovsdb", "transact", (json.dumps(o).encode() for o in operations)):
            results = self._transact(database, [*operations, *announce(f"clearway: queues of {self.device}")])
        wanted = results[len(operations) + 2]["rows"][0]["next_cfg"]
        end = time.monotonic() + self._deadline_s
        while True:
            select = {"op": "select", "table": "Open_vSwitch", "where": [], "columns": ["cur_cfg"]}
            (answer,) = self._transact(database, [select])
            if answer["rows"][0]["cur_cfg"] >= wanted:
                return
            if time.monotonic() > end:
                raise OvsdbDown(f"ovs-vswitchd did not take the change over within {self._deadline_s:g} s")
            time.sleep(_POLL_S)

    def _transact(self, database: Ovsdb, operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Results of all operations. Raises DeviceRefused for the first that failed; an abort is what was asked."""
        results = database.transact(DATABASE, operations, self._deadline_s)
        for index, result in enumerate(results):
            if "error" not in result or result["error"] == "aborted":
                continue
            if result["error"] == "timed out":
                text = "somebody else changed the port's queues meanwhile: plan again"
            else:
                where = operations[index].get("table", "the lock") if index < len(operations) else "the whole"
                text = f"it refuses ({where}): {result['error']}, {result.get('details', '')}"
            raise DeviceRefused(self._said("ovsdb-refused", text))
        return results

    def _down(self, error: Exception) -> Diagnostic:
        listening = "pssl:6640" if self._remote.startswith("ssl:") else "ptcp:6640"
        return self._said(
            "ovsdb-down",
            f"no OVSDB session: {error}",
            f"is ovsdb-server running and listening there (ovs-vsctl set-manager {listening})?",
        )

    def _said(self, code: str, text: str, hint: str = "") -> Diagnostic:
        return Diagnostic(code=code, message=f"{self.device} ({self._remote}): {text}", hint=hint)


def _digest(found: Snapshot) -> str:
    return repr(hash(repr(sorted(found.ports.items()))))


def _place(difference: Difference) -> tuple[int, int]:
    """Port and queue number of a queue's key."""
    kind, number, queue_id = difference.key
    if kind != "queue" or not isinstance(number, int) or not isinstance(queue_id, int):
        raise TypeError(f"{difference.key!r} is no queue")
    return number, queue_id
