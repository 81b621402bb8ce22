"""What a node of a deployed topology does: python -m labs.containers.node, the entry point of every image.

containerlab says which node it is in the environment, and the topology's folder is bound to /clearway/lab. From the
topology the node knows its role, and does it once its links are there. What follows as arguments, if anything, is run
in the end: the PACS.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from labs.containers import host, olt, onu, splitter, switch
from labs.runner.blueprint import Blueprint
from labs.runner.errors import LabError
from labs.runner.lab import read_blueprint

LAB: Final = Path("/clearway/lab")
_LINKS_WITHIN_S: Final = 600.0  # hundreds of nodes are started before the last link is there
_MANAGEMENT: Final = "eth0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which node this is. prefix: what container names begin with. links: how many interfaces are its own."""

    name: str
    prefix: str
    topology: Path
    links: int

    @staticmethod
    def of(environment: dict[str, str]) -> Identity:
        """From what containerlab says. Raises LabError where it said nothing."""
        try:
            name = environment["CLAB_LABEL_CLAB_NODE_NAME"]
            return Identity(
                name=name,
                prefix=environment["CLAB_LABEL_CLAB_NODE_LONGNAME"].removesuffix(name),
                topology=LAB / Path(environment["CLAB_LABEL_CLAB_TOPO_FILE"]).name,
                links=int(environment["CLAB_INTFS"]),
            )
        except KeyError as error:
            hint = "this is a node of a topology: containerlab deploy -t labs/small/small.clab.yml"
            raise LabError(f"containerlab did not say {error}", hint) from None


def interfaces(*, managed: bool) -> list[str]:
    """The node's own: all that are there but the loopback. managed: and but the one of the management network."""
    there = {path.name for path in Path("/sys/class/net").iterdir()}
    return sorted(there - {"lo"} - ({_MANAGEMENT} if managed else set()))


def wait_for_links(count: int, *, managed: bool = True) -> list[str]:
    """The node's interfaces, once there are so many. Raises LabError."""
    deadline = time.monotonic() + _LINKS_WITHIN_S
    while len(found := interfaces(managed=managed)) < count:
        if time.monotonic() > deadline:
            raise LabError(f"{len(found)} of {count} links are there after {_LINKS_WITHIN_S:.0f} s: {', '.join(found)}")
        time.sleep(0.1)
    return found


def become(identity: Identity, plan: Blueprint) -> list[str]:
    """Make the node what it is. Returns the command that it is from then on. Raises LabError."""
    for each in plan.switches:
        if each.name == identity.name:
            return switch.become(each, plan, wait_for_links(identity.links))
    for each_olt in plan.olts:
        if each_olt.name == identity.name:
            return olt.become(each_olt, LAB, identity.prefix, wait_for_links(identity.links))
        if identity.name in onu.names_at(each_olt):
            return onu.become(each_olt, identity.name, wait_for_links(identity.links))
    for place in plan.hosts:
        if place.name == identity.name:
            wait_for_links(identity.links, managed=False)
            return host.become(place)
    return splitter.become(wait_for_links(identity.links, managed=False))


def main() -> None:
    """Become the node, and stay it."""
    try:
        identity = Identity.of(dict(os.environ))
        command = become(identity, read_blueprint(identity.topology))
    except LabError as error:
        sys.stderr.write(f"{error}\n" + (f"    {error.hint}\n" if error.hint else ""))
        raise SystemExit(1) from None
    words = sys.argv[1:] or command
    sys.stdout.write(f"ready: {' '.join(words)}\n")
    sys.stdout.flush()
    os.execvp(words[0], words)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
