"""What the same tasks take on an OLT's command line, in the dialect of a widespread family; nobody runs them.

What a skilled operator types at best: nothing is looked up first, no view is left and entered again, profiles that
serve all ONUs of a kind are there already, UNI 1 has its VLAN from the service profile, and whatever an ONU has goes
with one line. Logging in and saving are not counted. Public engineering notes count more for most tasks (PUBLISHED):
theirs is the first figure, ours the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# Lines as public notes have them, login and save left out; None: it goes by the number of objects.
PUBLISHED: Final[Mapping[str, int]] = {
    "add-onu": 8,
    "room": 14,
    "remove-onu": 6,
    "move-ct": 8,
    "replace-onu": 14,
    "change-vlan": 7,
    "type-b": 4,
    "turn-up": 98,
    "locate": 6,
}
# Tasks that are undone by doing another, or the same backwards.
UNDONE_BY: Final[Mapping[str, str]] = {
    "add-onu": "remove-onu",
    "remove-onu": "add-onu",
    "move-ct": "move-ct",
    "replace-onu": "replace-onu",
    "change-vlan": "change-vlan",
    "conference": "conference",
}
PER_ONU: Final[Mapping[str, tuple[int, int]]] = {"new-ssid": (11, 2), "conference": (8, 1)}  # lines, and lines an ONU


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A UNI with the VLAN that it is to carry untagged, and the GEM port of that VLAN's service."""

    uni: int
    vlan: int
    gem: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """An ONU as the command line numbers it: its PON's slot and port, its number there."""

    pon: int
    number: int
    serial: str
    ports: tuple[Port, ...]


def published(task: str, onus: int) -> int | None:
    """The lines that public notes count for a task over so many ONUs; None where there are none."""
    if task in PER_ONU:
        fixed, each = PER_ONU[task]
        return fixed + each * onus
    return PUBLISHED.get(task)


def added(units: Sequence[Unit]) -> list[str]:
    """Put ONUs into service, those of one PON together: registered, port VLANs, a service a port."""
    lines = ["interface gpon 0/1"]
    for u in units:
        lines.append(f"ont add {u.pon} {u.number} sn-auth {u.serial} omci ont-lineprofile-id 10 ont-srvprofile-id 10")
        lines += [native(u, p) for p in u.ports if p.uni != 1]
    return [*lines, "quit", *(service(u, p) for u in units for p in u.ports)]


def removed(units: Sequence[Unit]) -> list[str]:
    """Take ONUs out of service: what uses them first."""
    services = [f"undo service-port port 0/1/{u.pon} ont {u.number}" for u in units]
    return [*services, "interface gpon 0/1", *(f"ont delete {u.pon} {u.number}" for u in units)]


def native(u: Unit, p: Port) -> str:
    """A UNI's VLAN for untagged frames."""
    return f"ont port native-vlan {u.pon} {u.number} eth {p.uni} vlan {p.vlan}"


def service(u: Unit, p: Port) -> str:
    """A service: a UNI's VLAN by its GEM port to the OLT."""
    port = f"port 0/1/{u.pon} ont {u.number} gemport {p.gem}"
    return f"service-port vlan {p.vlan} {port} multi-service user-vlan {p.vlan} tag-transform translate"


def unserved(u: Unit, p: Port) -> str:
    """The same taken away."""
    return f"undo service-port vlan {p.vlan} port 0/1/{u.pon} ont {u.number} gemport {p.gem}"


def vlan_changed(u: Unit, before: Port, after: Port) -> list[str]:
    """One UNI from one VLAN to another."""
    return [unserved(u, before), "interface gpon 0/1", native(u, after), "quit", service(u, after)]


def vlan_over(units: Sequence[Unit], port: Port, mbps: int) -> list[str]:
    """A VLAN that is new, with its DBA and line profile, on one UNI of each ONU."""
    return [
        f"vlan {port.vlan} smart",
        f"port vlan {port.vlan} 0/9 0",
        f"dba-profile add profile-name vlan{port.vlan} type4 max {mbps * 1000}",
        "ont-lineprofile gpon profile-id 10",
        f"tcont {port.gem} dba-profile-name vlan{port.vlan}",
        f"gem add {port.gem} eth tcont {port.gem}",
        f"gem mapping {port.gem} 0 vlan {port.vlan}",
        "commit",
        "quit",
        "interface gpon 0/1",
        *(native(u, port) for u in units),
        "quit",
        *(service(u, port) for u in units),
    ]


