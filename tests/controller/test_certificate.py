"""A certificate is checked by itself: what was altered is found and named, and single packets look at it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from controller.certificate import Made, canonical, certificate, read_certificate, sha256
from controller.certified import Checked, check
from controller.cli.commands import inspect
from controller.project import Project, read_project
from intents.compile import compile_intended
from intents.model.diagnostic import ClearwayError
from intents.model.state import DeviceState, Operational
from intents.model.switch import FlowEntry
from intents.verify import verify
from intents.verify.recheck import Outcome
from tests.commandline import clearway
from tests.compile.campuses import observed

REPO = Path(__file__).resolve().parents[2]
AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
MADE = Made(time="2026-11-24T10:00:05+00:00", revision="0123456789abcdef", clearway="1.0")


def small(tmp: Path) -> Project:
    """The small lab, with an intent of each kind that single packets can look at again."""
    (tmp / "intents").mkdir(parents=True)
    (tmp / "small.clab.yml").write_text((REPO / "labs/small/small.clab.yml").read_text())
    for path in sorted((REPO / "labs/small/intents").iterdir()):
        (tmp / "intents" / path.name).write_text(path.read_text())
    return read_project(tmp).at(AT)


def held(project: Project, edit: Callable[[FlowEntry], bool] = lambda _: True) -> Operational:
    """What the devices hold after an apply, but for the flow entries that `edit` refuses."""
    campus = project.checked_campus()
    intended = compile_intended(campus, project.intents, None).intended
    assert intended is not None
    states = {
        name: DeviceState.of(name, [o for o in s.objects.values() if not isinstance(o, FlowEntry) or edit(o)])
        for name, s in intended.states.items()
    }
    return observed(states, campus)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return small(tmp_path_factory.mktemp("small"))


def written(project: Project, operational: Operational) -> dict[str, Any]:
    verdict = verify(project.checked_campus(), project.intents, operational)
    return certificate(project, operational, verdict, MADE, (AT, ()))


@pytest.fixture(scope="module")
def good(project: Project) -> dict[str, Any]:
    return written(project, held(project))


def save(path: Path, data: object) -> Path:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False))
    return path


def refusal(path: Path) -> tuple[str, str]:
    with pytest.raises(ClearwayError) as error:
        check(read_certificate(path))
    return error.value.diagnostics[0].code, error.value.diagnostics[0].message


def resealed(data: dict[str, Any]) -> dict[str, Any]:
    """By somebody who altered it and made the hashes anew."""
    hashes = {part: sha256(data[part]) for part in ("made", "read", "proven")}
    head = {"kind": data["kind"], "certificateVersion": data["certificateVersion"], "hashes": hashes}
    return {**data, "hashes": hashes, "seal": sha256(head)}


def copied(data: dict[str, Any]) -> Any:
    return json.loads(json.dumps(data))


def checked(tmp: Path, data: dict[str, Any]) -> Checked:
    return check(read_certificate(save(tmp / "certificate.json", data)))


def test_a_network_as_planned_is_certified_and_looked_at_again(good: dict[str, Any], tmp_path: Path) -> None:
    found = checked(tmp_path, good)
    assert found.ok
    assert found.holds
    looked = {o.property: {x.outcome for x in found.looked if x.property == o.property} for o in found.looked}
    assert looked["reachability"] == {Outcome.AGREED}
    assert looked["isolation"] == {Outcome.AGREED}
    assert looked["priority"] == {Outcome.TRUSTED}
    assert sum(o.packets for o in found.looked) > 100


def test_what_was_read_is_there_again(good: dict[str, Any], project: Project, tmp_path: Path) -> None:
    again = read_certificate(save(tmp_path / "c.json", good))
    assert again.operational == held(project)
    assert again.project.campus == project.campus
    assert again.project.intents == project.intents
    assert again.made == MADE


def test_the_same_network_gives_the_same_certificate_whatever_the_order(project: Project, good: dict[str, Any]) -> None:
    seen = held(project)
    turned = {
        name: replace(o, state=DeviceState.of(name, reversed(o.state.objects.values())))
        for name, o in reversed(seen.devices.items())
    }
    assert canonical(written(project, Operational(devices=turned))) == canonical(good)


def test_a_network_that_fails_is_certified_as_failing_and_its_packet_is_walked_again(
    project: Project, tmp_path: Path
) -> None:
    gone = held(project, lambda o: not (o.table == 1 and o.priority > 0 and o.actions))
    found = checked(tmp_path, written(project, gone))
    assert found.ok
    assert not found.holds
    failing = {o.outcome for o in found.looked if o.property == "reachability"}
    assert failing == {Outcome.AGREED}


def test_a_state_that_is_swapped_for_a_broken_one_is_contradicted_by_packets(
    project: Project, good: dict[str, Any], tmp_path: Path
) -> None:
    broken = written(project, held(project, lambda o: not (o.table == 1 and o.priority > 0 and o.actions)))
    found = checked(tmp_path, resealed({**good, "read": broken["read"]}))
    assert not found.ok
    assert {o.property for o in found.looked if o.outcome is Outcome.DISAGREED} >= {"reachability"}


def test_an_intent_left_out_of_what_was_proven_is_missed(good: dict[str, Any], tmp_path: Path) -> None:
    data = copied(good)
    name = data["proven"]["intents"].pop(0)["name"]
    found = checked(tmp_path, resealed(data))
    assert (found.ok, found.unjudged) == (False, (name,))


# --- what was altered


@pytest.mark.parametrize(
    ("where", "says"),
    [
        (("made", "revision"), "when and by whom it was made is not what was certified"),
        (("read", "at"), "what was read is not what was certified"),
        (("read", "devices", "core-1", "state"), "what was read is not what was certified: the state of core-1"),
        (("proven", "intents", 0, "evidence", 0, "statement"), "what was proven is not what was certified"),
        (("proven", "intents", 0, "evidence", 0, "holds"), "what was proven is not what was certified"),
        (("hashes", "read"), "what was read is not what was certified"),
        (("seal",), "its hashes or its seal is not what was certified"),
    ],
    ids=lambda v: ".".join(map(str, v)) if isinstance(v, tuple) else "",
)
def test_what_was_altered_is_named(good: dict[str, Any], tmp_path: Path, where: tuple[Any, ...], says: str) -> None:
    data = copied(good)
    at = data
    for step in where[:-1]:
        at = at[step]
    old = at[where[-1]]
    at[where[-1]] = (not old) if isinstance(old, bool) else old[:-1] + ("1" if old[-1] != "1" else "2")
    code, message = refusal(save(tmp_path / "c.json", data))
    assert code == "certificate-altered"
    assert says in message


def test_no_flipped_bit_goes_unseen(good: dict[str, Any], tmp_path: Path) -> None:
    """Anywhere in the file: a bit in a space makes it no JSON, one in a value another hash."""
    path = save(tmp_path / "c.json", good)
    whole = path.read_bytes()
    random = Random(7)  # noqa: S311 - which bytes, not a secret
    for _ in range(60):
        at, bit = random.randrange(len(whole)), 1 << random.randrange(8)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        if json_or_none(path) == good:  # a space for a tab between two values: the same certificate
            continue
        code, _ = refusal(path)
        assert code.startswith("certificate-"), (at, bit)


def json_or_none(path: Path) -> object:
    try:
        return json.loads(path.read_text())
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "certificate-damaged"),
        ("not json", "certificate-damaged"),
        ("[" * 100_000, "certificate-damaged"),
        ("[]", "certificate-foreign"),
        ('{"kind": "ClearwayPlan", "schemaVersion": 1}', "certificate-foreign"),
        ('{"kind": "ClearwayCertificate", "certificateVersion": 2}', "certificate-version"),
        ('{"kind": "ClearwayCertificate", "certificateVersion": 1}', "certificate-damaged"),
    ],
)
def test_what_is_no_certificate_is_said_to_be_none(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(text)
    assert refusal(path)[0] == code


def test_one_that_is_cut_short_is_damaged(good: dict[str, Any], tmp_path: Path) -> None:
    path = save(tmp_path / "c.json", good)
    path.write_bytes(path.read_bytes()[:-100])
    assert refusal(path)[0] == "certificate-damaged"


def test_one_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.json")[0] == "cannot-read"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d["read"].pop("files"),
        lambda d: d["read"].update(at="yesterday"),
        lambda d: d["read"]["devices"]["core-1"].update(state="####"),
        lambda d: d["read"]["devices"]["core-1"].update(state="AAAA"),
        lambda d: d["read"].update(files={"campus.yaml": "kind: Campus"}),
        lambda d: d["read"].update(files=[]),
        lambda d: d["made"].update(by="somebody"),
        lambda d: d["proven"].update(intents=[{}]),
        lambda d: d.update(proven=7),
    ],
)
def test_one_that_was_sealed_and_says_nothing_sensible_is_damaged(
    good: dict[str, Any], tmp_path: Path, spoil: Callable[[Any], object]
) -> None:
    data = copied(good)
    spoil(data)
    assert refusal(save(tmp_path / "c.json", resealed(data)))[0] == "certificate-damaged"


# --- the command


def test_the_command_says_what_was_looked_at_again_and_what_not(good: dict[str, Any], tmp_path: Path) -> None:
    path = save(tmp_path / "c.json", good)
    done = clearway("certificate", "check", str(path))
    assert done.code == 0, done.err
    assert "certificate of 2026-11-24T10:00:05+00:00, revision 0123456789abcdef, by Clearway 1.0" in done.out
    assert "re-checked" in done.out
    assert "on trust" in done.out
    assert done.out.splitlines()[-1] == "nothing contradicts the certificate"
    said = json.loads(clearway("certificate", "check", str(path), "--json").out)
    assert (said["ok"], said["certificate"]["holds"]) == (True, True)
    assert {f["outcome"] for f in said["findings"]} == {"agreed", "on trust"}


def test_the_command_refuses_what_was_altered_in_words(good: dict[str, Any], tmp_path: Path) -> None:
    data = copied(good)
    data["made"]["revision"] = "other"
    done = clearway("certificate", "check", str(save(tmp_path / "c.json", data)))
    assert done.code == 1
    assert "when and by whom it was made is not what was certified [certificate-altered]" in done.err


class Read:
    """A fleet that was read already."""

    def __init__(self, operational: Operational) -> None:
        self._operational = operational

    def observe(self) -> Operational:
        return self._operational


def test_verify_writes_one_and_explain_draws_beside_it(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = held(project)
    monkeypatch.setattr(inspect, "connector", lambda _: lambda _: nullcontext(Read(seen)))
    folder, path, drawn = str(project.root), tmp_path / "c.json", tmp_path / "way.svg"
    done = clearway("verify", folder, "--at", AT.isoformat(), "--certificate", str(path))
    assert done.code == 0, done.out + done.err
    again = read_certificate(path)
    assert again.operational == seen
    assert [i["name"] for i in again.proven["intents"]] == [r.name for r in again.project.intents]
    assert clearway("explain", folder, "ct-study", "--at", AT.isoformat(), "--svg", str(drawn)).code == 0
    assert drawn.read_text().startswith("<svg ")
    nowhere = clearway("verify", folder, "--at", AT.isoformat(), "--certificate", str(tmp_path / "no" / "c.json"))
    assert (nowhere.code, "[cannot-write]" in nowhere.err) == (1, True)
