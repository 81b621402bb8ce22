"""A NETCONF session: hello, then requests one after another, notifications in between. Bytes in, bytes out.

The transport gives `receive` and a Sender; nothing here knows SSH.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from lxml import etree

from labs.olt import xmlio
from labs.olt.device import Client
from labs.olt.errors import Fault, RpcError, refuse, to_xml
from labs.olt.events import notification, session_change
from labs.olt.framing import MAX_MESSAGE_BYTES, Decoder, FramingError, MessageTooBig, encode
from labs.olt.manners import DONE, names_of
from labs.olt.manners import Fault as Order
from labs.olt.monitoring import hello
from labs.olt.names import BASE_1_0, BASE_1_1, NC, default, nc
from labs.olt.operations import perform
from labs.olt.served import Served
from labs.olt.subtree import select

HELLO_S: Final = 30.0
MAX_UNSENT_BYTES: Final = 64 * 1024 * 1024

_LOG = logging.getLogger(__name__)


class Sender(Protocol):
    """The way to the peer."""

    def write(self, data: bytes) -> None:
        """Queue bytes."""

    async def drain(self) -> None:
        """Wait until there is room for more."""

    def unsent(self) -> int:
        """Bytes that the peer has not taken yet."""

    def close(self) -> None:
        """End the connection's channel."""

    def abort(self) -> None:
        """Cut the connection, whatever is on its way."""


class Peers(Protocol):
    """The other sessions."""

    def kill(self, session: int) -> bool:
        """End it; whether there is one."""

    def all(self) -> list[tuple[Client, str]]:
        """Sessions and login times."""