def vlan_no_more(units: Sequence[Unit], port: Port) -> list[str]:
    """The same taken away, users first."""
    return [
        *(unserved(u, port) for u in units),
        "ont-lineprofile gpon profile-id 10",
        f"undo gem mapping {port.gem} 0",
        f"gem delete {port.gem}",
        f"undo tcont {port.gem}",
        "commit",
        "quit",
        f"undo port vlan {port.vlan} 0/9 0",
        f"undo vlan {port.vlan}",
    ]


def protected() -> list[str]:
    """A second PON port for one that is in service."""
    group = "protect-group 1 protect-target gpon-uni-port workmode timedelay"
    members = [f"protect-group member port 0/1/{pon} role {role}" for pon, role in ((0, "work"), (2, "protect"))]
    return [group, *members, "protect-group enable"]


def unprotected() -> list[str]:
    """The same taken away."""
    return ["undo protect-group enable", "undo protect-group 1"]


def guaranteed(units: Sequence[Unit], mbps: int) -> list[str]:
    """Assured bandwidth for one UNI of each ONU: a profile, a line profile that has it, and every ONU moved to that."""
    return [
        f"dba-profile add profile-name conf type3 assure {mbps * 1000} max 1000000",
        "ont-lineprofile gpon profile-id 20 profile-name conf",
        "tcont 1 dba-profile-name conf",
        "gem add 1 eth tcont 1",
        "gem mapping 1 0 vlan 120",
        "commit",
        "quit",
        "interface gpon 0/1",
        *(f"ont modify {u.pon} {u.number} ont-lineprofile-id 20" for u in units),
    ]


def unguaranteed(units: Sequence[Unit]) -> list[str]:
    """Every ONU back, and the profiles away."""
    back = [f"ont modify {u.pon} {u.number} ont-lineprofile-id 10" for u in units]
    away = ["undo ont-lineprofile gpon profile-id 20", "undo dba-profile profile-name conf"]
    return ["interface gpon 0/1", *back, "quit", *away]


def turned_up(units: Sequence[Unit], vlans: Sequence[int]) -> list[str]:
    """An OLT from the box: its board, uplink, VLANs, profiles, then its ONUs."""
    gems = list(enumerate(vlans, start=1))
    lines = ["board confirm 0", "interface meth 0", "ip address 10.0.0.12 255.255.255.0", "quit"]
    lines += [f"vlan {vlan} smart" for vlan in vlans]
    lines += [f"port vlan {vlan} 0/9 0" for vlan in vlans]
    lines += [f"dba-profile add profile-name vlan{vlan} type3 assure 5000 max 1000000" for vlan in vlans]
    lines += [f"traffic table ip name vlan{vlan} cir off priority 0 priority-policy tag-in-package" for vlan in vlans]
    lines += ["ont-lineprofile gpon profile-id 10 profile-name room"]
    lines += [f"tcont {gem} dba-profile-name vlan{vlan}" for gem, vlan in gems]
    lines += [f"gem add {gem} eth tcont {gem}" for gem, _ in gems]
    lines += [f"gem mapping {gem} 0 vlan {vlan}" for gem, vlan in gems]
    lines += ["commit", "quit", "ont-srvprofile gpon profile-id 10 profile-name room", "ont-port eth 4"]
    lines += [f"port vlan eth {gem} {vlan}" for gem, vlan in gems]
    return [*lines, "commit", "quit", *added(units)]


def taken_down(units: Sequence[Unit], vlans: Sequence[int]) -> list[str]:
    """The same emptied."""
    return [*removed(units), "quit", *(f"undo port vlan {v} 0/9 0" for v in vlans), *(f"undo vlan {v}" for v in vlans)]


def located(u: Unit) -> list[str]:
    """From `the bed is dead` to a fibre: where the port is, whether the ONU is there, what it died of, its light."""
    return [
        "display ont info by-desc bed-7",
        f"display ont info 0 1 {u.pon} {u.number}",
        f"display ont register-info {u.pon} {u.number}",
        "display alarm active alarmtype communication",
        f"display ont optical-info {u.pon} {u.number}",
        f"display port state {u.pon}",
    ]


def audited(units: Iterable[Unit], vlans: Sequence[int]) -> list[str]:
    """All of an OLT looked at: each VLAN, and each ONU with all its services at once. Comparing is left to the eye."""
    lines = [f"display vlan {vlan}" for vlan in vlans]
    return [*lines, *(f"display service-port port 0/1/{u.pon} ont {u.number}" for u in units)]
