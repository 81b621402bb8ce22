"""Planted secrets appear nowhere: not in what is printed, written, logged, answered or committed. Fault 19.

The canaries are the OLT's key, in a file, in a variable and in a keyring, with a comment in it that nobody else has; a
key that opens nothing; and a key that is none.
"""

from __future__ import annotations

import base64
import os
import shutil
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from dulwich import porcelain
from dulwich.repo import Repo

from controller._pb.clearway.intents.v1 import intents_pb2 as pb
from labs.runner import lab
from tests.commandline import clearway
from tests.endtoend.site import REPO, Site, eventually, site_in
from tests.service.serving import served

KEY = '"{file: .lab/client_key}"'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_in(tmp_path_factory.mktemp("site")) as made:
        lab.up(made.folder, lambda _: None, without_packets=True)
        yield made


class Canaries:
    """Secrets outside of the project, and what of them would be known again."""

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder
        folder.mkdir()
        self.good = key
        body = "".join(line for line in key.splitlines() if not line.startswith("-----"))
        self.wrong = "hunter2-" + "canary" * 5
        # Every run of 24 characters of the key's own part, whatever encloses it.
        raw = base64.b64decode(body)
        secret = raw[-160:-32]
        self.texts = {self.wrong.encode(), body[-220:-60].encode(), key.splitlines()[-3].encode()}
        self.texts |= {form(secret) for form in (bytes, base64.b64encode, base64.urlsafe_b64encode)}
        self.texts |= {secret.hex().encode(), secret.hex().upper().encode()}
        for text in (self.wrong, key.splitlines()[-3]):
            plain = text.encode()
            self.texts |= {
                base64.b64encode(plain)[:-4],
                plain.hex().encode(),
                urllib.parse.quote(text, safe="").encode(),
            }
        self.outputs: list[tuple[str, bytes]] = []

    def found(self, *trees: Path) -> list[str]:
        """Where a canary is, in what was printed and in every file of the trees (but where it belongs)."""
        places = list(self.outputs)
        for tree in trees:
            places += [(str(p), p.read_bytes()) for p in tree.rglob("*") if p.is_file()]
        return sorted({name for name, data in places for text in self.texts if text in data})


