"""Light OLTs: many in one process, each a NETCONF server that holds, refuses and takes back as labs/olt does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from intents.compile import compile_intended
from intents.ingest import load
from intents.model.pon import GemPort, PonObject, TCont, VAni
from intents.model.state import DeviceState, diff
from labs.campus import Size, generate
from labs.lightolt.device import Models
from labs.lightolt.kept import Editor, Kept
from labs.lightolt.meaning import Meaning
from labs.lightolt.values import tree_of
from labs.olt.canonical import canonical
from labs.olt.edit import apply_edit
from labs.olt.errors import RpcError
from labs.olt.parse import parse
from southbound.driver import DeviceRefused
from southbound.netconf.driver import NetconfDriver
from southbound.netconf.session import Access
from southbound.netconf.standard.config import edit_of
from tests.conftest import REPO
from tests.labs.olt_lab import PLANT, Olt, config, lose, names, refused, until
from tests.labs.olt_payload import payload
from tests.southbound.netconf.olts import NOTHING, ONE, TWO

MODELS = Models()


class LightOlts(Olt):
    """Two of them; the first is the one that is talked to."""

    def start(self) -> None:
        if not self.port:
            self.port = _free_port()
        for name in ("olt-1", "olt-2"):
            (self.folder / f"{name}.host_key").write_bytes((self.folder / "host").read_bytes())
        (self.folder / "authorized_keys").write_bytes((self.folder / "client.pub").read_bytes())
        told = [
            {"name": "olt-1", "host": "127.0.0.1", "port": self.port, "keys": str(self.folder), "plant": PLANT},
            {"name": "olt-2", "host": "127.0.0.1", "port": _free_port(), "keys": str(self.folder), "plant": {}},
        ]
        (self.folder / "olts.json").write_text(json.dumps({"olts": told}))
        command = [sys.executable, "-m", "labs.lightolt", "--olts", str(self.folder / "olts.json")]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "PYTHONPATH": str(REPO)},
            )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "2 light OLTs listen\n", self.log()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LightOlts]:
    olt = LightOlts(tmp_path_factory.mktemp("light"))
    olt.start()
    yield olt
    olt.stop(signal.SIGTERM)


@pytest.fixture
def olt(running: LightOlts) -> Iterator[LightOlts]:
    """Empty again after each test."""
    yield running
    with running.session() as m:
        m.discard_changes()
        tops = [etree.QName(top) for top in m.get_config("running").data_ele]
        removed = "".join(f'<{t.localname} xmlns="{t.namespace}" nc:operation="remove"/>' for t in tops)
        m.edit_config(config(removed), target="candidate")
        m.commit()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def driver_of(olt: Olt) -> NetconfDriver:
    private = asyncssh.read_private_key(str(olt.folder / "client")).export_private_key().decode()
    host_key = (olt.folder / "host.pub").read_text()
    access = Access(host="127.0.0.1", port=olt.port, username="clearway", private_key=private, host_key=host_key)
    return NetconfDriver("olt-1", access, lock_wait_s=1.0)


def carry(driver: NetconfDriver, before: DeviceState, after: DeviceState) -> None:
    driver.prepare(diff(before, after))
    driver.commit("change", 60)
    driver.confirm("change")


def test_what_the_driver_sends_is_what_it_reads_back_and_it_goes_away_again(olt: LightOlts) -> None:
    driver = driver_of(olt)
    try:
        assert driver.learn().confirmed_commit
        for before, after in ((NOTHING, ONE), (ONE, TWO), (TWO, ONE), (ONE, NOTHING)):
            carry(driver, before, after)
            assert driver.observe().state == after
    finally:
        driver.close()


def test_it_says_which_onus_it_sees_as_the_whole_olt_says_it(olt: LightOlts, tmp_path: Path) -> None:
    whole = Olt(tmp_path)
    whole.start()
    told = []
    try:
        for one in (olt, whole):
            driver = driver_of(one)
            carry(driver, NOTHING, TWO)
            told.append(driver.observe().facts)
            driver.close()
    finally:
        whole.stop()
    assert told[0] == told[1]
    assert told[0].up_v_anis


def test_what_is_not_confirmed_goes_with_its_session_or_its_time(olt: LightOlts) -> None:
    m = olt.connect()
    m.edit_config(config(payload(1)), target="candidate")
    m.commit(confirmed=True, timeout="600")
    with olt.session() as other:
        assert "cw.onu-1" in names(other)
        lose(m)
        until(lambda: not names(other))
        other.edit_config(config(payload(1)), target="candidate")
        other.commit(confirmed=True, timeout="1", persist="token")
        assert "cw.onu-1" in names(other)
        until(lambda: not names(other))


def test_another_session_has_no_lock_and_does_not_confirm(olt: LightOlts) -> None:
    with olt.session() as one, olt.session() as other:
        one.lock("candidate")
        assert refused(lambda: other.lock("candidate"))[0].tag == "lock-denied"
        one.edit_config(config(payload(1)), target="candidate")
        assert refused(other.commit)[0].tag == "in-use"
        one.commit(confirmed=True, persist="mine")
        one.unlock("candidate")
        assert refused(lambda: other.commit(persist_id="yours"))[0].tag == "invalid-value"
        other.commit(persist_id="mine")
        assert "cw.onu-1" in names(other)


REFUSALS = [
    ("<alloc-id>", "<alloc-id>none", "invalid-value"),  # a data type
    ("<priority>1</priority><weight>10<", "<priority>9</priority><weight>10<", "invalid-value"),  # a range
    ("traffic-descriptor-profile-ref>tdp<", "traffic-descriptor-profile-ref>gone<", "data-missing"),  # a reference
    ("<name>tdp</name>", "<name>tdp</name><colour>red</colour>", "unknown-element"),
    ("channel-termination-type>xt:xgs<", "channel-termination-type>zz:xgs<", "invalid-value"),  # an unknown prefix
    ("<interface-reference>", "<name>twice</name><interface-reference>", "bad-element"),
]


@pytest.mark.parametrize(("good", "bad", "tag"), REFUSALS)
def test_it_refuses_what_yang_forbids_and_holds_what_it_held(olt: LightOlts, good: str, bad: str, tag: str) -> None:
    text = payload(1)
    assert good in text
    with olt.session() as m:

        def change() -> None:
            m.edit_config(config(text.replace(good, bad, 1)), target="candidate")
            m.commit()

        assert tag in {error.tag for error in refused(change)}
        m.discard_changes()
        assert not names(m)


def changed(state: DeviceState, kind: type[PonObject], **fields: Any) -> DeviceState:
    first = next(o for o in state.objects.values() if isinstance(o, kind))
    objects = [o for o in state.objects.values() if o is not first]
    return DeviceState.of("olt-1", (*objects, replace(first, **fields)))


def test_it_refuses_what_a_real_olt_forbids_beyond_yang(olt: LightOlts) -> None:
    driver = driver_of(olt)
    try:
        carry(driver, NOTHING, TWO)
        onus = [o for o in TWO.objects.values() if isinstance(o, VAni)]
        other = next(o for o in TWO.objects.values() if isinstance(o, TCont))
        for broken in (
            changed(TWO, VAni, serial=onus[1].serial),  # two ONUs of one serial number
            changed(TWO, VAni, onu_id=onus[1].onu_id),
            changed(TWO, TCont, alloc_id=1),  # not one that a T-CONT may have
            changed(TWO, GemPort, interface=other.v_ani),  # not an olt-v-enet
        ):
            driver._sight.seen = None  # the driver itself would refuse it before it asks
            with pytest.raises(DeviceRefused):
                driver.prepare(diff(TWO, broken))
        with pytest.raises(DeviceRefused):  # what others name does not go
            driver.prepare([d for d in diff(TWO, NOTHING) if d.key[0] == "v-ani"])
        assert driver.observe().state == TWO
    finally:
        driver.close()


@settings(deadline=None, max_examples=12)
@given(st.data())
def test_shapes_and_values_come_to_the_tree_that_the_whole_olt_makes(data: st.DataObject) -> None:
    """Whatever edits in whatever order: the same entries, and the same meaning."""
    schema = MODELS.schema
    editor = Editor(MODELS.shapes, MODELS.values, MODELS.editor._named)
    kept, tree, held = Kept({}), schema.empty(), NOTHING
    for wanted in data.draw(st.lists(st.sampled_from([NOTHING, ONE, TWO]), min_size=1, max_size=4)):
        sent = etree.tostring(edit_of(diff(held, wanted)))
        held = wanted
        kept = editor.edited(kept, etree.fromstring(sent), "merge")
        apply_edit(tree, canonical(etree.fromstring(sent), schema, operations=True), schema, "merge")
        editor.check(kept, None)
        assert Meaning(MODELS.shapes).of(kept) == parse(tree)
        assert parse(tree_of(kept.entries(), MODELS.shapes)) == parse(tree)


def test_a_whole_site_means_what_the_whole_olt_reads_in_it() -> None:
    loaded = load(generate(Size(sites=1, onus=48, places=96, intents=40)))
    assert loaded.campus is not None
    intended = compile_intended(loaded.campus, loaded.intents).intended
    assert intended is not None
    wanted = intended.states["s01-olt-1"]
    edit = edit_of(diff(DeviceState.of("s01-olt-1", ()), wanted))
    kept = MODELS.editor.edited(Kept({}), edit, "merge")
    MODELS.editor.check(kept, None)
    assert Meaning(MODELS.shapes).of(kept) == parse(tree_of(kept.entries(), MODELS.shapes))


NOISE = ["<a/>", "%s", "‹0›", "<!-- -->", "&lt;", "]]>", "<if:x xmlns:if='urn:x'/>", " ", "text"]


@settings(deadline=None)
@given(st.data())
def test_an_edit_that_the_whole_olt_does_not_take_is_not_taken(data: st.DataObject) -> None:
    """Noise put anywhere into an edit: both refuse it, or both come to the same."""
    text = config(payload(1))
    at = data.draw(st.integers(0, len(text)))
    text = text[:at] + data.draw(st.sampled_from(NOISE)) + text[at:]
    try:
        sent = etree.fromstring(text, etree.XMLParser(remove_comments=True, remove_blank_text=True))
    except etree.XMLSyntaxError:
        return
    outcomes = []
    for job in (_whole, _light):
        try:
            outcomes.append(job(etree.fromstring(etree.tostring(sent))))
        except RpcError:
            outcomes.append(None)
    assert outcomes[0] == outcomes[1] or outcomes[1] is None


def _whole(sent: etree._Element) -> Any:
    tree, schema = MODELS.schema.empty(), MODELS.schema
    wanted = canonical(sent, schema, operations=True)
    MODELS.values._validator.check_values(wanted)
    apply_edit(tree, wanted, schema, "merge")
    return parse(tree)


def _light(sent: etree._Element) -> Any:
    return Meaning(MODELS.shapes).of(MODELS.editor.edited(Kept({}), sent, "merge"))
