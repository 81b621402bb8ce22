"""Packets of the reference as frames, and what a datapath's actions make of them, in Open vSwitch's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Any

from intents.verify.reference.packet import ARP, IPV4, IPV6, TCP, UDP, Packet, Tag
from intents.verify.reference.switch import Outcome


def frame(packet: Packet) -> bytes:
    """A whole frame: Ethernet, tags, and ARP, IPv4 or IPv6 with TCP, UDP or anything else."""
    out = packet.eth_dst.to_bytes(6, "big") + packet.eth_src.to_bytes(6, "big")
    for tag in packet.tags:
        out += tag.tpid.to_bytes(2, "big") + (tag.pcp << 13 | tag.vid).to_bytes(2, "big")
    out += packet.eth_type.to_bytes(2, "big") + _payload(packet)
    return out.ljust(64, b"\0")


def _payload(packet: Packet) -> bytes:
    if packet.eth_type == ARP:
        head = bytes.fromhex("0001080006 04".replace(" ", "")) + packet.arp_op.to_bytes(2, "big")
        sender = packet.eth_src.to_bytes(6, "big") + packet.arp_spa.to_bytes(4, "big")
        return head + sender + bytes(6) + packet.arp_tpa.to_bytes(4, "big")
    inner = _layer4(packet)
    if packet.eth_type == IPV4:
        head = bytes([0x45, packet.ip_dscp << 2]) + (20 + len(inner)).to_bytes(2, "big") + bytes(4)
        head += bytes([packet.ip_ttl, packet.ip_proto, 0, 0])
        return head + packet.ipv4_src.to_bytes(4, "big") + packet.ipv4_dst.to_bytes(4, "big") + inner
    if packet.eth_type == IPV6:
        head = (6 << 28 | packet.ip_dscp << 22).to_bytes(4, "big") + len(inner).to_bytes(2, "big")
        return head + bytes([packet.ip_proto, packet.ip_ttl]) + bytes.fromhex("20010db8") + bytes(28) + inner
    return b""


def _layer4(packet: Packet) -> bytes:
    ports = packet.l4_src.to_bytes(2, "big") + packet.l4_dst.to_bytes(2, "big")
    if packet.ip_proto == TCP:
        return ports + bytes(8) + bytes([0x50, 0x02, 0, 0]) + bytes(4)
    if packet.ip_proto == UDP:
        return ports + (8).to_bytes(2, "big") + bytes(2)
    return bytes([8, 0]) + bytes(6)


@dataclass(frozen=True)
class Sent:
    """What leaves by a port. queue 0 is also the default; meters: how many it went through."""

    port: int
    queue: int
    meters: int
    packet: Packet


def in_order(sent: list[Sent]) -> list[Sent]:
    """A switch may send its copies in any order."""
    return sorted(sent, key=repr)


def sent_by(outcome: Outcome) -> list[Sent]:
    """What leaves, as the reference says it."""
    return in_order([Sent(out.port, out.queue or 0, len(out.meters), out.packet) for out in outcome.outs])


def carried_out(packet: Packet, actions: str) -> list[Sent]:
    """What the actions of a datapath send. An action that is not known is an error."""
    sent: list[Sent] = []
    _carry_out(packet, actions, 0, 0, sent)
    return sent


def _carry_out(packet: Packet, actions: str, queue: int, meters: int, sent: list[Sent]) -> None:
    for name, inside in _split(actions):
        if name.isdigit():
            sent.append(Sent(int(name), queue, meters, packet))
        elif name == "meter":
            meters += 1
        elif name == "clone":
            _carry_out(packet, inside, queue, meters, sent)
        elif name == "pop_vlan":
            packet = replace(packet, tags=packet.tags[1:])
        elif name == "push_vlan":
            told = dict(part.split("=") for part in inside.split(","))
            tag = Tag(int(told.get("tpid", "0x8100"), 0), int(told["vid"]), int(told["pcp"]))
            packet = replace(packet, tags=(tag, *packet.tags))
        elif name == "set":
            ((header, fields),) = _split(inside)
            if header == "skb_priority":
                queue = int(fields, 0)
            else:
                packet = _set(packet, header, fields)
        elif name not in ("drop", "userspace"):
            raise AssertionError(f"Open vSwitch does {name}({inside})")


def _split(text: str) -> Iterator[tuple[str, str]]:
    """`a(b,c(d)),e` as (a, "b,c(d)") and (e, "")."""
    depth = start = 0
    for at, letter in enumerate(f"{text},"):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            word = text[start:at].strip()
            name, _, inside = word.partition("(")
            yield name, inside.removesuffix(")")
            start = at + 1


def _set(packet: Packet, header: str, fields: str) -> Packet:
    changed: dict[str, Any] = {}
    for key, text in (part.split("=", 1) for part in fields.split(",")):
        value = text.partition("/")[0]
        match header, key:
            case "eth", ("src" | "dst"):
                changed[f"eth_{key}"] = int(value.replace(":", ""), 16)
            case "ipv4", ("src" | "dst"):
                changed[f"ipv4_{key}"] = int(IPv4Address(value))
            case (("ipv4" | "ipv6"), ("tos" | "tclass")):
                changed["ip_dscp"] = int(value, 0) >> 2
            case (("ipv4" | "ipv6"), ("ttl" | "hlimit")):
                changed["ip_ttl"] = int(value, 0)
            case (("tcp" | "udp"), ("src" | "dst")):
                changed[f"l4_{key}"] = int(value)
            case "arp", ("sip" | "tip"):
                changed["arp_spa" if key == "sip" else "arp_tpa"] = int(IPv4Address(value))
            case "arp", "op":
                changed["arp_op"] = int(value)
            case "arp", ("sha" | "tha"):
                pass
            case _:
                raise AssertionError(f"Open vSwitch sets {header}({fields})")
    return replace(packet, **changed)


def datapath_actions(trace: str) -> str:
    """The actions that a trace comes to."""
    found = re.search(r"^Datapath actions: (.*)$", trace, re.MULTILINE)
    assert found, trace
    return found[1]
