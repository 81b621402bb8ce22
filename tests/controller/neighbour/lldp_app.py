"""An os-ken application as others write them: its own flow entry and cookie, packets, and questions to the switch.

It knows nothing of Clearway. What it hears it appends to the file that [neighbour] heard names.
"""

from __future__ import annotations

from typing import Any

from os_ken import cfg
from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.ofproto import ofproto_v1_3, ofproto_v1_4

COOKIE = 0x5EED


class LldpApp(app_manager.OSKenApp):
    """Wants all LLDP frames."""

    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION, ofproto_v1_4.OFP_VERSION]  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.CONF.register_opts([cfg.StrOpt("heard")], group="neighbour")

    def say(self, text: str) -> None:
        with open(self.CONF.neighbour.heard, "a", encoding="utf-8") as file:  # noqa: PTH123
            file.write(text + "\n")

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def features(self, ev: Any) -> None:
        datapath = ev.msg.datapath
        ofproto, parser = datapath.ofproto, datapath.ofproto_parser
        match = parser.OFPMatch(eth_type=0x88CC)
        to_us = [parser.OFPActionOutput(ofproto.OFPP_CONTROLLER, ofproto.OFPCML_NO_BUFFER)]
        apply = [parser.OFPInstructionActions(ofproto.OFPIT_APPLY_ACTIONS, to_us)]
        datapath.send_msg(
            parser.OFPFlowMod(datapath, cookie=COOKIE, table_id=0, priority=65000, match=match, instructions=apply)
        )
        everything = (ofproto.OFPP_ANY, ofproto.OFPG_ANY, COOKIE, 2**64 - 1)
        datapath.send_msg(parser.OFPAggregateStatsRequest(datapath, 0, 0, *everything, match))
        self.say(f"features {datapath.id:#x}")

    @set_ev_cls(ofp_event.EventOFPAggregateStatsReply, [CONFIG_DISPATCHER, MAIN_DISPATCHER])
    def counted(self, ev: Any) -> None:
        self.say(f"flows {ev.msg.body.flow_count}")

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def packet(self, ev: Any) -> None:
        self.say(f"packet from {ev.msg.match['in_port']} cookie {ev.msg.cookie:#x}")
