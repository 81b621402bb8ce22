"""The Open_vSwitch database, as far as queues need it: a few tables in memory and RFC 7047's transactions on them.

Values stay in JSON notation, in one form: a set of one element is that element, elements and pairs are sorted.
ovs-vswitchd is played too: cur_cfg follows next_cfg when a transaction is through.
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Callable
from typing import Any, Final

NAME: Final = "Open_vSwitch"
_INTEGER: Final[dict[str, Any]] = {"type": "integer"}
_STRING: Final[dict[str, Any]] = {"type": "string"}
_MAP: Final[dict[str, Any]] = {"type": {"key": "string", "value": "string", "min": 0, "max": "unlimited"}}
_OPTIONAL: Final[dict[str, Any]] = {"type": {"key": "string", "min": 0, "max": 1}}
_NUMBER: Final[dict[str, Any]] = {"type": {"key": "integer", "min": 0, "max": 1}}


def _reference(table: str, most: int | str) -> dict[str, Any]:
    return {"type": {"key": {"type": "uuid", "refTable": table}, "min": 0, "max": most}}


TABLES: Final[dict[str, dict[str, Any]]] = {
    "Open_vSwitch": {
        "bridges": _reference("Bridge", "unlimited"),
        "next_cfg": _INTEGER,
        "cur_cfg": _INTEGER,
        "external_ids": _MAP,
        "ovs_version": _OPTIONAL,
    },
    "Bridge": {
        "name": _STRING,
        "datapath_id": _OPTIONAL,
        "ports": _reference("Port", "unlimited"),
        "external_ids": _MAP,
        "other_config": _MAP,
    },
    "Port": {
        "name": _STRING,
        "interfaces": _reference("Interface", "unlimited"),
        "qos": _reference("QoS", 1),
        "external_ids": _MAP,
    },
    "Interface": {"name": _STRING, "type": _STRING, "ofport": _NUMBER, "external_ids": _MAP},
    "QoS": {
        "type": _STRING,
        "other_config": _MAP,
        "external_ids": _MAP,
        "queues": {
            "type": {"key": "integer", "value": {"type": "uuid", "refTable": "Queue"}, "min": 0, "max": "unlimited"}
        },
    },
    "Queue": {"dscp": _NUMBER, "other_config": _MAP, "external_ids": _MAP},
}
_REFERENCES: Final = (("Bridge", "ports", "Port"), ("Port", "qos", "QoS"), ("QoS", "queues", "Queue"))

Row = dict[str, Any]
Rows = dict[str, dict[str, Row]]  # table -> UUID -> row


class TransactionError(Exception):
    """An operation failed: RFC 7047's error string and details."""

    def __init__(self, error: str, details: str = "") -> None:
        super().__init__(error)
        self.result = {"error": error, "details": details}


def normal(value: Any) -> Any:
    """A value in its one form."""
    if isinstance(value, list) and value[:1] == ["set"]:
        elements = sorted(value[1], key=json.dumps)
        return elements[0] if len(elements) == 1 else ["set", elements]
    if isinstance(value, list) and value[:1] == ["map"]:
        return ["map", sorted(value[1], key=json.dumps)]
    return value


def elements(value: Any) -> list[Any]:
    """Elements of a set, or pairs of a map."""
    return list(value[1]) if isinstance(value, list) and value[:1] in (["set"], ["map"]) else [value]


class Database:
    """One bridge br0 with these ports, and what transactions make of it."""

    def __init__(self, datapath_id: int, ports: tuple[int, ...]) -> None:
        self._rows: Rows = {table: {} for table in TABLES}
        references = []
        for number in ports:
            interface = self._insert(self._rows, "Interface", {"name": f"p{number}", "ofport": number})
            port = {"name": f"p{number}", "interfaces": ["uuid", interface]}
            references.append(["uuid", self._insert(self._rows, "Port", port)])
        bridge = {"name": "br0", "datapath_id": f"{datapath_id:016x}", "ports": normal(["set", references])}
        bridge_id = self._insert(self._rows, "Bridge", bridge)
        self._insert(self._rows, "Open_vSwitch", {"bridges": ["uuid", bridge_id], "ovs_version": "soft"})

    @staticmethod
    def schema() -> dict[str, Any]:
        """The part of the schema that there is."""
        return {
            "name": NAME,
            "version": "8.3.1",
            "tables": {table: {"columns": columns} for table, columns in TABLES.items()},
        }

    def transact(self, operations: list[Row], owned: frozenset[str] = frozenset()) -> list[Any]:
        """Results, as RFC 7047, 4.1.3 has them; everything is taken or nothing is. owned: locks of who asks."""
        rows = copy.deepcopy(self._rows)
        named: dict[str, str] = {
            o["uuid-name"]: str(uuid.uuid4()) for o in operations if o.get("op") == "insert" and "uuid-name" in o
        }
        results: list[Any] = []
        for operation in operations:
            try:
                if operation["op"] == "assert":
                    results.append(_assert(operation["lock"], owned))
                    continue
                results.append(self._operate(rows, _resolve(operation, named), named))
            except TransactionError as error:
                return [*results, error.result, *[None] * (len(operations) - len(results) - 1)]
            except (KeyError, TypeError, ValueError, IndexError) as error:
                broken = TransactionError("syntax error", repr(error)).result
                return [*results, broken, *[None] * (len(operations) - len(results) - 1)]
        try:
            _check_references(rows)
        except TransactionError as error:
            return [*results, error.result]
        for root in rows["Open_vSwitch"].values():
            root["cur_cfg"] = root["next_cfg"]
        self._rows = rows
        return results

    def _operate(self, rows: Rows, operation: Row, named: dict[str, str]) -> Any:
        kind = operation["op"]
        if kind == "comment":
            return {}
        if kind == "abort":
            raise TransactionError("aborted")
        if kind not in {"insert", "select", "update", "mutate", "delete", "wait"}:
            raise TransactionError("not supported", str(kind))
        table = operation["table"]
        if table not in TABLES:
            raise TransactionError("unknown table", table)
        if kind == "insert":
            name = operation.get("uuid-name")
            chosen = named.get(name) if name is not None else None
            return {"uuid": ["uuid", self._insert(rows, table, operation["row"], chosen)]}
        held = rows[table]
        found = [u for u, row in held.items() if _matches(u, row, operation["where"])]
        if kind == "select":
            return {"rows": [_shown(u, held[u], operation.get("columns")) for u in found]}
        if kind == "wait":
            _wait(held, found, operation)
            return {}
        for row_id in found:
            _alter(table, held, row_id, operation)
        return {"count": len(found)}

    @staticmethod
    def _insert(rows: Rows, table: str, row: Row, row_id: str | None = None) -> str:
        row_id = row_id or str(uuid.uuid4())
        empty = {column: _default(kind["type"]) for column, kind in TABLES[table].items()}
        rows[table][row_id] = empty | {c: normal(v) for c, v in _known(table, row).items()}
        return row_id


