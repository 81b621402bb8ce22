"""A small PON for tests of the dataplane: its configuration by hand, and its plant on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from labs.net.hosts import HostLink, add_hosts
from labs.net.ovs import Bridge, OvsInstance, Port
from labs.net.record import Record
from labs.net.stretch import add_stretch
from labs.olt import config as c
from labs.olt.dataplane.plane import OvsDataplane
from labs.olt.dataplane.wiring import OnuWiring, PonWiring, Wiring
from tests.labs.lab_net import Wire

MTU = 3000
PCPS = {3: 3, 1: 0}  # traffic class to PCP
GATEWAY = "02:c1:ea:00:00:01"
UPLINK = c.Ethernet(name="up-1", usage="network-port", hardware="up-1", tm=None, enabled=True)


def serial(onu: int) -> str:
    return f"CWLB{onu:08d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A UNI in use. marks: the traffic class of what it sends; takes: those that reach it."""

    onu: int
    uni: int
    vid: int
    marks: int = 1
    takes: tuple[int, ...] = (1,)
    assured_bps: int = 0
    priority: int = 2
    mac: str | None = None

    @property
    def name(self) -> str:
        return f"onu{self.onu}.{self.uni}"


def queue(number: int, *, priority: int, weight: int = 1) -> c.Queue:
    return c.Queue(
        queue_id=number,
        priority=priority,
        weight=weight,
        pir_kbps=None,
        pbs_bytes=None,
        max_bytes=1_000_000,
        shaper=None,
    )


def tm(classes: Sequence[int], *, pir_kbps: int | None = None) -> c.TmRoot:
    return c.TmRoot(
        queues=tuple(queue(n, priority=n) for n in classes),
        tc_to_queue=tuple((n, n) for n in classes),
        tc_map="map",
        pir_kbps=pir_kbps,
        shaper=None,
    )


def marking(traffic_class: int) -> c.Classifier:
    return c.Classifier(
        name=f"mark{traffic_class}",
        filters=(),
        every=False,
        pbit_marking=((0, PCPS[traffic_class]),),
        traffic_class=traffic_class,
        policer=None,
    )


def by_pcp() -> tuple[c.Classifier, ...]:
    return tuple(
        c.Classifier(
            name=f"pcp{pcp}",
            filters=(c.TagFilter(untagged=False, tags=((0, frozenset({pcp})),)),),
            every=False,
            pbit_marking=(),
            traffic_class=traffic_class,
            policer=None,
        )
        for traffic_class, pcp in PCPS.items()
    )


def tagged(vid: int) -> c.Rule:
    match = c.FrameMatch(kind="tagged", tags=(c.TagMatch(tag_type="c-vlan", vid=vid, pbits=None),))
    return c.Rule(name=f"v{vid}", priority=100, match=match, rewrite=c.Rewrite())


