"""One session with a controller: messages in, messages out. No sockets here.

Bundles (OpenFlow 1.4.0, 7.3.9; ONF EXT-230 in 1.3): a message is looked at alone when it is added, and against the
tables when the bundle is committed. As Open vSwitch does it, a message refused at the addition is not in the bundle
and does not fail the commit, meter_mod cannot be in one, and an error at the commit takes everything back.
"""

from __future__ import annotations

import struct
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from labs.faults import Faults
from labs.softswitch import multipart, rules, wire
from labs.softswitch.manners import NO_ROOM, Fault, names_of
from labs.softswitch.multipart import Identity
from labs.softswitch.pipeline import Pipeline, parse_flow_mod
from labs.softswitch.wire import BAD_REQUEST, BUNDLE_FAILED, OpenFlowError

_VERSIONS: Final = (1 << wire.V13) | (1 << wire.V14)
_BUNDLE_MOST: Final = 500_000
_MASTER: Final = 2
_SLAVE: Final = 3
_CHANGES: Final = frozenset({wire.FLOW_MOD, wire.GROUP_MOD, wire.METER_MOD, wire.BUNDLE_CONTROL, wire.BUNDLE_ADD})


@dataclass(slots=True)
class Switch:
    """What outlives a session: who the switch is, its tables, and whom it takes for its master."""

    identity: Identity
    held: Pipeline = field(default_factory=Pipeline)
    generation: int | None = None  # of the last controller that was made master
    faults: Faults[Fault] = field(default_factory=Faults)
    asked: Counter[str] = field(default_factory=Counter)  # what was sent to it, by name, since it was started
    turn: threading.Lock = field(default_factory=threading.Lock)  # of the sessions, one for each controller
    roles: dict[Session, int] = field(default_factory=dict)
    told: Callable[[dict[str, int]], None] = lambda _: None  # of each change that took effect

    def empty(self) -> None:
        """As after a power cut: it holds nothing, and takes anybody for its master."""
        self.held = Pipeline()
        self.generation = None


@dataclass(slots=True)
class _Bundle:
    closed: bool = False
    messages: list[bytes] = field(default_factory=list)


class Closed(Exception):
    """The session cannot go on."""


def _is_bundle(kind: int, body: bytes) -> bool:
    """In OpenFlow 1.3, where bundles are an extension."""
    return kind == wire.EXPERIMENTER and body[:4] == struct.pack("!I", wire.ONF)


