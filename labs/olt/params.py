"""Parameters of an operation, read strictly: what is missing, unknown or wrong is an rpc-error that names it."""

from __future__ import annotations

from lxml import etree

from labs.olt.errors import RpcError, refuse
from labs.olt.locks import DatastoreName
from labs.olt.names import NC, WD, nc
from labs.olt.validate import WithDefaults
from labs.olt.xmlio import local, namespace, text

_DATASTORES: tuple[DatastoreName, ...] = ("running", "candidate", "startup")
_MODES: tuple[WithDefaults, ...] = ("report-all", "trim", "explicit")
_MAX_UINT32 = 2**32 - 1


class Params:
    """The children of an operation's element. Raises RpcError unknown-element for any that is not in `known`."""

    def __init__(
        self,
        operation: etree._Element,
        *known: str,
        space: str = NC,
        datastores: tuple[str, ...] = ("running", "candidate"),
    ) -> None:
        self._operation = operation
        self._datastores = datastores
        self._space = space
        allowed = {f"{{{space}}}{name}" for name in known} | {f"{{{WD}}}with-defaults"} & {
            f"{{{WD}}}{name}" for name in known
        }
        if "filter" in known:
            allowed.add(nc("filter"))  # ncclient sends it in NETCONF's namespace in create-subscription too
        for child in operation:
            if str(child.tag) not in allowed:
                where = local(operation)
                info = (("bad-element", local(child)),)
                raise refuse("unknown-element", f"{where} has no parameter {local(child)}", kind="protocol", info=info)

    def element(self, name: str) -> etree._Element | None:
        """A parameter; None where it is not given."""
        return self._operation.find(f"{{{self._space}}}{name}")

    def needed(self, name: str) -> etree._Element:
        """A parameter that must be given. Raises RpcError missing-element."""
        found = self.element(name)
        if found is None:
            raise missing(self._operation, name)
        return found

    def flag(self, name: str) -> bool:
        """Whether an empty parameter is given."""
        return self.element(name) is not None

    def string(self, name: str) -> str | None:
        """A parameter's text."""
        found = self.element(name)
        return None if found is None else text(found)

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of some words. Raises RpcError bad-element."""
        found = self.string(name)
        if found is not None and found not in allowed:
            raise bad(name, f"{name} is one of {', '.join(allowed)}, not {found!r}")
        return default if found is None else found

    def number(self, name: str, default: int) -> int:
        """A number from 1. Raises RpcError bad-element."""
        found = self.string(name)
        if found is None:
            return default
        if not found.isascii() or not found.isdigit() or not 1 <= int(found) <= _MAX_UINT32:
            raise bad(name, f"{name} is a number from 1 to {_MAX_UINT32}, not {found!r}")
        return int(found)

    def datastore(self, name: str) -> DatastoreName | None:
        """The datastore below `source` or `target`; None where it is a <config>. Raises RpcError."""
        holder = self.needed(name)
        if len(holder) != 1:
            raise missing(holder, "running") if len(holder) == 0 else bad(name, f"{name} names one datastore")
        given = holder[0]
        if given.tag == nc("config"):
            return None
        for datastore in _DATASTORES:
            if given.tag == nc(datastore) and datastore in self._datastores:
                return datastore
        if namespace(given) == NC and local(given) in (*_DATASTORES, "url"):
            raise refuse("operation-not-supported", f"this OLT has no {local(given)}", kind="protocol")
        info = (("bad-element", local(given)),)
        raise refuse("unknown-element", f"{local(given)} is no datastore", kind="protocol", info=info)

    def filter(self) -> etree._Element | None:
        """The subtree filter. Raises RpcError for any other kind."""
        found = self.element("filter")
        if found is None:
            found = self._operation.find(nc("filter"))
        if found is None:
            return None
        kind = found.get("type") or found.get(nc("type")) or "subtree"
        if kind != "subtree":
            info = (("bad-attribute", "type"), ("bad-element", "filter"))
            raise refuse("bad-attribute", f"filters of type {kind!r} are not supported", kind="protocol", info=info)
        return found

    def with_defaults(self) -> WithDefaults:
        """with-defaults (RFC 6243); explicit by default. Raises RpcError invalid-value."""
        found = self._operation.find(f"{{{WD}}}with-defaults")
        if found is None:
            return "explicit"
        for mode in _MODES:
            if mode == text(found):
                return mode
        raise refuse("invalid-value", f"with-defaults {text(found)!r} is not supported", kind="protocol")


def missing(parent: etree._Element, name: str) -> RpcError:
    """A parameter is not there."""
    info = (("bad-element", name),)
    return refuse("missing-element", f"{local(parent)} without {name}", kind="protocol", info=info)


def bad(name: str, why: str) -> RpcError:
    """A parameter is wrong."""
    return refuse("bad-element", why, kind="protocol", info=(("bad-element", name),))
