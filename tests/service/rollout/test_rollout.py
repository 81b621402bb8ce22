"""Commits of a real repository on a real network: what is carried out when, what is refused, and what is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.service.rollout.entry import State
from controller.service.rollout.policy import policy_of
from controller.service.rollout.rollout import Demands, Rollout
from controller.service.writer import Edit
from intents.model.diagnostic import ClearwayError
from labs.olt.control import ask
from labs.runner.workspace import Workspace
from tests.endtoend.site import eventually
from tests.git.test_signatures import allowed, public, signing
from tests.git.witness import Witness, cloned, key
from tests.service.rollout.network import VISIT, Network, network, newest, states, writer

CT = "CWLB00000001"  # of the ONU in the CT room
ANA = "Ana <ana@hospital.example>"


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with network(tmp_path_factory.mktemp("net")) as running:
        yield running


@pytest.fixture
def repo(net: Network, tmp_path: Path) -> Witness:
    return net.repository(tmp_path / "repo")


def holds(rollout: Rollout, name: str) -> bool:
    """Whether the network, asked anew, is found to keep an intent."""
    return {v.intent: v.holds for v in rollout.engine.verify().intents}.get(name, False)


def test_every_commit_is_followed_to_its_end_and_git_itself_shows_it(
    net: Network, repo: Witness, tmp_path: Path
) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    assert rollout.step()
    one = repo.commit("Visit", **{"intents/visit.yaml": VISIT})
    slip = repo.commit("Slip", **{"intents/visit.yaml": VISIT.replace("Ward 2", "Wart 9")})
    assert not rollout.step()
    readme = repo.commit("Mended", **{"intents/visit.yaml": VISIT})
    assert rollout.step()
    repo.commit("Words about it", **{"README.md": "hello"})
    assert not rollout.step()
    assert states(rollout) == [
        ("The small hospital", "applied-and-holding"),
        ("Visit", "superseded"),
        ("Slip", "refused"),
        ("Mended", "applied-and-holding"),
        ("Words about it", "skipped"),
    ]
    assert holds(rollout, "visit")
    shown = {c: repo.git("notes", "--ref=clearway", "show", c) for c in (one, slip, readme)}
    assert shown[one].startswith("Clearway: superseded by a newer commit")
    assert "wart 9" in shown[slip].lower() and "intents/visit.yaml:4:" in shown[slip]
    assert "Clearway: applied and holding" in shown[readme] and "18 of 18 hold" in shown[readme]
    assert rollout.counts()["refused",] == 1


def test_a_window_that_moves_while_a_commit_is_applied_takes_nothing_back(
    net: Network, repo: Witness, tmp_path: Path
) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    engine = rollout.engine
    rollout.step()
    wanted = repo.commit("Visit", **{"intents/visit.yaml": VISIT})
    engine.store.records.remove("due", "network")  # so a window seems to have moved
    following = threading.Thread(target=rollout.step)
    following.start()
    assert eventually(lambda: engine.epoch % 2 == 1)
    engine.move_windows()
    following.join()
    assert engine.in_force is not None and engine.in_force.revision == wanted
    assert holds(rollout, "visit")
    assert engine.move_windows() is None


def test_a_commit_that_was_cut_off_in_mid_change_is_begun_again_without_a_restart(
    net: Network, repo: Witness, tmp_path: Path
) -> None:
    """As when the database went away in mid-change, so that nobody could write down how it ended."""
    rollout = net.rollout(repo, tmp_path / "state")
    rollout.step()
    repo.commit("Visit", **{"intents/visit.yaml": VISIT})
    with rollout.source.branch.open() as opened:
        seen = rollout.seen(opened, rollout.source.head(opened))
    rollout.ledger.put(seen.to(State.APPLYING, net.now()))
    assert rollout.step()
    assert str(newest(rollout).state) == "applied-and-holding"
    assert holds(rollout, "visit")


def test_a_commit_that_needs_an_onu_is_carried_out_once_it_is_there(
    net: Network, repo: Witness, tmp_path: Path
) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    rollout.step()
    olt = Workspace(net.site.topology).folder / "olt-1.state/control"
    ask(olt, cmd="onu-lose", serial=CT)
    try:
        repo.commit("Visit", **{"intents/visit.yaml": VISIT})
        assert not rollout.step()
        waiting = newest(rollout)
        assert (str(waiting.state), {f["code"] for f in waiting.faults}) == ("planned", {"unknown-onu"})
        net.wait(minutes=1)
        assert not rollout.step()
        assert newest(rollout) == waiting  # it was looked at, and nothing written
        net.wait(minutes=1)
    finally:
        ask(olt, cmd="onu-appear", serial=CT)
    assert rollout.step()
    assert str(newest(rollout).state) == "applied-and-holding"
    assert holds(rollout, "visit")


def test_a_commit_waits_for_a_name_and_the_wait_outlives_a_restart(net: Network, repo: Witness, tmp_path: Path) -> None:
    manual = Demands(policy=policy_of("manual"))
    rollout = net.rollout(repo, tmp_path / "state", demands=manual)
    rollout.step()
    rollout.approve(repo.head[:8], "Ana")
    wanted = repo.commit("Visit", **{"intents/visit.yaml": VISIT})
    assert not rollout.step()
    assert str(newest(rollout).state) == "waiting-for-approval"
    assert sum(newest(rollout).changes.values()) > 0
    assert not holds(rollout, "visit")
    again = net.rollout(repo, tmp_path / "state", demands=manual)
    again.step()
    assert str(newest(again).state) == "waiting-for-approval"
    assert again.engine.in_force is not None and again.engine.in_force.subject == "The small hospital"
    assert str(again.approve(wanted[:7], "Ana").state) == "applied-and-holding"
    assert "Approved by: Ana" in repo.git("notes", "--ref=clearway", "show", wanted)
    with pytest.raises(ClearwayError, match="does not wait"):
        again.approve(wanted, "Bob")
    with pytest.raises(ClearwayError, match="no commit is known"):
        again.approve("ffff", "Bob")


@pytest.mark.slow
def test_a_commit_waits_for_the_night(net: Network, repo: Witness, tmp_path: Path) -> None:
    rollout = net.rollout(
        repo, tmp_path / "state", demands=Demands(policy=policy_of("auto within daily 22:00-05:00 UTC"))
    )
    assert rollout.step()
    net.wait(hours=12)
    repo.commit("Visit", **{"intents/visit.yaml": VISIT})
    assert not rollout.step()
    assert str(newest(rollout).state) == "waiting-for-window"
    net.wait(hours=12)
    assert rollout.step()
    assert str(newest(rollout).state) == "applied-and-holding"


@pytest.mark.slow
def test_rewritten_history_and_a_deleted_branch_leave_the_old_commit_in_force(
    net: Network, repo: Witness, tmp_path: Path
) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    first = repo.head
    repo.commit("Visit", **{"intents/visit.yaml": VISIT})
    rollout.step()
    repo.git("reset", "-q", "--hard", first)
    forced = repo.commit("Another history", **{"README.md": "x"})
    assert not rollout.step()
    assert newest(rollout).faults[0]["code"] == "history-rewritten"
    assert rollout.engine.in_force is not None and rollout.engine.in_force.subject == "Visit"
    assert not net.rollout(repo, tmp_path / "state").step()
    repo.git("branch", "-m", "main", "gone")
    assert not rollout.step()
    assert [d.code for d in rollout.trouble] == ["no-branch"]
    assert rollout.engine.in_force.subject == "Visit"
    repo.git("branch", "-m", "gone", "main")
    with pytest.raises(ClearwayError, match="was refused"):
        rollout.approve(forced, "Ana")
    rollout.approve(forced, "Ana", ["rewritten-history"])
    assert str(newest(rollout).state) == "applied-and-holding"
    assert not holds(rollout, "visit")


@pytest.mark.slow
def test_a_branch_that_is_set_back_is_refused_until_somebody_says_so(
    net: Network, repo: Witness, tmp_path: Path
) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    rollout.step()
    first = repo.head
    newer = repo.commit("Visit", **{"intents/visit.yaml": VISIT})
    rollout.step()
    repo.git("reset", "-q", "--hard", first)
    assert not rollout.step()
    assert {e.commit: e.faults[0]["code"] for e in rollout.ledger.all() if e.faults} == {first: "history-rewritten"}
    assert holds(rollout, "visit")
    repo.git("reset", "-q", "--hard", newer)
    assert not rollout.step()
    repo.git("reset", "-q", "--hard", first)
    rollout.approve(first, "Ana", ["rewritten-history"])
    assert not holds(rollout, "visit")


@pytest.mark.slow
def test_only_signed_commits_count_also_in_between(net: Network, repo: Witness, tmp_path: Path) -> None:
    ana = key(tmp_path, "ana")
    signing(repo, ana)
    signers = allowed(tmp_path, f"ana@hospital.example {public(ana)}")
    repo.git("commit", "-q", "--amend", "-S", "--no-edit")
    rollout = net.rollout(repo, tmp_path / "state", demands=Demands(signers=signers))
    rollout.step()
    assert str(newest(rollout).state) in ("applied-and-holding", "skipped")
    repo.commit("Unsigned", **{"intents/visit.yaml": VISIT})
    rollout.step()
    assert newest(rollout).faults[0]["code"] == "commit-unsigned"
    repo.commit("Signed on top", "-S", a="1")
    rollout.step()
    assert newest(rollout).faults[0]["code"] == "commit-unsigned"
    assert "Unsigned" not in (rollout.engine.in_force or pytest.fail("nothing in force")).subject
    with pytest.raises(ClearwayError, match="was refused"):
        writer(rollout).make(Edit(files={"intents/api/x.yaml": VISIT}, author=ANA, message="x"))


def test_an_emptied_folder_is_not_a_wish(net: Network, repo: Witness, tmp_path: Path) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    rollout.step()
    had = rollout.engine.in_force
    repo.git("rm", "-qr", "intents")
    emptied = repo.commit("Oops")
    assert not rollout.step()
    assert newest(rollout).faults[0]["code"] == "mass-delete"
    assert rollout.engine.in_force == had
    repo.git("revert", "--no-edit", emptied)
    rollout.step()
    repo.git("rm", "-qr", "intents")
    repo.git("commit", "-qm", "All of it\n\nClearway-Allow: mass-delete")
    rollout.step()
    assert str(newest(rollout).state) == "applied-and-holding"
    assert (rollout.engine.in_force or pytest.fail("nothing in force")).project.intents == ()
    repo.git("revert", "--no-edit", "HEAD")
    assert rollout.step()


@pytest.mark.slow
def test_a_permit_must_be_one(net: Network, repo: Witness, tmp_path: Path) -> None:
    rollout = net.rollout(repo, tmp_path / "state")
    rollout.step()
    repo.commit("Cheeky\n\nClearway-Allow: rewritten-history", **{"intents/visit.yaml": VISIT})
    rollout.step()
    assert newest(rollout).faults[0]["code"] == "bad-permit"


@pytest.mark.slow
def test_a_remote_that_is_away_changes_nothing(net: Network, repo: Witness, tmp_path: Path) -> None:
    repo.git("checkout", "-q", "--detach")
    other = cloned(repo, tmp_path / "other")
    rollout = net.rollout(repo, tmp_path / "state", url=f"file://{repo.folder}")
    rollout.step()
    repo.folder.rename(tmp_path / "away")
    assert not rollout.step()
    assert [d.code for d in rollout.trouble] == ["remote-gone"]
    with pytest.raises(ClearwayError, match="no repository"):
        writer(rollout).make(Edit(files={"intents/api/visit.yaml": VISIT}, author=ANA, message="Visit"))
    assert not holds(rollout, "visit")
    again = net.rollout(repo, tmp_path / "state", url=f"file://{repo.folder}")
    assert again.engine.in_force is not None
    (tmp_path / "away").rename(repo.folder)
    other.commit("Visit", **{"intents/visit.yaml": VISIT})
    other.git("push", "-q", "origin", "HEAD:main")
    assert again.step()
    assert not again.trouble
    assert "applied and holding" in repo.git("notes", "--ref=clearway", "show", repo.head)
