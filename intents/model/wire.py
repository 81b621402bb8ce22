"""What a promise costs on the wire, and the gateway's address: constants that planner and verifier share.

Nothing here knows of plans or devices. Rates in bit/s, durations in microseconds.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

from intents.model.classes import DEFAULT_CLASS
from intents.model.intent import Deliver, Intent

# Ethernet preamble, header, FCS and gap, IPv4 and TCP with timestamps, at an MTU of 1500: a segment of 1448 bytes
# of payload takes 1538 byte times on the wire.
WIRE_BYTES: Final = 1538
PAYLOAD_BYTES: Final = 1448
# What a delivery needs beside its bits: request, round trips and slow start before a transfer runs at its rate.
SETTLING_US: Final = 20_000
# The part of it that hosts take for themselves. The rest is for what the network delays, there and back.
HOSTS_US: Final = 10_000
# The way back of a transfer carries acknowledgements: this part of the rate.
ACK_SHARE: Final = 20

# The class of an intent that promises something and names none.
IMPLIED_BY_DELIVER: Final = "imaging"
IMPLIED_BY_GUARANTEE: Final = "clinical"
IMPLIED_BY_LATENCY: Final = "video"

GATEWAY_MAC_TEXT: Final = "02:c1:ea:00:00:01"
GATEWAY_MAC: Final = 0x02C1EA000001


def wire_bits(payload_bits: int) -> int:
    """Bits on the wire for a payload, rounded up."""
    return -(-payload_bits * WIRE_BYTES // PAYLOAD_BYTES)


def wire_rate_bps(deliver: Deliver) -> int:
    """The wire rate that just meets a delivery, rounded up. Raises ValueError when `within` leaves nothing after
    SETTLING_US: no rate meets it."""
    left_us = deliver.within_us - SETTLING_US
    if left_us <= 0:
        raise ValueError(f"within {deliver.within_us} us leaves no time after {SETTLING_US} us of settling")
    return -(-wire_bits(deliver.payload_bits) * 10**6 // left_us)


def ack_rate_bps(rate_bps: int) -> int:
    """The wire rate that the way back of a delivery needs, rounded up."""
    return -(-rate_bps // ACK_SHARE)


def shortest_us(deliver: Deliver, rate_bps: int) -> int:
    """The shortest `within` that a wire rate can meet, rounded up. `rate_bps` is positive."""
    return SETTLING_US + -(-wire_bits(deliver.payload_bits) * 10**6 // rate_bps)


def implied_class(intent: Intent) -> str:
    """The name of the class of an intent that names none."""
    if intent.deliver is not None:
        return IMPLIED_BY_DELIVER
    if intent.guarantee_bps is not None:
        return IMPLIED_BY_GUARANTEE
    if intent.latency_us is not None:
        return IMPLIED_BY_LATENCY
    return DEFAULT_CLASS


def promised_bps(intent: Intent) -> tuple[int, int]:
    """What an intent promises each of its ordered pairs, forward and back, bit/s on the wire; 0 where nothing."""
    forward = back = intent.guarantee_bps or 0
    if intent.deliver is not None:
        rate = wire_rate_bps(intent.deliver)
        forward, back = max(forward, rate), max(back, ack_rate_bps(rate))
    return forward, back


def completion_us(deliver: Deliver, rate_bps: Fraction, delay_s: Fraction) -> int:
    """The longest that a delivery takes at a positive rate, when the network delays the first bit and its
    acknowledgement by so much together; rounded up."""
    left = Fraction(wire_bits(deliver.payload_bits)) / rate_bps + delay_s
    return HOSTS_US + math.ceil(left * 10**6)
