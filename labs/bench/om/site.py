"""The wing in a lab on loopback, its texts in a git repository, and the command line as a user has it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from intents.ingest import load
from intents.model.diagnostic import has_errors
from labs.bench.om import wing
from labs.bench.om.seen import OLTS, Seen, look
from labs.bench.om.tasks import CAMPUS, OWED, Move
from labs.bench.om.typed import Texts
from labs.bench.om.wing import Doors
from labs.bench.ports import free_ports
from labs.olt.control import ask
from labs.runner.blueprint import blueprint
from labs.runner.devices import root, start_olt, start_soft_switch
from labs.runner.errors import LabError
from labs.runner.keys import make_keys
from labs.runner.workspace import Workspace

FOLDER: Final = "wing"  # as it is typed
_GIT: Final = ("git", "-c", "user.name=engineer", "-c", "user.email=engineer@example.org")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended: its JSON, and how long it took."""

    said: Mapping[str, Any]
    ok: bool
    seconds: float

    def codes(self) -> list[str]:
        """Of the diagnostics that it printed."""
        return [str(error.get("code")) for error in self.said.get("errors", [])]


@dataclass
class Site:
    """One wing. commands: those that were typed since `forget`, as they were typed."""

    folder: Path
    workspace: Workspace
    plants: dict[str, dict[str, Any]]
    doors: Doors
    commands: list[Sequence[str]] = field(default_factory=list)

    @property
    def texts(self) -> dict[str, str]:
        """What the engineer has."""
        return {name: (self.folder / name).read_text(encoding="utf-8") for name in (CAMPUS, OWED)}

    def write(self, texts: Texts) -> None:
        """Edit them."""
        for name, text in texts.items():
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def commit(self, message: str) -> None:
        """Keep what is written (the save that neither side counts)."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message)

    def revert(self, back: int) -> None:
        """Type `git revert` of the commit that lies so many back."""
        words = ("revert", "--no-edit", f"HEAD~{back}" if back else "HEAD")
        self.commands.append(("git", *words))
        self._git(*words)

    def type(self, *words: str) -> Done:
        """Type `clearway WORDS wing`, and take what it prints as JSON."""
        self.commands.append(("clearway", words[0], FOLDER, *words[1:]))
        command = [sys.executable, "-m", "controller", words[0], str(self.folder), *words[1:], "--json"]
        environment = {**os.environ, "PYTHONPATH": root(), "CLEARWAY_STATE": str(self.workspace.folder / "state")}
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root(), env=environment)
        took = time.perf_counter() - began
        try:
            said = json.loads(done.stdout)
        except ValueError:
            raise LabError(f"clearway {' '.join(words)} printed no JSON", done.stderr.strip()[-500:]) from None
        return Done(said=said, ok=done.returncode == 0, seconds=took)

    def look(self) -> Seen:
        """What the devices say."""
        return look(self.workspace)

    def move(self, moves: Sequence[Move]) -> None:
        """Plug fibres, with one's hands."""
        for move in moves:
            for plant in self.plants.values():
                for pon in plant["pons"].values():
                    for onu in [o for o in pon["onus"] if o["serial"] == move.serial]:
                        onu["present"] = move.pon is not None
                        if move.pon is not None:
                            pon["onus"].remove(onu)
                            plant["pons"][move.pon]["onus"].append(onu)
        self._replant()

    def unplug(self, saved: dict[str, dict[str, Any]]) -> None:
        """The fibres as they were; see `plugged`."""
        self.plants = saved
        self._replant()

    def plugged(self) -> dict[str, dict[str, Any]]:
        """How the fibres are."""
        copied: dict[str, dict[str, Any]] = json.loads(json.dumps(self.plants))
        return copied

    def control(self, olt: str) -> Path:
        """Where an OLT of the lab takes orders."""
        return self.workspace.folder / f"{olt}.state" / "control"

    def _replant(self) -> None:
        for olt, plant in self.plants.items():
            (self.workspace.folder / f"{olt}.plant.json").write_text(json.dumps(plant), encoding="utf-8")
            ask(self.control(olt), cmd="plant")

    def _git(self, *words: str) -> None:
        done = subprocess.run([*_GIT, *words], capture_output=True, text=True, check=False, cwd=self.folder)
        if done.returncode:
            raise LabError(f"git {words[0]} failed", done.stderr.strip())


@contextmanager
def wing_of(rooms: int) -> Iterator[Site]:
    """A wing of so many rooms on devices that run, nothing applied. Raises LabError."""
    if shutil.which("git") is None:
        raise LabError("git is not installed", "the texts of the bench are kept in a git repository")
    with tempfile.TemporaryDirectory(prefix="clearway-om-") as top:
        folder = Path(top) / FOLDER
        folder.mkdir()
        workspace = Workspace(Path(top) / "lab" / CAMPUS)
        workspace.folder.mkdir(parents=True, mode=0o700)
        ports = free_ports(4)
        doors = Doors(netconf=(ports[0], ports[1]), ovsdb=ports[2], openflow=ports[3], keys=str(workspace.folder))
        make_keys(workspace.folder, list(OLTS))
        site = Site(folder, workspace, {}, doors)
        try:
            _start(site, rooms)
            site.write({CAMPUS: wing.campus(rooms, doors), OWED: wing.INTENTS})
            site._git("init", "--quiet", "--initial-branch=main")  # noqa: SLF001 - it is ours
            site.commit("the wing")
            yield site
        finally:
            workspace.stop_all()


def _start(site: Site, rooms: int) -> None:
    loaded = load({CAMPUS: wing.plant(rooms, site.doors)})
    if loaded.campus is None or has_errors(loaded.diagnostics):
        raise LabError("the wing is faulty", str(loaded.diagnostics[:1]))
    plan = blueprint(loaded.campus)
    for olt in plan.olts:
        start_olt(site.workspace, olt, [])
        site.plants[olt.name] = json.loads(json.dumps(olt.plant))
    for switch in plan.switches:
        start_soft_switch(site.workspace, switch)
