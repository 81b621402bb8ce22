"""What a light OLT tells of its interfaces: oper-status, which ONUs it sees, as text of interfaces-state (RFC 8343).

Told as labs/olt/state.py does, without statistics, defects and sensors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from xml.sax.saxutils import escape

from labs.lightolt.kept import Kept
from labs.lightolt.meaning import INTERFACES
from labs.lightolt.shapes import Lean
from labs.olt.config import OltConfig
from labs.olt.light import Light
from labs.olt.state import ABSENT, Sighting, sightings, statuses

_ENTRY: Final = (
    "<if:interface><if:name>%s</if:name><if:type>%s</if:type><if:oper-status>%s</if:oper-status>%s</if:interface>"
)
_V_ANI: Final = (
    "<bbf-xponvani:v-ani><bbf-xponvani:onu-id>%s</bbf-xponvani:onu-id><bbf-xponvani:onu-presence-state>"
    "bbf-xpon-onu-types:%s</bbf-xponvani:onu-presence-state>%s</bbf-xponvani:v-ani>"
)
_HERE: Final = (
    "<bbf-xponvani:onu-present-on-this-olt>"
    "<bbf-xponvani:onu-present-on-this-channel-pair>%s</bbf-xponvani:onu-present-on-this-channel-pair>"
    "<bbf-xponvani:onu-present-on-this-channel-termination>%s</bbf-xponvani:onu-present-on-this-channel-termination>"
    "<bbf-xponvani:detected-serial-number>%s</bbf-xponvani:detected-serial-number></bbf-xponvani:onu-present-on-this-olt>"
)
_PRESENT: Final = (
    "<bbf-xpon:channel-termination><s:onus-present-on-local-channel-termination>%s"
    "</s:onus-present-on-local-channel-termination></bbf-xpon:channel-termination>"
)
_ONU: Final = (
    "<s:onu><s:detected-serial-number>%s</s:detected-serial-number>"
    "<s:onu-presence-state>bbf-xpon-onu-types:%s</s:onu-presence-state>%s</s:onu>"
)


def stated(kept: Kept, config: OltConfig, light: Light, of: Iterable[Lean] | None = None) -> str:
    """The entries of interfaces-state; prefixes are the schema's, and s that of bbf-xpon-onu-state. of: entries of
    interfaces, None: all."""
    seen = sightings(config, light.plant)
    status = statuses(config, light, seen)
    bodies = dict(_bodies(config, seen))
    entries = kept.lists.get(INTERFACES, {}).values() if of is None else of
    return "".join(_ENTRY % (e.key, e.get("type"), status.get(e.key, "up"), bodies.get(e.key, "")) for e in entries)


def _bodies(config: OltConfig, seen: tuple[Sighting, ...]) -> Iterator[tuple[str, str]]:
    by_v_ani = {s.v_ani.name: s for s in seen if s.v_ani is not None}
    for v in config.v_anis:
        s = by_v_ani.get(v.name)
        here = "" if s is None else _HERE % (s.termination.channel_pair, s.termination.name, escape(s.onu.serial))
        yield escape(v.name), _V_ANI % (v.onu_id, ABSENT if s is None else s.state, here)
    on: dict[str, list[str]] = {}
    for s in seen:
        ref = "" if s.v_ani is None else f"<s:v-ani-ref>{escape(s.v_ani.name)}</s:v-ani-ref>"
        on.setdefault(s.termination.name, []).append(_ONU % (escape(s.onu.serial), s.state, ref))
    for name, onus in on.items():
        yield escape(name), _PRESENT % "".join(onus)
