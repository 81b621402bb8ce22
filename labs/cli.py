"""`clearway lab`, and beside it `clearway bench`: plugged into the command line as entry points."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from labs.campus import HOSPITAL, METRO_SITES, Loopback, metro
from labs.cli_bench import bench
from labs.cli_shared import a_path, as_json_option, faults, say, scale_option
from labs.runner import breaking, packets, sites
from labs.runner import lab as runner
from labs.runner.errors import LabError

__all__ = ["bench", "lab"]

SMALL = Path("labs/small")
_topology = click.argument("topology", metavar="TOPOLOGY", type=a_path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def lab() -> None:
    """Bring a topology up on this machine, look at it, take it down.

    TOPOLOGY is a *.clab.yml, or the folder that holds one.
    """


@lab.command(short_help="Bring a lab up: with packets as root, else on loopback.")
@_topology
@scale_option
@click.option("--loopback", is_flag=True, help="Devices on loopback, without packets.")
@click.option("--light", is_flag=True, help="The same, with all OLTs in one process: for large campuses.")
@click.option("--pon", "pons", metavar="OLT/PON", multiple=True, help="Only this PON carries packets; may be repeated.")
def up(topology: Path, scale: int, pons: tuple[str, ...], *, loopback: bool, light: bool) -> None:
    """Bring the lab up: as root with Open vSwitch with packets, else its devices on loopback."""
    if sites.is_one(topology):
        with faults():
            count = sites.up(topology)
        print(f"{count} sites are up; next: clearway rollout {topology}")
        return
    with faults():
        workspace = runner.up(topology, say, scale=scale, without_packets=loopback, light=light, pons=pons)
    print(f"lab {workspace.topology.name} is up; next: clearway apply {topology_folder(topology)}")


def topology_folder(topology: Path) -> Path:
    """The folder that Clearway's commands take."""
    return topology if topology.is_dir() else topology.parent


@lab.command(short_help="Take a lab down, also after kill -9.")
@_topology
def down(topology: Path) -> None:
    """Take the lab down and leave nothing behind, also after kill -9."""
    with faults():
        (sites.down if sites.is_one(topology) else runner.down)(topology)
    print("lab is down")


@lab.command
@_topology
def status(topology: Path) -> None:
    """How the lab runs: its devices' processes, its places."""
    with faults():
        workspace = runner.running(topology)
        about = packets.noted(workspace) or {}
        print(f"{workspace.topology.name}: {about.get('mode')}, rates divided by {about.get('scale')}")
        for name, pid in workspace.processes().items():
            print(f"  {name:<14} process {pid}")
        if about.get("mode") == "packets":
            state = "runs" if packets.ovs_of(workspace).running else "does not run"
            print(f"  Open vSwitch {state}; places are network namespaces {packets.prefix_of(workspace)}-PLACE")


@lab.command(short_help="Replay a hospital's day, and say who got what.")
@_topology
@click.option(
    "--hour",
    "hour_s",
    metavar="SECONDS",
    type=click.FloatRange(0.2, 3600),
    default=2.0,
    show_default=True,
    help="How long an hour of the day takes.",
)
@as_json_option
def day(topology: Path, hour_s: float, *, as_json: bool) -> None:
    """Replay a hospital's day on a lab that is up with packets and applied: who got what, and was that promised."""
    from labs.day.day import replay  # noqa: PLC0415 - nothing that another command needs

    with faults():
        report = replay(topology, say, hour_s=hour_s)
    print(json.dumps(report.as_json(), indent=2) if as_json else report.text())
    raise click.exceptions.Exit(0 if report.held else 1)


@lab.command(name="fault", short_help="Break a fibre, an ONU's power, ...; `clear` mends all.")
@_topology
@click.argument("fault", metavar="FAULT|clear")
@click.argument("thing", metavar="[ONU|OLT/PON]", required=False)
def break_or_mend(topology: Path, fault: str, thing: str | None) -> None:
    """Break something on the fibres of a lab that is up, or mend all of it.

    fibre-cut ONU, power-loss ONU, rogue-onu ONU, low-power ONU, feeder-cut OLT/PON, or clear. Then: clearway status.
    """
    with faults():
        print(breaking.carry_out(topology, fault, thing))


@lab.command(name="images", short_help="Build the images of labs on Docker.")
def build_images() -> None:
    """Build the images that topologies name, on the Docker engine that runs, for `containerlab deploy` by hand."""
    from labs.containers import images  # noqa: PLC0415 - nothing that another command needs
    from labs.containers.engine import Engine  # noqa: PLC0415 - the same

    with faults():
        images.build_all(Engine(None), say)
    print("images: " + ", ".join(images.name_of(role) for role in images.ROLES))


