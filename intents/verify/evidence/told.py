"""A packet of evidence, as it is told to people (packet.describe), as one packet again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from intents.model.classes import ICMP, TCP, UDP
from intents.verify.packets.packet import ETH_ARP, ETH_IPV4, TPID_C, mac
from intents.verify.reference.packet import Packet, Tag

_NUMBERS: Final = {"icmp": ICMP, "tcp": TCP, "udp": UDP, "ipv4": ETH_IPV4, "arp": ETH_ARP, "request": 1, "reply": 2}


def packet_of(told: Mapping[str, str]) -> Packet:
    """A packet as evidence tells it. Raises ValueError for what evidence does not say."""
    found: dict[str, Any] = {}
    tags: dict[str, dict[str, int]] = {}
    for name, text in told.items():
        field, _, depth = name.partition("_") if name[:3] in ("vid", "pcp") or name[:4] == "tpid" else (name, "", "")
        if field in ("vid", "pcp", "tpid"):
            tags.setdefault(depth, {})[field] = int(text, 0)
        elif field in ("tcp_src", "udp_src", "tcp_dst", "udp_dst"):
            found[f"l4_{field[4:]}"] = int(text)
        else:
            found[field] = _number(text)
    stack = tuple(Tag(t.get("tpid", TPID_C), t["vid"], t["pcp"]) for _, t in sorted(tags.items()))
    return Packet(**found, tags=stack)


def _number(text: str) -> int:
    if text in _NUMBERS:
        return _NUMBERS[text]
    if text.count(":") == 5:
        return mac(text)
    if text.count(".") == 3:
        return int.from_bytes(bytes(int(part) for part in text.split(".")), "big")
    return int(text, 0)
