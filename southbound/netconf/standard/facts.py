"""What an OLT says of itself: which v-anis are up, which ONUs it sees (RFC 8343 oper-status, bbf-xpon-onu-state).

Both trees are read: interfaces-state, which bbf-xpon-onu-state augments, and interfaces, where NMDA devices have it.
"""

from __future__ import annotations

from lxml import etree

from intents.model.pon import DetectedOnu, OltFacts
from southbound.netconf.standard.names import IF, ONU_STATE, XPON
from southbound.netconf.standard.xml import child, children, identity, text


def facts_of(data: etree._Element) -> OltFacts:
    """The facts in the reply to a <get>."""
    up: set[str] = set()
    detected: dict[tuple[str, str], DetectedOnu] = {}
    entries = [
        entry
        for tree in ("interfaces-state", "interfaces")
        for entry in children(child(data, IF, tree), IF, "interface")
    ]
    for entry in entries:
        name = text(entry, IF, "name") or ""
        kind = identity(text(entry, IF, "type"))
        if kind == "v-ani" and text(entry, IF, "oper-status") == "up":
            up.add(name)
        if kind == "channel-termination":
            body = child(entry, XPON, "channel-termination")
            present = child(body, ONU_STATE, "onus-present-on-local-channel-termination")
            for onu in children(present, ONU_STATE, "onu"):
                serial = text(onu, ONU_STATE, "detected-serial-number") or ""
                v_ani = text(onu, ONU_STATE, "v-ani-ref")
                detected[name, serial] = DetectedOnu(serial=serial, channel_termination=name, v_ani=v_ani)
    return OltFacts(
        up_v_anis=frozenset(up),
        detected=tuple(detected[key] for key in sorted(detected)),
    )
