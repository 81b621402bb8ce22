"""Forwarders of a datastore to their values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from lxml import etree

from labs.olt import config as c
from labs.olt.names import bbf
from labs.olt.reading import flag_of, integer, nested, value


def forwarders(root: etree._Element) -> Iterator[c.Forwarder]:
    """Every forwarder, with its forwarding database and split horizon resolved."""
    m = "l2-forwarding"
    databases = {
        item.findtext(bbf(m, "name"), default=""): item
        for item in root.iterfind(nested(m, "forwarding", "forwarding-databases", "forwarding-database"))
    }
    horizons = {
        item.findtext(bbf(m, "name"), default=""): tuple(sorted(_split_horizon(item)))
        for item in root.iterfind(nested(m, "forwarding", "split-horizon-profiles", "split-horizon-profile"))
    }
    for item in root.iterfind(nested(m, "forwarding", "forwarders", "forwarder")):
        name = item.findtext(bbf(m, "name"), default="")
        fdb = value(item, nested(m, "mac-learning", "forwarding-database"))
        database = databases.get(fdb or "")
        profile = value(item, nested(m, "split-horizon-profiles", "split-horizon-profile"))
        yield c.Forwarder(
            name=name,
            ports=tuple(
                sorted(
                    (port.findtext(bbf(m, "name"), default=""), value(port, bbf(m, "sub-interface")) or "")
                    for port in item.iterfind(nested(m, "ports", "port"))
                )
            ),
            fdb=fdb,
            max_macs=integer(database, bbf(m, "max-number-mac-addresses"), 4294967295),
            aging_s=integer(database, bbf(m, "aging-timer"), 300),
            static_macs=tuple(s for s in _static_macs(database) if s.forwarder in (name, None)),
            split_horizon=horizons.get(profile or "", ()),
        )


def _static_macs(database: etree._Element | None) -> Iterator[c.StaticMac]:
    m = "l2-forwarding"
    for item in () if database is None else database.iterfind(bbf(m, "static-mac-address")):
        discard = flag_of(item, bbf(m, "discard-frame"))
        yield c.StaticMac(
            mac=item.findtext(bbf(m, "mac-address"), default="").lower(),
            forwarder=None if discard else value(item, nested(m, "static-forwarder-port-ref", "forwarder")),
            port=None if discard else value(item, nested(m, "static-forwarder-port-ref", "port")),
        )


def _split_horizon(profile: etree._Element) -> Iterator[tuple[c.Usage, c.Usage]]:
    m = "l2-forwarding"
    for item in profile.iterfind(bbf(m, "split-horizon")):
        begin = item.findtext(bbf(m, "in-interface-usage"), default="")
        for end in item.iterfind(bbf(m, "out-interface-usage")):
            yield cast("c.Usage", begin), cast("c.Usage", end.text or "")
