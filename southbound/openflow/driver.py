"""The driver of an OpenFlow switch: kinds flow, group and meter, by bundles.

OpenFlow has no confirmed commit: what undoes a change is kept here until it is confirmed, and is worked out against
what the switch then holds, so that it also mends a commit whose outcome is unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from intents.model.state import Difference, Observation
from intents.model.switch import COOKIE_PREFIX, FlowEntry, Resubmit
from southbound.driver import Capabilities, Counters, DeviceRefused
from southbound.openflow.bundle import BundleRefused, OpenBundle, commit, discard, stage
from southbound.openflow.change import Work, message, sort_out, towards
from southbound.openflow.channel import Channel, ChannelError, ChannelProvider, Refusal
from southbound.openflow.conversation import Conversation
from southbound.openflow.counters import count
from southbound.openflow.dialect import Dialect, dialect, with_xid
from southbound.openflow.digest import digest
from southbound.openflow.encode import Op
from southbound.openflow.frame import encode
from southbound.openflow.reader import everything, room
from southbound.openflow.refused import Refused
from southbound.openflow.said import Decoded
from southbound.tap import Payload, payload, told


@dataclass(frozen=True, slots=True, kw_only=True)
class _Staged:
    """A change that the switch has checked and that is not in effect. bundle None: only meters change."""

    differences: tuple[Difference, ...]
    work: Work
    bundle: OpenBundle | None
    sent: Payload


class OpenFlowDriver(Conversation):
    """A switch by OpenFlow 1.4. deadline_s: for each exchange, and for the switch to connect.

    term: a number that later controllers have higher. Before a change the switch is asked to make us its master with
    it: so it takes no change from a controller that began earlier. None: it takes changes from whoever connects.
    """

    kinds = frozenset({"flow", "group", "meter"})

    def __init__(
        self,
        device: str,
        datapath_id: int,
        provider: ChannelProvider,
        *,
        deadline_s: float = 10.0,
        term: int | None = None,
    ) -> None:
        super().__init__(device, datapath_id, provider, deadline_s=deadline_s, term=term)
        self._counted = Decoded()
        self._staged: _Staged | None = None
        self._undo: dict[str, tuple[Difference, ...]] = {}
        self._has_nicira: bool | None = None

    def probe(self) -> Capabilities:
        """Connects, and tries what Clearway needs in a bundle that is thrown away. Raises DeviceUnreachable."""
        return self._session(self._probe)

    def observe(self) -> Observation:
        """Flow entries, groups and meters, ours or not; ports. Raises DeviceUnreachable, DeviceRefused."""
        return self._look(self._observe)

    def glance(self) -> str:
        """See Glancer: a digest of everything that the switch tells. Raises DeviceUnreachable, DeviceRefused."""
        return self._look(lambda talk, channel: digest(everything(talk, channel, self._deadline_s)))

    def observe_and_glance(self) -> tuple[Observation, str]:
        """See Glancer."""

        def work(talk: Dialect, channel: Channel) -> tuple[Observation, str]:
            frames = everything(talk, channel, self._deadline_s)
            return self._understood(talk, frames, has_nicira=self._nicira), digest(frames)

        return self._look(work)

    def count(self) -> Counters:
        """See Counting. Raises DeviceUnreachable, DeviceRefused."""
        return self._look(lambda talk, channel: count(talk, channel, self._deadline_s, self._counted))

    def prepare(self, differences: Sequence[Difference]) -> None:
        """Add new meters (nothing uses them yet) and stage the rest as a bundle. Raises DeviceRefused."""
        if self._staged is not None:
            self.revert("")
        self._staged = self._change(lambda talk, channel: self._stage(talk, channel, tuple(differences)))

    def commit(self, token: str, timeout_s: int) -> None:
        """Commit the bundle. There is no timer on the switch: timeout_s is not used.
        Raises DeviceRefused (nothing took effect), OutcomeUnknown."""
        del timeout_s
        staged = self._staged
        if staged is None:
            raise RuntimeError("commit without prepare")
        self._staged = None
        if staged.bundle is not None and not staged.bundle.channel.alive:
            staged = self._again(staged)
        earlier = self._undo.get(token, ())
        self._undo[token] = (*earlier, *staged.differences)
        try:
            if not self._committed(staged, last=False):  # the switch has forgotten the bundle, and nothing took effect
                self._committed(self._again(staged), last=True)
        except DeviceRefused:
            self._undo[token] = earlier
            raise

    def confirm(self, token: str) -> None:
        """Forget how to undo it."""
        self._undo.pop(token, None)

    def revert(self, token: str) -> None:
        """Discard what is staged; undo what was committed under this token. Idempotent. Raises DeviceUnreachable."""
        staged, self._staged = self._staged, None
        if staged is not None:
            self._change(lambda talk, channel: self._unstage(talk, channel, staged))
        if self._undo.get(token):
            self._change(lambda talk, channel: self._revert(talk, channel, self._undo[token]))
            del self._undo[token]

    @property
    def session(self) -> str:
        """See Fencing. The generation fences."""
        return ""

    def fence(self, past: Collection[str]) -> None:  # noqa: ARG002 - no session has to be ended
        """See Fencing: become the switch's master, so that it refuses a master of an earlier term (6.3.6)."""
        if self._term is not None:
            self._change(lambda *_: None)

    def close(self) -> None:
        """The session is the controller's; what is staged is discarded with as little ceremony as possible."""
        staged, self._staged = self._staged, None
        if staged is not None and staged.bundle is not None and staged.bundle.channel.alive:
            try:
                self._unstage(dialect(staged.bundle.channel.version), staged.bundle.channel, staged)
            except (ChannelError, DeviceRefused):
                return

    # Each of these runs inside _session or _change.

    def _probe(self, talk: Dialect, channel: Channel) -> Capabilities:
        features: set[str] = set()
        self._has_nicira = False
        try:
            tried = FlowEntry(table=0, priority=0, match=(), actions=(Resubmit(1),), cookie=COOKIE_PREFIX)
            bundle = stage(channel, [encode(talk, tried, Op.PUT)], self._deadline_s)
            discard(bundle, self._deadline_s)
            self._has_nicira = True
            features |= {"bundle", "nicira"}
        except BundleRefused as refused:
            if refused.index is not None:
                features.add("bundle")
            elif Refused(refusal=refused.refusal, difference=None).is_slave:
                # It takes nothing from us while another is its master; what it can do shows when we are.
                self._has_nicira = None
                features |= {"bundle", "nicira"}
        limits = room(talk, channel, self._deadline_s)
        features |= {kind for kind, what in (("meter", "meters"), ("group", "groups")) if what in limits}
        return Capabilities(
            device=self.device,
            protocol=talk.name,
            confirmed_commit=False,
            features=frozenset(features),
            limits=limits,
        )

    def _observe(self, talk: Dialect, channel: Channel) -> Observation:
        return self._read(talk, channel, has_nicira=self._nicira)

    @property
    def _nicira(self) -> bool:
        return True if self._has_nicira is None else self._has_nicira

    def _stage(self, talk: Dialect, channel: Channel, differences: tuple[Difference, ...]) -> _Staged:
        work = sort_out(differences)
        messages = [self._message(talk, d) for d in work.bundled]
        for difference in (*work.meters_added, *work.meters_modified):
            self._message(talk, difference)
        self._add_meters(talk, channel, work.meters_added)
        sent = payload(messages)
        try:
            bundle = self._staged_bundle(channel, messages, sent)
        except BundleRefused as refused:
            self._drop_meters(talk, channel, work.meters_added)
            raise self._refused(
                talk, channel, refused.refusal, _at(work.bundled, refused.index), work.bundled
            ) from refused
        return _Staged(differences=differences, work=work, bundle=bundle, sent=sent)

    def _staged_bundle(self, channel: Channel, messages: Sequence[bytes], sent: Payload) -> OpenBundle | None:
        if not messages:
            return None
        with told(self.device, "openflow", "bundle-add", sent):
            return stage(channel, messages, self._deadline_s)

    def _again(self, staged: _Staged) -> _Staged:
        """Stage once more on a session of now: the old one is gone, or the switch may have dropped the bundle."""

        def work(talk: Dialect, channel: Channel) -> _Staged:
            self._unstage(talk, channel, staged)
            return self._stage(talk, channel, staged.differences)

        return self._change(work)

    def _committed(self, staged: _Staged, *, last: bool) -> bool:
        """Commit; whether the switch still had the bundle."""
        return self._change(lambda talk, channel: self._commit(talk, channel, staged, last=last), unknown=True)

    def _commit(self, talk: Dialect, channel: Channel, staged: _Staged, *, last: bool) -> bool:
        modified = staged.work.meters_modified
        try:
            self._meters(talk, channel, modified)
            if staged.bundle is not None:
                with told(self.device, "openflow", "bundle-commit", staged.sent):
                    commit(staged.bundle, self._deadline_s)
        except (BundleRefused, DeviceRefused) as refused:
            back = [Difference(key=d.key, before=d.after, after=d.before) for d in modified]
            self._send(talk, channel, back)
            if isinstance(refused, BundleRefused) and refused.gone and not last:
                return False
            self._unstage(talk, channel, staged)
            if isinstance(refused, DeviceRefused):
                raise
            asked = staged.work.bundled
            raise self._refused(talk, channel, refused.refusal, _at(asked, refused.index), asked) from refused
        self._send(talk, channel, staged.work.meters_removed)  # nothing uses them any more
        return True

    def _unstage(self, talk: Dialect, channel: Channel, staged: _Staged) -> None:
        if staged.bundle is not None and staged.bundle.channel is channel:
            discard(staged.bundle, self._deadline_s)
        self._drop_meters(talk, channel, staged.work.meters_added)

    def _revert(self, talk: Dialect, channel: Channel, differences: tuple[Difference, ...]) -> None:
        now = self._read(talk, channel).state.objects
        work = sort_out(towards(talk, differences, now))
        self._meters(talk, channel, (*work.meters_added, *work.meters_modified))
        messages = [message(talk, d) for d in work.bundled]
        if messages:
            try:
                with told(self.device, "openflow", "bundle-commit", messages):
                    commit(stage(channel, messages, self._deadline_s), self._deadline_s)
            except BundleRefused as refused:
                raise self._refused(talk, channel, refused.refusal, _at(work.bundled, refused.index)) from refused
        self._send(talk, channel, work.meters_removed)

    # Meters: outside of bundles.

    def _add_meters(self, talk: Dialect, channel: Channel, added: Sequence[Difference]) -> None:
        """Add all or none: a meter that was refused may be somebody else's, and stays."""
        refusals = self._send(talk, channel, added)
        refused = [(r, d) for r, d in zip(refusals, added, strict=True) if r is not None]
        if refused:
            self._drop_meters(talk, channel, [d for r, d in zip(refusals, added, strict=True) if r is None])
            raise self._refused(talk, channel, *refused[0], added)

    def _drop_meters(self, talk: Dialect, channel: Channel, added: Sequence[Difference]) -> None:
        self._send(talk, channel, [Difference(key=d.key, before=d.after, after=None) for d in added])

    def _meters(self, talk: Dialect, channel: Channel, listed: Sequence[Difference]) -> None:
        """Add, modify or remove meters. Raises DeviceRefused for the first that the switch does not take."""
        for difference, refusal in zip(listed, self._send(talk, channel, listed), strict=True):
            if refusal is not None:
                raise self._refused(talk, channel, refusal, difference, listed)

    def _send(self, talk: Dialect, channel: Channel, listed: Sequence[Difference]) -> list[Refusal | None]:
        if not listed:
            return []
        xids = [channel.next_xid() for _ in listed]
        frames = [with_xid(message(talk, d), xid) for d, xid in zip(listed, xids, strict=True)]
        with told(self.device, "openflow", "meter-mod", frames):
            refusals = channel.transact(frames, self._deadline_s).refusals
        return [refusals.get(xid) for xid in xids]


def _at(listed: Sequence[Difference], index: int | None) -> Difference | None:
    return None if index is None else listed[index]