class Session:
    """One peer. `run` until it ends."""

    def __init__(self, device: Served, client: Client, sender: Sender, peers: Peers) -> None:
        self.device = device
        self.client = client
        self._sender = sender
        self._peers = peers
        self._decoder = Decoder(MAX_MESSAGE_BYTES)
        self._chunked = False
        self._ending = False
        self._deaf = False
        self.reason = "dropped"

    async def run(self, receive: Callable[[], Awaitable[bytes]]) -> None:
        """Serve the peer. receive: some bytes, none at the end."""
        fault = self.device.faults.due(frozenset({"hello"}))
        if fault == "drop":
            self._sender.abort()
        elif fault is not None:
            self._deaf = True
        else:
            self._send(hello(self.client.session, self.device))
        try:
            if self._deaf:
                await self._sleep(receive)
                return
            await self._greet(receive)
            self._announce("netconf-session-start")
            await self._serve(receive)
        except MessageTooBig as error:
            self._send_error(refuse("too-big", str(error), kind="transport"))
        except FramingError as error:
            _LOG.info("session %d: %s", self.client.session, error)
            self.reason = "bad-hello" if not self._chunked else "dropped"
        except TimeoutError:
            self.reason = "timeout"
        finally:
            self.device.events.unsubscribe(self.client.session)
            self._announce("netconf-session-end", self.reason)
            self._sender.close()

    def end(self) -> None:
        """See Caller."""
        self._ending = True
        self.reason = "closed"

    def kill(self, session: int) -> None:
        """See Caller."""
        if session == self.client.session:
            raise refuse("invalid-value", "a session does not kill itself", kind="protocol")
        if not self._peers.kill(session):
            raise refuse("invalid-value", f"there is no session {session}", kind="protocol")

    def sessions(self) -> list[tuple[Client, str]]:
        """See Caller."""
        return self._peers.all()

    def subscribe(self, filter_: etree._Element | None) -> None:
        """See Caller."""
        if self.device.events.subscribed(self.client.session):
            raise refuse("in-use", "this session has a subscription already", kind="protocol")

        def listener(content: etree._Element) -> None:
            if filter_ is None or _passes(content, filter_, self.device):
                self._send(notification(content))

        self.device.events.subscribe(self.client.session, listener)

    async def _greet(self, receive: Callable[[], Awaitable[bytes]]) -> None:
        """The peer's hello. Raises FramingError, TimeoutError."""
        async with asyncio.timeout(HELLO_S):
            while True:
                for message in self._decoder.messages():
                    self._chunked = _agree(message)
                    if self._chunked:
                        self._decoder.chunked()
                    return
                data = await receive()
                if not data:
                    raise FramingError("the peer left without a hello")
                self._decoder.feed(data)

    async def _serve(self, receive: Callable[[], Awaitable[bytes]]) -> None:
        while not self._ending:
            for message in self._decoder.messages():
                await self._request(message)
                if self._ending:
                    return
                if self._deaf:
                    await self._sleep(receive)
                    return
            data = await receive()
            if not data:
                return
            self._decoder.feed(data)

    async def _request(self, message: bytes) -> None:
        try:
            root = xmlio.parse(message)
        except RpcError as error:
            self._send_error(error)
            return
        if root.tag != nc("rpc"):
            info = (("bad-element", xmlio.local(root)),)
            self._send_error(refuse("unknown-element", "a message is an rpc", kind="rpc", info=info))
            return
        self.device.asked.update(xmlio.local(operation) for operation in root)
        fault = self.device.faults.due(names_of(root))
        if fault is None:
            self._send(await self._reply(root))
            await self._sender.drain()
        else:
            await self._misbehave(fault, root)

    async def _misbehave(self, fault: Order, rpc: etree._Element) -> None:
        """What was ordered (labs.olt.manners), in place of what was asked."""
        _LOG.info("session %d: %s of %s, as ordered", self.client.session, fault, "".join(sorted(names_of(rpc))))
        reply = await self._reply(rpc) if fault in DONE else _told(fault, rpc)
        if fault in ("refuse", "lie", "drop-after"):
            self._send(reply)
            await self._sender.drain()
        if fault in ("hang", "mute"):
            self._deaf = True
        elif fault in ("drop", "lose-reply"):
            self._ending = True
            self._sender.abort()
        elif fault == "drop-after":
            self._ending = True
            self._sender.close()
        elif fault in ("reboot", "reboot-empty"):
            self._ending = True
            await self.device.reboot(empty=fault == "reboot-empty")

    async def _sleep(self, receive: Callable[[], Awaitable[bytes]]) -> None:
        """Neither hear nor answer, until the peer is gone."""
        while await receive():
            pass

    async def _reply(self, rpc: etree._Element) -> etree._Element:
        reply = etree.Element(nc("rpc-reply"), nsmap=default(NC))
        for name, value in rpc.attrib.items():
            reply.set(str(name), str(value))
        try:
            if rpc.get("message-id") is None:
                info = (("bad-attribute", "message-id"), ("bad-element", "rpc"))
                raise refuse("missing-attribute", "an rpc without message-id", kind="rpc", info=info)
            if len(rpc) != 1:
                raise refuse(
                    "missing-element", "an rpc holds one operation", kind="rpc", info=(("bad-element", "rpc"),)
                )
            children = await perform(self, rpc[0])
            reply.extend(children or [etree.Element(nc("ok"))])
        except RpcError as error:
            reply.extend([to_xml(fault) for fault in error.faults])
        except Exception:  # noqa: BLE001 - a fault of ours must end neither the session nor the OLT
            _LOG.exception("session %d: request failed", self.client.session)
            reply.append(to_xml(Fault(tag="operation-failed", message="internal error of the OLT")))
        return reply

    def _send_error(self, error: RpcError) -> None:
        """An answer to what cannot be answered by message-id. malformed-message is for peers of base:1.1 only."""
        reply = etree.Element(nc("rpc-reply"), nsmap=default(NC))
        for fault in error.faults:
            shown = to_xml(fault)
            if fault.tag == "malformed-message" and not self._chunked:
                shown[1].text = "operation-failed"
            reply.append(shown)
        self._send(reply)

    def _send(self, message: etree._Element) -> None:
        if self._sender.unsent() > MAX_UNSENT_BYTES:
            _LOG.info("session %d takes nothing: ended", self.client.session)
            self._sender.close()
            return
        self._sender.write(encode(xmlio.serialise(message), chunked=self._chunked))

    def _announce(self, kind: str, reason: str | None = None) -> None:
        client = self.client
        self.device.events.publish(session_change(kind, client.user, client.session, client.source, reason))


def _agree(message: bytes) -> bool:
    """Whether the peer's hello makes it chunked framing. Raises FramingError."""
    try:
        root = xmlio.parse(message)
    except RpcError as error:
        raise FramingError(str(error)) from None
    offered = {xmlio.text(item) for item in root.iterfind(f"{nc('capabilities')}/{nc('capability')}")}
    if root.tag != nc("hello") or root.find(nc("session-id")) is not None:
        raise FramingError("the first message is not a client's hello")
    if not offered & {BASE_1_0, BASE_1_1}:
        raise FramingError("the peer speaks no version of NETCONF that is known here")
    return BASE_1_1 in offered


def _told(fault: Order, rpc: etree._Element) -> etree._Element:
    """The answer to what is not done: a refusal, or a lie."""
    reply = etree.Element(nc("rpc-reply"), nsmap=default(NC))
    reply.set("message-id", rpc.get("message-id", ""))
    if fault == "refuse":
        reply.append(to_xml(Fault(tag="operation-failed", message="told to refuse", type="application")))
    else:
        reads = len(rpc) == 1 and xmlio.local(rpc[0]) in ("get", "get-config")
        reply.append(etree.Element(nc("data" if reads else "ok")))
    return reply


def _passes(content: etree._Element, filter_: etree._Element, device: Served) -> bool:
    holder = etree.Element("holder")
    holder.append(etree.fromstring(etree.tostring(content)))
    return len(select(holder, filter_, device.schema)) > 0
