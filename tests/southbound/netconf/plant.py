"""A plant with everything in it that a hospital's OLT may be asked to hold, every reference in place."""

from __future__ import annotations

from typing import Final, Literal

from intents.model import pon

MBIT: Final = 10**6
XGS: Final = ("cw.pon-1", "xgs")


def whole_plant(onus: int = 2) -> tuple[pon.PonObject, ...]:
    """One XGS-PON with Type B protection, one GPON, and so many ONUs on the first."""
    found: list[pon.PonObject] = [*chassis(), *channels(), *profiles(), *policies(), *uplink()]
    for number in range(1, onus + 1):
        found += onu(number)
    return (*found, *bridges(onus))


def chassis() -> list[pon.PonObject]:
    """The OLT's hardware, down to a cage with a transceiver in it."""
    part = pon.HardwareComponent
    return [
        part(name="olt-1", cls="chassis"),
        part(name="card", cls="board", parent="olt-1", rel_pos=1),
        part(name="cage-1", cls="cage", parent="card", rel_pos=1),
        part(name="sfp-1", cls="transceiver", parent="cage-1", rel_pos=1),
        part(name="pon-1", cls="transceiver-link", parent="sfp-1", rel_pos=1),
        part(name="pon-2", cls="transceiver-link", parent="card", rel_pos=2),
        part(name="pon-3", cls="transceiver-link-gpon", parent="card", rel_pos=3),
        part(name="up-1", cls="port", parent="card", rel_pos=4),
    ]


def channels() -> list[pon.PonObject]:
    """pon-1 with pon-2 as its Type B stand-in on one channel pair, a second pair to retune to, and a GPON."""
    found: list[pon.PonObject] = []
    plans: tuple[tuple[str, pon.Technology], ...] = (("cw.pon-1", "xgs"), ("cw.pon-3", "gpon"))
    for name, kind in plans:
        found += [
            pon.ChannelGroup(name=f"{name}.group"),
            pon.ChannelPartition(name=f"{name}.partition", channel_group=f"{name}.group"),
            _pair(name, f"{name}.pair", kind),
        ]
    found.append(_pair("cw.pon-1", "cw.pon-1.spare", "xgs"))
    ports: tuple[tuple[str, str, pon.Technology, int, Literal["primary", "secondary"] | None], ...] = (
        ("pon-1", "cw.pon-1.pair", "xgs", 1, "primary"),
        ("pon-2", "cw.pon-1.pair", "xgs", 2, "secondary"),
        ("pon-3", "cw.pon-3.pair", "gpon", 0xCAFE, None),
    )
    for port, pair, kind, number, role in ports:
        found.append(
            pon.ChannelTermination(
                name=f"cw.{port}.termination", channel_pair=pair, type=kind, pon_id=number, hardware=port, type_b=role
            )
        )
    return found


def _pair(base: str, name: str, kind: pon.Technology) -> pon.ChannelPair:
    return pon.ChannelPair(name=name, channel_group=f"{base}.group", channel_partition=f"{base}.partition", type=kind)


def profiles() -> list[pon.PonObject]:
    """The five kinds of T-CONT (G.9807.1 C.7.3.5), queues, shapers, policers of one and of two rates."""

    def descriptor(name: str, fixed: int, assured: int, most: int, sharing: str) -> pon.TrafficDescriptorProfile:
        return pon.TrafficDescriptorProfile(
            name=f"cw.tdp.{name}",
            fixed_bps=fixed * MBIT,
            assured_bps=assured * MBIT,
            maximum_bps=most * MBIT,
            priority=3,
            weight=20,
            eligibility=sharing,  # type: ignore[arg-type]
        )

    return [
        descriptor("fixed", 10, 0, 10, "none"),
        descriptor("assured", 0, 20, 20, "none"),
        descriptor("shared", 0, 20, 200, "non-assured-sharing"),
        descriptor("effort", 0, 0, 500, "best-effort-sharing"),
        descriptor("all", 5, 20, 500, "best-effort-sharing"),
        pon.Bac(name="cw.bac", max_queue_bytes=1_000_000),
        pon.TcMap(name="cw.tc", entries=((1, 1), (5, 5))),
        pon.ShaperProfile(name="cw.shaper.1000", pir_kbps=1_000_000, pbs_bytes=100_000),
        pon.PolicingProfile(
            name="cw.police.2", cir_bps=100 * MBIT, cbs_bytes=50_000, pir_bps=200 * MBIT, pbs_bytes=50_000
        ),
        pon.PolicingProfile(
            name="cw.police.1", cir_bps=100 * MBIT, cbs_bytes=9_000, pir_bps=100 * MBIT, pbs_bytes=9_000, rates=1
        ),
    ]


