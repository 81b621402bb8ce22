"""The service follows a branch: a commit is planned, applied, verified and reported; a bad one changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import pytest
from dulwich import porcelain
from dulwich.repo import Repo

from controller._pb.clearway.intents.v1 import commits_pb2, commits_pb2_grpc
from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from labs.runner import lab
from tests.commandline import clearway
from tests.endtoend.site import Site, eventually, site_in
from tests.service.serving import Served, served


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as made:
        lab.up(made.folder, lambda _: None, without_packets=True)
        made.write(".gitignore", ".lab/\n.clearway/\n")
        porcelain.init(str(made.folder))
        commit(made, "The small hospital")
        yield made


@pytest.fixture(scope="module")
def service(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    branch = porcelain.active_branch(str(site.folder)).decode()
    words = ("--git", str(site.folder), "--branch", branch, "--look", "0.2", "--judge", "3600")
    with served(site, tmp_path_factory.mktemp("log"), *words) as running:
        yield running


def commit(site: Site, message: str) -> str:
    porcelain.add(str(site.folder), [str(p) for p in site.folder.rglob("*.y*ml") if ".lab" not in p.parts])
    made = porcelain.commit(str(site.folder), message=message.encode(), author=b"PACS lead <pacs@hospital.example>")
    return made.decode()


def test_commits_are_applied_and_reported_and_a_bad_one_changes_nothing(site: Site, service: Served) -> None:
    watch = service.intents.WatchStatus(pb.WatchStatusRequest())
    first = next(watch)
    assert first.cause.endswith("The small hospital")
    assert first.holds
    assert len(first.statuses) == 17

    text = (site.folder / "intents/building.yaml").read_text()
    site.write("intents/building.yaml", text[: text.rindex("---")])
    wanted = commit(site, "No updates for now")
    second = next(watch)
    assert (second.commit, second.holds, len(second.statuses)) == (wanted, True, 16)

    site.edit("intents/imaging.yaml", "CT room to PACS gets priority", "CT rom to PACS gets priority")
    bad = commit(site, "A slip of the pen")
    third = next(watch)
    assert (third.commit, third.holds) == (bad, False)
    assert eventually(lambda: "ct rom" in service.said)
    assert service.intents.VerifyNetwork(pb.VerifyNetworkRequest()).holds

    site.edit("intents/imaging.yaml", "CT rom to PACS gets priority", "CT room to PACS gets priority")
    good = commit(site, "Mend it")
    assert next(s for s in watch if s.commit == good).holds
    watch.cancel()


def test_what_is_said_over_the_api_becomes_a_commit(site: Site, service: Served) -> None:
    said = pb.Intent(name="visit", say="Ward 2 visit may reach updates with https")
    metadata = (("x-clearway-author", "Nurse <nurse@hospital.example>"),)
    done = service.intents.ApplyIntent(pb.ApplyIntentRequest(intent=said), metadata=metadata)
    assert all(s.holds for s in done.statuses)
    with Repo(str(site.folder)) as repo:
        head = repo[repo.head()]
        assert head.author == b"Nurse <nurse@hospital.example>"
        assert b"visit" in head.message
    names = {i.name for i in service.intents.ListIntents(pb.ListIntentsRequest()).intents}
    assert "visit" in names


def test_commits_are_listed_and_taken_back_over_the_api(site: Site, service: Served) -> None:
    commits = commits_pb2_grpc.CommitServiceStub(service.channel)
    listed = commits.ListCommits(commits_pb2.ListCommitsRequest(page_size=2))
    newest = listed.commits[0]
    assert (newest.subject, newest.state) == ("Apply visit", commits_pb2.Commit.STATE_HOLDING)
    rest = commits.ListCommits(commits_pb2.ListCommitsRequest(page_token=listed.next_page_token)).commits
    assert [c.subject for c in (*listed.commits, *rest)][-1] == "The small hospital"
    back = commits.RevertCommit(commits_pb2.RevertCommitRequest(commit=newest.id[:10]))
    assert back.commit.state == commits_pb2.Commit.STATE_HOLDING
    assert "visit" not in {i.name for i in service.intents.ListIntents(pb.ListIntentsRequest()).intents}
    with pytest.raises(grpc.RpcError) as error:
        commits.ApproveCommit(commits_pb2.ApproveCommitRequest(commit=newest.id))
    assert error.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    again = commits.RevertCommit(commits_pb2.RevertCommitRequest(commit=back.commit.id))
    assert again.commit.state == commits_pb2.Commit.STATE_HOLDING


def test_the_command_line_asks_the_service(service: Served) -> None:
    listed = clearway("commits", "--server", service.address)
    assert "applied and holding  Apply visit" in listed.out
    done = clearway("revert", "0000", "--server", service.address)
    assert (done.code, "[no-commit]" in done.err) == (1, True)
    assert "[not-waiting]" in clearway("approve", listed.out.split()[0], "--server", service.address).err


def test_a_lost_update_is_refused(service: Served) -> None:
    stale = pb.Intent(name="visit", say="Ward 2 visit may reach updates", etag="0000")
    with pytest.raises(grpc.RpcError) as error:
        service.intents.ApplyIntent(pb.ApplyIntentRequest(intent=stale))
    assert error.value.code() is grpc.StatusCode.ABORTED
