"""Hardware and the PON itself (RFC 8348, TR-385): channel groups to channel terminations, ONUs as the OLT sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from intents.model.pon_base import Named, Technology

HardwareClass = Literal[
    "chassis", "board", "cage", "transceiver", "port", "transceiver-link", "transceiver-link-gpon", "uni"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareComponent(Named):
    """ietf-hardware component. cls: chassis (an OLT or ONU), board, cage, transceiver, port (an uplink),
    transceiver-link (an XGS-PON or its ANI), transceiver-link-gpon (the same of GPON), uni (an RJ45)."""

    kind: ClassVar[str] = "hardware"
    name: str
    cls: HardwareClass
    parent: str | None = None
    rel_pos: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelGroup(Named):
    """bbf-xpon channel-group: wavelengths that share one ODN."""

    kind: ClassVar[str] = "channel-group"
    name: str
    polling_period_ds: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPartition(Named):
    """bbf-xpon channel-partition: an optical domain with one discovery behaviour. Distances in km."""

    kind: ClassVar[str] = "channel-partition"
    name: str
    channel_group: str
    index: int = 0
    closest_onu_km: int = 0
    max_differential_km: int = 20
    downstream_fec: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPair(Named):
    """bbf-xpon channel-pair: an upstream and a downstream wavelength. type: xgs or gpon."""

    kind: ClassVar[str] = "channel-pair"
    name: str
    channel_group: str
    channel_partition: str
    type: Technology


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTermination(Named):
    """bbf-xpon channel-termination: a PON port of the OLT. `hardware`: component of the transceiver.

    type_b: with Type B protection (G.984.1 clause 14) two terminations name one channel pair, one of them the primary.
    """

    kind: ClassVar[str] = "channel-termination"
    name: str
    channel_pair: str
    type: Technology
    pon_id: int
    hardware: str
    type_b: Literal["primary", "secondary"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VAni(Named):
    """bbf-xponvani v-ani: the OLT's image of an ONU, matched by serial number. protection_pair: the channel pair that
    the ONU goes to where its own is gone."""

    kind: ClassVar[str] = "v-ani"
    name: str
    onu_id: int
    channel_partition: str
    channel_pair: str
    serial: str
    upstream_fec: bool = True
    protection_pair: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ani(Named):
    """bbf-xponani ani: the ONU's PON interface (combined-NE mode keeps it in the OLT's datastore)."""

    kind: ClassVar[str] = "ani"
    name: str
    hardware: str
    upstream_fec: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceLink(Named):
    """bbf-link-table: ani to v-ani, UNI to olt-v-enet. `name` is the from-interface."""

    kind: ClassVar[str] = "link"
    name: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectedOnu:
    """An ONU that the OLT sees on a PON. `v_ani`: the configuration that it matched, if any."""

    serial: str
    channel_termination: str
    v_ani: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OltFacts:
    """What an OLT says of itself beside its configuration: the v-anis that are up, the ONUs that it sees."""

    up_v_anis: frozenset[str] = frozenset()
    detected: tuple[DetectedOnu, ...] = ()
