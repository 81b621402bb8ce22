"""The two tasks that only look: to find a fault, and to audit. Each is given something to find."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree
from ncclient import manager

from labs.bench.om.site import Site
from labs.bench.om.tasks import Move, Question
from labs.bench.om.wing import serial
from labs.olt.names import IF, NC
from labs.runner.keys import CLIENT_KEY

DARK: Final = 2  # the room whose ONU loses its light
_PUSHED: Final = "cw.onu-room-2.uni1.v120"  # its first port's sub-interface
_BY_HAND: Final = f"""<config xmlns="{NC}"><interfaces xmlns="{IF}"><interface>
  <name>{_PUSHED}</name><description>changed on the night shift</description><enabled>false</enabled>
</interface></interfaces></config>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """right: what was asked for came out. caught: the mistake did too, and no device was sent anything by it."""

    commands: tuple[Sequence[str], ...]
    right: bool
    caught: bool
    seconds: float


def answer(site: Site, question: Question, rooms: int) -> Found:
    """Do it. rooms: of the wing."""
    return _locate(site) if question.name == "locate" else _audit(site, rooms)


def _locate(site: Site) -> Found:
    """A fibre is cut: `status` is to name the ONU, its places, and what they were promised."""
    plugged = site.plugged()
    site.move([Move(serial=serial(DARK), pon=None)])
    try:
        asked = site.type("status")
        commands = tuple(site.commands)
        onus = {o["name"]: o for o in asked.said["onus"]}
        dark = onus.get(f"onu-room-{DARK}", {})
        absent = {name for name, o in onus.items() if o["state"] == "absent"}
        lost = {i["name"] for i in asked.said["intents"] if not i["holds"]}
        right = absent == {f"onu-room-{DARK}"} and f"bed-{DARK}" in dark["places"] and "records" in lost
        sent = site.look().sent
        misnamed = site.type("apply", "--failed", f"onu-rom-{DARK}/fibre")
        caught = not misnamed.ok and site.look().sent == sent and bool(misnamed.codes())
    finally:
        site.unplug(plugged)
    return Found(commands=commands, right=right, caught=caught, seconds=round(asked.seconds, 1))


def _audit(site: Site, rooms: int) -> Found:
    """All is well; then somebody changes one object by hand, and nothing else is to be reported."""
    asked = site.type("verify")
    commands = tuple(site.commands)
    well = asked.ok and not asked.said["drift"] and len(site.look().olts["olt-1"].v_anis) == rooms + 3
    _by_hand(site, _BY_HAND)
    sent = site.look().sent
    again = site.type("verify")
    named = {str(d["object"]) for d in again.said["drift"]}
    caught = any(_PUSHED in name for name in named) and len(named) == 1 and site.look().sent == sent
    mended = site.type("apply", "--repair")
    return Found(
        commands=commands, right=well and mended.ok, caught=caught and not again.ok, seconds=round(asked.seconds, 1)
    )


def _by_hand(site: Site, config: str) -> None:
    with manager.connect_ssh(
        host="127.0.0.1",
        port=site.doors.netconf[0],
        username="clearway",
        key_filename=str(site.workspace.folder / CLIENT_KEY),
        hostkey_verify=False,
        allow_agent=False,
        look_for_keys=False,
    ) as session:
        session.edit_config(etree.fromstring(config), target="candidate")
        session.commit()
    deadline = time.monotonic() + 10
    while not any(s.name == _PUSHED and not s.enabled for s in site.look().olts["olt-1"].sub_interfaces):
        if time.monotonic() > deadline:
            raise TimeoutError("the change by hand is not there")
        time.sleep(0.05)
