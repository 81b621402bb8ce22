"""What turns the queues of one port into others, as operations of one transaction.

QoS and Queue are root tables: rows that nothing refers to stay, so each is deleted when its last user goes. `wait`
operations make the transaction fail if somebody changed the port since it was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from intents.model.switch import PortQueue
from southbound.ovsdb.rows import OWNER_KEY, QOS_TYPE, Port

_OWNED: Final = ["map", [[OWNER_KEY, "1"]]]


def change_port(number: int, port: Port, wanted: Mapping[int, PortQueue]) -> list[dict[str, Any]]:
    """Operations that give the port these queues and no others; none where it has them. Its QoS, if any, is ours."""
    if dict(port.queues) == dict(wanted):
        return []
    here = _where(port.uuid)
    held = port.qos
    operations: list[dict[str, Any]] = [
        _wait("Port", here, "qos", ["uuid", held.uuid] if held else ["set", []]),
    ]
    if held is not None:
        links = [[q, ["uuid", u]] for q, u in sorted(held.queues.items())]
        operations.append(_wait("QoS", _where(held.uuid), "queues", ["map", links]))
    if not wanted:
        operations.append({"op": "update", "table": "Port", "where": here, "row": {"qos": ["set", []]}})
        if held is not None:
            operations.append({"op": "delete", "table": "QoS", "where": _where(held.uuid)})
            operations += [_delete_queue(u) for u in held.queues.values()]
        return operations
    references: list[list[Any]] = []
    for queue_id, queue in sorted(wanted.items()):
        row = {"other_config": _config(queue), "external_ids": _OWNED}
        if held is not None and queue_id in held.queues:
            uuid = held.queues[queue_id]
            operations.append({"op": "update", "table": "Queue", "where": _where(uuid), "row": row})
            references.append([queue_id, ["uuid", uuid]])
        else:
            name = f"queue_{number}_{queue_id}"
            operations.append({"op": "insert", "table": "Queue", "row": row, "uuid-name": name})
            references.append([queue_id, ["named-uuid", name]])
    top = max(q.max_rate_bps for q in wanted.values())
    qos = {
        "type": QOS_TYPE,
        "other_config": ["map", [["max-rate", str(top)]]],
        "external_ids": _OWNED,
        "queues": ["map", references],
    }
    if held is None:
        name = f"qos_{number}"
        operations.append({"op": "insert", "table": "QoS", "row": qos, "uuid-name": name})
        operations.append({"op": "update", "table": "Port", "where": here, "row": {"qos": ["named-uuid", name]}})
    else:
        operations.append({"op": "update", "table": "QoS", "where": _where(held.uuid), "row": qos})
        operations += [_delete_queue(u) for q, u in sorted(held.queues.items()) if q not in wanted]
    return operations


def announce(comment: str) -> list[dict[str, Any]]:
    """Operations that end a transaction: a word for the database's log, and the number that ovs-vswitchd follows."""
    return [
        {"op": "comment", "comment": comment},
        {"op": "mutate", "table": "Open_vSwitch", "where": [], "mutations": [["next_cfg", "+=", 1]]},
        {"op": "select", "table": "Open_vSwitch", "where": [], "columns": ["next_cfg"]},
    ]


def _config(queue: PortQueue) -> list[Any]:
    return [
        "map",
        [
            ["max-rate", str(queue.max_rate_bps)],
            ["min-rate", str(queue.min_rate_bps)],
            ["priority", str(queue.priority)],
        ],
    ]


def _where(uuid: str) -> list[Any]:
    return [["_uuid", "==", ["uuid", uuid]]]


def _wait(table: str, where: list[Any], column: str, value: list[Any]) -> dict[str, Any]:
    return {
        "op": "wait",
        "table": table,
        "where": where,
        "columns": [column],
        "until": "==",
        "rows": [{column: value}],
        "timeout": 0,
    }


def _delete_queue(uuid: str) -> dict[str, Any]:
    return {"op": "delete", "table": "Queue", "where": _where(uuid)}
