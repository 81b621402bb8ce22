"""parse(render(x)) == x for objects of every kind, and what is rendered is valid by the genuine modules."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from hypothesis import given, settings
from lxml import etree

from intents.model import pon
from intents.model.pon import PonObject
from intents.model.state import DeviceState
from southbound.netconf import render_text
from southbound.netconf.standard.config import config_of
from southbound.netconf.standard.names import HOMES
from southbound.netconf.standard.parse import parse
from tests.conftest import examples
from tests.southbound.netconf.strategies import objects, states


@given(objects)
@settings(max_examples=examples(400))
def test_an_object_survives_the_wire(item: PonObject) -> None:
    text = etree.tostring(config_of([item]))
    assert parse(etree.fromstring(text)).objects == (item,)


@given(states)
def test_a_state_survives_the_wire(items: tuple[PonObject, ...]) -> None:
    parsed = parse(config_of(items))
    assert set(parsed.objects) == set(items)
    assert parsed.unmodelled == ()


@given(states)
def test_the_form_for_people_is_the_same_configuration(items: tuple[PonObject, ...]) -> None:
    text = render_text(DeviceState.of("olt-1", items))
    assert set(parse(etree.fromstring(text)).objects) == set(items)


def test_every_kind_of_the_model_has_a_home() -> None:
    kinds = {c.kind for c in vars(pon).values() if isinstance(c, type) and isinstance(getattr(c, "kind", None), str)}
    assert kinds == set(HOMES)


def test_what_is_not_representable_is_named_not_dropped() -> None:
    foreign = etree.fromstring(
        '<data><interfaces xmlns="urn:ietf:params:xml:ns:yang:ietf-interfaces">'
        '<interface><name>mgmt0</name><type xmlns:x="urn:ietf:params:xml:ns:yang:iana-if-type">x:softwareLoopback'
        "</type></interface></interfaces></data>"
    )
    assert parse(foreign).unmodelled == ("interface mgmt0",)


def test_a_genuine_configuration_is_read_whole_and_written_valid(shared: Path, tmp_path: Path) -> None:
    genuine = (shared / "yang" / "minimal.xml").read_bytes()
    parsed = parse(etree.fromstring(b"<data>" + genuine + b"</data>"))
    assert len(parsed.objects) == 42
    assert parsed.unmodelled == ()
    if shutil.which("yanglint") is None:
        return
    written = tmp_path / "written.xml"
    written.write_text("".join(etree.tostring(e, encoding="unicode") for e in config_of(parsed.objects)))
    checked = subprocess.run(
        ["bash", str(shared / "yang" / "validate.sh"), str(written)], capture_output=True, text=True, check=False
    )
    assert "VALID" in checked.stdout and checked.returncode == 0, checked.stdout
