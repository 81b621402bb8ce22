"""The one protocol that a device family implements: probe, observe, prepare, commit, confirm, revert.

Blocking calls, one thread a driver at a time; the transaction runs drivers side by side. A driver touches only the
objects of the differences it is given. It never retries a change by itself: an unknown outcome is `OutcomeUnknown`,
and the caller reads back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from intents.model.diagnostic import ClearwayError, Diagnostic
from intents.model.state import Difference, ObjectKey, Observation


class DeviceError(ClearwayError):
    """A device is down, refuses, or answers what it should not. The diagnostic names the device and the object."""


class DeviceUnreachable(DeviceError):
    """No session: worth trying again later."""


class DeviceRefused(DeviceError):
    """The device understood and said no: trying again is of no use."""

    def __init__(self, *diagnostics: Diagnostic, object_name: str = "") -> None:
        super().__init__(*diagnostics)
        self.object_name = object_name  # so that the caller can find the intent that asked for it


class OutcomeUnknown(DeviceError):
    """The session was lost while a commit was under way: read back before anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """At most so many objects of these kinds together. what: as the device calls the list."""

    what: str
    kinds: frozenset[str]
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a device was probed to do."""

    device: str
    protocol: str  # "netconf 1.1", "openflow 1.4", "ovsdb"
    confirmed_commit: bool
    features: frozenset[str] = frozenset()
    limits: dict[str, int] = field(default_factory=dict)
    identity: str = ""  # changes when the device is another, or runs other software
    lacks: Mapping[str, str] = field(default_factory=dict)  # kinds of object that it cannot hold, and why
    rooms: tuple[Room, ...] = ()
    manners: Mapping[str, str] = field(default_factory=dict)  # what it was seen to do when it joined


@runtime_checkable
class Learner(Protocol):
    """A driver whose device says what it lacks, and whose manners are tried out when it joins."""

    device: str

    def recall(self, known: Capabilities) -> None:
        """What was found out earlier; it holds as long as the device is the same."""

    def probe(self) -> Capabilities:
        """See Driver. What the device says of itself, and what it was seen to do where that is known."""

    def learn(self) -> Capabilities:
        """The same, and what it does is tried out where that is not known: on something harmless, of ours.
        Raises DeviceUnreachable, DeviceRefused."""


@runtime_checkable
class Glancer(Protocol):
    """A driver that can tell for little whether what it observes is still the same."""

    device: str

    def glance(self) -> str | None:
        """Another text than at the last glance: observe again, something may have changed since the glance before.
        The same: nothing has. None: the device tells nothing by itself, only `observe` shows a change. Raises
        DeviceUnreachable, DeviceRefused."""

    def observe_and_glance(self) -> tuple[Observation, str | None]:
        """What `observe` gives, and what `glance` would have said of that very reading: what is changed during it, and
        changed back, must not look like nothing. Raises DeviceUnreachable, DeviceRefused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Bytes since the device began to count: by flow entry, received and sent by port."""

    flows: Mapping[ObjectKey, int] = field(default_factory=dict)
    received: Mapping[int, int] = field(default_factory=dict)
    sent: Mapping[int, int] = field(default_factory=dict)


@runtime_checkable
class Counting(Protocol):
    """A driver whose device counts what goes through it."""

    device: str

    def count(self) -> Counters:
        """As of now. Raises DeviceUnreachable, DeviceRefused."""


@runtime_checkable
class Fencing(Protocol):
    """A driver that keeps an earlier leader of several controllers from its device, should that one wake up again."""

    device: str

    @property
    def session(self) -> str:
        """What the device calls the session of now; "" where none is to be ended by its name."""

    def fence(self, past: Collection[str]) -> None:
        """From now on the device takes no change from whoever led before. past: sessions in which he made one.
        Raises DeviceUnreachable, DeviceRefused."""


class Driver(Protocol):
    """One device by one protocol. `kinds`: the object kinds (first item of the key) that it is responsible for."""

    device: str
    kinds: frozenset[str]

    def probe(self) -> Capabilities:
        """Connect if need be; what the device can do. Raises DeviceUnreachable."""

    def observe(self) -> Observation:
        """Read everything of `kinds`, also what is not ours."""

    def prepare(self, differences: Sequence[Difference]) -> None:
        """Stage and have the device check the change; nothing takes effect. Raises DeviceRefused, then nothing is
        staged. Differences come ordered: additions users last, removals users first."""

    def commit(self, token: str, timeout_s: int) -> None:
        """Make it take effect; by itself undone after timeout_s unless confirmed, where the device can do that.
        `token` names this change (persist-id). A change may be in parts, each prepared and committed under the same
        token: then it is undone and confirmed as one. Raises DeviceRefused (then nothing of this part took effect),
        OutcomeUnknown."""

    def confirm(self, token: str) -> None:
        """Keep it, from this session or a new one."""

    def revert(self, token: str) -> None:
        """Undo a staged or unconfirmed change. Idempotent; raises DeviceUnreachable."""

    def close(self) -> None:
        """Let go of the session and its threads."""
