"""What a dataplane is given, and what its refusal does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.olt.config import FrameMatch, PushTag, Rewrite, TagMatch
from labs.olt.hook import DataplaneError, NullDataplane, load
from tests.conftest import REPO
from tests.labs.olt_lab import Olt, config, names, refused
from tests.labs.olt_payload import payload
from tests.labs.test_olt_yang import accept


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "record"


@pytest.fixture
def olt(tmp_path: Path, record: Path) -> Iterator[Olt]:
    olt = Olt(tmp_path, "--dataplane", "tests.labs.olt_dataplane:make", "--dataplane-arg", f"path={record}")
    olt.start()
    yield olt
    olt.stop()


def test_it_is_given_what_starts_commits_and_reverts(olt: Olt, record: Path) -> None:
    with olt.session() as m:
        m.edit_config(config(payload(1)), target="candidate")
        m.commit()
        m.edit_config(config(payload(2)), target="candidate")
        m.commit(confirmed=True)
        m.cancel_commit()
    olt.stop()
    olt.start()
    olt.stop()
    one, two = "cw.onu-1.1.tc5", "cw.onu-1.1.tc5 cw.onu-2.1.tc5"
    assert record.read_text().splitlines() == ["-", one, two, one, "closed", one, "closed"]


@pytest.mark.parametrize(("vid", "why"), [(666, "VLAN 666 is not for us"), (667, "failed")])
def test_what_it_refuses_is_not_committed_and_it_goes_back(olt: Olt, record: Path, vid: int, why: str) -> None:
    with olt.session() as m:
        m.edit_config(config(payload(1)), target="candidate")
        m.commit()
        wrong = payload(2).replace("<st:vlan-id>100<", f"<st:vlan-id>{vid}<")
        m.edit_config(config(wrong), target="candidate", default_operation="replace")
        error = refused(m.commit)[0]
        assert error.tag == "operation-failed" and why in (error.message or "")
        assert "cw.onu-2" not in names(m) and "cw.onu-1" in names(m)
        assert record.read_text().splitlines()[-1] == "cw.onu-1.1.tc5"
        m.discard_changes()


def test_a_change_that_cannot_be_saved_is_not_made(olt: Olt, record: Path) -> None:
    with olt.session() as m:
        state = olt.folder / "state"
        (state / "running.new").mkdir()  # in the way of the new file
        m.edit_config(config(payload(1)), target="candidate")
        assert "cannot be written" in (refused(m.commit)[0].message or "")
        assert names(m) == set()
        assert record.read_text().splitlines()[-1] == "-"
        (state / "running.new").rmdir()
        m.commit()
        assert "cw.onu-1" in names(m)


def test_without_one_nothing_forwards_and_an_unknown_one_is_an_error() -> None:
    assert isinstance(load(None, {}), NullDataplane)
    for wrong in ("no.such:thing", "labs.olt.hook:nothing", "labs"):
        with pytest.raises(DataplaneError):
            load(wrong, {})


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--listen", "nowhere"], 3),
        (["--dataplane", "no.such:thing"], 1),
        (["--host-key", "/nonexistent"], 1),
        (["--plant", "/nonexistent"], 1),
    ],
)
def test_it_says_in_one_line_why_it_does_not_start(tmp_path: Path, arguments: list[str], code: int) -> None:
    olt = Olt(tmp_path)
    command = [sys.executable, "-m", "labs.olt", "--name", "x", "--listen", "127.0.0.1:0"]
    command += ["--state", str(tmp_path / "s"), "--host-key", str(olt.folder / "host")]
    command += ["--authorized-key", str(olt.folder / "client.pub"), *arguments]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == code and done.stderr and "Traceback" not in done.stderr


def test_a_saved_configuration_that_is_broken_is_said_and_not_overwritten(tmp_path: Path) -> None:
    olt = Olt(tmp_path)
    state = tmp_path / "state"
    state.mkdir()
    (state / "running.xml").write_text("<config><broken")
    with pytest.raises(AssertionError, match="cannot be read"):
        olt.start()
    assert (state / "running.xml").read_text() == "<config><broken"
    olt.stop()


def test_the_configuration_reads_as_values() -> None:
    _, parsed = accept(payload(1))
    (v_ani,) = parsed.v_anis
    assert (v_ani.serial, v_ani.onu_id, v_ani.termination, v_ani.technology) == (
        "CWLB00000001",
        1,
        "termination",
        "xgs-pon",
    )
    (tcont,) = parsed.tconts
    assert tcont.descriptor is not None and tcont.descriptor.assured_bps == 1_000_000_000
    subs = {s.name: s for s in parsed.sub_interfaces}
    uni = subs["cw.onu-1.uni1.v100"]
    mark = PushTag(tag_type="c-vlan", vid=100, pbit_from="marking", pbit_index=0)
    assert [rule.match for rule in uni.rules] == [
        FrameMatch(kind="untagged"),
        FrameMatch(kind="tagged", tags=(TagMatch(tag_type="c-vlan", vid=None, pbits=None),)),
    ]
    assert [rule.rewrite for rule in uni.rules] == [Rewrite(push=(mark,)), Rewrite(pop=1, push=(mark,))]
    assert uni.egress == Rewrite(pop=1) and uni.usage == "user-port"
    (marking,) = uni.policy
    assert marking.pbit_marking == ((0, 5),) and marking.traffic_class == 5 and marking.filters == ()
    (classify,) = subs["up-1.v100"].policy
    assert classify.filters[0].tags == ((0, frozenset({5})),) and classify.policer is not None
    assert classify.policer.pir_bps == 2_000_000_000
    (v_enet,) = parsed.olt_v_enets
    assert v_enet.tm is not None and v_enet.tm.pir_kbps == 10_000_000 and v_enet.tm.queue_of(5) == 5
    (forwarder,) = parsed.forwarders
    assert forwarder.split_horizon == (("user-port", "user-port"),)
    assert [(s.mac, s.port) for s in forwarder.static_macs] == [("02:00:00:00:00:01", "cw.onu-1.1")]
    assert parsed.links == (("cw.onu-1.ani", "cw.onu-1"), ("cw.onu-1.uni1", "cw.onu-1.1"))
