"""One NETCONF session (RFC 6241, over SSH: RFC 6242): the only module that touches ncclient.

Every call has a deadline. A peer's host key must be the one that was given; nothing else is accepted. ncclient's
errors leave here as ours.
"""

from __future__ import annotations

import logging
import re
import socket
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from lxml import etree
from ncclient import manager
from ncclient.operations.errors import OperationError, TimeoutExpiredError
from ncclient.operations.rpc import RPCError
from ncclient.transport import session as transport_session
from ncclient.transport import ssh
from ncclient.transport.errors import AuthenticationError, SSHUnknownHostError, TransportError
from ncclient.xml_ import new_ele, sub_ele

from intents.model.diagnostic import Diagnostic
from southbound.driver import DeviceRefused, DeviceUnreachable
from southbound.netconf.framing import Handler
from southbound.netconf.hostkey import fingerprint, shown
from southbound.tap import told

# ncclient looks at its outgoing queue once a tick, so a tick is the time of a call: 100 ms by default.
_TICK_S: Final = 0.01
_READ_BYTES: Final = 1 << 18  # how much it takes from the channel at once: 4 KiB by default
_BASE_1_1: Final = "urn:ietf:params:netconf:base:1.1"
_OPERATION: Final = "{urn:ietf:params:xml:ns:netconf:base:1.0}operation"
_ROLLBACK_ON_ERROR: Final = "urn:ietf:params:netconf:capability:rollback-on-error:"
Datastore = Literal["running", "candidate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where an OLT is and who we are to it.

    private_key: OpenSSH text; host_key: public key text, `ssh-ed25519 AAAA...`.
    """

    host: str
    port: int
    username: str
    private_key: str | None = field(repr=False)
    host_key: str | None
    connect_timeout_s: float = 8.0
    rpc_timeout_s: float = 30.0


class RpcRefused(Exception):
    """The device answered with rpc-error. Fields as in RFC 6241, 4.3."""

    def __init__(self, tag: str, message: str, path: str, app_tag: str, holder: str = "") -> None:
        """holder: the session that has the lock, where that is why (session-id of error-info)."""
        super().__init__(message or tag)
        self.holder = holder
        self.tag = tag
        self.message = message
        self.path = path
        self.app_tag = app_tag


class SessionLost(Exception):
    """The session ended, or the device did not answer in time: what was asked may or may not have been done."""


class Session:
    """An open session. Not thread safe: one caller at a time."""

    def __init__(self, device: str, access: Access) -> None:
        """Connect. Raises DeviceUnreachable, DeviceRefused."""
        self._device = device
        transport_session.TICK = _TICK_S
        ssh.BUF_SIZE = _READ_BYTES
        # ncclient logs whole messages at debug level; they hold configuration, so keep them out of any handler.
        logging.getLogger("ncclient").setLevel(logging.ERROR)
        logging.getLogger("paramiko").setLevel(logging.CRITICAL)
        self._manager = _connect(device, access)
        self._manager.timeout = access.rpc_timeout_s
        self._manager.huge_tree = True
        self.capabilities: frozenset[str] = frozenset(str(c) for c in self._manager.server_capabilities)

    @property
    def number(self) -> str:
        """The session-id that the device gave it."""
        return str(self._manager.session_id)

    @property
    def alive(self) -> bool:
        """Whether the session is still open, as far as is known here."""
        return bool(self._manager.connected)

    def lock(self, datastore: Datastore = "candidate") -> None:
        """Lock a datastore."""
        self._call(lambda m: m.lock(datastore))

    def unlock(self, datastore: Datastore = "candidate") -> None:
        """Unlock a datastore."""
        self._call(lambda m: m.unlock(datastore))

    def kill(self, number: str) -> None:
        """End another session: what it has not committed is dropped, and its lock given back (RFC 6241, 7.9)."""
        self._tell("kill-session", lambda m: m.kill_session(number), number)

    def edit_candidate(self, config: etree._Element) -> None:
        """edit-config on the candidate, all of it or nothing where the device can do that."""
        self._edit(config, "candidate")

    def edit_running(self, config: etree._Element) -> None:
        """edit-config on running (:writable-running): takes effect at once."""
        self._edit(config, "running")

    def test_running(self, config: etree._Element) -> None:
        """Have the device say whether it would take an edit of running (:validate:1.1), which stays as it is."""
        self._edit(config, "running", test_option="test-only")

    def _edit(self, config: etree._Element, target: Datastore, **options: str) -> None:
        if _BASE_1_1 not in self.capabilities:
            _delete_for_remove(config)
        text = etree.tostring(config, encoding="unicode")
        if any(c.startswith(_ROLLBACK_ON_ERROR) for c in self.capabilities):
            options["error_option"] = "rollback-on-error"
        if "test_option" in options:
            self._call(lambda m: m.edit_config(text, target=target, **options))
        else:
            self._tell(f"edit-config {target}", lambda m: m.edit_config(text, target=target, **options), text)

    def validate(self) -> None:
        """Validate the candidate."""
        self._call(lambda m: m.validate("candidate"))

    def discard(self) -> None:
        """Make the candidate what is running."""
        self._tell("discard-changes", lambda m: m.discard_changes())

    def commit(self) -> None:
        """Commit for good, or confirm what this session committed without a token."""
        self._tell("commit", lambda m: m.commit())

    def commit_confirmed(self, token: str | None, timeout_s: int, *, follows: bool = False) -> None:
        """Commit, undone by the device after timeout_s unless confirmed. `token` outlives the session (persist).
        follows: on a commit of the same token that is still to be confirmed (RFC 6241, 8.4.1)."""
        if not follows or token is None:
            self._tell(
                "commit confirmed",
                lambda m: m.commit(confirmed=True, timeout=str(timeout_s), persist=token),
                token or "",
            )
            return
        commit = new_ele("commit")  # ncclient's own takes persist or persist-id, and a follow-up needs both
        sub_ele(commit, "confirmed")
        for name, value in (("confirm-timeout", str(timeout_s)), ("persist", token), ("persist-id", token)):
            sub_ele(commit, name).text = value
        self._tell("commit confirmed", lambda m: m.dispatch(commit), token)

    def confirm(self, token: str) -> None:
        """Confirm by persist-id."""
        self._tell("commit persist-id", lambda m: m.commit(persist_id=token), token)

    def cancel(self, token: str | None) -> None:
        """Undo an unconfirmed commit by persist-id, or that of this session."""
        self._tell("cancel-commit", lambda m: m.cancel_commit(persist_id=token), token or "")

    def save(self) -> None:
        """Make running what the device comes up with (:startup)."""
        self._tell("copy-config startup", lambda m: m.copy_config(source="running", target="startup"))

    def get(self, subtree: etree._Element) -> etree._Element:
        """Running configuration and state under the filter: the <data> element."""
        criteria = [etree.tostring(child, encoding="unicode") for child in subtree]  # ncclient takes one root a string
        reply = self._call(lambda m: m.get(filter=criteria))
        data: etree._Element = reply.data_ele
        return data

    def get_config(self, subtree: etree._Element) -> etree._Element:
        """Running configuration under the filter: the <data> element."""
        criteria = [etree.tostring(child, encoding="unicode") for child in subtree]
        reply = self._call(lambda m: m.get_config(source="running", filter=criteria))
        data: etree._Element = reply.data_ele
        return data

    def subscribe(self, subtree: etree._Element) -> None:
        """Have the device tell of events under the filter on this session (RFC 5277, with :interleave)."""
        criteria = [etree.tostring(child, encoding="unicode") for child in subtree]
        self._call(lambda m: m.create_subscription(filter=criteria))

    def event(self, wait_s: float = 0.0) -> etree._Element | None:
        """The content of the next event that came, or comes within wait_s; None where none does."""
        found = self._manager.take_notification(block=wait_s > 0, timeout=wait_s)
        return None if found is None else found.notification_ele[-1]

    def schema(self, module: str) -> str:
        """The text of a YANG module (get-schema, RFC 6022)."""
        return str(self._call(lambda m: m.get_schema(module)).data or "")

    def abandon(self) -> None:
        """Cut the connection without a word, as when the controller dies."""
        self._manager._session.close()  # noqa: SLF001 - ncclient offers no way to close the transport

    def close(self) -> None:
        """Close politely, then by force: a silent peer must not keep threads alive (ncclient #668)."""
        ssh = self._manager._session  # noqa: SLF001 - ncclient offers no way to close the transport
        try:
            if self._manager.connected:
                self._manager.timeout = 2
                self._manager.close_session()
        except (OperationError, TimeoutExpiredError, TransportError, RPCError, OSError, EOFError):
            pass
        finally:
            ssh.close()

    def _tell(self, operation: str, job: Callable[[Any], Any], text: str = "") -> None:
        """A call that changes the device, or may; text: what is sent beside its name."""
        with told(self._device, "netconf", operation, [text.encode()]):
            self._call(job)

    def _call(self, job: Callable[[Any], Any]) -> Any:
        try:
            return job(self._manager)
        except RPCError as error:
            raise _refused(error) from error
        except TimeoutExpiredError as error:
            # The reply may still come and would be taken for that of a later call: this session is of no more use.
            self._manager._session.close()  # noqa: SLF001
            raise SessionLost(f"{self._device} did not answer in time") from error
        except (TransportError, OperationError, OSError, EOFError) as error:
            raise SessionLost(f"the session with {self._device} ended: {error}") from error


def _delete_for_remove(config: etree._Element) -> None:
    """RFC 4741 knows no remove, which minds nothing that is gone already; delete is refused then."""
    for entry in config.iterfind(f".//*[@{_OPERATION}='remove']"):
        entry.set(_OPERATION, "delete")


def _refused(error: RPCError) -> RpcRefused:
    """The first of a reply's errors, with how many there are: ncclient's exception for several has no tag."""
    several = getattr(error, "errors", None) or [error]
    first = several[0]
    more = f" (and {len(several) - 1} more like it)" if len(several) > 1 else ""
    return RpcRefused(
        first.tag or "operation-failed",
        (first.message or "").strip() + more,
        (first.path or "").strip(),
        (first.app_tag or "").strip(),
        _holder(first.info or ""),
    )


def _holder(info: str) -> str:
    found = re.search(r"<(?:\w+:)?session-id[^>]*>\s*(\d+)\s*<", info)
    return found[1] if found else ""


def _connect(device: str, access: Access) -> Any:
    where = f"{access.host}:{access.port}"
    if access.host_key is None:
        key = shown(device, access.host, access.port, access.connect_timeout_s)
        raise DeviceRefused(
            Diagnostic(
                code="olt-host-key",
                message=f"{device} ({where}) has no host key in the campus, so it cannot be told from an impostor; "
                f"what answers there shows {fingerprint(key)}",
                hint="compare that with what the OLT says of itself at its console; if it is the same, write "
                f"netconf.host-key: {{file: PATH}} with `{key}` in that file (`clearway trust DIR {device}` does)",
            )
        )
    try:
        sock = socket.create_connection((access.host, access.port), timeout=access.connect_timeout_s)
    except OSError as error:
        raise DeviceUnreachable(
            Diagnostic(
                code="olt-down",
                message=f"{device} does not answer at {where}: {error.strerror or error}",
                hint="check that the OLT is up and that its management network is reachable",
            )
        ) from error
    # Neither paramiko's key exchange nor ncclient's hello has a deadline of its own: closing the socket is one.
    late = threading.Event()

    def give_up() -> None:
        late.set()
        sock.close()

    timer = threading.Timer(access.connect_timeout_s, give_up)
    timer.start()
    try:
        return _hello(access, sock)
    except AuthenticationError as error:
        raise DeviceRefused(
            Diagnostic(
                code="olt-auth",
                message=f"{device} ({where}) does not let {access.username} in with this key",
                hint=f"install the public key for {access.username} on the OLT, or give another netconf.key",
            )
        ) from error
    except SSHUnknownHostError as error:
        raise DeviceRefused(
            Diagnostic(
                code="olt-host-key",
                message=f"{device} ({where}) shows another host key than the campus says"
                f" ({fingerprint(access.host_key)} was expected)",
                hint="if the OLT was replaced, compare its key at its console and write it into the campus "
                f"(`clearway trust DIR {device} --replace`); otherwise somebody stands in between",
            )
        ) from error
    except Exception as error:
        why = "it accepts the connection and then says nothing" if late.is_set() else str(error) or type(error).__name__
        raise DeviceUnreachable(
            Diagnostic(
                code="olt-silent",
                message=f"no NETCONF session with {device} ({where}): {why}",
                hint="check that NETCONF over SSH is enabled on the OLT and that the port is the right one",
            )
        ) from error
    finally:
        timer.cancel()


def _hello(access: Access, sock: socket.socket) -> Any:
    """Open the session; the private key lies in a file of ours only while it is read."""
    key_type_and_data = (access.host_key or "").split()
    with tempfile.TemporaryDirectory(prefix="clearway-") as folder:
        key = Path(folder) / "key"
        if access.private_key is not None:
            key.touch(mode=0o600)
            key.write_text(access.private_key, encoding="utf-8")
        return manager.connect(
            host=access.host,
            port=access.port,
            sock=sock,
            username=access.username,
            key_filename=str(key) if access.private_key is not None else None,
            hostkey_b64=key_type_and_data[1] if len(key_type_and_data) > 1 else key_type_and_data[0],
            allow_agent=False,
            look_for_keys=False,
            timeout=access.connect_timeout_s,
            device_params={"handler": Handler},
        )
