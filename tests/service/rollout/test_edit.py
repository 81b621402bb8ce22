"""What comes by the API becomes a commit before the network is touched: two writers, a refusal, and kill -9 between."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest

from controller import operations
from controller.operations import Applied
from controller.service.engine import Terms
from controller.service.rollout.rollout import Demands, Rollout
from controller.service.source import Snapshot
from controller.service.writer import Edit
from intents.model.diagnostic import ClearwayError, Diagnostic
from tests.git.test_signatures import allowed, public
from tests.git.witness import Witness, key
from tests.service.rollout.network import VISIT, Network, network, newest, states, writer

ANA = "Ana <ana@hospital.example>"
PATH = "intents/api/visit.yaml"


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with network(tmp_path_factory.mktemp("net")) as running:
        yield running


@pytest.fixture
def repo(net: Network, tmp_path: Path) -> Witness:
    return net.repository(tmp_path / "repo")


def edit(**more: object) -> Edit:
    return Edit(**{"files": {PATH: VISIT}, "author": ANA, "message": "Visit", **more})  # type: ignore[arg-type]


def before_publish(rollout: Rollout, action: object, times: int = 1) -> None:
    """Somebody else does something while the edit is planned."""
    apply, left = rollout.engine.apply, [times]

    def planned(snapshot: Snapshot, **more: object) -> Applied:
        if left[0]:
            left[0] -= 1
            action()  # type: ignore[operator]
        return apply(snapshot, **more)  # type: ignore[arg-type]

    rollout.engine.apply = planned  # type: ignore[method-assign, assignment]


def test_an_edit_is_a_commit_by_its_author_that_git_shows_as_applied(
    net: Network, repo: Witness, tmp_path: Path
) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    done = writer(rollout).make(edit())
    assert done.done is not None and done.done.verdict.holds
    assert repo.git("log", "-1", "--format=%an %s", "main") == "Ana Visit"
    assert "applied and holding" in repo.git("notes", "--ref=clearway", "show", "main")
    back = writer(rollout).revert(repo.head[:10], ANA, lambda: True)
    assert back.done is not None and "visit" not in {v.intent for v in back.done.verdict.intents}
    assert repo.git("log", "-1", "--format=%s", "main") == 'Revert "Visit"'
    assert repo.git("diff", "--stat", "main~2", "main") == ""
    with pytest.raises(ClearwayError, match="no commit is called"):
        writer(rollout).revert("0000000", ANA, lambda: True)


def test_it_is_on_the_branch_before_a_device_is_touched(net: Network, repo: Witness, tmp_path: Path) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    rollout.step()
    seen: list[tuple[str, str]] = []
    terms = Terms(progress=lambda event: seen.append((str(event.phase), states(rollout)[-1][1])))
    done = writer(rollout).make(edit(terms=terms))
    assert done.done is not None and seen[0] == ("prepare", "applying")
    assert states(rollout)[-1] == ("Visit", "applied-and-holding")


def test_of_two_writers_in_different_files_both_are_kept(net: Network, repo: Witness, tmp_path: Path) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    rollout.step()
    other = VISIT.replace("visit}", "other}").replace("Ward 2 visit", "Ward 1 visit")
    before_publish(rollout, lambda: repo.commit("Hers", **{"intents/other.yaml": other}))
    done = writer(rollout).make(edit())
    assert done.done is not None
    assert {"visit", "other"} <= {v.intent for v in done.done.verdict.intents if v.holds}
    assert repo.git("log", "-2", "--format=%s", "main") == "Visit\nHers"
    assert states(rollout)[-2:] == [("Hers", "superseded"), ("Visit", "applied-and-holding")]


@pytest.mark.slow
def test_of_two_writers_in_one_file_the_second_is_told_which_lines(net: Network, repo: Witness, tmp_path: Path) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    rollout.step()
    theirs: list[str] = []
    before_publish(rollout, lambda: theirs.append(repo.commit("Hers", **{PATH: "# mine\n" + VISIT})))
    with pytest.raises(ClearwayError) as error:
        writer(rollout).make(edit())
    told = error.value.diagnostics[0]
    assert told.code == "source-conflict"
    assert theirs[0][:12] in told.message and "PACS lead" in told.message and "lines 1 to 5" in told.message
    assert repo.head == theirs[0]


@pytest.mark.slow
def test_who_never_gets_a_turn_is_told(net: Network, repo: Witness, tmp_path: Path) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    rollout.step()
    before_publish(rollout, lambda: repo.commit("Busy"), times=9)
    with pytest.raises(ClearwayError, match="moved 5 times"):
        writer(rollout).make(edit())


@pytest.mark.slow
def test_what_the_network_refuses_is_taken_back_by_a_commit(net: Network, repo: Witness, tmp_path: Path) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    rollout.step()
    apply = rollout.engine.apply
    refused = ClearwayError(Diagnostic(code="olt-refused", message="no", hint=""))

    def refuse_visit(snapshot: Snapshot, *, terms: Terms, **more: str) -> Applied:
        if PATH in snapshot.project.files:
            terms.planned(rollout.engine.plan(snapshot.project))
            raise refused
        return apply(snapshot, terms=terms, **more)

    rollout.engine.apply = refuse_visit  # type: ignore[method-assign, assignment]
    with pytest.raises(ClearwayError) as error:
        writer(rollout).make(edit())
    assert error.value.diagnostics[0].code == "olt-refused"
    assert states(rollout)[-2:] == [("Visit", "failed"), ('Revert "Visit"', "skipped")]
    assert repo.git("diff", "--stat", "main~2", "main") == ""


def test_what_cannot_be_promised_never_becomes_a_commit(net: Network, repo: Witness, tmp_path: Path) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    rollout.step()
    much = VISIT.replace(
        "Ward 2 visit may reach updates", '"1,000 images of 512 KiB from archive to ward-2 within 1 second"'
    )
    head = repo.head
    with pytest.raises(ClearwayError) as error:
        writer(rollout).make(edit(files={PATH: much}))
    assert error.value.diagnostics[0].code == "no-room"
    assert repo.head == head


@pytest.mark.slow
def test_where_commits_must_be_signed_clearway_signs_its_own(net: Network, repo: Witness, tmp_path: Path) -> None:
    from controller.git.sshsig import sign  # noqa: PLC0415 - this test's

    ours = key(tmp_path, "clearway")
    signers = allowed(tmp_path, f"clearway@hospital.example {public(ours)}")
    repo.git("-c", "gpg.format=ssh", "-c", f"user.signingkey={ours}", "commit", "-q", "--amend", "-S", "--no-edit")
    bare = net.rollout(repo, tmp_path / "state", demands=Demands(signers=signers))
    with pytest.raises(ClearwayError, match="no key to sign with"):
        writer(bare).make(edit())
    demands = Demands(signers=signers, signer=lambda message: sign(message, ours.read_bytes()))
    done = writer(net.rollout(repo, tmp_path / "state", demands=demands)).make(edit())
    assert done.done is not None
    repo.git("config", "gpg.ssh.allowedSignersFile", str(signers))
    assert "Good" in repo.git("verify-commit", "main", check=False)


def _die_in_apply(net: Network, repo: Witness, state: Path) -> None:
    """In a process of its own: killed between the commit and the network."""
    rollout = net.rollout(repo, state)

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    operations.carry_out = die  # type: ignore[assignment]
    writer(rollout).make(edit())


def test_killed_between_commit_and_network_the_next_start_does_what_git_says(
    net: Network, repo: Witness, tmp_path: Path
) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    rollout.step()
    net.connector.close()
    child = get_context("fork").Process(target=_die_in_apply, args=(net, repo, tmp_path / "state"))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    assert repo.git("log", "-1", "--format=%s", "main") == "Visit"
    again = net.rollout(repo, tmp_path / "state")
    assert again.engine.in_force is not None and again.engine.in_force.subject == "The small hospital"
    assert again.step()
    assert newest(again).subject == "Visit" and str(newest(again).state) == "applied-and-holding"
    assert {v.intent: v.holds for v in again.engine.verify().intents}["visit"]
