"""Profiles of the PON. A profile's name says what is in it, so none is ever edited under its users."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from intents.model.campus import PON_CAPACITY_BPS, Campus
from intents.model.pon import (
    NAME_PREFIX,
    Bac,
    Classifier,
    CompositeFilter,
    Policy,
    PolicyProfile,
    Queue,
    ShaperProfile,
    TcMap,
    TrafficDescriptorProfile,
)

MEGA: Final = 10**6
KILO: Final = 10**3
WEIGHT_UNIT_BPS: Final = 50 * MEGA
MAX_WEIGHT: Final = 255
# One millisecond of an XGS-PON: long enough for a burst of TCP, short enough for an alarm behind it.
QUEUE_BYTES: Final = 1_000_000


def round_up(bps: int) -> int:
    """A rate as profiles carry it: whole Mbit/s, below 1 Mbit/s whole kbit/s; never less than asked for."""
    unit = MEGA if bps >= MEGA else KILO
    return -(-bps // unit) * unit


def round_down(bps: int) -> int:
    """The same, never more than asked for."""
    return bps // MEGA * MEGA if bps >= MEGA else bps // KILO * KILO


def _short(bps: int) -> str:
    return f"{bps // MEGA}" if bps % MEGA == 0 else f"{bps // KILO}k"


def weight(promised_bps: int) -> int:
    """Weight of a queue or T-CONT: one unit per 50 Mbit/s promised, at least 1. Admission keeps it within 255."""
    return min(max(-(-promised_bps // WEIGHT_UNIT_BPS), 1), MAX_WEIGHT)


def tcont_rates(uni_bps: int, technology: str, promised_bps: int, most_bps: int | None) -> tuple[int, int]:
    """Assured and maximum of a T-CONT, bit/s. `most_bps`: what the place may send at most, None: up to its port."""
    assured = round_up(promised_bps)
    ceiling = min(uni_bps, PON_CAPACITY_BPS[technology][1])
    if most_bps is not None:
        ceiling = min(ceiling, round_up(most_bps))
    return assured, max(round_down(ceiling), assured)


@lru_cache(maxsize=4096)
def descriptor(assured: int, maximum: int, class_priority: int) -> TrafficDescriptorProfile:
    """The traffic descriptor profile of a T-CONT. The models count priority from 1 to 8, so it is one more than the
    class's; 8 goes first."""
    priority, share = class_priority + 1, weight(assured)
    return TrafficDescriptorProfile(
        name=f"{NAME_PREFIX}tdp.f0.a{_short(assured)}.m{_short(maximum)}.p{priority}.w{share}",
        fixed_bps=0,
        assured_bps=assured,
        maximum_bps=maximum,
        priority=priority,
        weight=share,
        # Best effort beyond the assured rate needs a maximum above it (opencord/openolt#5); without, none is shared.
        eligibility="best-effort-sharing" if maximum > assured else "none",
    )


@lru_cache(maxsize=4096)
def shaper(bps: int) -> ShaperProfile:
    """A shaper of a rate, rounded up to kbit/s, with two milliseconds of burst, at least ten frames."""
    pir_kbps = -(-bps // KILO)
    name = f"{NAME_PREFIX}shaper.{_short(pir_kbps * KILO)}"
    return ShaperProfile(name=name, pir_kbps=pir_kbps, pbs_bytes=max(pir_kbps // 4, 15_380))


@lru_cache(maxsize=1024)
def tc_map(classes: tuple[int, ...]) -> TcMap:
    """The map of exactly these traffic classes, sorted, to the queues of their number."""
    return TcMap(name=f"{NAME_PREFIX}tc." + "-".join(map(str, classes)), entries=tuple((n, n) for n in classes))


# Every queue's buffer acceptance: tail drop.
BAC: Final = Bac(name=f"{NAME_PREFIX}bac.{QUEUE_BYTES}", max_queue_bytes=QUEUE_BYTES)


@lru_cache(maxsize=4096)
def queue(queue_id: int, rank: int, share: int, shaped: str | None) -> Queue:
    """A queue. shaped: the name of its shaper profile."""
    return Queue(queue_id=queue_id, bac=BAC.name, priority=rank, weight=share, shaper=shaped)


@lru_cache(maxsize=64)
def marking(pcp: int, priority: int) -> tuple[Classifier, Policy, PolicyProfile]:
    """The policy of a UNI: every frame gets a class's PCP and traffic class, whatever it says of itself. The last of
    the three is what an interface names."""
    name = f"{NAME_PREFIX}mark.p{pcp}.tc{priority}"
    return (
        Classifier(name=name, pbit_marking=pcp, traffic_class=priority),
        Policy(name=name, classifiers=(name,)),
        PolicyProfile(name=name, policies=(name,)),
    )


def downstream_policy(campus: Campus) -> tuple[CompositeFilter | Classifier | Policy | PolicyProfile, ...]:
    """The policy of an uplink: PCP to traffic class, for all classes of the campus. Never the identity: PCP 1 ranks
    below PCP 0. The last of them is what an interface names."""
    classes = sorted(campus.classes.values(), key=lambda c: c.pcp)
    filters = [CompositeFilter(name=f"{NAME_PREFIX}pcp.{cls.pcp}", pbits=(cls.pcp,)) for cls in classes]
    classifiers = [
        Classifier(name=f"{NAME_PREFIX}pcp{cls.pcp}.tc{cls.priority}", filter=found.name, traffic_class=cls.priority)
        for cls, found in zip(classes, filters, strict=True)
    ]
    name = f"{NAME_PREFIX}down." + "-".join(f"{cls.pcp}{cls.priority}" for cls in classes)
    policy = Policy(name=name, classifiers=tuple(c.name for c in classifiers))
    return (*filters, *classifiers, policy, PolicyProfile(name=name, policies=(name,)))
