"""Talking to one switch: its session of the moment, our role there, and what goes wrong, in words.

Who derives from it passes `_session` and `_change` what is to be done with a session, and gets the driver's errors
instead of the channel's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from intents.model.diagnostic import Diagnostic
from intents.model.state import Difference, Observation
from southbound.driver import DeviceRefused, DeviceUnreachable, OutcomeUnknown
from southbound.openflow.change import message
from southbound.openflow.channel import Channel, ChannelError, ChannelLost, ChannelProvider, Refusal
from southbound.openflow.decode import Malformed
from southbound.openflow.dialect import Dialect, dialect, serialise
from southbound.openflow.oxm import CannotEncode
from southbound.openflow.reader import Frames, everything, understood
from southbound.openflow.refused import Refused, in_words, named, no_master
from southbound.openflow.said import Decoded

_T = TypeVar("_T")


class Conversation:
    """With a switch. deadline_s: for each exchange, and for the switch to connect. term: see OpenFlowDriver."""

    def __init__(
        self, device: str, datapath_id: int, provider: ChannelProvider, *, deadline_s: float, term: int | None
    ) -> None:
        self.device = device
        self._name = f"{device} (datapath 0x{datapath_id:x})"
        self._datapath_id = datapath_id
        self._provider = provider
        self._deadline_s = deadline_s
        self._term = term
        self._master_of: Channel | None = None
        self._decoded = Decoded()

    def _session(self, work: Callable[[Dialect, Channel], _T], *, unknown: bool = False) -> _T:
        """Do something on the session of now. unknown: if it is lost, nobody knows what the switch did.
        Raises DeviceUnreachable, DeviceRefused, OutcomeUnknown."""
        channel = self._provider.channel(self._datapath_id, self._deadline_s)
        try:
            return work(dialect(channel.version), channel)
        except ChannelError as error:
            kind = OutcomeUnknown if unknown else DeviceUnreachable
            raise kind(self._diagnostic("switch-down", f"the session with it was lost: {error}")) from error
        except Malformed as error:
            raise DeviceRefused(
                self._diagnostic("switch-answer-malformed", f"it answers what is not OpenFlow: {error}")
            ) from error

    def _look(self, work: Callable[[Dialect, Channel], _T]) -> _T:
        """The same, of what changes nothing: where the session ends meanwhile, it is asked again on the next one, once.
        The end may be an old one, of a switch that has restarted, that is noticed only now."""
        try:
            return self._session(work)
        except DeviceUnreachable as error:
            if not isinstance(error.__cause__, ChannelLost):
                raise
            return self._session(work)

    def _change(self, work: Callable[[Dialect, Channel], _T], *, unknown: bool = False) -> _T:
        """The same as the switch's master. Reading needs no role, so that a look costs nobody his."""

        def as_master(talk: Dialect, channel: Channel) -> _T:
            if self._term is not None and self._master_of is not channel:
                self._become_master(talk, channel, self._term)
                self._master_of = channel
            return work(talk, channel)

        return self._session(as_master, unknown=unknown)

    def _become_master(self, talk: Dialect, channel: Channel, term: int) -> None:
        xid = channel.next_xid()
        request = talk.parser.OFPRoleRequest(talk.datapath, talk.ofproto.OFPCR_ROLE_MASTER, term)
        refusal = channel.transact([serialise(request, xid)], self._deadline_s).refusals.get(xid)
        if refusal is not None:
            raise no_master(talk, self._name, refusal)

    def _read(self, talk: Dialect, channel: Channel, *, has_nicira: bool = True) -> Observation:
        return self._understood(talk, everything(talk, channel, self._deadline_s), has_nicira=has_nicira)

    def _understood(self, talk: Dialect, frames: Frames, *, has_nicira: bool = True) -> Observation:
        return understood(talk, frames, self.device, has_nicira=has_nicira, decoded=self._decoded)

    def _message(self, talk: Dialect, difference: Difference) -> bytes:
        """The frame that makes a difference. Raises DeviceRefused for what OpenFlow has no words for."""
        try:
            return message(talk, difference)
        except CannotEncode as error:
            raise DeviceRefused(
                self._diagnostic("object-not-writable", f"{named(difference)} cannot be written: {error}"),
                object_name=repr(difference.key),
            ) from error

    def _refused(
        self,
        talk: Dialect,
        channel: Channel,
        refusal: Refusal,
        difference: Difference | None,
        asked: Sequence[Difference] = (),
    ) -> DeviceRefused:
        """The error for a refusal, when nothing of what was asked for is in effect."""
        refused = Refused(refusal=refusal, difference=difference, asked=asked)
        if refused.is_slave:
            self._master_of = None  # asked for again before the next change
        held = None
        if refused.is_full:
            with contextlib.suppress(ChannelError, Malformed):
                held = self._read(talk, channel).state
        return in_words(talk, self._name, refused, held)

    def _diagnostic(self, code: str, text: str) -> Diagnostic:
        return Diagnostic(code=code, message=f"{self._name}: {text}")
