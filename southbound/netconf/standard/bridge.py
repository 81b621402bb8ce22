"""Forwarders, forwarding databases and split horizon (bbf-l2-forwarding), to XML and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from intents.model import pon
from southbound.netconf.standard.codec import OPERATION, Codec, Entry, NotRepresentable, need, whole
from southbound.netconf.standard.names import L2
from southbound.netconf.standard.xml import child, children, element, optional, text


def _port(name: str, sub_interface: str) -> Entry:
    return element(L2, "port", element(L2, "name", text=name), element(L2, "sub-interface", text=sub_interface))


def _static(mac: pon.StaticMac) -> Entry:
    port = element(
        L2,
        "static-forwarder-port-ref",
        element(L2, "forwarder", text=mac.forwarder),
        element(L2, "port", text=mac.port),
    )
    return element(L2, "static-mac-address", element(L2, "mac-address", text=mac.mac), port)


def _forwarder(o: pon.Forwarder) -> Entry:
    ports = element(L2, "ports", *(_port(*port) for port in o.ports))
    fdb = optional(L2, "forwarding-database", o.fdb)
    split = [element(L2, "split-horizon-profile", text=p) for p in o.split_horizon]
    return element(
        L2,
        "forwarder",
        element(L2, "name", text=o.name),
        ports if o.ports else None,
        element(L2, "mac-learning", fdb) if fdb is not None else None,
        element(L2, "split-horizon-profiles", *split) if split else None,
    )


def _forwarder_of(entry: Entry) -> pon.Forwarder:
    ports = [
        (need(p, L2, "name"), need(p, L2, "sub-interface")) for p in children(child(entry, L2, "ports"), L2, "port")
    ]
    split = children(child(entry, L2, "split-horizon-profiles"), L2, "split-horizon-profile")
    return pon.Forwarder(
        name=need(entry, L2, "name"),
        ports=tuple(sorted(ports)),
        fdb=text(child(entry, L2, "mac-learning"), L2, "forwarding-database"),
        split_horizon=tuple((s.text or "").strip() for s in split),
    )


def _ports_changed(before: pon.Forwarder, after: pon.Forwarder) -> Entry | None:
    """Port by port, where nothing but ports changes: a service has one forwarder for all of its users."""
    if replace(before, ports=()) != replace(after, ports=()):
        return None
    was, now = dict(before.ports), dict(after.ports)
    ports = [_gone(element(L2, "port", element(L2, "name", text=name))) for name in sorted(was.keys() - now)]
    ports += [_port(name, now[name]) for name in sorted(now) if was.get(name) != now[name]]
    return element(L2, "forwarder", element(L2, "name", text=after.name), element(L2, "ports", *ports))


def _forwarding_database(o: pon.ForwardingDatabase) -> Entry:
    return element(
        L2,
        "forwarding-database",
        element(L2, "name", text=o.name),
        element(L2, "max-number-mac-addresses", text=o.max_macs),
        element(L2, "aging-timer", text=o.aging_s),
        *(_static(s) for s in o.static),
    )


def _forwarding_database_of(entry: Entry) -> pon.ForwardingDatabase:
    static = []
    for s in children(entry, L2, "static-mac-address"):
        port = child(s, L2, "static-forwarder-port-ref")
        static.append(
            pon.StaticMac(
                mac=need(s, L2, "mac-address").lower(),
                forwarder=need(port, L2, "forwarder"),
                port=need(port, L2, "port"),
            )
        )
    return pon.ForwardingDatabase(
        name=need(entry, L2, "name"),
        max_macs=whole(entry, L2, "max-number-mac-addresses", 2**32 - 1),
        aging_s=whole(entry, L2, "aging-timer", 300),
        static=tuple(sorted(static, key=lambda s: s.mac)),
    )


def _macs_changed(before: pon.ForwardingDatabase, after: pon.ForwardingDatabase) -> Entry | None:
    """Address by address, where nothing else changes."""
    if replace(before, static=()) != replace(after, static=()):
        return None
    was, now = {s.mac: s for s in before.static}, {s.mac: s for s in after.static}
    gone = sorted(was.keys() - now)
    macs = [_gone(element(L2, "static-mac-address", element(L2, "mac-address", text=mac))) for mac in gone]
    macs += [_static(now[mac]) for mac in sorted(now) if was.get(mac) != now[mac]]
    return element(L2, "forwarding-database", element(L2, "name", text=after.name), *macs)


def _gone(entry: Entry) -> Entry:
    entry.set(OPERATION, "remove")
    return entry


def _split_horizon(o: pon.SplitHorizonProfile) -> Entry:
    rule = element(
        L2,
        "split-horizon",
        element(L2, "in-interface-usage", text=o.in_usage),
        element(L2, "out-interface-usage", text=o.out_usage),
    )
    return element(L2, "split-horizon-profile", element(L2, "name", text=o.name), rule)


def _split_horizon_of(entry: Entry) -> pon.SplitHorizonProfile:
    rules = list(children(entry, L2, "split-horizon"))
    if len(rules) != 1:
        raise NotRepresentable("split-horizon")
    return pon.SplitHorizonProfile(
        name=need(entry, L2, "name"),
        in_usage=need(rules[0], L2, "in-interface-usage"),  # type: ignore[arg-type]
        out_usage=need(rules[0], L2, "out-interface-usage"),  # type: ignore[arg-type]
    )


CODECS: Final = {
    "forwarder": Codec(_forwarder, _forwarder_of, change=_ports_changed),
    "forwarding-database": Codec(_forwarding_database, _forwarding_database_of, change=_macs_changed),
    "split-horizon-profile": Codec(_split_horizon, _split_horizon_of),
}
