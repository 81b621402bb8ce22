"""The few rows of the Open_vSwitch database that queues are made of, and a snapshot of them.

    Bridge --ports--> Port --interfaces--> Interface (ofport)
                      Port --qos--> QoS --queues--> Queue (other_config)
Source: ovs-vswitchd.conf.db(5); RFC 7047, 5.1 for the notation of sets, maps and UUIDs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from intents.model.switch import PortQueue

DATABASE: Final = "Open_vSwitch"
OWNER_KEY: Final = "clearway"
QOS_TYPE: Final = "linux-htb"
SELECTS: Final = (
    ("Bridge", ("name", "ports", "datapath_id")),
    ("Port", ("_uuid", "name", "interfaces", "qos")),
    ("Interface", ("_uuid", "ofport")),
    ("QoS", ("_uuid", "type", "other_config", "external_ids", "queues")),
    ("Queue", ("_uuid", "other_config")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Qos:
    """A QoS row: our own has OWNER_KEY in external_ids. queues: number to row."""

    uuid: str
    ours: bool
    kind: str
    max_rate_bps: int
    queues: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port of the bridge by its OpenFlow number."""

    uuid: str
    name: str
    qos: Qos | None
    queues: Mapping[int, PortQueue]  # of our own QoS only


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The bridge's ports. bridge None: no bridge has the datapath id; others then tells which there are."""

    bridge: str | None
    ports: Mapping[int, Port]
    others: Mapping[str, str]


def selects() -> list[dict[str, Any]]:
    """Operations that read everything that a snapshot needs."""
    return [{"op": "select", "table": t, "where": [], "columns": list(c)} for t, c in SELECTS]


def snapshot(results: list[dict[str, Any]], datapath_id: int) -> Snapshot:
    """The snapshot in the results of `selects`. Raises KeyError, TypeError, ValueError on nonsense."""
    tables = {table: result["rows"] for (table, _), result in zip(SELECTS, results, strict=False)}
    interfaces = {_uuid(r["_uuid"]): r for r in tables["Interface"]}
    all_ports = {_uuid(r["_uuid"]): r for r in tables["Port"]}
    queues = {_uuid(r["_uuid"]): _map(r["other_config"]) for r in tables["Queue"]}
    all_qos = {_uuid(r["_uuid"]): _qos(r) for r in tables["QoS"]}
    others: dict[str, str] = {}
    for bridge in tables["Bridge"]:
        found = _set(bridge["datapath_id"])
        if not found or int(found[0], 16) != datapath_id:
            others[bridge["name"]] = found[0] if found else "none"
            continue
        ports = {}
        for uuid in map(_uuid, _set(bridge["ports"])):
            members = [interfaces[_uuid(i)] for i in _set(all_ports[uuid]["interfaces"])]
            numbers = [n for member in members for n in _set(member["ofport"])]
            if len(numbers) == 1 and 0 < numbers[0] < 0xFF00:
                ports[int(numbers[0])] = _port(all_ports[uuid], int(numbers[0]), all_qos, queues)
        return Snapshot(bridge=bridge["name"], ports=ports, others=others)
    return Snapshot(bridge=None, ports={}, others=others)


def _port(row: dict[str, Any], number: int, all_qos: dict[str, Qos], queues: dict[str, dict[Any, Any]]) -> Port:
    refs = [_uuid(q) for q in _set(row["qos"])]
    qos = all_qos.get(refs[0]) if refs else None
    found = {}
    if qos is not None and qos.ours:
        for queue_id, uuid in qos.queues.items():
            config = queues.get(uuid, {})
            found[queue_id] = PortQueue(
                port=number,
                queue_id=queue_id,
                min_rate_bps=_number(config.get("min-rate")),
                # A queue gets no more than its QoS, whatever its own row says.
                max_rate_bps=min(_number(config.get("max-rate")) or qos.max_rate_bps, qos.max_rate_bps),
                priority=_number(config.get("priority")),
            )
    return Port(uuid=_uuid(row["_uuid"]), name=row["name"], qos=qos, queues=found)


def _qos(row: dict[str, Any]) -> Qos:
    return Qos(
        uuid=_uuid(row["_uuid"]),
        ours=OWNER_KEY in _map(row["external_ids"]) and row["type"] == QOS_TYPE,
        kind=row["type"],
        max_rate_bps=_number(_map(row["other_config"]).get("max-rate")),
        queues={int(k): _uuid(v) for k, v in _map(row["queues"]).items()},
    )


def _number(text: object) -> int:
    """A number that somebody may have typed; what is none promises nothing."""
    return int(text) if isinstance(text, str) and text.isdigit() else 0


def _set(value: Any) -> list[Any]:
    return list(value[1]) if isinstance(value, list) and value[:1] == ["set"] else [value]


def _map(value: Any) -> dict[Any, Any]:
    return dict(value[1])


def _uuid(value: Any) -> str:
    if value[0] != "uuid":
        raise ValueError(f"{value!r} is no UUID")
    return str(value[1])