@lab.command(short_help="A lab on Docker by containerlab, from nothing to the proof and back.")
@click.argument("topology", metavar="[TOPOLOGY]", type=a_path, default=SMALL)
@click.option("--keep", is_flag=True, help="Leave it up at the end.")
@click.option("--down", "take_down", is_flag=True, help="Take down what --keep, or a run that was killed, left.")
@click.option("--images", type=click.IntRange(1, 1000), default=1000, show_default=True, help="How many are carried.")
def containerlab(topology: Path, images: int, *, keep: bool, take_down: bool) -> None:
    """Deploy a topology by containerlab on Docker, apply its intents, prove them, carry images, take it down.

    As root on Debian what is missing is installed; containerlab is built from its Go module.
    """
    from labs.containers import whole  # noqa: PLC0415 - nothing that another command needs

    with faults():
        if take_down:
            whole.take_down(topology, say)
            print("lab is down")
            return
        found = whole.run_whole(topology, say, keep=keep, images=images)
    print(f"{found['intents']} intents hold on {found['nodes']} containers; {images} images stored and fetched")
    if keep:
        print(whole.NEXT.format(topology=topology, controller=found["controller"]))


@lab.command(
    name="exec",
    short_help="Run a command at a place, or ovs-ofctl on a switch.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@_topology
@click.argument("place", metavar="PLACE")
@click.argument("command", metavar="COMMAND", nargs=-1, required=True)
def execute(topology: Path, place: str, command: tuple[str, ...]) -> None:
    """Run a command at a place (clearway lab exec DIR ct-room -- ping 10.20.0.5), or ovs-ofctl words on a switch."""
    words = command[1:] if command[:1] == ("--",) else command
    with faults():
        workspace = runner.running(topology)
        if (packets.noted(workspace) or {}).get("mode") != "packets":
            raise LabError("this lab runs without packets", "as root with Open vSwitch it has them")
        plan = runner.read_blueprint(workspace.topology)
        if place in [s.name for s in plan.switches]:
            print(packets.ovs_of(workspace).ofctl(words[0], place, *words[1:]), end="")
            return
        if place not in [h.name for h in plan.hosts]:
            raise LabError(f"there is no place {place}", f"places: {', '.join(h.name for h in plan.hosts)}")
    sys.stdout.flush()
    os.execvp("ip", ["ip", "netns", "exec", packets.namespace_of(workspace, place), *words])  # noqa: S606 - no shell is wanted


@lab.command(short_help="The small lab from nothing to the headline.")
@click.argument("topology", metavar="[TOPOLOGY]", type=a_path, default=SMALL)
def demo(topology: Path) -> None:
    """The small lab from nothing to the headline: what `make demo` runs."""
    from labs import demo as demonstration  # noqa: PLC0415 - the bench, for which no other command is to wait

    with faults():
        code = demonstration.demo(topology_folder(topology), say)
    raise click.exceptions.Exit(code)


@lab.command(short_help="Write a campus as a containerlab topology.")
@click.argument("folder", metavar="DIR", type=a_path)
@click.option("-o", "--out", metavar="FILE", type=a_path, help="Where to; NAME.clab.yml. Left out: stdout.")
def export(folder: Path, out: Path | None) -> None:
    """Write the campus of a project as a containerlab topology, which Clearway reads back to the same campus."""
    from labs.campus import written  # noqa: PLC0415 - nothing that another command needs

    with faults():
        text = written.export(folder)
        if out is None:
            print(text, end="")
            return
        if not out.name.endswith((".clab.yml", ".clab.yaml")):
            raise LabError(f"{out} does not end in .clab.yml", "by its ending a topology is known: NAME.clab.yml")
        out.write_text(text, encoding="utf-8")
    print(f"written: {out}; next: containerlab deploy -t {out}, or clearway lab up {out}")


@lab.command(short_help="Write a made-up campus of real size.")
@click.argument("kind", metavar="hospital|metro|sites", type=click.Choice(("hospital", "metro", "sites")))
@click.argument("folder", metavar="DIR", type=a_path)
@click.option(
    "--sites",
    "number",
    type=click.IntRange(1, 100),
    default=METRO_SITES,
    show_default=True,
    help="Sites of the metro.",
)
def generate(kind: str, folder: Path, number: int) -> None:
    """Write a made-up campus of real size with its intents: 512 ONUs, or 50,000; the same every time. metro: as one
    campus; sites: as a folder of sites, each a project of its own."""
    from labs.bench import planning  # noqa: PLC0415 - the planner, for which no other command is to wait

    with faults():
        if folder.exists() and any(folder.iterdir()):
            raise LabError(f"{folder} is not empty", "give a new folder")
        if kind == "hospital":
            planning.write(HOSPITAL, folder, Loopback())
        elif kind == "metro":
            planning.write(metro(number), folder)
        else:
            sites.write(metro(number), folder, sites.PORTS)
    following = f"clearway check {folder}" if kind == "metro" else f"clearway lab up {folder}"
    print(f"{kind} written to {folder}; next: {following}")
