"""Flows of the ONUs: of one bridge for all, each with ports of its own, or of a bridge each. Pure.

0 where from     UNI; PON: GEM port's tag off  -> reg3 UNI
1 up             ingress rule, rewriting, marking, GEM port by traffic class
2 down           sub-interface by the tag that its frames have on the line, egress rewriting
"""

from __future__ import annotations

from collections.abc import Iterator

from labs.olt.dataplane.flow import Flow
from labs.olt.dataplane.frames import egress, line_matches, push, treatments
from labs.olt.dataplane.labels import Labels, meter_label
from labs.olt.dataplane.olt_flows import GEM_TPID, of_priority
from labs.olt.dataplane.services import Services, Uni
from labs.olt.dataplane.wiring import Wiring


def onu_flows(services: Services, labels: Labels, wiring: Wiring) -> dict[str, tuple[Flow, ...]]:
    """All flows by bridge; of every bridge, also where it has none."""
    found: dict[str, list[Flow]] = {onu.bridge or wiring.onu_bridge: [] for onu in wiring.onus.values()}
    for uni in services.unis:
        found[uni.bridge] += _uni(uni, labels, wiring.pons[uni.pon].onu_port)
    return {bridge: tuple(flows) for bridge, flows in found.items()}


def _uni(uni: Uni, labels: Labels, line: int) -> Iterator[Flow]:
    number, gems = labels.interfaces[uni.name], labels.gems[uni.pon]
    load = f"load:{number}->NXM_NX_REG3[]"
    yield Flow(table=0, priority=10, match=(f"in_port={uni.port}",), actions=(load, "goto_table:1"))
    for gem in uni.gems:
        match = (f"in_port={line}", f"dl_vlan={gems[gem.name]}")
        yield Flow(table=0, priority=10, match=match, actions=("pop_vlan", load, "goto_table:2"))
    seen: set[tuple[str, ...]] = set()
    for sub in uni.subs:
        for rank, treatment in treatments(sub):
            actions: list[str] = []
            up = uni.gem(treatment.traffic_class or 0)
            if up is not None and up.tcont is not None:
                actions += [f"meter:{labels.meters[meter_label(sub.name, p)]}" for p in treatment.policers[:1]]
                actions += [*treatment.actions, *push(GEM_TPID, gems[up.name]), f"output:{line}"]
            here = (f"reg3={number}", *treatment.match)
            yield Flow(table=1, priority=of_priority(rank), match=here, actions=tuple(actions))
        for tagged in line_matches(sub):
            if tagged not in seen:
                seen.add(tagged)
                for left, rewriting in egress(sub, tagged):
                    out = (*rewriting, f"output:{uni.port}")
                    yield Flow(table=2, priority=10, match=(f"reg3={number}", *left), actions=out)
