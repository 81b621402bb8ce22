"""The OLT's YANG subset, held against the genuine modules; and the rules beyond YANG."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from labs.olt import xmlio
from labs.olt.canonical import canonical
from labs.olt.checks import check
from labs.olt.config import OltConfig
from labs.olt.device import YANG_FOLDER
from labs.olt.edit import apply_edit
from labs.olt.errors import Fault, RpcError
from labs.olt.light import KINDS, Broken, shine
from labs.olt.parse import parse
from labs.olt.plant import read
from labs.olt.schema import Schema
from labs.olt.state import Times, everything, with_state
from labs.olt.validate import Validator
from tests.labs.olt_lab import PLANT
from tests.labs.olt_payload import payload
from tests.southbound.netconf.genuine import by_wheel, text_of

BAD = [
    ("01-tdp-missing", "data-missing"),
    ("02-tcont-if-not-vani", "operation-failed"),
    ("03-gem-tcont-missing", "data-missing"),
    ("04-max-lt-assured", "operation-failed"),
    ("05-none-but-max-gt-sum", "operation-failed"),
    ("06-shaper-missing", "data-missing"),
    ("07-bac-missing", "data-missing"),
    ("08-fwd-port-not-vsi", "operation-failed"),
    ("09-vani-partition-missing", "data-missing"),
    ("10-cterm-type-mismatch", "operation-failed"),
    ("11-vlan-4095", "invalid-value"),
    ("12-push-inner-only", "operation-failed"),
    ("13-pbit-9", "invalid-value"),
    ("14-if-no-type", "data-missing"),
    ("15-unknown-element", "unknown-element"),
    ("16-push-no-pbit-choice", "data-missing"),
    ("17-bad-serial", "invalid-value"),
    ("18-dup-tcont", "bad-element"),
    ("19-policy-classifier-missing", "data-missing"),
    ("20-link-self", "operation-failed"),
    ("21-two-pbit-cases", "bad-element"),
    ("22-vani-on-ethernet", "operation-failed"),
    ("23-policy-on-vani", "unknown-element"),
    ("24-tc-8", "invalid-value"),
    ("25-hwport-not-port", "operation-failed"),
    ("26-feature-off-rate", "malformed-message"),  # its tags do not match
    ("27-fdb-missing", "data-missing"),
    ("28-lower-layer-missing", "data-missing"),
    ("29-name-65-chars", "invalid-value"),
    ("30-priority-0", "invalid-value"),
]
GAP = [
    ("01-alloc-id-out-of-xgs-range", "invalid-value", "tcont.1.1"),
    ("02-gemport-id-out-of-range", "invalid-value", "gem.1.1.tc7"),
    ("03-onu-id-1022-on-xgs", "invalid-value", "vani.1"),
    ("04-assured-over-line-rate", "operation-failed", "tdp-4g-assured"),
    ("05-dup-alloc-id", "operation-failed", "tcont.2"),
    ("06-dup-gemport-id", "operation-failed", "gem2"),
    ("07-gem-on-uplink", "operation-failed", "gem.1.1.tc7"),
    ("08-tc-maps-to-absent-queue", "operation-failed", "gem.1.1.tc7"),
    ("09-vsi-on-missing-uni-no-forwarder", "operation-failed", "oltvenet.1.1.v100"),
    ("10-tcont-without-tdp", "data-missing", "tcont.1.1"),
    ("11-cir-gt-pir", "invalid-value", "plc-8g"),
    ("12-vsi-lower-layer-on-vani", "operation-failed", "oltvenet.1.1.v100"),
    ("13-no-vani-partition", "operation-failed", "vani.1"),
    ("14-dup-serial-and-onu-id", "operation-failed", "vani.2"),
    ("15-shaper-below-assured", "operation-failed", "oltvenet.1.1"),
]


@cache
def subset() -> tuple[Schema, Validator]:
    schema = Schema(YANG_FOLDER)
    return schema, Validator(schema)


def accept(text: str) -> tuple[etree._Element, OltConfig]:
    """As edit-config and commit do it. Raises RpcError."""
    schema, validator = subset()
    edit = canonical(xmlio.parse(f"<config>{text}</config>".encode()), schema, operations=True)
    config = schema.empty()
    apply_edit(config, edit, schema, "merge")
    validator.check(config)
    parsed = parse(config)
    check(parsed, schema.prefixes)
    return config, parsed


def faults(text: str) -> tuple[Fault, ...]:
    with pytest.raises(RpcError) as refusal:
        accept(text)
    return refusal.value.faults


def test_the_published_minimal_configuration_is_accepted(shared: Path) -> None:
    accept((shared / "yang" / "minimal.xml").read_text())


@pytest.mark.parametrize(("name", "tag"), BAD, ids=[name for name, _ in BAD])
def test_what_the_genuine_modules_refuse_is_refused(shared: Path, name: str, tag: str) -> None:
    found = faults((shared / "yang" / "bad" / f"{name}.xml").read_text())
    assert tag in [fault.tag for fault in found], found
    assert tag == "malformed-message" or all(fault.path for fault in found)


@pytest.mark.parametrize(("name", "tag", "who"), GAP, ids=[name for name, _, _ in GAP])
def test_what_yang_lets_through_and_an_olt_does_not_is_refused_by_name(
    shared: Path, name: str, tag: str, who: str
) -> None:
    found = faults((shared / "yang" / "gap" / f"{name}.xml").read_text())
    assert any(fault.tag == tag and who in (fault.path or "") + fault.message for fault in found), found


def test_every_file_of_bad_and_gap_has_its_claim_here(shared: Path) -> None:
    assert [path.stem for path in sorted((shared / "yang" / "bad").glob("*.xml"))] == [name for name, _ in BAD]
    assert [path.stem for path in sorted((shared / "yang" / "gap").glob("*.xml"))] == [name for name, _, _ in GAP]


@pytest.mark.parametrize("onus", [1, 8])
def test_what_the_subset_accepts_of_ours_the_genuine_modules_accept(shared: Path, onus: int) -> None:
    config, _ = accept(payload(onus))
    assert by_wheel(shared, text_of(config)) == ""


@pytest.mark.parametrize("mode", ["report-all", "trim"])
def test_with_defaults_shown_or_trimmed_the_genuine_modules_still_accept(shared: Path, mode: Any) -> None:
    config, _ = accept(payload(2))
    shown = subset()[1].with_defaults(config, mode)
    assert by_wheel(shared, text_of(shown)) == ""
    assert (len(list(shown.iter())) > len(list(config.iter()))) == (mode == "report-all")


def test_the_state_that_the_olt_shows_is_what_the_genuine_modules_describe(shared: Path) -> None:
    config, parsed = accept(payload(2))
    plant = read(json.dumps(PLANT))
    times = Times(start="2026-01-01T00:00:00Z", onus={})
    serial = "CWLB00000001"
    told: list[list[str | None]] = []
    for broken in ((), *((Broken(kind, "pon-1" if kind == "feeder-cut" else serial),) for kind in KINDS)):
        state = with_state(everything(config), parsed, shine(plant, broken, parsed), times)
        assert by_wheel(shared, text_of(state), state=True) == ""
        told.append([e.text for e in state.iter("{*}active-defects")])
    assert all(found != told[0] for found in told[1:])


def test_each_module_of_the_subset_has_the_genuine_name_namespace_prefix_and_revision(shared: Path) -> None:
    schema, _ = subset()
    for module in schema.modules:
        found = sorted((shared / "yang" / "modules").glob(f"{module.name}*.yang"))
        found = [p for p in found if p.stem.partition("@")[0] == module.name]
        for path in found:
            text = path.read_text()
            assert f'namespace "{module.namespace}"' in text
            assert f"revision {module.revision}" in text
            assert f"prefix {module.prefix};" in text or f'prefix "{module.prefix}";' in text


def test_no_description_is_copied_from_the_genuine_modules(shared: Path) -> None:
    theirs = "".join(" ".join(p.read_text().split()) for p in (shared / "yang" / "modules").glob("*.yang"))
    for path in YANG_FOLDER.glob("*.yang"):
        for statement in _all(Schema(YANG_FOLDER), path.stem):
            if statement.keyword in ("description", "error-message", "presence") and len(statement.argument) > 30:
                assert " ".join(statement.argument.split()) not in theirs, path


def _all(schema: Schema, name: str) -> list[Any]:
    todo = [next(m.statement for m in schema.modules if m.name == name)]
    found = []
    while todo:
        statement = todo.pop()
        found.append(statement)
        todo += statement.substatements
    return found


def test_the_modules_are_valid_to_yanglint() -> None:
    try:
        done = [
            subprocess.run(["yanglint", "-p", YANG_FOLDER, path], capture_output=True, text=True, check=False)
            for path in sorted(YANG_FOLDER.glob("*.yang"))
        ]
    except FileNotFoundError:
        pytest.skip("yanglint is not installed")
    assert all(d.returncode == 0 for d in done), [d.stderr for d in done if d.returncode]


def change(text: str, before: str, after: str) -> str:
    assert before in text
    return text.replace(before, after, 1)


RULES = [
    ("<alloc-id>1025</alloc-id>", "", "alloc-id-missing"),
    ("<gemport-id>1025</gemport-id>", "", "gemport-id-missing"),
    ("<v:onu-id>2</v:onu-id>", "<v:onu-id>1</v:onu-id>", "data-not-unique"),
    ("CWLB00000002", "CWLB00000001", "data-not-unique"),
    ("<alloc-id>1026</alloc-id>", "<alloc-id>1025</alloc-id>", "data-not-unique"),
    ("<gemport-id>1026</gemport-id>", "<gemport-id>1025</gemport-id>", "data-not-unique"),
    ("<tcont-ref>cw.onu-2.1.tc5</tcont-ref>", "<tcont-ref>cw.onu-1.1.tc5</tcont-ref>", "tcont-of-another-onu"),
    ("<assured-bandwidth>1000000000<", "<assured-bandwidth>4400000000<", "pon-overbooked"),
    ("<maximum-bandwidth>8000000000<", "<maximum-bandwidth>1000000000<", "no-best-effort"),
    ("<sh:pir>10000000</sh:pir>", "<sh:pir>999999</sh:pir>", "shaper-below-assured"),
    ("<port><name>cw.onu-2.1</name><sub-interface>cw.onu-2.1.v100</sub-interface></port>", "", "forwarder-missing"),
    (
        "<link-table><from-interface>cw.onu-2.uni1</from-interface><to-interface>cw.onu-2.1</to-interface></link-table>",
        "",
        "link-missing",
    ),
    ("<s:subif-lower-layer><s:interface>cw.onu-2.1</s:interface></s:subif-lower-layer>", "", "lower-layer-missing"),
    ("<s:interface>cw.onu-2.1</s:interface>", "<s:interface>cw.onu-1.1</s:interface>", "ambiguous-match"),
    (
        "<sub-interface>cw.onu-2.1.v100</sub-interface>",
        "<sub-interface>cw.onu-1.1.v100</sub-interface>",
        "data-not-unique",
    ),
    ("<cir>1000000000</cir>", "<cir>3000000000</cir>", "cir-above-pir"),
    (
        "<local-queue-id>5</local-queue-id></mapping-entry>",
        "<local-queue-id>4</local-queue-id></mapping-entry>",
        "queue-missing",
    ),
]


@pytest.mark.parametrize(("before", "after", "app_tag"), RULES, ids=[f"{n}-{rule[2]}" for n, rule in enumerate(RULES)])
def test_one_thing_wrong_is_refused_for_what_it_is(before: str, after: str, app_tag: str) -> None:
    text = change(" ".join(payload(2).split()).replace("> <", "><"), before, after).replace(
        "<static-mac-address><mac-address>02:00:00:00:00:02</mac-address><static-forwarder-port-ref>"
        "<forwarder>imaging</forwarder><port>cw.onu-2.1</port></static-forwarder-port-ref></static-mac-address>",
        "",
    )
    found = faults(text)
    assert app_tag in [fault.app_tag for fault in found], found
    assert all(fault.path for fault in found)


def test_our_own_payload_has_nothing_wrong() -> None:
    accept(payload(8))


def test_a_pon_takes_what_it_can_carry_and_not_a_bit_more() -> None:
    accept(payload(2, assured_bps=4_335_000_000))
    assert "pon-overbooked" in [f.app_tag for f in faults(payload(2, assured_bps=4_335_000_001))]


def test_an_invalid_list_key_is_refused_and_does_not_bring_libyang_down() -> None:
    for wrong in ("bbf:nonsense", "nonsense", ""):
        text = payload().replace("<action-type>pbit-marking<", f"<action-type>{wrong}<")
        assert faults(text)