class Session:
    """Feed it the controller's messages, one at a time; it answers by `send`."""

    def __init__(self, switch: Switch, send: Callable[[bytes], None]) -> None:
        self._switch = switch
        self._send = send
        self._version = 0  # not negotiated yet
        self._bundles: dict[int, _Bundle] = {}
        self._is_hanging = False

    def hello(self) -> None:
        """Say hello with the versions that we speak."""
        self._send(wire.frame(wire.V14, wire.HELLO, 0, struct.pack("!HHI", 1, 8, _VERSIONS)))

    def receive(self, frame: bytes) -> None:
        """Handle one message. Raises Closed."""
        with self._switch.turn:
            self._receive(frame)

    def end(self) -> None:
        """The controller is gone."""
        with self._switch.turn:
            self._switch.roles.pop(self, None)

    def _receive(self, frame: bytes) -> None:
        version, kind, _, xid = wire.HEADER.unpack_from(frame)
        body = frame[wire.HEADER.size :]
        if kind == wire.HELLO:
            self._negotiate(version, xid, body)
            return
        if self._is_hanging:
            return
        names = names_of(kind, body)
        self._switch.asked.update(names - {"*"})
        fault = self._switch.faults.due(names)
        try:
            if version != self._version:
                raise OpenFlowError(BAD_REQUEST, 0)
            if fault is None:
                self._dispatch(kind, xid, body)
            else:
                self._misbehave(fault, kind, xid, body)
        except OpenFlowError as error:
            self._error(error, xid, frame)

    def _misbehave(self, fault: Fault, kind: int, xid: int, body: bytes) -> None:
        """Do as ordered. Raises Closed, OpenFlowError."""
        match fault:
            case "refuse":
                self._refuse(kind, body)
            case "hang":
                self._is_hanging = True
            case "lie":
                kept, self._switch.held = self._switch.held, self._switch.held.copy()
                self._dispatch(kind, xid, body)
                self._switch.held = kept
            case "lose-reply":
                said, self._send = self._send, lambda _: None
                try:
                    self._dispatch(kind, xid, body)
                finally:
                    self._send = said
                raise Closed
            case "reboot-empty":
                self._switch.empty()
                raise Closed
            case "drop":
                raise Closed

    def _refuse(self, kind: int, body: bytes) -> None:
        """For lack of room. Of a commit Open vSwitch says first which message failed. Raises OpenFlowError."""
        names = names_of(kind, body)
        if "bundle-add" in names:
            raise OpenFlowError(*NO_ROOM[wire.BUNDLE_ADD])
        if "bundle-commit" not in names:
            raise OpenFlowError(*NO_ROOM.get(kind, (BUNDLE_FAILED, 12)))
        (bundle_id,) = struct.unpack_from("!I", body, 8 if kind == wire.EXPERIMENTER else 0)
        bundle = self._bundles.pop(bundle_id, _Bundle())
        for message in bundle.messages[:1]:
            _, inner, _, xid = wire.HEADER.unpack_from(message)
            self._error(OpenFlowError(*NO_ROOM[inner]), xid, message)
        raise OpenFlowError(BUNDLE_FAILED, 13)

    def _negotiate(self, version: int, xid: int, body: bytes) -> None:
        theirs = sum(1 << v for v in range(version + 1))
        if len(body) >= 8 and body[:2] == b"\0\1":
            theirs = int.from_bytes(body[4:8], "big")
        common = theirs & _VERSIONS
        if not common:
            self._send(wire.frame(wire.V14, wire.ERROR, xid, struct.pack("!HH", 0, 0) + b"OpenFlow 1.3 or 1.4"))
            raise Closed
        self._version = common.bit_length() - 1

    def _reply(self, kind: int, xid: int, body: bytes = b"") -> None:
        self._send(wire.frame(self._version, kind, xid, body))

    def _error(self, error: OpenFlowError, xid: int, about: bytes) -> None:
        head = struct.pack("!HH", error.kind, error.code)
        if error.kind == BUNDLE_FAILED and self._version == wire.V13:  # as an experimenter's error, EXT-230
            head = struct.pack("!HHI", 0xFFFF, 2300 + error.code, wire.ONF)
        self._send(wire.frame(self._version or wire.V14, wire.ERROR, xid, head + about[:64]))

    def _dispatch(self, kind: int, xid: int, body: bytes) -> None:
        if self._switch.roles.get(self) == _SLAVE and (kind in _CHANGES or _is_bundle(kind, body)):
            raise OpenFlowError(BAD_REQUEST, 10)
        match kind:
            case wire.ECHO_REQUEST:
                self._reply(wire.ECHO_REPLY, xid, body)
            case wire.FEATURES_REQUEST:
                identity = self._switch.identity
                features = struct.pack("!QIBB2xII", identity.datapath_id, 0, rules.TABLES, 0, 0x4F, 0)
                self._reply(wire.FEATURES_REPLY, xid, features)
            case wire.GET_CONFIG_REQUEST:
                self._reply(wire.GET_CONFIG_REPLY, xid, struct.pack("!HH", 0, 128))
            case wire.ROLE_REQUEST:
                self._reply(wire.ROLE_REPLY, xid, self._role(body))
            case wire.BARRIER_REQUEST:
                self._reply(wire.BARRIER_REPLY, xid)
            case wire.MULTIPART_REQUEST:
                self._multipart(xid, body)
            case wire.FLOW_MOD | wire.GROUP_MOD | wire.METER_MOD:
                self._switch.held.change(kind, body, self._version)
                self._tell(1)
            case wire.BUNDLE_CONTROL if self._version >= wire.V14:
                self._bundle_control(xid, body, b"")
            case wire.BUNDLE_ADD if self._version >= wire.V14:
                self._bundle_add(xid, body)
            case wire.EXPERIMENTER:
                self._experimenter(xid, body)
            case wire.ERROR | wire.ECHO_REPLY | wire.SET_CONFIG | wire.PACKET_OUT:
                return
            case _:
                raise OpenFlowError(BAD_REQUEST, 1)

    def _role(self, body: bytes) -> bytes:
        """Whoever asks gets the role, unless a later controller had it (OpenFlow 1.4.0, 6.3.6)."""
        if len(body) < 16:
            raise OpenFlowError(BAD_REQUEST, 6)
        role, generation = struct.unpack_from("!I4xQ", body)
        if role in {2, 3}:
            last = self._switch.generation
            if last is not None and (generation - last) % 2**64 >= 2**63:
                raise OpenFlowError(wire.ROLE_REQUEST_FAILED, 0)
            self._switch.generation = generation
        if role == _MASTER:
            self._switch.roles |= {s: _SLAVE for s, r in self._switch.roles.items() if r == _MASTER}
        self._switch.roles[self] = role
        return struct.pack("!I4xQ", role, self._switch.generation or 0)

    def _experimenter(self, xid: int, body: bytes) -> None:
        if self._version == wire.V13 and body[:8] == struct.pack("!II", wire.ONF, 2300):
            self._bundle_control(xid, body[8:], body[:8])
        elif self._version == wire.V13 and body[:8] == struct.pack("!II", wire.ONF, 2301):
            self._bundle_add(xid, body[8:])
        else:
            raise OpenFlowError(BAD_REQUEST, 3)

    def _multipart(self, xid: int, body: bytes) -> None:
        kind, bodies = multipart.answer(self._switch.identity, self._switch.held, self._version, body)
        for index, part in enumerate(bodies):
            more = index + 1 < len(bodies)
            self._reply(wire.MULTIPART_REPLY, xid, struct.pack("!HH4x", kind, int(more)) + part)

    # Bundles

    def _bundle_control(self, xid: int, body: bytes, extension: bytes) -> None:
        if len(body) < 8:
            raise OpenFlowError(BAD_REQUEST, 6)
        bundle_id, what, flags = struct.unpack_from("!IHH", body)
        if what == 0:
            if bundle_id in self._bundles:
                raise OpenFlowError(BUNDLE_FAILED, 2)
            self._bundles[bundle_id] = _Bundle()
        elif what not in {2, 4, 6}:
            raise OpenFlowError(BUNDLE_FAILED, 6)
        elif bundle_id not in self._bundles:
            raise OpenFlowError(BUNDLE_FAILED, 2)
        elif what == 2:
            self._bundles[bundle_id].closed = True
        else:
            bundle = self._bundles.pop(bundle_id)
            if what == 4:
                self._commit(bundle)
        kind = wire.EXPERIMENTER if extension else wire.BUNDLE_CONTROL
        self._reply(kind, xid, extension + struct.pack("!IHH", bundle_id, what + 1, flags))

    def _bundle_add(self, xid: int, body: bytes) -> None:
        if len(body) < 16:
            raise OpenFlowError(BUNDLE_FAILED, 8)
        bundle_id, _ = struct.unpack_from("!I2xH", body)
        _, kind, length, inner_xid = wire.HEADER.unpack_from(body, 8)
        if inner_xid != xid:
            raise OpenFlowError(BUNDLE_FAILED, 9)
        if length < wire.HEADER.size or length > len(body) - 8:
            raise OpenFlowError(BUNDLE_FAILED, 8)
        if kind not in {wire.FLOW_MOD, wire.GROUP_MOD}:
            raise OpenFlowError(BUNDLE_FAILED, 10)
        message = body[8 : 8 + length]
        if kind == wire.FLOW_MOD:
            parse_flow_mod(message[wire.HEADER.size :], self._version)
        bundle = self._bundles.setdefault(bundle_id, _Bundle())
        if bundle.closed:
            raise OpenFlowError(BUNDLE_FAILED, 4)
        if len(bundle.messages) >= _BUNDLE_MOST:
            raise OpenFlowError(BUNDLE_FAILED, 12)
        bundle.messages.append(message)

    def _commit(self, bundle: _Bundle) -> None:
        tried = self._switch.held.copy()
        for message in bundle.messages:
            _, kind, _, xid = wire.HEADER.unpack_from(message)
            try:
                tried.change(kind, message[wire.HEADER.size :], self._version)
            except OpenFlowError as error:
                self._error(error, xid, message)
                raise OpenFlowError(BUNDLE_FAILED, 13) from error
        self._switch.held = tried
        self._tell(len(bundle.messages))

    def _tell(self, messages: int) -> None:
        self._switch.told({"generation": self._switch.generation or 0, "messages": messages})
