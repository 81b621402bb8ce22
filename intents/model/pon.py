"""The neutral state of an OLT and its ONUs, object by object as TR-385 and TR-383 name them.

References are by name. Units as in the models: traffic descriptors and policers in bit/s, shapers in kbit/s.
`untagged` is a kind of match, never VID 0. Every object has a `key`: (kind, name). The values themselves are in
pon_optics, pon_ethernet, pon_traffic and pon_bridge; everyone else imports them from here.
"""

from __future__ import annotations

from intents.model.pon_base import NAME_PREFIX, TagType, Technology, Usage
from intents.model.pon_bridge import Forwarder, ForwardingDatabase, SplitHorizonProfile, StaticMac
from intents.model.pon_ethernet import (
    EthernetInterface,
    IngressRule,
    MacLearning,
    OltVEnet,
    PushTag,
    Queue,
    Rewrite,
    Scheduler,
    SchedulerChild,
    TagMatch,
    TmRoot,
    VlanSubInterface,
)
from intents.model.pon_optics import (
    Ani,
    ChannelGroup,
    ChannelPair,
    ChannelPartition,
    ChannelTermination,
    DetectedOnu,
    HardwareComponent,
    InterfaceLink,
    OltFacts,
    VAni,
)
from intents.model.pon_traffic import (
    Bac,
    Classifier,
    CompositeFilter,
    GemPort,
    PolicingProfile,
    Policy,
    PolicyProfile,
    ShaperProfile,
    TcMap,
    TCont,
    TrafficDescriptorProfile,
)

__all__ = [
    "NAME_PREFIX",
    "Ani",
    "Bac",
    "ChannelGroup",
    "ChannelPair",
    "ChannelPartition",
    "ChannelTermination",
    "Classifier",
    "CompositeFilter",
    "DetectedOnu",
    "EthernetInterface",
    "Forwarder",
    "ForwardingDatabase",
    "GemPort",
    "HardwareComponent",
    "IngressRule",
    "InterfaceLink",
    "MacLearning",
    "OltFacts",
    "OltVEnet",
    "PolicingProfile",
    "Policy",
    "PolicyProfile",
    "PonObject",
    "PushTag",
    "Queue",
    "Rewrite",
    "Scheduler",
    "SchedulerChild",
    "ShaperProfile",
    "SplitHorizonProfile",
    "StaticMac",
    "TCont",
    "TagMatch",
    "TagType",
    "TcMap",
    "Technology",
    "TmRoot",
    "TrafficDescriptorProfile",
    "Usage",
    "VAni",
    "VlanSubInterface",
]

PonObject = (
    HardwareComponent
    | ChannelGroup
    | ChannelPartition
    | ChannelPair
    | ChannelTermination
    | VAni
    | Ani
    | EthernetInterface
    | OltVEnet
    | VlanSubInterface
    | TrafficDescriptorProfile
    | TCont
    | GemPort
    | InterfaceLink
    | Forwarder
    | ForwardingDatabase
    | SplitHorizonProfile
    | TcMap
    | Bac
    | ShaperProfile
    | CompositeFilter
    | PolicingProfile
    | Classifier
    | Policy
    | PolicyProfile
)
