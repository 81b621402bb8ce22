"""The small lab's network, built and configured with what the product plans for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from controller.project import Project, read_project
from intents.compile.assemble import compile_intended
from labs.net.fabric import build
from labs.net.htb import counters
from labs.net.stretch import DOWN, UP
from labs.olt.canonical import canonical
from labs.olt.checks import check
from labs.olt.config import OltConfig
from labs.olt.dataplane.plane import OvsDataplane
from labs.olt.parse import parse
from labs.olt.schema import Schema
from labs.runner.blueprint import blueprint
from southbound.netconf.standard.config import config_of
from tests.labs.lab_net import Wire, frame, lab, needs_a_lab

pytestmark = needs_a_lab

SMALL = Path(__file__).resolve().parents[2] / "labs" / "small"
YANG = SMALL.parent / "yang"
GATEWAY = "02:c1:ea:00:00:01"


def planned(project: Project) -> OltConfig:
    """As the OLT reads it: planned, rendered, parsed by the OLT's own code, checked."""
    compiled = compile_intended(project.checked_campus(), project.intents)
    assert compiled.intended is not None
    config = parse(
        canonical(config_of(compiled.intended.states["olt-1"].objects.values()), Schema(YANG), operations=False)
    )
    check(config, {})
    return config


def test_what_the_product_plans_for_the_small_lab_forwards_and_is_shaped(tmp_path: Path) -> None:
    project = read_project(SMALL)
    everybody = planned(read_project(SMALL, SMALL / "baseline-intents"))
    found = blueprint(project.checked_campus())
    with lab(tmp_path) as record:
        # The switch stands alone here: nobody is the controller, and the database is not open to others.
        alone = tuple(replace(s, controller="tcp:127.0.0.1:9", ovsdb=None) for s in found.switches)
        fabric = build(record, tmp_path / "ovs", replace(found, switches=alone))
        wiring = fabric.wirings["olt-1"]
        dataplane = OvsDataplane(wiring)
        stretch = wiring.pons["pon-1"].stretch
        for config in (everybody, planned(project), everybody):
            dataplane.apply(config)
            sending = [t for t in config.tconts if t.descriptor is not None]
            assert len(counters(stretch, UP)) >= len(sending)
            assert len(counters(stretch, DOWN)) > len(config.olt_v_enets)
        fabric.ovs.ofctl("add-flow", "core-1", "in_port=1,actions=output:10")
        room, pacs = Wire(fabric.hosts["ct-room"]), Wire(fabric.hosts["pacs"])
        room.send(frame(GATEWAY, "02:00:00:01:00:0b", b"from the CT room"))
        assert pacs.hears(b"from the CT room") is not None
        room.close()
        pacs.close()
        assert fabric.ovs.lost() == {}
