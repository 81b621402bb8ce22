"""The container file: pinned, by hash, not root, and made of what is there."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from click.testing import CliRunner

from controller.cli.main import clearway
from tests.packaging.containerfile import stages

REPO = Path(__file__).resolve().parents[2]
FOLDER = REPO / "packaging" / "container"
_, STAGES = stages(FOLDER / "Containerfile")


def locked(path: Path) -> dict[str, str]:
    """Package and marker -> version."""
    lines = [x for x in path.read_text().splitlines() if "==" in x and not x.startswith((" ", "#"))]
    return {x.split("==")[0]: re.split(r"[ ;\\]", x.split("==")[1])[0] for x in lines}


def test_bases_are_pinned_to_a_version() -> None:
    assert [s.name for s in STAGES] == ["build", ""]
    for stage in STAGES:
        assert re.fullmatch(r"[\w.]+/[\w./-]+:\d+\.\d+\.\d+-slim-bookworm(@sha256:[0-9a-f]{64})?", stage.base), (
            stage.base
        )


def test_the_service_is_nobody_and_can_be_asked_how_it_is() -> None:
    last = STAGES[-1]
    (user,) = last.all("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    names = [i.word for i in last.instructions]
    assert "RUN" not in names[names.index("USER") :]
    (health,) = last.all("HEALTHCHECK")
    (entry,), (words,) = last.all("ENTRYPOINT"), last.all("CMD")
    for command in (json.loads(health[health.index("[") :]), [*json.loads(entry), *json.loads(words)]):
        done = CliRunner().invoke(clearway, [command[1], "--help"])
        assert (command[0], done.exit_code) == ("clearway", 0)
        assert all(word in done.output for word in command[2:] if word.startswith("--"))


def test_everything_comes_by_hash_and_nothing_by_address() -> None:
    runs = [run for stage in STAGES for run in stage.all("RUN")]
    installs = [part for run in runs for part in run.split("&&") if "pip install" in part]
    assert len(installs) == 3
    assert all("--require-hashes --no-deps" in x or "--no-deps --no-index" in x for x in installs)
    assert not any(re.search(r"curl|wget|https?://|apt", run) for run in runs)
    assert not any(stage.all("ADD") for stage in STAGES)


def test_what_is_copied_is_there_and_not_ignored() -> None:
    assert (REPO / ".dockerignore").read_text() == (REPO / ".containerignore").read_text()  # Docker knows its own only
    kept = [x[1:] for x in (REPO / ".containerignore").read_text().splitlines() if x.startswith("!")]
    for stage in STAGES:
        for copied in (c for c in stage.all("COPY") if not c.startswith("--from")):
            for source in copied.split()[:-1]:
                assert (REPO / source).exists(), source
                assert any(source == k or source.startswith(f"{k}/") for k in kept), source
    assert not any(k.startswith(("labs", "tests")) for k in kept)


def test_its_locks_are_part_of_the_lock_and_hold_what_the_service_needs() -> None:
    whole, service = locked(REPO / "requirements.lock"), locked(FOLDER / "service.lock")
    assert {n: v for n, v in service.items() if whole.get(n) != v} == {}
    build = locked(FOLDER / "build.lock")
    assert {n: v for n, v in build.items() if n in whole and whole[n] != v} == {}
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["telemetry"]]
    names = {re.split(r"[<>=\[ ]", w)[0].lower().replace("_", "-") for w in wanted}
    assert names <= set(service)
    assert "pytest" not in service
    for path in FOLDER.glob("*.lock"):
        lines = path.read_text().splitlines()
        assert all("--hash=" in lines[i + 1] for i, x in enumerate(lines) if "==" in x and not x.startswith((" ", "#")))
