"""A view that cannot be made just now is made later, though nobody tells of anything more."""

from __future__ import annotations

import asyncio
import shutil
import threading
from pathlib import Path

import pytest

from controller.connect import Connector
from controller.page.ears import Ears
from controller.page.views import Views
from controller.service.api.call import Call
from controller.service.api.workers import WAITING, Workers
from controller.service.engine import Engine
from controller.service.source import FolderSource
from controller.state.folder import store_of

SMALL = Path(__file__).resolve().parents[2] / "labs" / "small"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """Of the small hospital's texts; no device is asked."""
    folder = tmp_path / "small"
    shutil.copytree(SMALL, folder, ignore=shutil.ignore_patterns(".lab", ".clearway"))
    return Engine(FolderSource(folder), Connector(folder), store_of(folder))


async def test_what_came_while_too_many_waited_is_shown_when_they_are_gone(engine: Engine) -> None:
    workers, gate = Workers(), threading.Event()
    views = Views(engine, Ears(), workers)
    waiting = [asyncio.create_task(workers.run(gate.wait, Call(), long=False)) for _ in range(WAITING)]
    await asyncio.sleep(0)
    await views.start()
    await asyncio.sleep(0.1)
    assert views.newest is None
    gate.set()
    await asyncio.gather(*waiting)
    assert (await asyncio.wait_for(views.now(), 20)).intents
    await views.close()
    workers.close()


async def test_a_fault_of_ours_in_one_view_does_not_end_those_after_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers, right, failed = Workers(), engine.judged, []

    def judged() -> object:
        if not failed:
            failed.append(True)
            raise RuntimeError("a mistake")
        return right()

    monkeypatch.setattr(engine, "judged", judged)
    views = Views(engine, Ears(), workers)
    await views.start()
    assert (await asyncio.wait_for(views.now(), 20)).intents
    assert failed
    await views.close()
    workers.close()
