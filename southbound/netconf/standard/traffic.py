"""Traffic descriptors, T-CONTs, GEM ports and the profiles of queues (TR-385, TR-383), to XML and back."""

from __future__ import annotations

from typing import Final

from intents.model import pon
from southbound.netconf.standard.codec import Codec, Entry, flag, need, whole
from southbound.netconf.standard.ethernet import queue, queues_of
from southbound.netconf.standard.names import GEM, GEM_QOS, SHAP, TM
from southbound.netconf.standard.xml import child, children, element, number, optional, text


def _traffic_descriptor(o: pon.TrafficDescriptorProfile) -> Entry:
    leaves: dict[str, str | int] = {
        "name": o.name,
        "fixed-bandwidth": o.fixed_bps,
        "assured-bandwidth": o.assured_bps,
        "maximum-bandwidth": o.maximum_bps,
        "priority": o.priority,
        "weight": o.weight,
        "additional-bw-eligibility-indicator": o.eligibility,
    }
    return element(GEM, "traffic-descriptor-profile", *(element(GEM, k, text=v) for k, v in leaves.items()))


def _traffic_descriptor_of(entry: Entry) -> pon.TrafficDescriptorProfile:
    return pon.TrafficDescriptorProfile(
        name=need(entry, GEM, "name"),
        fixed_bps=number(entry, GEM, "fixed-bandwidth") or 0,
        assured_bps=number(entry, GEM, "assured-bandwidth") or 0,
        maximum_bps=whole(entry, GEM, "maximum-bandwidth"),
        priority=number(entry, GEM, "priority") or 1,
        weight=number(entry, GEM, "weight") or 1,
        eligibility=text(entry, GEM, "additional-bw-eligibility-indicator") or "none",  # type: ignore[arg-type]
    )


def _tcont(o: pon.TCont) -> Entry:
    tm = None
    if o.queues or o.tc_map:
        tm = element(
            GEM_QOS,
            "tm-root",
            *(queue(GEM_QOS, q) for q in o.queues),
            optional(GEM_QOS, "tc-id-2-queue-id-mapping-profile-name", o.tc_map),
        )
    return element(
        GEM,
        "tcont",
        element(GEM, "name", text=o.name),
        element(GEM, "alloc-id", text=o.alloc_id),
        element(GEM, "interface-reference", text=o.v_ani),
        optional(GEM, "traffic-descriptor-profile-ref", o.profile),
        tm,
    )


def _tcont_of(entry: Entry) -> pon.TCont:
    root = child(entry, GEM_QOS, "tm-root")
    return pon.TCont(
        name=need(entry, GEM, "name"),
        alloc_id=whole(entry, GEM, "alloc-id"),
        v_ani=need(entry, GEM, "interface-reference"),
        profile=text(entry, GEM, "traffic-descriptor-profile-ref"),
        queues=queues_of(root, GEM_QOS),
        tc_map=text(root, GEM_QOS, "tc-id-2-queue-id-mapping-profile-name"),
    )


def _gemport(o: pon.GemPort) -> Entry:
    return element(
        GEM,
        "gemport",
        element(GEM, "name", text=o.name),
        element(GEM, "gemport-id", text=o.gemport_id),
        element(GEM, "interface", text=o.interface),
        optional(GEM, "traffic-class", o.traffic_class),
        element(GEM, "downstream-aes-indicator", text=o.aes),
        element(GEM, "upstream-aes-indicator", text=o.aes),
        optional(GEM, "tcont-ref", o.tcont),
    )


def _gemport_of(entry: Entry) -> pon.GemPort:
    return pon.GemPort(
        name=need(entry, GEM, "name"),
        gemport_id=whole(entry, GEM, "gemport-id"),
        interface=need(entry, GEM, "interface"),
        traffic_class=number(entry, GEM, "traffic-class"),
        tcont=text(entry, GEM, "tcont-ref"),
        aes=flag(entry, GEM, "downstream-aes-indicator", default=False),
    )


def _tc_map(o: pon.TcMap) -> Entry:
    entries = [
        element(
            TM,
            "mapping-entry",
            element(TM, "traffic-class-id", text=tc),
            element(TM, "local-queue-id", text=queue),
        )
        for tc, queue in o.entries
    ]
    return element(TM, "tc-id-2-queue-id-mapping-profile", element(TM, "name", text=o.name), *entries)


def _tc_map_of(entry: Entry) -> pon.TcMap:
    found = [
        (whole(e, TM, "traffic-class-id"), whole(e, TM, "local-queue-id")) for e in children(entry, TM, "mapping-entry")
    ]
    return pon.TcMap(name=need(entry, TM, "name"), entries=tuple(sorted(found)))


def _bac(o: pon.Bac) -> Entry:
    return element(
        TM,
        "bac-entry",
        element(TM, "name", text=o.name),
        element(TM, "max-queue-size", text=o.max_queue_bytes),
        element(TM, "taildrop", element(TM, "max-threshold", text=o.max_threshold_percent)),
    )


def _bac_of(entry: Entry) -> pon.Bac:
    return pon.Bac(
        name=need(entry, TM, "name"),
        max_queue_bytes=whole(entry, TM, "max-queue-size"),
        max_threshold_percent=whole(child(entry, TM, "taildrop"), TM, "max-threshold"),
    )


def _shaper(o: pon.ShaperProfile) -> Entry:
    bucket = element(
        SHAP, "single-token-bucket", element(SHAP, "pir", text=o.pir_kbps), element(SHAP, "pbs", text=o.pbs_bytes)
    )
    return element(SHAP, "shaper-profile", element(SHAP, "name", text=o.name), bucket)


def _shaper_of(entry: Entry) -> pon.ShaperProfile:
    bucket = child(entry, SHAP, "single-token-bucket")
    return pon.ShaperProfile(
        name=need(entry, SHAP, "name"), pir_kbps=whole(bucket, SHAP, "pir"), pbs_bytes=whole(bucket, SHAP, "pbs")
    )


CODECS: Final = {
    "traffic-descriptor-profile": Codec(_traffic_descriptor, _traffic_descriptor_of),
    "tcont": Codec(_tcont, _tcont_of),
    "gemport": Codec(_gemport, _gemport_of),
    "tc-map": Codec(_tc_map, _tc_map_of),
    "bac": Codec(_bac, _bac_of),
    "shaper-profile": Codec(_shaper, _shaper_of),
}
