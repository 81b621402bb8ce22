"""`clearway commits`, `approve` and `revert` on what a service keeps of a branch."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.service.rollout.entry import Entry, State
from controller.service.rollout.ledger import Ledger
from controller.state.folder import store_of
from intents.model.diagnostic import Diagnostic, Position
from tests.commandline import clearway
from tests.git.witness import Witness, made

THEN = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


@pytest.fixture
def repo(tmp_path: Path) -> Witness:
    found = made(tmp_path / "repo")
    found.commit("One", **{"campus.yaml": "a: 1\n", "intents/a.yaml": "b: 1\n"})
    return found


def keep(repo: Witness, state: State, *faults: Diagnostic, number: int = 1) -> Entry:
    ledger = Ledger(store_of(repo.folder).records, "main")
    entry = Entry(commit=repo.head, number=number, author="Ana <a@b>", subject="One")
    return ledger.put(entry.to(state, THEN, faults))


def test_what_is_known_of_each_commit_is_shown(repo: Witness) -> None:
    assert "no commit is known here" in clearway("commits", str(repo.folder)).err
    keep(repo, State.REFUSED, Diagnostic(code="unknown-place", message="no wart", position=Position("x.yaml", 3, 4)))
    done = clearway("commits", str(repo.folder))
    assert done.out == f"{repo.head[:12]}  refused  One\n    x.yaml:3:4: no wart [unknown-place]\n"
    (found,) = json.loads(clearway("commits", str(repo.folder), "--json").out)["commits"]
    assert (found["state"], found["errors"][0]["line"]) == ("refused", 3)
    assert found["history"] == [{"state": "refused", "at": "2026-11-26T12:00:00+00:00"}]


def test_a_name_is_kept_with_the_approval_and_what_does_not_wait_is_refused(repo: Witness) -> None:
    entry = keep(repo, State.APPROVAL)
    done = clearway("approve", entry.commit[:8], str(repo.folder), "--by", "Ana")
    assert (done.code, done.err) == (0, f"approved {entry.commit[:12]} One\n")
    assert "approved by Ana" in clearway("commits", str(repo.folder)).out
    keep(repo, State.HOLDING)
    assert "[not-waiting]" in clearway("approve", entry.commit, str(repo.folder)).err
    assert "[no-commit]" in clearway("approve", "abcd", str(repo.folder)).err
    assert clearway("approve", entry.commit, str(repo.folder), "--allow", "all").code == 3


def test_only_a_word_that_fits_lets_a_refused_commit_pass(repo: Witness) -> None:
    entry = keep(repo, State.REFUSED, Diagnostic(code="mass-delete", message="all gone"))
    plain = clearway("approve", entry.commit, str(repo.folder))
    assert "--allow mass-delete" in plain.err
    assert "--allow mass-delete" in clearway("approve", entry.commit, str(repo.folder), "--allow", "disruption").err
    assert clearway("approve", entry.commit, str(repo.folder), "--allow", "mass-delete").code == 0
    keep(repo, State.REFUSED, Diagnostic(code="commit-unsigned", message="not signed"))
    assert clearway("approve", entry.commit, str(repo.folder), "--allow", "mass-delete").code == 1


def test_a_revert_is_a_commit_and_never_goes_over_what_came_later(repo: Witness) -> None:
    first = repo.head
    second = repo.commit("Two", **{"intents/a.yaml": "b: 2\n", "intents/b.yaml": "c: 1\n"})
    repo.git("checkout", "-q", "--detach")
    done = clearway("revert", second[:9], str(repo.folder), "--author", "Ana <ana@hospital.example>")
    assert done.code == 0, done.err
    assert repo.git("diff", "--stat", first, "main") == ""
    assert repo.git("log", "-1", "--format=%an %s", "main") == 'Ana Revert "Two"'
    again = clearway("revert", second[:9], str(repo.folder))
    assert "[source-conflict]" in again.err and "by Ana" in again.err
    assert "[no-commit]" in clearway("revert", "abcd", str(repo.folder)).err
