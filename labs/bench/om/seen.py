"""What the devices themselves say: an OLT's saved configuration as its own parser reads it, and what they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from labs.olt.config import OltConfig, VAni
from labs.olt.control import ask
from labs.olt.parse import parse
from labs.olt.store import Store
from labs.runner.workspace import Workspace

# What changes a device, by the names in its own record: NETCONF operations, OpenFlow messages, OVSDB operations.
CHANGING: Final = frozenset(
    {
        *("edit-config", "copy-config", "delete-config", "commit", "cancel-commit"),
        *("flow-mod", "group-mod", "meter-mod", "bundle-open", "bundle-add", "bundle-commit"),
        *("insert", "update", "mutate", "delete"),
    }
)
OLTS: Final = ("olt-1", "olt-2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All devices at one moment. switch: a digest of its tables. sent: device to how much that changes it came."""

    olts: Mapping[str, OltConfig]
    switch: str
    sent: Mapping[str, int] = field(compare=False)

    def carried(self) -> Seen:
        """The same without bare ports: an OLT that was emptied keeps its chassis, PON ports and uplinks."""
        bare = {name: replace(c, components=(), terminations=(), ethernets=()) for name, c in self.olts.items()}
        return replace(self, olts=bare)

    def onu(self, serial: str) -> tuple[str, VAni] | None:
        """The OLT and the configuration of an ONU; None where no OLT has it."""
        found = ((olt, v) for olt, config in self.olts.items() for v in config.v_anis if v.serial == serial)
        return next(found, None)

    def pon(self, serial: str) -> str | None:
        """`olt-1/pon-1`: where an ONU is configured to be."""
        found = self.onu(serial)
        if found is None:
            return None
        olt, v_ani = found
        pons = {t.channel_pair: t.pon for t in self.olts[olt].terminations}
        return f"{olt}/{pons.get(v_ani.channel_pair)}"

    def vlans(self, serial: str) -> dict[int, int]:
        """UNI number to the VLAN that its untagged frames get."""
        found = self.onu(serial)
        if found is None:
            return {}
        olt, v_ani = found
        config = self.olts[olt]
        enets = {e.name for e in config.olt_v_enets if e.v_ani == v_ani.name}
        unis = {begin for begin, end in config.links if end in enets}
        numbers = {c.name: c.position for c in config.components}
        of = {e.name: numbers.get(e.hardware or "") for e in config.ethernets if e.name in unis}
        pushed = {
            of[s.lower]: rule.rewrite.push[0].vid
            for s in config.sub_interfaces
            if s.lower in of
            for rule in s.rules
            if rule.match.kind == "untagged" and rule.rewrite.push
        }
        return {number: vlan for number, vlan in sorted(pushed.items(), key=str) if number is not None}

    def assured_bps(self, serial: str) -> int:
        """The bandwidth that an ONU is assured, all T-CONTs together."""
        found = self.onu(serial)
        if found is None:
            return 0
        tconts = [t for t in self.olts[found[0]].tconts if t.v_ani == found[1].name]
        return sum(t.descriptor.fixed_bps + t.descriptor.assured_bps for t in tconts if t.descriptor is not None)

    def ports_of_pair(self, olt: str, pon: str) -> set[str]:
        """The PON ports that share the channel pair of one."""
        pair = {t.pon: t.channel_pair for t in self.olts[olt].terminations}.get(pon)
        return {t.pon or "" for t in self.olts[olt].terminations if pair is not None and t.channel_pair == pair}


def look(workspace: Workspace) -> Seen:
    """Ask every device of the lab."""
    olts = {}
    sent = {}
    for olt in OLTS:
        saved = Store(workspace.folder / f"{olt}.state").load()
        olts[olt] = OltConfig() if saved is None else parse(saved)
        sent[olt] = _changing(ask(workspace.folder / f"{olt}.state" / "control", cmd="record"))
    control = workspace.folder / "core-1.control"
    sent["core-1"] = _changing(ask(control, cmd="record"))
    return Seen(olts=olts, switch=str(ask(control, cmd="status")["digest"]), sent=sent)


def _changing(record: Mapping[str, Mapping[str, int]]) -> int:
    return sum(times for name, times in record["asked"].items() if name in CHANGING)
