"""The hospital wing on which the tasks are done: a PON of rooms, a CT, a clinic whose OLT is not in service yet.

`campus` and `INTENTS` are what the engineer keeps before the first task. `plant` is what hangs on the fibres, whatever
is written: the lab's devices are started from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SEGMENTS: Final = {"imaging": 100, "clinical": 120, "devices": 130, "phones": 140, "guests": 190}
SERVERS: Final = ("pacs", "his", "monitoring", "phone-exchange", "conference", "internet")
CLINIC_ROOMS: Final = 8
GIGABIT: Final = "1: 1 Gbit/s, 2: 1 Gbit/s, 3: 1 Gbit/s, 4: 1 Gbit/s"
INTENTS: Final = """# yaml-language-server: $schema=intents/ingest/schema/intents.schema.json
apiVersion: clearway.dev/v1
kind: Intents
spec:
  ct-to-pacs: Imaging to PACS gets imaging priority, gets at most 400 Mbit/s
  records: Clinical to HIS gets clinical priority
  monitors: Devices to monitoring gets telemetry priority
  calls: Phones to phone exchange gets voice priority
  surfing: Guests to internet gets background priority
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Where the lab's devices listen, and where its keys are. netconf: of olt-1 and olt-2."""

    netconf: tuple[int, int]
    ovsdb: int
    openflow: int
    keys: str

    def access(self, olt: int) -> str:
        """How olt-1 or olt-2 is reached, as campus.yaml has it."""
        keys = f'key: {{file: "{self.keys}/client_key"}}, host-key: {{file: "{self.keys}/olt-{olt}.host_key.pub"}}'
        return f'{{address: "127.0.0.1:{self.netconf[olt - 1]}", username: clearway, {keys}}}'


def serial(number: int) -> str:
    """Of the ONU of room `number`; from 101 on of the clinic's, 201 the CT's, 211 on of viewers', 301 on of spares."""
    return f"CWLB{number:08X}"


def room(number: int) -> str:
    """A room's ONU as a line of campus.yaml."""
    return f"    onu-room-{number}: {{pon: olt-1/pon-1, serial: {serial(number)}, kit: room}}"


def viewer(pon: int) -> str:
    """The ONU of a viewing room, on a PON of its own."""
    return f"    onu-view-{pon}: {{pon: olt-1/pon-{pon}, serial: {serial(210 + pon)}, ports: {{{GIGABIT}}}}}"


KIT: Final = (  # a bed's terminal, a monitor, an access point for guests
    "  kits:",
    "    room:",
    f"      ports: {{{GIGABIT}}}",
    "      places:",
    '        bed-[n]: {port: 1, segment: clinical, address: "10.120.1.[n]"}',
    '        monitor-[n]: {port: 2, segment: devices, address: "10.130.1.[n]"}',
    '        ap-[n]: {port: 3, segment: guests, address: "10.190.1.[n]"}',
)
CT: Final = f"    onu-ct: {{pon: olt-1/pon-1, serial: {serial(201)}, ports: {{1: 10 Gbit/s, 2: 1 Gbit/s}}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """What turning the clinic's OLT up adds, by the section that it stands in."""

    olts: list[str]
    links: list[str]
    onus: list[str]
    places: list[str]


def clinic(doors: Doors) -> Clinic:
    """An OLT, its cable, eight ONUs by their labels, three places on each."""
    rooms = range(1, CLINIC_ROOMS + 1)
    each = f"[1-{CLINIC_ROOMS}]"
    spots = (("bed", 1, "clinical", 120), ("monitor", 2, "devices", 130), ("phone", 3, "phones", 140))
    return Clinic(
        olts=[
            "    olt-2:",
            f"      netconf: {doors.access(2)}",
            "      uplinks: {up-1: 100 Gbit/s}",
            "      pons: {pon-1: {technology: xgs-pon}}",
        ],
        links=['    - ["core-1:2", "olt-2:up-1"]'],
        onus=[
            f"    onu-clinic-{n}: {{pon: olt-2/pon-1, serial: {serial(100 + n)}, ports: {{{GIGABIT}}}}}" for n in rooms
        ],
        places=[
            f'    clinic-{what}-{each}: {{port: "onu-clinic-{each}:{uni}", segment: {segment}, '
            f'address: "10.{vlan}.2.{each}"}}'
            for what, uni, segment, vlan in spots
        ],
    )


def _head(doors: Doors) -> Iterator[str]:
    yield from ("apiVersion: clearway.dev/v1", "kind: Campus", "metadata: {name: wing}", "spec:", "  segments:")
    yield from (f"    {name}: {{vlan: {vlan}, subnet: 10.{vlan}.0.0/16}}" for name, vlan in SEGMENTS.items())
    yield "    servers: {vlan: 20, subnet: 10.20.0.0/16}"
    ports = ", ".join(f"{n}: 100 Gbit/s" for n in (1, 2, *range(10, 10 + len(SERVERS))))
    reached = f'openflow: "tcp:127.0.0.1:{doors.openflow}", ovsdb: "tcp:127.0.0.1:{doors.ovsdb}"'
    yield from ("  switches:", f"    core-1: {{datapath: 0x1, gateway: true, {reached}, ports: {{{ports}}}}}")
    yield from ("  olts:", "    olt-1:", f"      netconf: {doors.access(1)}", "      uplinks: {up-1: 100 Gbit/s}")
    yield "      pons:"
    yield from (f"        pon-{n}: {{technology: xgs-pon}}" for n in (1, 2, 3, 4))


def campus(rooms: int, doors: Doors) -> str:
    """campus.yaml before the first task: so many rooms on the first PON, viewing rooms on the second and fourth."""
    servers = [
        f'    {name}: {{port: "core-1:{n}", segment: servers, address: 10.20.0.{n}}}'
        for n, name in enumerate(SERVERS, start=10)
    ]
    views = [f'    view-{n}: {{port: "onu-view-{n}:1", segment: imaging, address: 10.100.0.{20 + n}}}' for n in (2, 4)]
    lines = [
        *_head(doors),
        *KIT,
        *("  links:", '    - ["core-1:1", "olt-1:up-1"]', "  onus:"),
        *(room(number) for number in range(1, rooms + 1)),
        *(CT, viewer(2), viewer(4), "  places:"),
        *(*servers, *views),
        '    ct-room: {port: "onu-ct:1", segment: imaging, address: 10.100.0.11}',
    ]
    return "\n".join(lines) + "\n"


def below(text: str, heading: str, lines: list[str]) -> str:
    """The text with lines at the beginning of a section."""
    return text.replace(f"\n  {heading}:\n", f"\n  {heading}:\n" + "".join(f"{line}\n" for line in lines), 1)


def plant(rooms: int, doors: Doors) -> str:
    """The campus of all that hangs on the fibres at some time: rooms, the CT, the clinic, two spare ONUs."""
    more = clinic(doors)
    spares = [f"    spare-{n}: {{pon: olt-1/pon-1, serial: {serial(300 + n)}, ports: {{{GIGABIT}}}}}" for n in (1, 2)]
    text = below(campus(rooms, doors), "olts", more.olts)
    return below(below(text, "links", more.links), "onus", [*more.onus, *spares])
