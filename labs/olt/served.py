"""What a NETCONF session needs of the OLT behind it: labs/olt/device.py is one, labs/lightolt another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from lxml import etree

from labs.faults import Faults
from labs.olt.commit import Request
from labs.olt.datastore import TestOption
from labs.olt.deviating import Limits
from labs.olt.edit import DefaultOperation
from labs.olt.events import Events
from labs.olt.locks import DatastoreName, Locks
from labs.olt.manners import Fault, Profile
from labs.olt.schema import Schema
from labs.olt.validate import WithDefaults

if TYPE_CHECKING:
    from labs.olt.device import Client


class Served(Protocol):
    """An OLT by name. Everything that is refused is an RpcError. reboots: whoever is to be told that all sessions are
    lost."""

    name: str
    profile: Profile
    faults: Faults[Fault]
    reboots: list[Callable[[], None]]
    asked: Counter[str]
    schema: Schema
    events: Events
    locks: Locks
    limits: Limits

    async def reboot(self, *, empty: bool) -> None:
        """Lose all sessions, locks and what was not saved."""

    async def operational(self, mode: WithDefaults, filter_: etree._Element | None) -> etree._Element:
        """Running and state, as much of it as the filter may select; a new tree."""

    async def with_defaults(self, datastore: DatastoreName, mode: WithDefaults) -> etree._Element:
        """A datastore's tree, not to be changed."""

    async def edit(self, client: Client, edit: etree._Element, default: DefaultOperation, test: TestOption) -> None:
        """edit-config of the candidate."""

    async def edit_running(
        self, client: Client, edit: etree._Element, default: DefaultOperation, test: TestOption
    ) -> None:
        """edit-config of running."""

    async def save(self, client: Client) -> None:
        """copy-config from running to startup."""

    async def erase(self, client: Client) -> None:
        """delete-config of startup."""

    async def copy_to_candidate(self, client: Client, config: etree._Element | None) -> None:
        """copy-config: a whole configuration, or running, becomes the candidate."""

    async def validate(self, datastore: DatastoreName | None, config: etree._Element | None = None) -> None:
        """validate: a datastore, or a whole configuration."""

    async def commit(self, client: Client, request: Request) -> None:
        """Commit."""

    async def cancel_commit(self, client: Client, persist_id: str | None) -> None:
        """cancel-commit."""

    async def discard(self, client: Client) -> None:
        """discard-changes."""

    async def lock(self, client: Client, datastore: DatastoreName) -> None:
        """Lock."""

    async def unlock(self, client: Client, datastore: DatastoreName) -> None:
        """Unlock."""

    async def session_ended(self, session: int) -> None:
        """A session is gone, however."""
