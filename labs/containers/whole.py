"""All of it in one run: install, build, deploy, apply, verify, carry images, verify from a container, destroy.

What was begun is taken down in any case.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from labs.bench.product import clearway
from labs.containers.commands import run
from labs.containers.images import name_of
from labs.containers.lab import CONTROLLER, ContainerLab, why_not
from labs.runner.devices import root
from labs.runner.errors import LabError

NEXT: Final = """\
The lab stays up. In this shell:
  export CLEARWAY_LAB_CONTROLLER={controller}
  clearway verify {topology}
  clearway lab containerlab --down {topology}"""
PACKAGES: Final = ("docker.io", "debootstrap", "debian-archive-keyring")
IMAGES: Final = 1000
PACS_PORT: Final = 8042
_CARRY_S: Final = 600.0
_STORES, _FETCHES, _HOLDS, _KEPT_OUT = "ct-room", "diagnosis-room", "pacs", "guest-wifi-1"

Say = Callable[[str], None]


def run_whole(path: Path, say: Say, *, keep: bool = False, images: int = IMAGES) -> dict[str, Any]:
    """The figures of a run. keep: leave the lab up at the end. Raises LabError with what went wrong."""
    install(say)
    reason = why_not()
    if reason is not None:
        raise LabError(reason, "clearway lab up needs neither Docker nor containerlab")
    lab = ContainerLab(path, say)
    is_done = False
    try:
        lab.up()
        found = use(lab, say, images)
        is_done = True
        return found
    finally:
        if not (keep and is_done):
            say("taking it down")
            lab.down()


def take_down(path: Path, say: Say) -> None:
    """Take away what a run left. Raises LabError."""
    ContainerLab(path, say).down()


def install(say: Say) -> None:
    """As root on Debian: the engine, and what makes its base image where no registry can be reached."""
    missing = [p for p, program in zip(PACKAGES[:2], ("dockerd", "debootstrap"), strict=True) if not _has(program)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get") is not None:
        script = Path(root()) / "scripts/setup"
        say(f"installing {', '.join(missing)}")
        run([str(script), "--packages", *PACKAGES], folder=Path(root()), within_s=_CARRY_S)


def use(lab: ContainerLab, say: Say, images: int) -> dict[str, Any]:
    """Apply the intents, prove them, and carry images between places. Raises LabError."""
    folder = lab.topology.parent
    changes = len(clearway("apply", str(folder), environment=lab.environment)["changes"])
    say(f"{changes} changes made, read back and proven")
    proven = clearway("verify", str(folder), environment=lab.environment)["intents"]
    say(f"{len(proven)} intents hold, from what the devices in the containers say")
    pacs = f"{next(h.address for h in lab.blueprint.hosts if h.name == _HOLDS)}:{PACS_PORT}"
    size = ["--images", str(images)]
    stored = _carry(lab, _STORES, "store", pacs, *size)
    say(f"{stored['images']} images stored from {_STORES} by STOW-RS in {stored['seconds']:.1f} s")
    fetched = _carry(lab, _FETCHES, "fetch", pacs, *size)
    say(f"{fetched['images']} images fetched at {_FETCHES} by WADO-RS in {fetched['seconds']:.1f} s, each as stored")
    _carry(lab, _KEPT_OUT, "refused", pacs)
    say(f"{_KEPT_OUT} cannot reach {_HOLDS}")
    _from_container(lab, folder)
    say("the same proof, from the controller's container")
    return {
        "nodes": lab.count(),
        "controller": lab.environment[CONTROLLER],
        "changes": changes,
        "intents": len(proven),
        "stored": stored,
        "fetched": fetched,
    }


def _has(program: str) -> bool:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def _carry(lab: ContainerLab, place: str, *words: str) -> dict[str, Any]:
    command = ["python3", "-m", "labs.containers.carry", *words]
    found: dict[str, Any] = json.loads(lab.inside(place, *command, within_s=_CARRY_S))
    return found


def _from_container(lab: ContainerLab, folder: Path) -> None:
    words = [f"--env={name}={value}" for name, value in lab.environment.items() if name.startswith("CLEARWAY_")]
    # The folder above, too: what is the same for several labs is a link to another's.
    words += ["--network", "host", "-v", f"{folder.parent}:/labs:ro", "-v", f"{folder}:/labs/{folder.name}"]
    words += [name_of("controller"), "verify", f"/labs/{folder.name}"]
    lab.engine.docker("run", "--rm", *words, within_s=_CARRY_S)
