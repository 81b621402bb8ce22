"""A table is cut into what each entry decides, however many entries a trunk's packets meet."""

from __future__ import annotations

from intents.compile.flows import ETH_IPV4, field
from intents.model.campus import Endpoint, Switch
from intents.model.state import DeviceState, Observation, Operational
from intents.model.switch import FlowEntry, Output, SwitchFacts, match
from intents.verify.network.network import Network
from intents.verify.packets.packet import untagged
from tests.compile.campuses import G, campus_of


def test_more_entries_on_one_port_than_python_may_nest_calls() -> None:
    entries = [
        FlowEntry(
            table=0,
            priority=100,
            match=match(field("in_port", 1), field("eth_type", ETH_IPV4), field("ipv4_dst", 0x0A000000 + n)),
            actions=(Output(2),),
        )
        for n in range(1_100)
    ]
    switch = Switch(name="core-1", datapath_id=1, ports={1: G, 2: G}, gateway=True)
    seen = Observation(state=DeviceState.of("core-1", entries), facts=SwitchFacts())
    network = Network(campus_of((), switches={"core-1": switch}), Operational(devices={"core-1": seen}))
    found = network.evaluate(Endpoint("core-1", "1"), untagged(network.atoms))
    assert sum(bool(alternative.copies) for alternative in found) == len(entries)
