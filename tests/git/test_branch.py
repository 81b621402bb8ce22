"""What a branch holds is read as git wrote it, wherever it lies; commits and notes written here are read by git."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controller.git.branch import LocalBranch, Moved
from controller.git.notes import REF, note_on, write_note
from controller.git.objects import Texts, changed_paths, commit_at, descends, opened, texts_of
from controller.git.remote import RemoteBranch
from controller.git.settings import GitSettings
from controller.git.writing import with_files, write_commit
from intents.model.diagnostic import ClearwayError
from tests.git.witness import Witness, made

ANA = "Ana <ana@hospital.example>"


def texts(repo: Witness, commit: str, folder: str = "") -> Texts:
    with opened(str(repo.folder)) as open_repo:
        return texts_of(open_repo, commit_at(open_repo, commit), folder)


def add_commit(branch: LocalBranch | RemoteBranch, path: str, data: bytes | None) -> str:
    with branch.open() as repo:
        head = branch.head(repo)
        assert head is not None
        tree = with_files(repo, commit_at(repo, head).tree, {path: data})
        commit = write_commit(repo, tree, [head], author=ANA, message="By Clearway")
        branch.publish(repo, commit, head)
        return commit


def test_only_texts_of_the_project_are_read(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo")
    commit = repo.commit(
        "All kinds", site__campus_yaml="no", **{"site/campus.yaml": "a: 1", "site/intents/x/y.yml": "b: 2"},
        **{"other/campus.yaml": "c: 3", "site/notes.md": "text", "site/sub/z.yaml": "d: 4"},
    )  # fmt: skip
    found = texts(repo, commit, "site")
    assert found.files == {"site/campus.yaml": "a: 1", "site/intents/x/y.yml": "b: 2"}
    assert found.faults == ()
    assert texts(repo, commit, "nowhere").files == {}


def test_what_is_no_text_is_said_and_does_no_harm(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo")
    repo.write("intents/huge.yaml", b"#" * (9 * 2**20))
    repo.write("intents/binary.yaml", b"\xff\xfe\x00")
    repo.write("campus.yaml", "a: 1")
    (repo.folder / "intents/link.yaml").symlink_to("/etc/passwd")
    (repo.folder / os.fsdecode(b"intents/n\xe4me.yaml")).write_text("e: 1")
    sub = made(tmp_path / "sub")
    sub.commit("Sub", a="1")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(sub.folder), "intents/sub")
    found = texts(repo, repo.commit("Trouble"))
    assert {d.position.file: d.code for d in found.faults} == {
        "intents/huge.yaml": "file-too-large",
        "intents/binary.yaml": "not-utf-8",
        "intents/link.yaml": "git-symlink",
        "intents/sub": "git-submodule",
    }
    assert found.files == {"campus.yaml": "a: 1", "intents/n\\xe4me.yaml": "e: 1"}


def test_a_commit_of_5000_files(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo")
    for n in range(5000):
        repo.write(f"docs/{n}.md", str(n))
    first = repo.commit("Many documents", **{"campus.yaml": "a: 1"})
    assert texts(repo, first).files == {"campus.yaml": "a: 1"}
    for n in range(5000):
        repo.write(f"intents/{n}.yaml", str(n))
    assert [d.code for d in texts(repo, repo.commit("Many intents")).faults] == ["too-many-files"]


def test_a_commit_written_here_is_sound_to_git(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo")
    repo.commit("One", **{"intents/a.yaml": "a", "run.sh": "x", "intents-old": "b"})
    branch = LocalBranch(str(repo.folder), "main")
    add_commit(branch, "intents/api/visit.yaml", b"say: x\n")
    assert repo.git("show", "main:intents/api/visit.yaml") == "say: x"
    assert repo.git("log", "-1", "--format=%an %ae %s", "main") == "Ana ana@hospital.example By Clearway"
    add_commit(branch, "intents/api/visit.yaml", None)
    assert "intents/api" not in repo.git("ls-tree", "-r", "--name-only", "main")
    repo.git("fsck", "--strict")


def test_an_author_cannot_write_a_header(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo")
    repo.commit("One", a="1")
    for author in ("Eve", "Eve <e@x>\ngpgsig x", "Eve <e@x> 1 +0000\nparent 0", "<>", "E <a b>"):
        with opened(str(repo.folder)) as open_repo, pytest.raises(ClearwayError, match="not an author"):
            write_commit(open_repo, commit_at(open_repo, repo.head).tree, [], author=author, message="x")


def test_of_two_writers_one_is_told(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo")
    old = repo.commit("One", a="1")
    branch = LocalBranch(str(repo.folder), "main")
    with branch.open() as open_repo:
        mine = write_commit(open_repo, commit_at(open_repo, old).tree, [old], author=ANA, message="Mine")
        theirs = repo.commit("Theirs", a="2")
        with pytest.raises(Moved):
            branch.publish(open_repo, mine, old)
    assert repo.head == theirs


def test_history(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo")
    first = repo.commit("One", a="1")
    second = repo.commit("Two", b="2")
    repo.git("reset", "-q", "--hard", first)
    other = repo.commit("Other", c="3")
    with opened(str(repo.folder)) as open_repo:
        assert descends(open_repo, second, first)
        assert not descends(open_repo, other, second)
        assert not descends(open_repo, other, "0" * 40)
        trees = [commit_at(open_repo, c).tree for c in (second, other)]
        assert changed_paths(open_repo, trees[0], trees[1]) == ("b", "c")


def test_notes_are_shown_by_git_and_stand_beside_those_of_others(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo")
    commits = [repo.commit(str(n), a=str(n)) for n in range(3)]
    branch = LocalBranch(str(repo.folder), "main")
    with branch.open() as open_repo:
        write_note(branch, open_repo, commits[0], "applied and holding\n")
        repo.git("notes", "--ref=clearway", "add", "-m", "seen by Ana", commits[1])
        write_note(branch, open_repo, commits[2], "refused\n")
        write_note(branch, open_repo, commits[0], "applied, not holding\n")
        assert note_on(branch, open_repo, commits[1]) == "seen by Ana\n"
    said = [repo.git("notes", "--ref=clearway", "show", c) for c in commits]
    assert said == ["applied, not holding", "seen by Ana", "refused"]


def test_notes_keep_to_the_fan_out_that_git_has_made(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo")
    commit = repo.commit("One", a="1")
    blob = repo.git("hash-object", "-w", "--stdin", stdin="note")
    ids = (f"{n:040x}" for n in range(0, 2**160, 2**160 // 600))
    lines = "".join(f"M 100644 {blob} {name[:2]}/{name[2:]}\n" for name in ids)
    head = "commit refs/notes/clearway\ncommitter A <a@b> 1 +0000\ndata 1\nx\n"
    repo.git("fast-import", "--quiet", stdin=head + lines + "\n")
    branch = LocalBranch(str(repo.folder), "main")
    with branch.open() as open_repo:
        write_note(branch, open_repo, commit, "holding\n")
        assert note_on(branch, open_repo, commit) == "holding\n"
    assert repo.git("notes", "--ref=clearway", "show", commit) == "holding"
    assert f"{commit[:2]}/{commit[2:]}" in repo.git("ls-tree", "-r", "--name-only", REF.decode())


def test_two_who_write_notes_at_once_lose_none(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo")
    commits = [repo.commit(str(n), a=str(n)) for n in range(8)]
    branch = LocalBranch(str(repo.folder), "main")

    def write(mine: list[str]) -> None:
        with branch.open() as open_repo:
            for commit in mine:
                while True:
                    try:
                        write_note(branch, open_repo, commit, commit)
                        break
                    except ClearwayError:
                        continue

    threads = [threading.Thread(target=write, args=(commits[n::2],)) for n in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert [repo.git("notes", "--ref=clearway", "show", c) for c in commits] == commits


@contextmanager
def elsewhere(tmp_path: Path, url: str, **more: object) -> Iterator[RemoteBranch]:
    yield RemoteBranch(GitSettings(repository=url, fetch_s=0, timeout_s=5, **more), tmp_path / "state")  # type: ignore[arg-type]


def test_a_branch_elsewhere_is_fetched_pushed_to_and_missed(tmp_path: Path) -> None:
    there = made(tmp_path / "there")
    first = there.commit("One", **{"intents/a.yaml": "a"})
    there.git("checkout", "-q", "--detach")
    with elsewhere(tmp_path, f"file://{there.folder}") as branch:
        branch.refresh()
        mine = add_commit(branch, "intents/b.yaml", b"b")
        assert there.head == mine
        assert there.git("merge-base", "--is-ancestor", first, mine) == ""
        there.folder.rename(tmp_path / "away")
        with pytest.raises(ClearwayError, match="no repository at"):
            branch.refresh()
        with branch.open() as repo:
            assert branch.head(repo) == mine
        (tmp_path / "away").rename(there.folder)
        there.git("branch", "-D", "main")
        branch.refresh()
        with branch.open() as repo:
            assert branch.head(repo) is None


def test_a_push_loses_against_who_was_faster(tmp_path: Path) -> None:
    there = made(tmp_path / "there")
    there.commit("One", a="1")
    with elsewhere(tmp_path, f"file://{there.folder}") as branch:
        branch.refresh()
        theirs = there.commit("Theirs", b="2")
        with pytest.raises(Moved):
            add_commit(branch, "intents/b.yaml", b"b")
        with branch.open() as repo:
            assert branch.head(repo) == theirs
            write_note(branch, repo, theirs, "seen\n")
            there.git("notes", "--ref=clearway", "add", "-f", "-m", "mine", theirs)
            write_note(branch, repo, theirs, "holding\n")
    assert there.git("notes", "--ref=clearway", "show", theirs) == "holding"


def test_what_is_fetched_is_asked_for_at_intervals(tmp_path: Path) -> None:
    there = made(tmp_path / "there")
    there.commit("One", a="1")
    clock = [0.0]
    settings = GitSettings(repository=f"file://{there.folder}", fetch_s=10)
    branch = RemoteBranch(settings, tmp_path / "state", lambda: clock[0])
    branch.refresh()
    newer = there.commit("Two", a="2")
    with branch.open() as repo:
        branch.refresh()
        assert branch.head(repo) != newer
        clock[0] = 10.0
        branch.refresh()
        assert branch.head(repo) == newer


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://git.hospital.example/x", "bad-repository"),
        ("gopher://x/y", "bad-repository"),
        ("https://clearway:hunter2@git.hospital.example/x", "secret-in-text"),
    ],
)
def test_urls_that_are_not_taken(tmp_path: Path, url: str, code: str) -> None:
    with pytest.raises(ClearwayError) as error:
        RemoteBranch(GitSettings(repository=url), tmp_path)
    assert error.value.diagnostics[0].code == code
    assert "hunter2" not in str(error.value)


def test_nobody_answers(tmp_path: Path) -> None:
    for url in ("https://127.0.0.1:1/x", "ssh://git@127.0.0.1:1/x"):
        with elsewhere(tmp_path, url) as branch, pytest.raises(ClearwayError) as error:
            branch.refresh()
        assert error.value.diagnostics[0].code == "remote-away"
        assert "stays in force" in error.value.diagnostics[0].hint
