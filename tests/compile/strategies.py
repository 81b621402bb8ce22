"""Random campuses and intents, small enough to think about when a property fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from intents.model.campus import Campus, NetconfAccess, Olt, Place, PonId, Switch
from intents.model.intent import Deliver, Permission, ResolvedIntent
from tests.compile.campuses import SEGMENTS, G, M, campus_of, intent, onu, place

RATES = st.sampled_from([1 * G, 10 * G])
CLASSES = st.sampled_from(["voice", "telemetry", "video", "imaging", "clinical", "default", "background"])
SEGMENT_NAMES = sorted(SEGMENTS)


@st.composite
def campuses(draw: st.DrawFn) -> Campus:
    """A gateway, perhaps an access switch behind it, an OLT with one or two PONs; places on some of the ports."""
    pons = {f"pon-{n}": draw(st.sampled_from(["xgs-pon", "gpon"])) for n in range(1, draw(st.integers(1, 2)) + 1)}
    onus = [
        onu(
            f"onu-{n}",
            n,
            {u: draw(RATES) for u in range(1, draw(st.integers(1, 2)) + 1)},
            PonId("olt-1", draw(st.sampled_from(sorted(pons)))),
        )
        for n in range(1, draw(st.integers(1, 4)) + 1)
    ]
    switches = {
        "core-1": Switch(name="core-1", datapath_id=1, ports=dict.fromkeys(range(1, 6), 10 * G), gateway=True),
        "acc-1": Switch(name="acc-1", datapath_id=2, ports=dict.fromkeys(range(1, 5), 1 * G)),
    }
    ports = [f"{o.name}:{u}" for o in onus for u in o.ports] + ["core-1:3", "core-1:4", "acc-1:2", "acc-1:3"]
    used = draw(st.lists(st.sampled_from(ports), min_size=2, max_size=8, unique=True))
    places = [
        place(
            f"place-{n}",
            port,
            draw(st.sampled_from(SEGMENT_NAMES)),
            10 + n,
            f"02:00:00:00:00:{n:02x}" if draw(st.booleans()) else None,
        )
        for n, port in enumerate(used, start=1)
    ]
    olt = Olt(name="olt-1", netconf=NetconfAccess(host="127.0.0.1"), uplinks={"up-1": 10 * G}, pons=pons)
    links = [("core-1:1", "olt-1:up-1"), ("core-1:2", "acc-1:1")]
    if draw(st.booleans()):
        links.append(("core-1:5", "acc-1:4"))
    return campus_of(places, switches=switches, olts={"olt-1": olt}, onus=onus, links=links)


@st.composite
def intents_for(draw: st.DrawFn, campus: Campus, name: str) -> ResolvedIntent:
    """One random intent between some places of the campus."""
    places: Sequence[Place] = [campus.places[n] for n in sorted(campus.places)]
    names = [p.name for p in places]
    sources = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    destinations = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    fields: dict[str, Any] = {}
    kind = draw(st.sampled_from(["allow", "class", "guarantee", "deliver", "limit", "latency"]))
    if kind in ("class", "limit") and draw(st.booleans()):
        fields["service_class"] = draw(CLASSES)
    if kind == "guarantee":
        fields["guarantee_bps"] = draw(st.integers(1, 6000)) * M // draw(st.sampled_from([1, 10, 1000]))
        fields["service_class"] = draw(st.sampled_from([None, "voice", "imaging", "clinical"]))
    if kind == "deliver":
        fields["deliver"] = Deliver(images=draw(st.integers(1, 1000)), size_bytes=512 * 1024, within_us=10**6)
    if kind == "latency":
        fields["latency_us"] = draw(st.sampled_from([1_000, 5_000, 50_000]))
        fields["service_class"] = draw(st.sampled_from([None, "voice", "telemetry"]))
    if kind == "limit":
        fields["limit_bps"] = draw(st.integers(1, 100)) * M
    if len(campus.links) > 2:
        fields["survive"] = draw(st.sampled_from([None, None, "core-1:2", "core-1:5"]))
    return intent(
        campus,
        name,
        sources,
        destinations,
        one_way=draw(st.booleans()),
        services=draw(st.sampled_from([(), (), ("dicom",), ("https", "dns"), ("ping",)])),
        permission=draw(st.sampled_from([*[Permission.ALLOW] * 15, Permission.DENY, Permission.QUARANTINE])),
        **fields,
    )


@st.composite
def asked(draw: st.DrawFn) -> tuple[Campus, list[ResolvedIntent]]:
    """A campus with up to six intents; they may contradict each other or not fit."""
    campus = draw(campuses())
    return campus, [draw(intents_for(campus, f"intent-{n}")) for n in range(draw(st.integers(0, 6)))]


@st.composite
def asked_for_time(draw: st.DrawFn) -> tuple[Campus, list[ResolvedIntent]]:
    """A campus with intents of which the first promises a delay, and others that share its queues."""
    campus = draw(campuses())
    names = sorted(campus.places)
    found = []
    for number in range(draw(st.integers(1, 5))):
        ends = draw(st.lists(st.sampled_from(names), min_size=2, max_size=3, unique=True))
        kind = "latency" if not number else draw(st.sampled_from(["latency", "class", "limit", "guarantee", "deliver"]))
        fields: dict[str, Any] = {"service_class": draw(st.sampled_from(["voice", "telemetry", "video", "imaging"]))}
        if kind == "latency":
            fields["latency_us"] = draw(st.sampled_from([1_000, 5_000, 50_000]))
            fields["guarantee_bps"] = draw(st.sampled_from([None, 1 * M, 30 * M]))
            fields["limit_bps"] = draw(st.sampled_from([None, None, 40 * M]))
        if kind == "guarantee":
            fields["guarantee_bps"] = draw(st.integers(1, 60)) * M
        if kind == "limit":
            fields["limit_bps"] = draw(st.integers(1, 100)) * M
        if kind == "deliver":
            fields["deliver"] = Deliver(images=draw(st.integers(1, 300)), size_bytes=512 * 1024, within_us=10**6)
        found.append(intent(campus, f"intent-{number}", ends[:1], ends[1:], one_way=draw(st.booleans()), **fields))
    return campus, found
