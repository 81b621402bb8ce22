"""An OLT that mounts its ONUs: the same objects, elsewhere. A family is one folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from lxml import etree

from intents.model.diagnostic import ClearwayError
from intents.model.pon import PonObject
from intents.model.state import DeviceState, diff
from southbound.netconf.family import FAMILIES, family_of, render_text
from southbound.netconf.mounted.config import MOUNT
from southbound.netconf.standard.names import LINK
from tests.southbound.netconf.genuine import by_wheel, by_yanglint, text_of
from tests.southbound.netconf.plant import whole_plant
from tests.southbound.netconf.strategies import states

MOUNTED = FAMILIES["mounted"]
REPO = Path(__file__).resolve().parents[3]


def mounts(config: etree._Element) -> dict[str, etree._Element]:
    """The mounted tree of each ONU."""
    found = config.iterfind(f"{{{MOUNT}}}onus/{{{MOUNT}}}onu")
    return {o.findtext(f"{{{MOUNT}}}name") or "": o for o in found}


@given(states)
def test_a_state_survives_the_wire(items: tuple[PonObject, ...]) -> None:
    parsed = MOUNTED.parse(etree.fromstring(etree.tostring(MOUNTED.config(items))))
    assert set(parsed.objects) == set(items)
    assert parsed.unmodelled == ()


def test_a_plant_survives_the_wire_with_each_onu_under_its_mount_point() -> None:
    plant = whole_plant(3)
    config = MOUNTED.config(plant)
    assert sorted(mounts(config)) == ["cw.onu-1", "cw.onu-2", "cw.onu-3"]
    assert set(MOUNTED.parse(config).objects) == set(plant)
    at_the_top = {e.text for e in config.iterfind("./{*}interfaces/{*}interface/{*}name")}
    assert "cw.onu-1" in at_the_top and "cw.onu-1.1" in at_the_top
    assert not any(name and (".ani" in name or ".uni" in name) for name in at_the_top)


def test_the_olt_and_each_onu_are_valid_by_the_genuine_modules(shared: Path, tmp_path: Path) -> None:
    config = MOUNTED.config(whole_plant(2))
    onus = mounts(config)
    top = [part for part in config if not str(part.tag).startswith(f"{{{MOUNT}}}")]
    texts = ["".join(etree.tostring(part, encoding="unicode") for part in top)]
    # What a mounted tree may refer to beside itself: the profiles of its parent (RFC 8528 section 4).
    shared_with = [p for p in top if any(w in str(p.tag) for w in ("polic", "classifiers", "composite"))]
    profiles = "".join(etree.tostring(part, encoding="unicode") for part in shared_with)
    for onu in onus.values():
        root = onu.find(f"{{{MOUNT}}}root")
        assert root is not None and onu.find(f"{{{LINK}}}link-table") is not None
        texts.append(text_of(root) + profiles)
    assert [by_wheel(shared, text) for text in texts] == ["", "", ""]
    assert by_yanglint(shared, texts, tmp_path) in (None, [True, True, True])


def test_an_edit_of_one_onu_opens_one_mount_point() -> None:
    before, after = (DeviceState.of("olt-1", whole_plant(n)) for n in (7, 8))
    assert list(mounts(MOUNTED.edit(diff(before, after)))) == ["cw.onu-8"]
    assert list(mounts(MOUNTED.edit(diff(after, before)))) == ["cw.onu-8"]


def test_people_are_shown_the_form_of_the_family() -> None:
    state = DeviceState.of("olt-1", whole_plant(1))
    assert MOUNT in render_text(state, "mounted")
    assert MOUNT not in render_text(state)


def test_nothing_outside_its_folder_knows_a_family_but_the_registry() -> None:
    users = {
        str(path.relative_to(REPO))
        for room in ("intents", "southbound", "controller")
        for path in (REPO / room).rglob("*.py")
        if "netconf.mounted" in path.read_text(encoding="utf-8")
    }
    folder = "southbound/netconf/mounted/"
    assert {user for user in users if not user.startswith(folder)} == {"southbound/netconf/family.py"}


def test_a_family_that_is_not_there_is_said_with_those_that_are() -> None:
    with pytest.raises(ClearwayError) as fault:
        family_of("olt-1", "nosuch")
    assert "mounted, standard" in fault.value.diagnostics[0].hint
