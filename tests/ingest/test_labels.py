"""Groups by label: whoever carries the labels is in, wherever the group is named."""

from __future__ import annotations

import pytest

from intents.ingest import Loaded, load

CAMPUS = """\
apiVersion: clearway.dev/v1
kind: Campus
metadata: {name: c}
spec:
  segments: {devices: {vlan: 10, subnet: 10.1.0.0/16}}
  switches: {core-1: {datapath: 0x1, ports: {1: 1 Gbit/s, 2: 1 Gbit/s, 3: 1 Gbit/s, 4: 1 Gbit/s}}}
  places:
    pump-1: {port: "core-1:1", segment: devices, labels: {kind: pump, floor: "3"}}
    pump-2: {port: "core-1:2", segment: devices, labels: {kind: pump, floor: "4"}}
    monitor: {port: "core-1:3", segment: devices, labels: {floor: "3"}}
    station: {port: "core-1:4", segment: devices}
  groups:
    pumps: {labels: {kind: pump}}
    third-floor: {labels: {floor: "3"}}
    pumps-upstairs: {labels: {kind: pump, floor: "4"}}
    watched: [third-floor, pumps-upstairs]
"""
TOPOLOGY = """\
name: c
topology:
  defaults:
    labels:
      clearway.segment.devices: "vlan: 10, subnet: 10.1.0.0/16"
      clearway.group.pumps: "labels: {kind: pump}"
      clearway.group.third-floor: '{labels: {floor: "3"}}'
      clearway.group.pumps-upstairs: 'labels: {kind: pump, floor: "4"}'
      clearway.group.watched: "[third-floor, pumps-upstairs]"
  kinds: {linux: {image: x}}
  nodes:
    core-1: {kind: linux, labels: {clearway.role: gateway, clearway.datapath: "0x1", clearway.rate: 1 Gbit/s}}
    pump-1:
      kind: linux
      labels: {clearway.segment: devices, clearway.label.kind: pump, clearway.label.floor: "3"}
    pump-2:
      kind: linux
      labels: {clearway.segment: devices, clearway.label.kind: pump, clearway.label.floor: "4"}
    monitor: {kind: linux, labels: {clearway.segment: devices, clearway.label.floor: "3"}}
    station: {kind: linux, labels: {clearway.segment: devices}}
  links:
    - endpoints: ["core-1:eth1", "pump-1:eth0"]
    - endpoints: ["core-1:eth2", "pump-2:eth0"]
    - endpoints: ["core-1:eth3", "monitor:eth0"]
    - endpoints: ["core-1:eth4", "station:eth0"]
"""
MEMBERS = {
    "pumps": ["pump-1", "pump-2"],
    "third-floor": ["monitor", "pump-1"],
    "pumps-upstairs": ["pump-2"],
    "watched": ["monitor", "pump-1", "pump-2"],
}


def with_intent(campus: dict[str, str], spec: str) -> Loaded:
    head = "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: x}\n"
    return load({**campus, "intents/x.yaml": f"{head}spec: {spec}\n"})


@pytest.mark.parametrize("group", MEMBERS)
@pytest.mark.parametrize("campus", [{"campus.yaml": CAMPUS}, {"c.clab.yml": TOPOLOGY}], ids=["yaml", "topology"])
@pytest.mark.parametrize(
    "spec",
    [
        "{{from: {group}, to: station}}",
        "{{say: The {group} may reach station}}",
        "{{say: '{group}可以访问station'}}",
    ],
    ids=["fields", "sentence", "chinese"],
)
def test_a_group_by_label_is_who_carries_all_of_its_labels(campus: dict[str, str], group: str, spec: str) -> None:
    loaded = with_intent(campus, spec.format(group=group))
    assert loaded.diagnostics == ()
    (found,) = loaded.intents
    assert [p.name for p in found.sources] == MEMBERS[group]


def test_a_place_that_is_given_the_label_joins() -> None:
    labelled = CAMPUS.replace(
        'station: {port: "core-1:4", segment: devices',
        'station: {port: "core-1:4", segment: devices, labels: {kind: pump}',
    )
    (found,) = with_intent({"campus.yaml": labelled}, "{quarantine: pumps}").intents
    assert [p.name for p in found.sources] == ["pump-1", "pump-2", "station"]
