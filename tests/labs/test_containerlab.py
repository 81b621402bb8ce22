"""The labs deploy by containerlab itself on Docker, and Clearway does on them what it does on any network.

Long: containerlab is built from its Go module, the images from Debian's packages, once a machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from labs.containers import images, whole
from labs.containers.engine import RUN
from labs.containers.lab import why_not
from labs.containers.node import Identity
from labs.runner.errors import LabError

ROOT = Path(__file__).resolve().parents[2]


def why_no_containers() -> str | None:
    """After installing what Debian has."""
    if os.geteuid() == 0:
        try:
            whole.install(print)
        except LabError as error:
            return str(error)
    return why_not()


def interfaces() -> set[str]:
    """Of this machine."""
    return {path.name for path in Path("/sys/class/net").iterdir()}


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("lab", ["small", "three-tier"])
def test_a_lab_deploys_keeps_its_intents_and_leaves_nothing(lab: str) -> None:
    reason = why_no_containers()
    if reason is not None:
        pytest.skip(f"no labs in containers here: {reason}")
    before, hosts = interfaces(), Path("/etc/hosts").read_text(encoding="utf-8")
    found = whole.run_whole(ROOT / "labs" / lab, print, images=100)
    assert found["intents"] > 10
    assert found["nodes"] >= 69
    assert found["stored"]["images"] == found["fetched"]["images"] == 100
    assert interfaces() == before
    assert not RUN.exists()
    assert Path("/etc/hosts").read_text(encoding="utf-8").split() == hosts.split()
    assert not list((ROOT / "labs" / lab).glob("clab-*"))


def test_every_image_that_a_topology_names_has_a_container_file() -> None:
    named = {
        line.split("image:")[1].strip().strip('"}')
        for path in ROOT.glob("labs/*/*.clab.yml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "image: " in line
    }
    assert named == {images.name_of(role) for role in images.ROLES if role != "controller"}
    assert all((ROOT / "labs/images" / role / "Containerfile").exists() for role in (images.BASE, *images.ROLES))


def test_a_node_knows_itself_from_what_containerlab_says() -> None:
    said = {
        "CLAB_LABEL_CLAB_NODE_NAME": "olt-1",
        "CLAB_LABEL_CLAB_NODE_LONGNAME": "clab-small-olt-1",
        "CLAB_LABEL_CLAB_TOPO_FILE": "/somewhere/small.clab.yml",
        "CLAB_INTFS": "2",
    }
    found = Identity.of(said)
    assert (found.name, found.prefix, found.topology.name, found.links) == ("olt-1", "clab-small-", "small.clab.yml", 2)
    with pytest.raises(LabError, match="CLAB_INTFS"):
        Identity.of({k: v for k, v in said.items() if k != "CLAB_INTFS"})


def test_outside_of_a_topology_an_image_says_what_it_is(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    words = [sys.executable, "-m", "labs.containers.node"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "containerlab deploy" in done.stderr and "Traceback" not in done.stderr
