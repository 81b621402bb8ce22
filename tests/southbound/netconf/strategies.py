"""Hypothesis strategies: PON objects of every kind, with values inside what the models allow."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from intents.model import pon
from intents.model.pon_optics import HardwareClass

names = st.from_regex(r"[a-z][a-z0-9.\-]{0,20}", fullmatch=True)
vids = st.integers(1, 4094)
pbits = st.integers(0, 7)
rates = st.integers(0, 10**10)
usages = st.sampled_from(["user-port", "network-port"])
tag_types = st.sampled_from(["c-vlan", "s-vlan"])
technologies = st.sampled_from(["xgs", "gpon"])


def some(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | strategy


def _one_rate(name: str, cir_bps: int, cbs_bytes: int) -> pon.PolicingProfile:
    return pon.PolicingProfile(
        name=name, cir_bps=cir_bps, cbs_bytes=cbs_bytes, pir_bps=cir_bps, pbs_bytes=cbs_bytes, rates=1
    )


queues = st.lists(
    st.builds(
        pon.Queue,
        queue_id=st.integers(0, 7),
        bac=names,
        priority=pbits,
        weight=st.integers(1, 255),
        shaper=some(names),
    ),
    unique_by=lambda q: q.queue_id,
    max_size=8,
).map(lambda qs: tuple(sorted(qs, key=lambda q: q.queue_id)))
tcont_queues = queues.map(
    lambda qs: tuple(pon.Queue(queue_id=q.queue_id, bac=q.bac, priority=q.priority, weight=q.weight) for q in qs)
)
scheduler_children = st.lists(
    st.builds(pon.SchedulerChild, name=names, priority=pbits, weight=st.integers(1, 255)),
    unique_by=lambda c: c.name,
    max_size=3,
).map(lambda cs: tuple(sorted(cs, key=lambda c: c.name)))
schedulers = st.lists(
    st.one_of(
        st.builds(
            pon.Scheduler,
            name=names,
            level=st.integers(1, 5),
            children=scheduler_children,
            shaper=some(names),
        ),
        st.builds(pon.Scheduler, name=names, level=st.integers(1, 5), queues=queues, shaper=some(names)),
    ),
    unique_by=lambda s: s.name,
    min_size=1,
    max_size=3,
).map(lambda ss: tuple(sorted(ss, key=lambda s: s.name)))
tm_roots = st.one_of(
    st.builds(pon.TmRoot, queues=queues, tc_map=some(names), shaper=some(names)),
    st.builds(
        pon.TmRoot,
        queues=st.just(()),
        tc_map=some(names),
        shaper=some(names),
        schedulers=schedulers,
        top=scheduler_children,
    ),
)
some_pbits = st.sets(pbits, max_size=3).map(lambda found: tuple(sorted(found)))
inner_tags = st.builds(pon.TagMatch, tagging=st.just("tagged"), tag_type=tag_types, vid=some(vids))
matches = st.one_of(
    st.just(pon.TagMatch(tagging="untagged")),
    st.builds(pon.TagMatch, tagging=st.just("priority-tagged"), tag_type=tag_types, pbits=some_pbits),
    st.builds(
        pon.TagMatch,
        tagging=st.just("tagged"),
        tag_type=some(tag_types),
        vid=some(vids),
        pbits=some_pbits,
        inner=some(inner_tags),
    ),
)
dei = st.sampled_from(["0", "1", "tag"])
pushes = st.one_of(
    st.builds(pon.PushTag, tag_type=tag_types, vid=vids, pbit_from=st.just("constant"), pbit=pbits, dei_from=dei),
    st.builds(
        pon.PushTag,
        tag_type=tag_types,
        vid=vids,
        pbit_from=st.sampled_from(["tag", "marking"]),
        pbit_index=st.integers(0, 1),
        dei_from=dei,
    ),
)
rewrites = st.builds(pon.Rewrite, pop=st.integers(0, 2), push=st.lists(pushes, max_size=2).map(tuple))
rules = st.lists(
    st.builds(pon.IngressRule, name=names, priority=st.integers(1, 500), match=matches, rewrite=some(rewrites)),
    unique_by=lambda r: r.name,
    min_size=1,
    max_size=3,
).map(lambda rs: tuple(sorted(rs, key=lambda r: (r.priority, r.name))))
static_macs = st.lists(
    st.builds(
        pon.StaticMac,
        mac=st.from_regex(r"02(:[0-9a-f]{2}){5}", fullmatch=True),
        forwarder=names,
        port=names,
    ),
    unique_by=lambda s: s.mac,
    max_size=3,
).map(lambda ms: tuple(sorted(ms, key=lambda m: m.mac)))
listed = st.lists(names, min_size=1, max_size=3, unique=True).map(tuple)

objects: st.SearchStrategy[pon.PonObject] = st.one_of(
    st.builds(
        pon.HardwareComponent,
        name=names,
        cls=st.sampled_from(get_args(HardwareClass)),
        parent=some(names),
        rel_pos=some(st.integers(0, 100)),
    ),
    st.builds(pon.ChannelGroup, name=names, polling_period_ds=st.integers(1, 864000)),
    st.builds(
        pon.ChannelPartition,
        name=names,
        channel_group=names,
        index=st.integers(0, 15),
        closest_onu_km=st.integers(0, 40),
        max_differential_km=st.sampled_from([20, 40]),
        downstream_fec=st.booleans(),
    ),
    st.builds(pon.ChannelPair, name=names, channel_group=names, channel_partition=names, type=technologies),
    st.builds(
        pon.ChannelTermination,
        name=names,
        channel_pair=names,
        type=technologies,
        pon_id=st.integers(0, 2**32 - 1),
        hardware=names,
        type_b=st.sampled_from([None, "primary", "secondary"]),
    ),
    st.builds(
        pon.VAni,
        name=names,
        onu_id=st.integers(0, 1020),
        channel_partition=names,
        channel_pair=names,
        serial=st.from_regex(r"[A-Z]{4}[0-9A-F]{8}", fullmatch=True),
        upstream_fec=st.booleans(),
        protection_pair=some(names),
    ),
    st.builds(pon.Ani, name=names, hardware=names, upstream_fec=st.booleans()),
    st.builds(pon.EthernetInterface, name=names, usage=usages, hardware=names, tm=some(tm_roots)),
    st.builds(pon.OltVEnet, name=names, v_ani=names, tm=some(tm_roots)),
    st.builds(
        pon.VlanSubInterface,
        name=names,
        lower=names,
        rules=rules,
        egress=some(rewrites),
        usage=some(usages),
        ingress_policy=some(names),
        mac_learning=some(
            st.builds(
                pon.MacLearning,
                max_macs=st.integers(1, 2**32 - 1),
                learn=st.booleans(),
                full=st.sampled_from(["forward", "discard"]),
            )
        ),
    ),
    st.builds(
        pon.TrafficDescriptorProfile,
        name=names,
        fixed_bps=rates,
        assured_bps=rates,
        maximum_bps=rates,
        priority=st.integers(1, 8),
        weight=st.integers(1, 255),
        eligibility=st.sampled_from(["none", "non-assured-sharing", "best-effort-sharing"]),
    ),
    st.builds(
        pon.TCont,
        name=names,
        alloc_id=st.integers(1024, 16383),
        v_ani=names,
        profile=some(names),
        queues=tcont_queues,
        tc_map=some(names),
    ),
    st.builds(
        pon.GemPort,
        name=names,
        gemport_id=st.integers(1021, 65534),
        interface=names,
        traffic_class=some(pbits),
        tcont=some(names),
        aes=st.booleans(),
    ),
    st.builds(pon.InterfaceLink, name=names, to=names),
    st.builds(
        pon.Forwarder,
        name=names,
        ports=st.lists(st.tuples(names, names), max_size=3, unique_by=lambda p: p[0]).map(lambda p: tuple(sorted(p))),
        fdb=some(names),
        split_horizon=st.lists(names, max_size=1).map(tuple),
    ),
    st.builds(
        pon.ForwardingDatabase,
        name=names,
        max_macs=st.integers(1, 10**6),
        aging_s=st.integers(0, 1000),
        static=static_macs,
    ),
    st.builds(pon.SplitHorizonProfile, name=names, in_usage=usages, out_usage=usages),
    st.builds(
        pon.TcMap,
        name=names,
        entries=st.lists(st.tuples(pbits, pbits), unique_by=lambda e: e[0], max_size=8).map(lambda e: tuple(sorted(e))),
    ),
    st.builds(pon.Bac, name=names, max_queue_bytes=st.integers(1, 10**9), max_threshold_percent=st.integers(0, 100)),
    st.builds(pon.ShaperProfile, name=names, pir_kbps=st.integers(1, 10**7), pbs_bytes=st.integers(1, 10**9)),
    st.builds(pon.CompositeFilter, name=names, untagged=st.just(True)),
    st.builds(
        pon.CompositeFilter,
        name=names,
        pbits=st.sets(pbits, min_size=1).map(lambda s: tuple(sorted(s))),
    ),
    st.builds(pon.PolicingProfile, name=names, cir_bps=rates, cbs_bytes=rates, pir_bps=rates, pbs_bytes=rates),
    st.builds(_one_rate, name=names, cir_bps=rates, cbs_bytes=rates),
    st.builds(
        pon.Classifier,
        name=names,
        filter=some(names),
        pbit_marking=some(pbits),
        traffic_class=some(pbits),
        policer=some(names),
    ),
    st.builds(pon.Policy, name=names, classifiers=listed),
    st.builds(pon.PolicyProfile, name=names, policies=listed),
)
# A state: no two interfaces of one name, whatever their kinds, since they share one list.
INTERFACES = {
    "channel-group",
    "channel-partition",
    "channel-pair",
    "channel-termination",
    "v-ani",
    "ani",
    "ethernet",
    "olt-v-enet",
    "vlan-sub-interface",
}
states = st.lists(
    objects, max_size=25, unique_by=lambda o: ("interface" if o.kind in INTERFACES else o.kind, o.name)
).map(tuple)