def sub(name: str, lower: str, rules: tuple[c.Rule, ...], usage: c.Usage, **more: object) -> c.SubInterface:
    plain = c.SubInterface(
        name=name, lower=lower, rules=rules, egress=c.Rewrite(), usage=usage, policy=(), enabled=True
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def user(service: Service) -> c.SubInterface:
    tag = c.PushTag(tag_type="c-vlan", vid=service.vid, pbit_from="marking")
    zero = c.FrameMatch(kind="tagged", tags=(c.TagMatch(tag_type="c-vlan", vid=None, pbits=None),))
    rules = (
        c.Rule(
            name="untagged", priority=100, match=c.FrameMatch(kind="untagged"), rewrite=c.Rewrite(pop=0, push=(tag,))
        ),
        c.Rule(name="zero", priority=110, match=zero, rewrite=c.Rewrite(pop=1, push=(tag,))),
    )
    return sub(
        f"{service.name}.uni.v{service.vid}",
        f"{service.name}.uni",
        rules,
        "user-port",
        egress=c.Rewrite(pop=1),
        policy=(marking(service.marks),),
    )


def config(services: Sequence[Service]) -> c.OltConfig:
    """As the planner makes it: docs/architecture.md, "PON"."""
    onus = sorted({s.onu for s in services})
    vids = sorted({s.vid for s in services})
    return c.OltConfig(
        components=tuple(
            c.Component(name=f"{s.name}.uni", cls="rj45", parent=f"onu{s.onu}", position=s.uni) for s in services
        ),
        terminations=(
            c.ChannelTermination(
                name="ct",
                pon="pon-1",
                technology="xgs-pon",
                channel_pair="pair",
                channel_partition="part",
                enabled=True,
            ),
        ),
        v_anis=tuple(
            c.VAni(
                name=f"onu{n}",
                onu_id=n,
                serial=serial(n),
                channel_partition="part",
                channel_pair="pair",
                termination="ct",
                technology="xgs-pon",
                enabled=True,
            )
            for n in onus
        ),
        ethernets=(
            UPLINK,
            *(
                c.Ethernet(name=f"{s.name}.uni", usage="user-port", hardware=f"{s.name}.uni", tm=None, enabled=True)
                for s in services
            ),
        ),
        olt_v_enets=tuple(c.OltVEnet(name=s.name, v_ani=f"onu{s.onu}", tm=tm(s.takes), enabled=True) for s in services),
        sub_interfaces=(
            *(user(s) for s in services),
            *(sub(f"{s.name}.v{s.vid}", s.name, (tagged(s.vid),), "user-port") for s in services),
            *(sub(f"up.v{vid}", "up-1", (tagged(vid),), "network-port", policy=by_pcp()) for vid in vids),
        ),
        tconts=tuple(
            c.TCont(
                name=f"{s.name}.tc{s.marks}",
                alloc_id=1024 + n,
                v_ani=f"onu{s.onu}",
                descriptor=c.TrafficDescriptor(
                    name=f"d{n}",
                    fixed_bps=0,
                    assured_bps=s.assured_bps,
                    maximum_bps=8_667_000_000,
                    priority=s.priority,
                    weight=1,
                    eligibility="best-effort-sharing",
                ),
                tm=tm((s.marks,)),
            )
            for n, s in enumerate(services)
        ),
        gemports=tuple(
            c.GemPort(
                name=f"{s.name}.tc{tc}",
                gemport_id=1021 + 8 * n + tc,
                interface=s.name,
                traffic_class=tc,
                tcont=f"{s.name}.tc{tc}" if tc == s.marks else None,
            )
            for n, s in enumerate(services)
            for tc in s.takes
        ),
        forwarders=tuple(_forwarder(vid, [s for s in services if s.vid == vid]) for vid in vids),
        links=tuple((f"{s.name}.uni", s.name) for s in services),
    )


def _forwarder(vid: int, services: list[Service]) -> c.Forwarder:
    name = f"v{vid}"
    static = [c.StaticMac(mac=GATEWAY, forwarder=name, port="network")]
    static += [c.StaticMac(mac=s.mac, forwarder=name, port=s.name) for s in services if s.mac is not None]
    return c.Forwarder(
        name=name,
        ports=(("network", f"up.v{vid}"), *((s.name, f"{s.name}.v{vid}") for s in services)),
        fdb=name,
        max_macs=4096,
        aging_s=300,
        static_macs=tuple(static),
        split_horizon=(("user-port", "user-port"),),
    )


def wiring(folder: Path, netns: str, stretch: str, unis: Sequence[tuple[int, int]]) -> Wiring:
    """unis: (ONU, UNI); their ports on the ONUs' bridge count from 1, the line is port 100 on both bridges."""
    onus: dict[str, dict[str, int]] = {}
    for port, (onu, uni) in enumerate(unis, start=1):
        onus.setdefault(serial(onu), {})[str(uni)] = port
    return Wiring(
        ovs_folder=str(folder),
        ovs_netns=netns,
        olt_bridge="olt",
        onu_bridge="onus",
        scale=20,
        frame_bytes=MTU + 22,
        uplinks={"up-1": 1},
        pons={"pon-1": PonWiring(stretch=stretch, olt_port=100, onu_port=100)},
        onus={s: OnuWiring(pon="pon-1", unis=found) for s, found in onus.items()},
    )


class Plant:
    """The plant, up: a host on the uplink (`core`), one on each UNI (`u1`, ...)."""

    def __init__(self, record: Record, folder: Path, unis: Sequence[tuple[int, int]]) -> None:
        names = record.names
        self.ovs = OvsInstance(folder / "ovs", names.netns("ovs"))
        self.ovs.start(record)
        stretch = add_stretch(record, "pon-1", MTU, self.ovs.netns)
        self.hosts = ["core", *(f"u{n}" for n in range(1, len(unis) + 1))]
        self.netns = {host: names.netns(host) for host in self.hosts}
        links = [
            HostLink(netns=self.netns[h], outside=h, mac=f"02:00:00:00:00:{n:02x}", mtu=MTU)
            for n, h in enumerate(self.hosts)
        ]
        add_hosts(record, links, self.ovs.netns)
        ports = [Port(bridge="olt", name="core", number=1), Port(bridge="olt", name=stretch.near, number=100)]
        ports += [Port(bridge="onus", name=f"u{n}", number=n) for n in range(1, len(unis) + 1)]
        ports.append(Port(bridge="onus", name=stretch.far, number=100))
        self.ovs.add([Bridge(name="olt", datapath_id=2), Bridge(name="onus", datapath_id=3)], ports)
        self.wiring = wiring(folder / "ovs", self.ovs.netns, stretch.netns, unis)
        self.dataplane = OvsDataplane(self.wiring)

    def wire(self, host: str) -> Wire:
        return Wire(self.netns[host])

    def bring(self, host: str) -> str:
        """The command that runs in a host."""
        return f"ip netns exec {self.netns[host]}"
