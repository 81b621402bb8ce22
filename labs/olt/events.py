"""Notifications (RFC 5277): built here, handed to whoever subscribed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from lxml import etree

from labs.olt.config import ChannelTermination
from labs.olt.difference import Change
from labs.olt.names import BBF, IF, NCN, NTF, bbf, default
from labs.olt.schema import Schema

Listener = Callable[["etree._Element"], None]  # noqa: SLF001 - lxml gives its element no public name
MAX_CHANGES = 500  # targets in one netconf-config-change; the rest is summed up as the whole configuration
ONU_STATE = f"{BBF}bbf-xpon-onu-state"
ONU_TYPES = f"{BBF}bbf-xpon-onu-types"


class Events:
    """The stream NETCONF. A listener gets the content of each notification."""

    def __init__(self) -> None:
        self._listeners: dict[int, Listener] = {}

    def subscribe(self, session: int, listener: Listener) -> None:
        """From here on `listener` is called with each notification."""
        self._listeners[session] = listener

    def subscribed(self, session: int) -> bool:
        """Whether the session has a subscription."""
        return session in self._listeners

    def unsubscribe(self, session: int) -> None:
        """No more."""
        self._listeners.pop(session, None)

    def publish(self, content: etree._Element) -> None:
        """Tell every subscriber."""
        for _, listener in sorted(self._listeners.items()):
            listener(content)


def now() -> str:
    """The time as date-and-time, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def notification(content: etree._Element) -> etree._Element:
    """The message around a notification's content."""
    message = etree.Element(f"{{{NTF}}}notification", nsmap=default(NTF))
    etree.SubElement(message, f"{{{NTF}}}eventTime").text = now()
    message.append(etree.fromstring(etree.tostring(content)))
    return message


def config_change(user: str, session: int, changed: tuple[Change, ...], schema: Schema) -> etree._Element:
    """netconf-config-change; session 0: the server itself."""
    content = etree.Element(f"{{{NCN}}}netconf-config-change", nsmap=default(NCN))
    _changed_by(content, user, session)
    etree.SubElement(content, f"{{{NCN}}}datastore").text = "running"
    targets = changed if len(changed) <= MAX_CHANGES else (Change(path="/", operation="replace"),)
    for change in targets:
        edit = etree.SubElement(content, f"{{{NCN}}}edit")
        used = {prefix: uri for prefix, uri in schema.prefixes.items() if f"{prefix}:" in change.path}
        etree.SubElement(edit, f"{{{NCN}}}target", nsmap=dict(used)).text = change.path
        etree.SubElement(edit, f"{{{NCN}}}operation").text = change.operation
    return content


def confirmed_commit(event: str, user: str, session: int, timeout_s: int | None) -> etree._Element:
    """netconf-confirmed-commit: start, cancel, timeout, extend, complete."""
    content = etree.Element(f"{{{NCN}}}netconf-confirmed-commit", nsmap=default(NCN))
    if event != "timeout":
        _changed_by(content, user, session)
    etree.SubElement(content, f"{{{NCN}}}confirm-event").text = event
    if timeout_s is not None and event in ("start", "extend"):
        etree.SubElement(content, f"{{{NCN}}}timeout").text = str(timeout_s)
    return content


def session_change(kind: str, user: str, session: int, source: str, reason: str | None = None) -> etree._Element:
    """netconf-session-start, or netconf-session-end with its reason."""
    content = etree.Element(f"{{{NCN}}}{kind}", nsmap=default(NCN))
    etree.SubElement(content, f"{{{NCN}}}username").text = user
    etree.SubElement(content, f"{{{NCN}}}session-id").text = str(session)
    etree.SubElement(content, f"{{{NCN}}}source-host").text = source
    if reason is not None:
        etree.SubElement(content, f"{{{NCN}}}termination-reason").text = reason
    return content


def onu_presence(termination: ChannelTermination, serial: str, state: str, v_ani: str | None) -> etree._Element:
    """onu-presence-state-change of a channel termination (bbf-xpon-onu-state). state: an identity's name."""
    content = etree.Element(f"{{{IF}}}interfaces-state", nsmap=default(IF))
    interface = etree.SubElement(content, f"{{{IF}}}interface")
    etree.SubElement(interface, f"{{{IF}}}name").text = termination.name
    space = f"{BBF}bbf-xpon"
    body = etree.SubElement(interface, bbf("xpon", "channel-termination"), nsmap=default(space))
    change = etree.SubElement(body, f"{{{ONU_STATE}}}onu-presence-state-change", nsmap=default(ONU_STATE))
    etree.SubElement(change, f"{{{ONU_STATE}}}detected-serial-number").text = serial
    etree.SubElement(change, f"{{{ONU_STATE}}}last-change").text = now()
    presence = etree.SubElement(change, f"{{{ONU_STATE}}}onu-presence-state", nsmap={"bbf-xpon-onu-types": ONU_TYPES})
    presence.text = f"bbf-xpon-onu-types:{state}"
    if v_ani is not None:
        etree.SubElement(change, f"{{{ONU_STATE}}}v-ani-ref").text = v_ani
    return content


def _changed_by(content: etree._Element, user: str, session: int) -> None:
    by = etree.SubElement(content, f"{{{NCN}}}changed-by")
    if session == 0:
        etree.SubElement(by, f"{{{NCN}}}server")
        return
    etree.SubElement(by, f"{{{NCN}}}username").text = user
    etree.SubElement(by, f"{{{NCN}}}session-id").text = str(session)