def policies() -> list[pon.PonObject]:
    """Marking at the UNI, policing there, and PCP to traffic class from the network."""
    return [
        pon.CompositeFilter(name="cw.untagged", untagged=True),
        pon.CompositeFilter(name="cw.pcp", pbits=(0, 1, 5)),
        pon.Classifier(name="cw.mark", pbit_marking=5, traffic_class=5, policer="cw.police.1"),
        pon.Classifier(name="cw.bare", filter="cw.untagged", policer="cw.police.2"),
        pon.Classifier(name="cw.down", filter="cw.pcp", traffic_class=5),
        pon.Policy(name="cw.mark", classifiers=("cw.mark", "cw.bare")),
        pon.Policy(name="cw.down", classifiers=("cw.down",)),
        pon.PolicyProfile(name="cw.mark", policies=("cw.mark",)),
        pon.PolicyProfile(name="cw.down", policies=("cw.down",)),
    ]


def uplink() -> list[pon.PonObject]:
    """The uplink with a C-VLAN and a QinQ service."""
    outer = pon.TagMatch(tagging="tagged", tag_type="s-vlan", vid=300, inner=_tagged(100))
    rule = pon.IngressRule(name="qinq", priority=100, match=outer, rewrite=pon.Rewrite(pop=1))
    service = pon.PushTag(tag_type="s-vlan", vid=300, pbit_from="tag", dei_from="tag")
    return [
        pon.EthernetInterface(name="up-1", usage="network-port", hardware="up-1"),
        pon.VlanSubInterface(
            name="cw.up-1.v20",
            lower="up-1",
            rules=(pon.IngressRule(name="v20", priority=100, match=_tagged(20)),),
            usage="network-port",
            ingress_policy="cw.down",
        ),
        pon.VlanSubInterface(
            name="cw.up-1.s300",
            lower="up-1",
            rules=(rule,),
            egress=pon.Rewrite(pop=0, push=(service,)),
            usage="network-port",
            ingress_policy="cw.down",
        ),
    ]


def _tagged(vid: int, *pbits: int) -> pon.TagMatch:
    return pon.TagMatch(tagging="tagged", tag_type="c-vlan", vid=vid, pbits=pbits)


def onu(number: int) -> list[pon.PonObject]:
    """An ONU with one UNI: untagged, priority-tagged and translated frames, two traffic classes."""
    name = f"cw.onu-{number}"
    queues = tuple(pon.Queue(queue_id=n, bac="cw.bac", priority=n, weight=1, shaper="cw.shaper.1000") for n in (1, 5))
    upward = tuple(pon.Queue(queue_id=n, bac="cw.bac", priority=n, weight=1) for n in (1, 5))
    found: list[pon.PonObject] = [
        pon.HardwareComponent(name=name, cls="chassis"),
        pon.HardwareComponent(name=f"{name}.ani", cls="transceiver-link", parent=name, rel_pos=1),
        pon.HardwareComponent(name=f"{name}.uni1", cls="uni", parent=name, rel_pos=1),
        pon.VAni(
            name=name,
            onu_id=number,
            channel_partition="cw.pon-1.partition",
            channel_pair="cw.pon-1.pair",
            serial=f"CWLB{number:08X}",
            protection_pair="cw.pon-1.spare",
        ),
        pon.Ani(name=f"{name}.ani", hardware=f"{name}.ani"),
        pon.EthernetInterface(name=f"{name}.uni1", usage="user-port", hardware=f"{name}.uni1"),
        pon.OltVEnet(
            name=f"{name}.1", v_ani=name, tm=pon.TmRoot(queues=queues, tc_map="cw.tc", shaper="cw.shaper.1000")
        ),
        pon.InterfaceLink(name=f"{name}.ani", to=name),
        pon.InterfaceLink(name=f"{name}.uni1", to=f"{name}.1"),
        *_uni_vlans(name),
    ]
    for traffic_class, profile in ((5, "cw.tdp.all"), (1, "cw.tdp.effort")):
        at = f"{name}.1.tc{traffic_class}"
        found += [
            pon.TCont(
                name=at,
                alloc_id=1024 + 8 * number + traffic_class,
                v_ani=name,
                profile=profile,
                queues=upward,
                tc_map="cw.tc",
            ),
            pon.GemPort(
                name=at,
                gemport_id=1100 + 8 * number + traffic_class,
                interface=f"{name}.1",
                traffic_class=traffic_class,
                tcont=at,
            ),
        ]
    return found


