"""Which queue a PCP goes into at a port, read from what a switch holds."""

from __future__ import annotations

from labs.net.trunks import queue_of_pcp

FLOWS = """
 table=1, priority=100,in_port=1,dl_vlan=100,dl_vlan_pcp=3 actions=set_queue:3,group:9
 table=1, priority=100,in_port=1,dl_vlan=100,dl_vlan_pcp=0 actions=set_queue:1,output:8
 table=1, priority=100,ip,in_port=2 actions=set_field:5->vlan_pcp,set_queue:5,group:7
"""
GROUPS = """
 group_id=9,type=ff,bucket=watch_port:8,actions=output:8,bucket=watch_port:18,actions=output:18
 group_id=7,type=ff,bucket=watch_port:2,actions=output:2
"""


def test_what_a_group_may_output_to_a_port_is_queued_there() -> None:
    assert queue_of_pcp(FLOWS, 8, GROUPS) == {3: 3, 0: 1}
    assert queue_of_pcp(FLOWS, 18, GROUPS) == {3: 3}
    assert queue_of_pcp(FLOWS, 2, GROUPS) == {5: 5}
    assert queue_of_pcp(FLOWS, 8) == {0: 1}
