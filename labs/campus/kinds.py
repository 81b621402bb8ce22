"""The kinds of places of a hospital, how many of 2,000 are of each, and the servers that they talk to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """name: also the segment's. octet: a quarter of the second octet of its subnet. cls: its class in the network."""

    name: str
    plural: str
    place: str
    count: int
    vlan: int
    octet: int
    cls: str
    server: str
    is_fast: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """A place: its kind, its ward, where it is and what it is called."""

    name: str
    kind: Kind
    ward: int
    port: str
    address: str


KINDS: Final = (
    Kind("his", "his", "desk", 900, 110, 2, "clinical", "his-server"),
    Kind("reading", "stations", "station", 60, 101, 3, "imaging", "pacs", is_fast=True),
    Kind("modalities", "modalities", "modality", 20, 100, 4, "imaging", "pacs", is_fast=True),
    Kind("monitors", "monitors", "monitor", 300, 130, 5, "telemetry", "monitoring"),
    Kind("pumps", "pumps", "pump", 250, 131, 6, "telemetry", "pump-server"),
    Kind("phones", "phones", "phone", 200, 140, 7, "voice", "exchange"),
    Kind("cctv", "cameras", "camera", 120, 150, 8, "video", "recorder"),
    Kind("wifi", "access-points", "ap", 100, 190, 9, "", "internet"),
    Kind("conference", "conference-rooms", "conference", 30, 160, 10, "video", "exchange"),
    Kind("building", "building", "building", 20, 170, 11, "background", "building-server"),
)

SERVERS: Final = (
    "pacs",
    "his-server",
    "monitoring",
    "pump-server",
    "exchange",
    "recorder",
    "internet",
    "building-server",
)
