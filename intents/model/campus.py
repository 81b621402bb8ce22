"""The campus: devices, ONUs, links, segments, places, groups, classes and services, as read and resolved.

Positions say where each thing was written; they never take part in equality.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Final, Literal, NamedTuple

from intents.model.diagnostic import NOWHERE, Position

# Capacity of the PON payload after framing, FEC and DBA overhead, bit/s (down, up). XGS-PON: 135,432 of 155,520 bytes
# each 125 us (G.9807.1); GPON: 2.488 Gbit/s down, 1,238,784 kbit/s of DBA bandwidth up (G.984.3).
PON_CAPACITY_BPS: Final[Mapping[str, tuple[int, int]]] = {
    "xgs-pon": (8_667_648_000, 8_667_648_000),
    "gpon": (2_430_000_000, 1_238_784_000),
}


class Endpoint(NamedTuple):
    """A port of a device: `onu-ct:1`, `core-1:10`, `olt-1:up-1`. The port is as the device calls it."""

    device: str
    port: str

    def __str__(self) -> str:
        return f"{self.device}:{self.port}"


class PonId(NamedTuple):
    """A PON of an OLT: `olt-1/pon-1`."""

    olt: str
    pon: str

    def __str__(self) -> str:
        return f"{self.olt}/{self.pon}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """A secret by reference, never by value: `{env: NAME}`, `{file: PATH}` or `{keyring: SERVICE/NAME}`. Read by the
    shell only."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A VLAN and an IPv4 subnet; the core owns the gateway address in it.

    service_class: what "priority" means for what this segment sends, None if it does not say.
    """

    name: str
    vid: int
    subnet: IPv4Network
    gateway: IPv4Address
    service_class: str | None = None
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """An OpenFlow switch. One of them is the gateway: it routes between segments. Port rates in bit/s."""

    name: str
    datapath_id: int
    ports: Mapping[int, int]
    gateway: bool = False
    ovsdb: str | None = None
    openflow: str = "tcp:127.0.0.1:6653"  # where the controller listens for this switch
    certificate: str = ""  # the name that its TLS certificate bears; "": its own
    model: str | None = None
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Who the controller is where a switch is reached by `ssl:`, and whose word on switches it takes: a certificate,
    its private key, and the certificate of the CA that signed those of the switches, each in PEM form."""

    certificate: SecretRef
    key: SecretRef
    ca: SecretRef
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSpace:
    """Where Clearway's flow entries stand on every switch, among those of other applications.

    first_table: the first of its three tables. With any but 0, one entry in table 0 hands over to it what nobody takes
    at a higher priority. priority: raises that of every entry.
    """

    first_table: int = 0
    priority: int = 0

    @property
    def entry(self) -> int:
        """The table in which a frame of a port or trunk of the campus is let in."""
        return self.first_table

    @property
    def policy(self) -> int:
        """The table of who may talk to whom."""
        return self.first_table + 1

    @property
    def neighbours(self) -> int:
        """The table of learnt MAC addresses."""
        return self.first_table + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NetconfAccess:
    """How to reach an OLT: address, user, private key, and the host key that it must show."""

    host: str
    port: int = 830
    username: str = "clearway"
    key: SecretRef | None = None
    host_key: SecretRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Olt:
    """An optical line terminal. Uplink rates in bit/s; PON name to technology (a key of PON_CAPACITY_BPS); protection:
    PON name to the PON that stands in for it (Type B, G.984.1 clause 14: two PON ports, one splitter)."""

    name: str
    netconf: NetconfAccess
    uplinks: Mapping[str, int]
    pons: Mapping[str, str]
    protection: Mapping[str, PonId] = field(default_factory=dict)
    family: str = "standard"
    model: str | None = None
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Onu:
    """An optical network unit: where it hangs, its serial number (G.9807.1 form), its UNI rates in bit/s; backup: the
    PON of its second fibre (Type C, G.984.1 clause 14)."""

    name: str
    pon: PonId
    serial: str
    ports: Mapping[int, int]
    backup: PonId | None = None
    model: str | None = None
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A cable between two ports."""

    a: Endpoint
    b: Endpoint
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a service is: a port, a segment, an address and, if it is known, a MAC address (lower case)."""

    name: str
    port: Endpoint
    segment: str
    address: IPv4Address | None = None
    mac: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A set of places and segments, by name or by label."""

    name: str
    members: tuple[str, ...] = ()
    match_labels: Mapping[str, str] = field(default_factory=dict)
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceClass:
    """How a class of traffic is treated at each hop.

    pcp: 802.1Q priority code point on the wire, unique per class. priority: scheduling rank 0..7, 7 first, also the
    traffic class and the queue number; PCP 1 ranks below PCP 0, so priority is not the PCP. cap_bps: what one place
    may send in the class where no intent promises a rate; None: up to its port (only for classes scheduled below or
    at imaging, where weights and not the cap protect others).
    """

    name: str
    pcp: int
    dscp: int
    priority: int
    cap_bps: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A protocol and its server's ports: dicom is tcp 104, 4242, 8042 and 11112."""

    name: str
    protocol: int  # IP protocol number; 0: any
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What a kind of device can do; None: as much as the standards allow.

    flows, meters: of a switch. queues: of one port of a switch, of one UNI of an ONU. t_conts, gem_ports: of an ONU,
    or of one PON of an OLT. onus: of one PON of an OLT. service_flows: of an OLT, one a GEM port. macs: of one
    forwarding database of an OLT.
    """

    name: str
    flows: int | None = None
    meters: int | None = None
    queues: int | None = None
    t_conts: int | None = None
    gem_ports: int | None = None
    onus: int | None = None
    service_flows: int | None = None
    macs: int | None = None
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a change may do. max_disrupted_places: how many places it may interrupt; None: any number."""

    max_disrupted_places: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campus:
    """Everything of campus.yaml, or of a containerlab topology, with names resolved. Mappings are by name."""

    name: str
    segments: Mapping[str, Segment]
    switches: Mapping[str, Switch]
    olts: Mapping[str, Olt]
    onus: Mapping[str, Onu]
    links: tuple[Link, ...]
    places: Mapping[str, Place]
    groups: Mapping[str, Group]
    classes: Mapping[str, ServiceClass]
    services: Mapping[str, Service]
    # Alternative names of places, groups and segments that sentences may use, to the name meant.
    aliases: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    tls: Tls | None = None
    flow_space: FlowSpace = field(default_factory=FlowSpace)
    # Whether a switch takes changes from the controller that asked last and from no other (OpenFlow 1.4.0, 6.3.6).
    openflow_role: Literal["master", "equal"] = "master"
