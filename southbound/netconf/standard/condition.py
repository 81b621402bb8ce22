"""What an OLT tells of its fibres: active defects (TR-385), and light received as sensors measure it (RFC 8348).

A sensor's component hangs below the component whose light it measures. What is not told is not there.
"""

from __future__ import annotations

import math
from typing import Final

from lxml import etree

from intents.model.condition import OltCondition
from southbound.netconf.standard.names import HW, IF, VANI, XPON
from southbound.netconf.standard.xml import child, children, identity, number, text

SENSOR: Final = "sensor"
_BODIES: Final = ((VANI, "v-ani"), (XPON, "channel-termination"))
_EXPONENTS: Final = {"pico": -12, "nano": -9, "micro": -6, "milli": -3, "units": 0}


def condition_of(data: etree._Element) -> OltCondition:
    """The condition in the reply to a <get>."""
    defects: dict[str, frozenset[str]] = {}
    for tree in ("interfaces-state", "interfaces"):
        for entry in children(child(data, IF, tree), IF, "interface"):
            told = {
                identity(leaf.text)
                for ns, name in _BODIES
                for leaf in children(child(entry, ns, name), ns, "active-defects")
            }
            name = text(entry, IF, "name")
            if told and name is not None:
                defects[name] = defects.get(name, frozenset()) | told
    received: dict[str, float] = {}
    for component in children(child(data, HW, "hardware"), HW, "component"):
        parent = text(component, HW, "parent")
        dbm = _dbm(child(component, HW, "sensor-data"))
        if parent is not None and dbm is not None:
            received[parent] = dbm
    return OltCondition(defects=defects, received_dbm=received)


def _dbm(sensor: etree._Element | None) -> float | None:
    """What a sensor of power measures, where it measures; None otherwise."""
    scale = _EXPONENTS.get(text(sensor, HW, "value-scale") or "")
    if text(sensor, HW, "value-type") != "watts" or text(sensor, HW, "oper-status") != "ok" or scale is None:
        return None
    try:
        value, precision = number(sensor, HW, "value"), number(sensor, HW, "value-precision") or 0
    except ValueError:
        return None
    if value is None or value <= 0:
        return None
    return round(10 * (math.log10(value) - precision + scale) + 30, 1)
