"""Programs of the system, run to the end: ip, tc, ovs-*."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

from labs.runner.errors import LabError

_PACKAGES: Final = {
    "ip": "iproute2",
    "tc": "iproute2",
    "ovsdb-tool": "openvswitch-switch",
    "ovsdb-server": "openvswitch-switch",
    "ovs-vswitchd": "openvswitch-switch",
    "ovs-vsctl": "openvswitch-switch",
    "ovs-ofctl": "openvswitch-switch",
    "ovs-appctl": "openvswitch-switch",
}


def run(command: Sequence[str], *, text: str | None = None, environment: Mapping[str, str] | None = None) -> str:
    """What a program prints. text: its standard input. Raises LabError with what it said when it fails."""
    try:
        done = subprocess.run(
            list(command),
            input=text,
            capture_output=True,
            text=True,
            check=False,
            env=None if environment is None else {**os.environ, **environment},
        )
    except FileNotFoundError:
        package = _PACKAGES.get(command[0], "")
        hint = f"apt-get install {package}" if package else ""
        raise LabError(f"{command[0]} is not installed", hint) from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise LabError(f"{' '.join(command[:6])}: {said or f'exit code {done.returncode}'}")
    return done.stdout


def tried(command: Sequence[str]) -> bool:
    """Whether a program succeeds; for undoing what may be gone already."""
    try:
        run(command)
    except LabError:
        return False
    return True


def batch(program: str, lines: Sequence[str], *, netns: str | None = None) -> None:
    """Run lines of `ip` or `tc` as one batch, which stops at the first that fails. Raises LabError."""
    if lines:
        where = [] if netns is None else ["-n", netns]
        run([program, *where, "-batch", "-"], text="\n".join(lines) + "\n")
