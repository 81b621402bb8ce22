"""Switches without TLS: on this machine only, unless the campus says that nobody else is on the way."""

from __future__ import annotations

import pytest

from intents.ingest import load

CAMPUS = """apiVersion: clearway.dev/v1
kind: Campus
metadata: {{name: c}}
spec:
  segments: {{a: {{vlan: 10, subnet: 10.1.0.0/16}}}}
  switches:
    core-1: {{datapath: 1, {key}: "{target}", ports: {{1: 10 Gbit/s}}}}
{more}"""


def codes(target: str, key: str = "openflow", more: str = "") -> list[tuple[str, int]]:
    text = CAMPUS.format(target=target, key=key, more=more)
    return [(d.code, d.position.line) for d in load({"campus.yaml": text}).diagnostics]


@pytest.mark.parametrize("target", ["tcp:10.0.0.1:6653", "tcp:0.0.0.0:6653", "tcp:[::]:6653", "tcp:core.example:6640"])
@pytest.mark.parametrize("key", ["openflow", "ovsdb"])
def test_plain_text_in_the_network_is_refused(target: str, key: str) -> None:
    assert codes(target, key) == [("switch-without-tls", 7)]
    assert codes(target, key, "  openflow: {insecure: true}\n") == []
    assert codes(target, key, "  openflow: {insecure: false}\n") == [("switch-without-tls", 7)]


@pytest.mark.parametrize("target", ["tcp:127.0.0.1:6653", "tcp:127.1.2.3:6653", "tcp:localhost:6653", "tcp:[::1]:6653"])
def test_this_machine_needs_none(target: str) -> None:
    assert codes(target) == []


def test_a_socket_needs_none() -> None:
    assert codes("unix:/run/db.sock", "ovsdb") == []