def _assert(lock: str, owned: frozenset[str]) -> Row:
    if lock not in owned:
        raise TransactionError("not owner", f"the lock {lock} is another's")
    return {}


def _alter(table: str, held: dict[str, Row], row_id: str, operation: Row) -> None:
    """Delete, update or mutate one row."""
    if operation["op"] == "delete":
        del held[row_id]
    elif operation["op"] == "update":
        held[row_id] |= {c: normal(v) for c, v in _known(table, operation["row"]).items()}
    else:
        for column, mutator, value in operation["mutations"]:
            held[row_id][column] = _mutated(held[row_id][column], mutator, value)


def _default(kind: Any) -> Any:
    if isinstance(kind, dict):
        return ["map", []] if "value" in kind else ["set", []]
    return 0 if kind == "integer" else ""


def _known(table: str, row: Row) -> Row:
    for column in row:
        if column not in TABLES[table]:
            raise TransactionError("unknown column", f"{table} has no column {column}")
    return row


def _resolve(value: Any, named: dict[str, str]) -> Any:
    """The value with named UUIDs replaced by those that their rows will have."""
    if isinstance(value, list):
        if len(value) == 2 and value[0] == "named-uuid":
            return ["uuid", named[value[1]]] if value[1] in named else value
        return [_resolve(v, named) for v in value]
    return {k: _resolve(v, named) for k, v in value.items()} if isinstance(value, dict) else value


def _column(row_id: str, row: Row, column: str) -> Any:
    if column == "_uuid":
        return ["uuid", row_id]
    if column not in row:
        raise TransactionError("unknown column", column)
    return row[column]


def _shown(row_id: str, row: Row, columns: list[str] | None) -> Row:
    return {c: _column(row_id, row, c) for c in columns or ["_uuid", *row]}


_FUNCTIONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": lambda held, asked: bool(held == asked),
    "!=": lambda held, asked: bool(held != asked),
    "<": lambda held, asked: bool(held < asked),
    "<=": lambda held, asked: bool(held <= asked),
    ">": lambda held, asked: bool(held > asked),
    ">=": lambda held, asked: bool(held >= asked),
    "includes": lambda held, asked: all(e in elements(held) for e in elements(asked)),
    "excludes": lambda held, asked: not any(e in elements(held) for e in elements(asked)),
}


def _matches(row_id: str, row: Row, where: list[Any]) -> bool:
    return all(_FUNCTIONS[f](_column(row_id, row, c), normal(value)) for c, f, value in where)


def _wait(rows: dict[str, Row], found: list[str], operation: Row) -> None:
    columns = operation["columns"]
    held = sorted(json.dumps(_shown(u, rows[u], columns), sort_keys=True) for u in found)
    asked = sorted(json.dumps({c: normal(v) for c, v in r.items()}, sort_keys=True) for r in operation["rows"])
    if (held == asked) != (operation["until"] == "=="):
        raise TransactionError("timed out", "a wait was not met")  # nobody else changes anything meanwhile


def _mutated(held: Any, mutator: str, value: Any) -> Any:
    if mutator in {"+=", "-="}:
        return held + value if mutator == "+=" else held - value
    is_map = isinstance(held, list) and held[:1] == ["map"]
    asked = elements(value)
    if mutator == "insert":
        keys = [e[0] for e in elements(held)] if is_map else []
        new = [e for e in asked if (e[0] not in keys if is_map else e not in elements(held))]
        return normal([held[0] if is_map else "set", [*elements(held), *new]])
    if mutator == "delete":
        by_key = is_map and not (isinstance(value, list) and value[:1] == ["map"])
        kept = [e for e in elements(held) if (e[0] if by_key else e) not in asked]
        return normal([held[0] if is_map else "set", kept])
    raise TransactionError("not supported", mutator)


def _check_references(rows: Rows) -> None:
    for table, column, target in _REFERENCES:
        for row in rows[table].values():
            is_map = isinstance(row[column], list) and row[column][:1] == ["map"]
            for element in elements(row[column]):
                reference = element[1] if is_map else element
                if reference[1] not in rows[target]:
                    raise TransactionError("referential integrity violation", f"{table}.{column} to {target}")
