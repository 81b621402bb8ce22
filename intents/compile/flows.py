"""The pieces that flow entries are made of: fields and actions that are shared by all entries.

A campus has few different fields and actions and very many entries, so each is made once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from intents.model.switch import FieldMatch, FieldName, LearnNeighbour, Output, Resubmit, SetField, SetQueue

ETH_IPV4: Final = 0x0800
ETH_ARP: Final = 0x0806
LEARN_PRIORITY: Final = 100

_MANY: Final = 2**20  # a metro has 160,000 addresses, each in four fields


@lru_cache(maxsize=_MANY)
def field(name: FieldName, value: int) -> FieldMatch:
    """One exact field of a match."""
    return FieldMatch(name, value)


@lru_cache(maxsize=_MANY)
def set_field(name: FieldName, value: int) -> SetField:
    """Set a header field."""
    return SetField(name, value)


@lru_cache(maxsize=_MANY)
def output(port: int) -> Output:
    """Send to a port."""
    return Output(port)


@lru_cache(maxsize=64)
def set_queue(number: int) -> SetQueue:
    """Queue for the outputs that follow."""
    return SetQueue(number)


@lru_cache(maxsize=16)
def learn(table: int, *, arp: bool) -> LearnNeighbour:
    """Remember who sends, in a table."""
    return LearnNeighbour(table=table, priority=LEARN_PRIORITY, arp=arp)


@lru_cache(maxsize=8)
def as_learnt(table: int) -> Resubmit:
    """To whom it is known in a table to belong."""
    return Resubmit(table)


@lru_cache(maxsize=_MANY)
def mac_number(mac: str) -> int:
    """`02:c1:ea:00:00:01` as OXM has it."""
    return int(mac.replace(":", ""), 16)
