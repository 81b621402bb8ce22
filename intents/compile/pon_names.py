"""How Clearway names the objects of a PON: from the campus's names, never from numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from intents.model.campus import Onu
from intents.model.pon import NAME_PREFIX

LONGEST_PART: Final = 40


def part(name: str) -> str:
    """A device or ONU name as a part of an object's name: the models take names of at most 64 characters."""
    if len(name) <= LONGEST_PART:
        return name
    return f"{name[: LONGEST_PART - 9]}-{sha256(name.encode()).hexdigest()[:8]}"


@lru_cache(maxsize=1 << 16)
def _base(name: str) -> str:
    return f"{NAME_PREFIX}{part(name)}"


@dataclass(frozen=True, slots=True)
class PonNames:
    """The interfaces of one PON."""

    group: str
    partition: str
    pair: str
    termination: str

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(pon: str) -> PonNames:
        """Names from the campus's name of the PON."""
        base = f"{NAME_PREFIX}{part(pon)}"
        return PonNames(f"{base}.group", f"{base}.partition", f"{base}.pair", f"{base}.termination")


def v_ani_name(onu: Onu) -> str:
    """The v-ani of an ONU."""
    return _base(onu.name)


def enet_name(onu: Onu, uni: int) -> str:
    """The olt-v-enet of a UNI."""
    return f"{_base(onu.name)}.{uni}"


def class_name(onu: Onu, uni: int, priority: int) -> str:
    """T-CONT and GEM port of a UNI and traffic class."""
    return f"{_base(onu.name)}.{uni}.tc{priority}"
