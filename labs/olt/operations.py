"""The operations of NETCONF (RFC 6241 section 7, RFC 5277, RFC 6022): from a request's element to what is done.

An operation returns the children of its reply; none of them means <ok/>.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal, Protocol, cast

from lxml import etree

from labs.olt import deviating
from labs.olt.commit import Request
from labs.olt.datastore import TestOption
from labs.olt.device import Client
from labs.olt.edit import DefaultOperation
from labs.olt.errors import refuse
from labs.olt.manners import Part
from labs.olt.monitoring import server_state
from labs.olt.names import NC, NCM, NTF, default, nc
from labs.olt.params import Params, bad
from labs.olt.served import Served
from labs.olt.subtree import select
from labs.olt.xmlio import local, namespace


class Caller(Protocol):
    """What an operation needs of the session that asks, and of the others."""

    client: Client
    device: Served

    def subscribe(self, filter_: etree._Element | None) -> None:
        """Send notifications from here on. Raises RpcError."""

    def kill(self, session: int) -> None:
        """End another session. Raises RpcError."""

    def end(self) -> None:
        """End this session once it has its reply."""

    def sessions(self) -> list[tuple[Client, str]]:
        """All sessions, with their login times."""


Reply = list["etree._Element"]  # noqa: SLF001 - lxml gives its element no public name
Operation = Callable[[Caller, "etree._Element"], Awaitable[Reply]]  # noqa: SLF001 - the same


async def get(caller: Caller, operation: etree._Element) -> Reply:
    """get: running and state."""
    params = Params(operation, "filter", "with-defaults")
    filter_ = params.filter()
    data = await caller.device.operational(params.with_defaults(), filter_)
    data.extend(server_state(caller.device, caller.sessions()))
    return [_data(data, filter_, caller.device)]


async def get_config(caller: Caller, operation: etree._Element) -> Reply:
    """get-config."""
    params = _params(caller, operation, "source", "filter", "with-defaults")
    datastore = params.datastore("source")
    if datastore is None:
        raise bad("source", "get-config reads a datastore")
    data = await caller.device.with_defaults(datastore, params.with_defaults())
    return [_data(data, params.filter(), caller.device)]


async def edit_config(caller: Caller, operation: etree._Element) -> Reply:
    """edit-config. Whatever error-option says, an edit is done whole or not at all."""
    params = _params(caller, operation, "target", "default-operation", "test-option", "error-option", "config", "url")
    target = _target(caller, params)
    default = params.choice("default-operation", "merge", ("merge", "replace", "none"))
    test = params.choice("test-option", "test-then-set", ("test-then-set", "set", "test-only"))
    params.choice("error-option", "stop-on-error", ("stop-on-error", "continue-on-error", "rollback-on-error"))
    if params.flag("url"):
        raise refuse("operation-not-supported", "this OLT fetches no URLs", kind="protocol")
    config = params.needed("config")
    edit = caller.device.edit if target == "candidate" else caller.device.edit_running
    await edit(caller.client, config, cast("DefaultOperation", default), cast("TestOption", test))
    return []


async def copy_config(caller: Caller, operation: etree._Element) -> Reply:
    """copy-config into the candidate, or from running to startup; running takes only commits and edits."""
    params = _params(caller, operation, "target", "source", "with-defaults")
    if params.datastore("target") == "startup":
        if params.datastore("source") != "running":
            raise refuse("operation-not-supported", "startup is copied from running", kind="protocol")
        await caller.device.save(caller.client)
        return []
    if params.datastore("target") != "candidate":
        _target(caller, params)
        raise refuse("operation-not-supported", "running is not copied to", kind="protocol")
    source = params.datastore("source")
    if source == "candidate":
        raise refuse("invalid-value", "source and target are the same", kind="protocol")
    config = None if source == "running" else params.needed("source")[0]
    await caller.device.copy_to_candidate(caller.client, config)
    return []


async def delete_config(caller: Caller, operation: etree._Element) -> Reply:
    """delete-config: neither running nor the candidate can be deleted."""
    datastore = _params(caller, operation, "target").datastore("target")
    if datastore == "startup":
        await caller.device.erase(caller.client)
        return []
    raise refuse("invalid-value", f"{datastore} of {caller.device.name} cannot be deleted", kind="protocol")


async def lock(caller: Caller, operation: etree._Element) -> Reply:
    """Lock."""
    await caller.device.lock(caller.client, _params(caller, operation, "target").datastore("target") or "candidate")
    return []


async def unlock(caller: Caller, operation: etree._Element) -> Reply:
    """Unlock."""
    await caller.device.unlock(caller.client, _params(caller, operation, "target").datastore("target") or "candidate")
    return []


async def validate(caller: Caller, operation: etree._Element) -> Reply:
    """Validate."""
    _needs(caller, "validate", operation)
    params = _params(caller, operation, "source")
    datastore = params.datastore("source")
    config = params.needed("source")[0] if datastore is None else None
    await caller.device.validate(datastore, config)
    return []


async def commit(caller: Caller, operation: etree._Element) -> Reply:
    """commit, confirmed or not."""
    _needs(caller, "candidate", operation)
    params = Params(operation, "confirmed", "confirm-timeout", "persist", "persist-id")
    confirmed = params.flag("confirmed")
    for name in ("confirm-timeout", "persist"):
        if params.flag(name) and not confirmed:
            raise bad(name, f"{name} goes with confirmed")
    if confirmed or params.flag("persist-id"):
        _needs(caller, "confirmed-commit", operation)
    request = Request(
        user=(caller.client.session, caller.client.user),
        confirmed=confirmed,
        timeout_s=params.number("confirm-timeout", 600),
        persist=params.string("persist"),
        persist_id=params.string("persist-id"),
    )
    await caller.device.commit(caller.client, request)
    return []


async def cancel_commit(caller: Caller, operation: etree._Element) -> Reply:
    """cancel-commit."""
    _needs(caller, "confirmed-commit", operation)
    await caller.device.cancel_commit(caller.client, Params(operation, "persist-id").string("persist-id"))
    return []


async def discard_changes(caller: Caller, operation: etree._Element) -> Reply:
    """discard-changes."""
    _needs(caller, "candidate", operation)
    Params(operation)
    await caller.device.discard(caller.client)
    return []


async def close_session(caller: Caller, operation: etree._Element) -> Reply:
    """close-session."""
    Params(operation)
    caller.end()
    return []


async def kill_session(caller: Caller, operation: etree._Element) -> Reply:
    """kill-session."""
    params = Params(operation, "session-id")
    params.needed("session-id")
    if caller.client.read_only:
        raise refuse("access-denied", f"{caller.client.user} may only read")
    caller.kill(params.number("session-id", 0))
    return []


async def create_subscription(caller: Caller, operation: etree._Element) -> Reply:
    """create-subscription to stream NETCONF, without replay."""
    params = Params(operation, "stream", "filter", "startTime", "stopTime", space=NTF)
    stream = params.string("stream") or "NETCONF"
    if stream != "NETCONF":
        raise refuse("invalid-value", f"there is no stream {stream}", kind="protocol")
    if params.flag("stopTime") and not params.flag("startTime"):
        raise refuse(
            "missing-element", "stopTime without startTime", kind="protocol", info=(("bad-element", "startTime"),)
        )
    if params.flag("startTime"):
        raise refuse("operation-failed", "the stream is not recorded: no replay", kind="protocol")
    caller.subscribe(params.filter())
    return []


async def get_schema(caller: Caller, operation: etree._Element) -> Reply:
    """get-schema: the text of a module."""
    params = Params(operation, "identifier", "version", "format", space=NCM)
    params.needed("identifier")
    identifier, version = params.string("identifier"), params.string("version")
    if params.choice("format", "yang", ("yang", "ncm:yang", "yin", "ncm:yin")).endswith("yin"):
        raise refuse("invalid-value", "modules are there as YANG only", kind="protocol")
    for module in caller.device.schema.modules:
        if module.name == identifier and version in (None, "", module.revision):
            data = etree.Element(f"{{{NCM}}}data", nsmap=default(NCM))
            data.text = module.path.read_text(encoding="utf-8")
            return [data]
    if caller.device.limits.limits and identifier == deviating.MODULE and version in (None, "", deviating.REVISION):
        data = etree.Element(f"{{{NCM}}}data", nsmap=default(NCM))
        data.text = caller.device.limits.text()
        return [data]
    raise refuse("invalid-value", f"no module {identifier} {version or ''}", kind="protocol")


OPERATIONS: Final[Mapping[str, Operation]] = {
    nc("get"): get,
    nc("get-config"): get_config,
    nc("edit-config"): edit_config,
    nc("copy-config"): copy_config,
    nc("delete-config"): delete_config,
    nc("lock"): lock,
    nc("unlock"): unlock,
    nc("validate"): validate,
    nc("commit"): commit,
    nc("cancel-commit"): cancel_commit,
    nc("discard-changes"): discard_changes,
    nc("close-session"): close_session,
    nc("kill-session"): kill_session,
    f"{{{NTF}}}create-subscription": create_subscription,
    f"{{{NCM}}}get-schema": get_schema,
}


async def perform(caller: Caller, operation: etree._Element) -> Reply:
    """Do what a request asks. Raises RpcError."""
    found = OPERATIONS.get(str(operation.tag))
    if found is None:
        name = local(operation)
        if namespace(operation) != NC:
            raise refuse("operation-not-supported", f"operation {name} is not known here", kind="protocol")
        info = (("bad-element", name),)
        raise refuse("operation-not-supported", f"there is no operation {name}", kind="protocol", info=info)
    return await found(caller, operation)


def _params(caller: Caller, operation: etree._Element, *known: str) -> Params:
    return Params(operation, *known, datastores=caller.device.profile.datastores)


def _needs(caller: Caller, part: Part, operation: etree._Element) -> None:
    """Refuse what this OLT was built without."""
    if not caller.device.profile.has(part):
        raise refuse("operation-not-supported", f"{local(operation)} needs :{part}", kind="protocol")


def _target(caller: Caller, params: Params) -> Literal["running", "candidate"]:
    """The datastore that is edited."""
    datastore = params.datastore("target")
    if datastore == "running" and not caller.device.profile.has("writable-running"):
        raise refuse(
            "operation-not-supported", "running changes by commit only (no :writable-running)", kind="protocol"
        )
    if datastore == "startup":
        raise refuse("operation-not-supported", "startup is copied to, not edited", kind="protocol")
    if datastore is None:
        raise bad("target", "the target is a datastore")
    return datastore


def _data(tree: etree._Element, filter_: etree._Element | None, device: Served) -> etree._Element:
    nsmap: Any = {**device.schema.prefixes, None: NC}  # the values' prefixes are those of the modules
    data = etree.Element(nc("data"), nsmap=nsmap)
    if filter_ is None:
        data.extend(copy.deepcopy(list(tree)))  # a datastore's tree stays
        return data
    return select(tree, filter_, device.schema, into=data)
