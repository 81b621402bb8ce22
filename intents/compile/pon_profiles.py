"""Profiles of the PON. A profile's name says what is in it, so none is ever edited under its users."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from intents.compile.recorder import Recorder
from intents.model.campus import PON_CAPACITY_BPS, Campus, ServiceClass
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


def add_descriptor(recorder: Recorder, olt: str, rates: tuple[int, int], cls: ServiceClass) -> str:
    """The traffic descriptor profile of a T-CONT. The models count priority from 1 to 8, so it is one more than the
    class's; 8 goes first."""
    assured, maximum = rates
    priority, share = cls.priority + 1, weight(assured)
    name = f"{NAME_PREFIX}tdp.f0.a{_short(assured)}.m{_short(maximum)}.p{priority}.w{share}"
    if not recorder.share(olt, ("traffic-descriptor-profile", name)):
        profile = TrafficDescriptorProfile(
            name=name,
            fixed_bps=0,
            assured_bps=assured,
            maximum_bps=maximum,
            priority=priority,
            weight=share,
            # Best effort beyond the assured rate needs a maximum above it (opencord/openolt#5); without, none is
            # shared.
            eligibility="best-effort-sharing" if maximum > assured else "none",
        )
        recorder.add(olt, profile)
    return name


def add_shaper(recorder: Recorder, olt: str, bps: int) -> str:
    """A shaper of a rate, rounded up to kbit/s, with two milliseconds of burst, at least ten frames."""
    pir_kbps = -(-bps // KILO)
    name = f"{NAME_PREFIX}shaper.{_short(pir_kbps * KILO)}"
    if not recorder.share(olt, ("shaper-profile", name)):
        recorder.add(olt, ShaperProfile(name=name, pir_kbps=pir_kbps, pbs_bytes=max(pir_kbps // 4, 15_380)))
    return name


def add_tc_map(recorder: Recorder, olt: str, classes: Iterable[int]) -> str:
    """The map of exactly these traffic classes to the queues of their number."""
    numbers = sorted(classes)
    name = f"{NAME_PREFIX}tc." + "-".join(map(str, numbers))
    if not recorder.share(olt, ("tc-map", name)):
        recorder.add(olt, TcMap(name=name, entries=tuple((n, n) for n in numbers)))
    return name


def queue(recorder: Recorder, olt: str, queue_id: int, *, rank: int, share: int, shaper: str | None = None) -> Queue:
    """A queue with tail drop."""
    bac = f"{NAME_PREFIX}bac.{QUEUE_BYTES}"
    if not recorder.share(olt, ("bac", bac)):
        recorder.add(olt, Bac(name=bac, max_queue_bytes=QUEUE_BYTES))
    return _queue(queue_id, bac, rank, share, shaper)


@lru_cache(maxsize=4096)
def _queue(queue_id: int, bac: str, rank: int, share: int, shaper: str | None) -> Queue:
    return Queue(queue_id=queue_id, bac=bac, priority=rank, weight=share, shaper=shaper)


def add_marking(recorder: Recorder, olt: str, cls: ServiceClass) -> str:
    """The policy of a UNI: every frame gets the class's PCP and traffic class, whatever it says of itself."""
    name = f"{NAME_PREFIX}mark.p{cls.pcp}.tc{cls.priority}"
    if not recorder.share(olt, ("policy-profile", name)):
        recorder.add(olt, PolicyProfile(name=name, policies=(name,)))
    if not recorder.share(olt, ("policy", name)):
        recorder.add(olt, Policy(name=name, classifiers=(name,)))
    if not recorder.share(olt, ("classifier", name)):
        recorder.add(olt, Classifier(name=name, pbit_marking=cls.pcp, traffic_class=cls.priority))
    return name


def add_downstream_policy(recorder: Recorder, olt: str, campus: Campus) -> str:
    """The policy of an uplink: PCP to traffic class, for all classes of the campus. Never the identity: PCP 1 ranks
    below PCP 0."""
    classes = sorted(campus.classes.values(), key=lambda c: c.pcp)
    names: list[str] = []
    for cls in classes:
        pcp = recorder.add(olt, CompositeFilter(name=f"{NAME_PREFIX}pcp.{cls.pcp}", pbits=(cls.pcp,)))
        name = f"{NAME_PREFIX}pcp{cls.pcp}.tc{cls.priority}"
        names.append(recorder.add(olt, Classifier(name=name, filter=pcp, traffic_class=cls.priority)))
    name = f"{NAME_PREFIX}down." + "-".join(f"{cls.pcp}{cls.priority}" for cls in classes)
    recorder.add(olt, Policy(name=name, classifiers=tuple(names)))
    return recorder.add(olt, PolicyProfile(name=name, policies=(name,)))