def _uni_vlans(name: str) -> list[pon.PonObject]:
    marked = pon.PushTag(tag_type="c-vlan", vid=20, pbit_from="marking")
    rules = (
        pon.IngressRule(
            name="untagged",
            priority=100,
            match=pon.TagMatch(tagging="untagged"),
            rewrite=pon.Rewrite(pop=0, push=(marked,)),
        ),
        pon.IngressRule(
            name="priority",
            priority=101,
            match=pon.TagMatch(tagging="priority-tagged", tag_type="c-vlan"),
            rewrite=pon.Rewrite(pop=1, push=(marked,)),
        ),
    )
    to_network = pon.PushTag(tag_type="c-vlan", vid=100, pbit_from="constant", pbit=1)
    to_user = pon.PushTag(tag_type="c-vlan", vid=7, pbit_from="tag", dei_from="tag")
    translated = pon.IngressRule(
        name="v7", priority=102, match=_tagged(7, 0, 1), rewrite=pon.Rewrite(pop=1, push=(to_network,))
    )
    return [
        pon.VlanSubInterface(
            name=f"{name}.uni1.v20",
            lower=f"{name}.uni1",
            rules=rules,
            egress=pon.Rewrite(pop=1),
            usage="user-port",
            ingress_policy="cw.mark",
            mac_learning=pon.MacLearning(max_macs=4, full="discard"),
        ),
        pon.VlanSubInterface(
            name=f"{name}.uni1.v7",
            lower=f"{name}.uni1",
            rules=(translated,),
            egress=pon.Rewrite(pop=1, push=(to_user,)),
            usage="user-port",
        ),
        *(
            pon.VlanSubInterface(
                name=f"{name}.1.v{vid}",
                lower=f"{name}.1",
                rules=(pon.IngressRule(name=f"v{vid}", priority=100, match=_tagged(vid)),),
                usage="user-port",
            )
            for vid in (20, 100)
        ),
    ]


def bridges(onus: int) -> list[pon.PonObject]:
    """A forwarder a service, users apart, one nailed MAC address."""
    found: list[pon.PonObject] = [pon.SplitHorizonProfile(name="cw.apart")]
    for vid, network in ((20, "cw.up-1.v20"), (100, "cw.up-1.s300")):
        ports = [("network", network), *((f"onu-{n}", f"cw.onu-{n}.1.v{vid}") for n in range(1, onus + 1))]
        name = f"cw.v{vid}"
        nailed = (pon.StaticMac(mac="02:c1:ea:00:00:01", forwarder=name, port="network"),)
        found += [
            pon.Forwarder(name=name, ports=tuple(sorted(ports)), fdb=name, split_horizon=("cw.apart",)),
            pon.ForwardingDatabase(name=name, static=nailed),
        ]
    return found


def with_schedulers(plant: tuple[pon.PonObject, ...]) -> tuple[pon.PonObject, ...]:
    """The plant with two levels of schedulers at the uplink."""
    queues = tuple(pon.Queue(queue_id=n, bac="cw.bac", priority=n, weight=1, shaper="cw.shaper.1000") for n in (1, 5))
    tm = pon.TmRoot(
        queues=(),
        tc_map="cw.tc",
        schedulers=(
            pon.Scheduler(name="all", level=1, children=(pon.SchedulerChild(name="leaf", priority=1, weight=9),)),
            pon.Scheduler(name="leaf", level=2, queues=queues, shaper="cw.shaper.1000"),
        ),
        top=(pon.SchedulerChild(name="all", priority=0, weight=1),),
    )
    up = pon.EthernetInterface(name="up-1", usage="network-port", hardware="up-1", tm=tm)
    return tuple(up if o.key == up.key else o for o in plant)
