"""The classes and services that come with the product. A campus may change them.

After RFC 4594 for DSCP and 802.1Q table I-2 for PCP: PCP 1 (background) ranks below PCP 0 (best effort).
Small, delay-critical classes stand above imaging and are capped per place, so that bulk images never delay an alarm
and an alarm channel can never starve images.
"""

from __future__ import annotations

from typing import Final

from intents.model.campus import Service, ServiceClass

_MBPS: Final = 10**6
TCP: Final = 6
UDP: Final = 17
ICMP: Final = 1

DEFAULT_CLASS: Final = "default"

CLASSES: Final = (
    ServiceClass(name="network-control", pcp=7, dscp=48, priority=7, cap_bps=20 * _MBPS),
    ServiceClass(name="voice", pcp=6, dscp=46, priority=6, cap_bps=10 * _MBPS),
    ServiceClass(name="telemetry", pcp=5, dscp=18, priority=5, cap_bps=20 * _MBPS),
    ServiceClass(name="video", pcp=4, dscp=34, priority=4, cap_bps=50 * _MBPS),
    ServiceClass(name="imaging", pcp=3, dscp=10, priority=3),
    ServiceClass(name="clinical", pcp=2, dscp=26, priority=2),
    ServiceClass(name="default", pcp=0, dscp=0, priority=1),
    ServiceClass(name="background", pcp=1, dscp=8, priority=0),
)

SERVICES: Final = (
    Service(name="dicom", protocol=TCP, ports=(104, 4242, 8042, 11112)),
    Service(name="dicomweb", protocol=TCP, ports=(80, 443, 8042)),
    Service(name="hl7", protocol=TCP, ports=(2575,)),
    Service(name="dns", protocol=UDP, ports=(53,)),
    Service(name="dhcp", protocol=UDP, ports=(67,)),
    Service(name="ntp", protocol=UDP, ports=(123,)),
    Service(name="https", protocol=TCP, ports=(443,)),
    Service(name="http", protocol=TCP, ports=(80,)),
    Service(name="ssh", protocol=TCP, ports=(22,)),
    Service(name="sip", protocol=UDP, ports=(5060,)),
    Service(name="ping", protocol=ICMP),
)
