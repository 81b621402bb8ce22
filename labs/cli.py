"""`clearway lab` and `clearway bench`: plugged into the command line as entry points."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from labs import demo as demonstration
from labs.bench import ct as bench_ct
from labs.bench import planning, present
from labs.campus import HOSPITAL, metro
from labs.runner import lab as runner
from labs.runner import packets
from labs.runner.errors import LabError

bench = typer.Typer(help="Measure what the intents are worth, side by side in one run.", no_args_is_help=True)
SMALL = Path("labs/small")
lab = typer.Typer(help="Bring a topology up on this machine, look at it, take it down.", no_args_is_help=True)
Topology = Annotated[Path, typer.Argument(metavar="TOPOLOGY", help="A *.clab.yml, or the folder that holds one.")]


def say(message: str) -> None:
    """A line for people, on stderr."""
    sys.stderr.write(f"  {message}\n")
    sys.stderr.flush()


@contextmanager
def faults() -> Iterator[None]:
    """A fault of the lab as two lines and exit code 1."""
    try:
        yield
    except LabError as error:
        sys.stderr.write(f"error: {error}\n" + (f"    {error.hint}\n" if error.hint else ""))
        raise typer.Exit(1) from error


@lab.command()
def up(
    topology: Topology,
    scale: Annotated[int, typer.Option(help="Divide every rate by this.")] = runner.DEFAULT_SCALE,
    *,
    loopback: Annotated[bool, typer.Option("--loopback", help="Devices on loopback, without packets.")] = False,
) -> None:
    """Bring the lab up: as root with Open vSwitch with packets, else its devices on loopback."""
    with faults():
        workspace = runner.up(topology, say, scale=scale, without_packets=loopback)
    print(f"lab {workspace.topology.name} is up; next: clearway apply {topology_folder(topology)}")


def topology_folder(topology: Path) -> Path:
    """The folder that Clearway's commands take."""
    return topology if topology.is_dir() else topology.parent


@lab.command()
def down(topology: Topology) -> None:
    """Take the lab down and leave nothing behind, also after kill -9."""
    with faults():
        runner.down(topology)
    print("lab is down")


@lab.command()
def status(topology: Topology) -> None:
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


@lab.command(name="exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def execute(
    topology: Topology,
    place: Annotated[str, typer.Argument(help="A place; or a switch's name, for ovs-ofctl words.")],
    command: Annotated[list[str], typer.Argument(help="What to run there, after --.")],
) -> None:
    """Run a command at a place (clearway lab exec DIR ct-room -- ping 10.20.0.5), or ovs-ofctl words on a switch."""
    words = command[1:] if command[:1] == ["--"] else command
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


@lab.command()
def demo(
    topology: Annotated[
        Path, typer.Argument(metavar="TOPOLOGY", help="Another lab is applied and proven only.")
    ] = SMALL,
) -> None:
    """The small lab from nothing to the headline: what `make demo` runs."""
    with faults():
        code = demonstration.demo(topology_folder(topology), say)
    raise typer.Exit(code)


@bench.callback()
def measure() -> None:
    """Measure what the intents are worth, side by side in one run."""


@bench.command()
def ct(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where ct.json and ct.png go.")] = Path("bench-out"),
    scale: Annotated[int, typer.Option(help="k: rates and image sizes are divided by this.")] = runner.DEFAULT_SCALE,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer runs an arm.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """1,000 CT images at peak: XGS-PON and GE three-tier, with and without intents, fetched and stored."""
    with faults():
        report = bench_ct.run(say, scale=scale, repeats=bench_ct.QUICK if quick else bench_ct.Repeats())
    written = bench_ct.write(report, out)
    picture = present.plot(report, out)
    if as_json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        print(present.table(report))
        print(f"written: {written}, {picture}")
    raise typer.Exit(0 if report.as_json()["ok"] else 1)


@bench.command(name="plan")
def bench_plan(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="A metro of five sites, and no growth.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """The planner at size: a hospital from a cold start, a metro of 50,000 ONUs, one intent changed there."""
    with faults():
        report = planning.run(say, quick=quick)
    print(json.dumps(report.as_json(), indent=2) if as_json else report.table())
    raise typer.Exit(0 if report.as_json()["ok"] else 1)


@lab.command()
def generate(
    kind: Annotated[str, typer.Argument(metavar="hospital|metro", help="Which campus to make up.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where it is written; must be empty or new.")],
    sites: Annotated[int, typer.Option(help="Sites of the metro.", min=1, max=100)] = planning.SITES,
) -> None:
    """Write a made-up campus of real size with its intents: 512 ONUs, or 50,000; the same every time."""
    with faults():
        if kind not in ("hospital", "metro"):
            raise LabError(f"there is no campus '{kind}'", "hospital or metro")
        if folder.exists() and any(folder.iterdir()):
            raise LabError(f"{folder} is not empty", "give a new folder")
        planning.write(HOSPITAL if kind == "hospital" else metro(sites), folder)
    print(f"{kind} written to {folder}; next: clearway check {folder}")
