"""What a merge request is told; kept as a page, so that a change of words is seen."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from controller.cli.main import clearway as program
from controller.cli.plan_markdown import refusal_comment
from intents.model.diagnostic import Diagnostic, Position
from tests.commandline import clearway
from tests.git.witness import Witness, made

REPO = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "plan.md"


@pytest.fixture
def merge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Witness:
    """A repository with the small hospital on main, and a branch that asks for more of it."""
    repo = made(tmp_path / "repo")
    shutil.copytree(REPO / "labs/small/intents", repo.folder / "campus/intents")
    shutil.copy(REPO / "labs/small/small.clab.yml", repo.folder / "campus")
    repo.commit("The small hospital")
    repo.git("checkout", "-q", "-b", "more")
    imaging = repo.folder / "campus/intents/imaging.yaml"
    imaging.write_text(imaging.read_text().replace("within 1 second", "within 0.8 seconds", 1))
    repo.commit("Faster", **{"campus/intents/visit.yaml": VISIT})
    monkeypatch.chdir(repo.folder)
    return repo


VISIT = (
    "apiVersion: clearway.dev/v1\nkind: Intent\nmetadata: {name: visit}\nspec: {say: Ward 2 visit may reach updates}\n"
)


def kept(page: str) -> str:
    """Without the lines of the lab's topology, which others write."""
    return re.sub(r"small\.clab\.yml:\d+:\d+", "small.clab.yml:LINE", page)


def test_the_comment_says_what_the_merge_request_changes_and_nothing_else(merge: Witness) -> None:
    done = clearway("plan", "campus", "--format", "markdown", "--base", "main")
    assert (done.code, done.err) == (0, "")
    if os.environ.get("CLEARWAY_GOLDEN") == "write":
        GOLDEN.write_text(kept(done.out))
    assert kept(done.out) == GOLDEN.read_text()
    again = clearway("plan", "campus", "--format", "markdown", "--base", "more")
    assert again.out.startswith("### Clearway: every promise can be kept; nothing changes on any device")
    assert clearway("plan", "campus", "--format", "markdown", "--base", "main", "--detailed-exitcode").code == 2


def test_a_base_folder_is_the_same_as_its_commit(merge: Witness) -> None:
    before = merge.folder.parent / "before"
    merge.git("worktree", "add", "-q", str(before), "main")
    done = clearway("plan", "campus", "--format", "markdown", "--base", str(before / "campus"))
    assert kept(done.out) == GOLDEN.read_text()


def test_what_is_refused_is_the_comment_too(merge: Witness) -> None:
    merge.write("campus/intents/visit.yaml", VISIT.replace("Ward 2", "Wart 9"))
    done = clearway("plan", "campus", "--format", "markdown", "--base", "main")
    assert done.code == 1
    assert done.out.startswith("### Clearway: refused, 1 thing cannot be as written\n")
    assert "`campus/intents/visit.yaml:4:" in done.out
    nothing = clearway("plan", "campus", "--format", "markdown", "--base", "nowhere")
    assert nothing.code == 1 and "no-base" in nothing.err


def test_names_of_others_stay_text() -> None:
    evil = Diagnostic(code="x", message="<script>|a|\n# big @team [l](u) ```", position=Position("a`b.yaml"))
    said = refusal_comment([evil])
    assert "<script>" not in said and "@team" not in said and "\n# big" not in said
    assert r"\|a\|" in said


@pytest.mark.parametrize("name", ["github-actions.yml", "gitlab-ci.yml"])
def test_the_examples_are_sound_and_run_commands_that_exist(name: str) -> None:
    text = (REPO / "docs/examples" / name).read_text()
    lines = list(_words(yaml.safe_load(text)))
    ours = [line for line in lines if "clearway " in line and "pip" not in line]
    assert len(ours) == 2
    for line in ours:
        _, command, *words = line[line.index("clearway ") :].split(" > ")[0].replace('"', "").split()
        found = program.get_command(program.make_context("clearway", [command]), command)  # type: ignore[arg-type]
        assert found is not None
        found.make_context(command, words)


def _words(found: object) -> list[str]:
    if isinstance(found, dict):
        return [w for key in found for w in _words(found[key])]
    if isinstance(found, list):
        return [w for item in found for w in _words(item)]
    return [found] if isinstance(found, str) else []


def test_the_hook_runs_check() -> None:
    (hook,) = yaml.safe_load((REPO / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"] == "clearway check" and hook["pass_filenames"] is False


def test_the_hook_as_git_runs_it_refuses_a_slip(merge: Witness) -> None:
    hook = merge.folder / ".git/hooks/pre-commit"
    hook.write_text(f"#!/bin/sh\nexec env PYTHONPATH={REPO} {sys.executable} -m controller check campus\n")
    hook.chmod(0o755)
    merge.write("campus/intents/visit.yaml", VISIT.replace("Ward 2", "Wart 9"))
    merge.git("add", "-A")
    said = merge.git("commit", "-m", "Slip", check=False)
    assert "wart 9" in said.lower()
    assert merge.git("log", "-1", "--format=%s") == "Faster"