@pytest.fixture(scope="module")
def canaries(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Canaries:
    folder = tmp_path_factory.mktemp("secrets") / "held"
    key = (site.folder / ".lab" / "client_key").read_text()
    made = Canaries(folder, key)
    (folder / "file").write_text(key)
    (folder / "wrong").write_text(made.wrong)
    (folder / "ring" / "clearway").mkdir(parents=True)
    (folder / "ring" / "clearway" / "olt-1").write_text(key)
    (folder / "ring" / "clearway" / "wrong").write_text(made.wrong)
    return made


@pytest.fixture
def project(site: Site, canaries: Canaries, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("CANARY", canaries.good)
    monkeypatch.setenv("CANARY_WRONG", canaries.wrong)
    monkeypatch.setenv("CANARY_KEYRING", str(canaries.folder / "ring"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "tests.access.canary_keyring.FolderKeyring")
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    yield site
    site.restore()


def run(canaries: Canaries, *words: str) -> int:
    """A command, and what it prints kept."""
    done = clearway(*words)
    canaries.outputs.append((" ".join(words), (done.out + done.err).encode()))
    return done.code


@pytest.mark.parametrize("where", ["file", "env", "keyring"])
def test_every_command_works_and_shows_nothing(project: Site, canaries: Canaries, where: str, tmp_path: Path) -> None:
    ref = {
        "file": f"{{file: {canaries.folder}/file}}",
        "env": "{env: CANARY}",
        "keyring": "{keyring: clearway/olt-1}",
    }[where]
    project.edit("small.clab.yml", KEY, f'"{ref}"')
    folder = str(project.folder)
    plan, certificate, events = tmp_path / "plan.json", tmp_path / "proof.json", tmp_path / "events.jsonl"
    commands = [
        ("check", folder, "--json"),
        ("plan", folder, "--out", str(plan), "--json"),
        ("apply", folder, "--events", str(events)),
    ]
    if where == "file":
        commands += [
            ("verify", folder, "--certificate", str(certificate), "--json"),
            ("status", folder, "--json"),
            ("explain", folder, "ct-study", "--json"),
            ("render", folder, "--device", "olt-1"),
            ("audit", "show", folder, "--json"),
        ]
    assert [run(canaries, *words) for words in commands] == [0] * len(commands)
    assert canaries.found(project.folder / ".clearway", tmp_path) == []


@pytest.mark.parametrize("ref", ["{env: CANARY_WRONG}", "{keyring: clearway/wrong}", "{keyring: clearway/nothing}"])
def test_what_goes_wrong_shows_nothing(project: Site, canaries: Canaries, ref: str) -> None:
    project.edit("small.clab.yml", KEY, f'"{ref}"')
    os.environ["CLEARWAY_DEBUG"] = "1"
    try:
        assert run(canaries, "plan", str(project.folder)) == 1
        assert run(canaries, "apply", str(project.folder), "--json") != 0
    finally:
        del os.environ["CLEARWAY_DEBUG"]
    assert canaries.found(project.folder / ".clearway") == []


@pytest.mark.slow
def test_the_service_with_every_level_of_log_shows_nothing(project: Site, canaries: Canaries, tmp_path: Path) -> None:
    project.edit("small.clab.yml", KEY, '"{env: CANARY}"')
    repository = tmp_path / "repo"
    shutil.copytree(project.folder, repository, ignore=shutil.ignore_patterns(".lab", ".clearway"))
    (repository / ".lab").mkdir()
    shutil.copy(project.folder / ".lab" / "olt-1.host_key.pub", repository / ".lab")
    porcelain.init(str(repository))
    porcelain.add(str(repository), [str(p) for p in repository.rglob("*.y*ml")])
    porcelain.commit(str(repository), message=b"first", author=b"A <a@h>", committer=b"A <a@h>")
    branch = porcelain.active_branch(str(repository)).decode()
    settings = tmp_path / "service.yaml"
    settings.write_text(
        "apiVersion: clearway.dev/v1\nkind: Service\nspec:\n"
        f"  git: {{repository: {repository}, branch: {branch}, apply: manual}}\n  telemetry: {{log-level: debug}}\n"
    )
    with served(project, tmp_path, "--config", str(settings)) as service:
        said = pb.Intent(name="canary", say="Ward 2 visit may reach updates with https")
        service.intents.ApplyIntent(pb.ApplyIntentRequest(intent=said))
        answers = [
            service.intents.ListIntents(pb.ListIntentsRequest()),
            service.intents.PlanChanges(pb.PlanChangesRequest()),
            service.intents.VerifyNetwork(pb.VerifyNetworkRequest()),
            service.intents.ExplainIntent(pb.ExplainIntentRequest(name="ct-study")),
        ]
        canaries.outputs += [("answer", a.SerializeToString()) for a in answers]
        leaked = pb.Intent(name="leak", spec_yaml=f"say: x\npassword: {canaries.wrong}\n")
        with pytest.raises(grpc.RpcError) as refused:
            service.intents.ApplyIntent(pb.ApplyIntentRequest(intent=leaked))
        assert "secret" in refused.value.details()
        canaries.outputs.append(("refusal", f"{refused.value} {refused.value.trailing_metadata()}".encode()))
        assert eventually(lambda: "serving" in service.said)
        canaries.outputs.append(("log", service.said.encode()))
    canaries.outputs.append(("git", b"".join(objects_of(repository))))
    assert canaries.found(repository, tmp_path) == []


def objects_of(repository: Path) -> list[bytes]:
    """Every object of a repository, unpacked."""
    with Repo(str(repository)) as repo:
        return [repo.object_store[name].as_raw_string() for name in repo.object_store]


def test_the_canary_would_be_found(canaries: Canaries, tmp_path: Path) -> None:
    """The search itself: each form, planted in a file, is found."""
    for number, text in enumerate(canaries.texts):
        (tmp_path / f"{number}").write_bytes(b"x" + text + b"y")
    assert len([f for f in canaries.found(tmp_path) if f.startswith(str(tmp_path))]) == len(canaries.texts)
