"""Texts in a plain folder: written once the plan is made and before a device is touched, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.connect import Connector
from controller.events import Event, Stopped
from controller.fleet import Fleet
from controller.service.engine import Engine, Terms
from controller.service.source import FolderSource
from controller.service.writer import Edit, FolderWriter
from controller.state.journal import Phase
from controller.state.store import Store
from intents.model.diagnostic import ClearwayError
from intents.model.state import Operational
from tests.service.rollout.network import VISIT, network

PATH = "intents/api/visit.yaml"
ANA = "Ana <ana@hospital.example>"
TOO_MUCH = VISIT.replace(
    "Ward 2 visit may reach updates", '"1,000 images of 512 KiB from archive to ward-2 within 1 second"'
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with network(tmp_path_factory.mktemp("net")) as net, Connector(net.site.folder, persistent=True) as connector:
        made = Engine(FolderSource(net.site.folder), connector, Store(tmp_path_factory.mktemp("state")))
        made.apply(made.current(), by="test", cause="test")
        yield made


def make(engine: Engine, text: str | None, **terms: object) -> None:
    folder = FolderSource(engine.current().project.root)
    edit = Edit(files={PATH: text}, author=ANA, message="Visit", terms=Terms(**terms))  # type: ignore[arg-type]
    FolderWriter(folder, engine).make(edit)


def text_of(engine: Engine) -> str | None:
    path = engine.current().project.root / PATH
    return path.read_text(encoding="utf-8") if path.exists() else None


def test_the_text_stands_before_a_device_is_touched(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str | None]] = []
    observe = Fleet.observe

    def observed(fleet: Fleet, *through: object) -> Operational:
        seen.append(("read", text_of(engine)))
        return observe(fleet, *through)  # type: ignore[arg-type]

    monkeypatch.setattr(Fleet, "observe", observed)
    make(engine, VISIT, progress=lambda event: seen.append((str(event.phase), text_of(engine))))
    assert seen[0] == ("read", None)
    assert seen[1] == ("prepare", VISIT)
    assert [what for what, _ in seen].count("read") == 2  # before the change, and after it
    assert {text for what, text in seen if what != "read"} == {VISIT}
    make(engine, None)
    assert text_of(engine) is None


def test_what_is_refused_is_not_written(engine: Engine) -> None:
    folder: Path = engine.current().project.root / "intents"
    before = sorted((p, p.stat().st_mtime_ns) for p in folder.rglob("*"))
    with pytest.raises(ClearwayError, match="no-room"):
        make(engine, TOO_MUCH)
    left = iter([True])
    with pytest.raises(ClearwayError, match="stopped"):
        make(engine, VISIT, still_wanted=lambda: next(left, False))  # he leaves while it is planned
    with pytest.raises(ClearwayError, match="stale-plan"):
        make(engine, VISIT, base={"core-1": "of another time"})
    assert sorted((p, p.stat().st_mtime_ns) for p in folder.rglob("*")) == before


def test_what_is_undone_on_the_devices_is_as_before_in_the_folder(engine: Engine) -> None:
    def leave(event: Event) -> None:
        if event.phase is Phase.CHECK:
            assert text_of(engine) == VISIT
            raise Stopped

    with pytest.raises(ClearwayError, match="stopped"):
        make(engine, VISIT, progress=leave)
    assert text_of(engine) is None
    assert engine.verify().holds
