"""`clearway lab` and `clearway bench`: plugged into the command line as entry points."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from labs.bench.report import Report
from labs.campus import HOSPITAL, METRO_SITES, Loopback, metro
from labs.dicom import VIAS, Via
from labs.runner import breaking, packets, sites
from labs.runner import lab as runner
from labs.runner.errors import LabError

SMALL = Path("labs/small")
TWINS = ("hospital", "metro")
_PATH = click.Path(path_type=Path)
_topology = click.argument("topology", metavar="TOPOLOGY", type=_PATH)
_scale = click.option(
    "--scale", type=int, default=runner.DEFAULT_SCALE, show_default=True, help="k: rates and sizes are divided by this."
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def lab() -> None:
    """Bring a topology up on this machine, look at it, take it down.

    TOPOLOGY is a *.clab.yml, or the folder that holds one.
    """


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def bench() -> None:
    """Measure what the intents are worth, side by side in one run."""


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
        raise click.exceptions.Exit(1) from error


@lab.command(short_help="Bring a lab up: with packets as root, else on loopback.")
@_topology
@_scale
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
@_as_json
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
@click.argument("topology", metavar="[TOPOLOGY]", type=_PATH, default=SMALL)
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
@click.argument("topology", metavar="[TOPOLOGY]", type=_PATH, default=SMALL)
def demo(topology: Path) -> None:
    """The small lab from nothing to the headline: what `make demo` runs."""
    from labs import demo as demonstration  # noqa: PLC0415 - the bench, for which no other command is to wait

    with faults():
        code = demonstration.demo(topology_folder(topology), say)
    raise click.exceptions.Exit(code)


@bench.command(short_help="1,000 CT images at peak, with and without intents.")
@click.option(
    "--out",
    metavar="DIR",
    type=_PATH,
    default=Path("bench-out"),
    show_default=True,
    help="Where ct.json and ct.png go.",
)
@_scale
@click.option("--quick", is_flag=True, help="Fewer runs an arm.")
@click.option(
    "--via",
    type=click.Choice(VIAS),
    help="Between real ends instead, Orthanc and DCMTK, by this way; on the XGS-PON, and what limits it.",
)
@_as_json
def ct(out: Path, scale: int, via: Via | None, *, quick: bool, as_json: bool) -> None:
    """1,000 CT images at peak: XGS-PON and GE three-tier, with and without intents, fetched and stored."""
    from labs.bench import ct as bench_ct  # noqa: PLC0415 - numpy and pydicom, for which no other command is to wait
    from labs.bench import ct_dicom, present  # noqa: PLC0415 - as above

    repeats = bench_ct.QUICK if quick else bench_ct.Repeats()
    if via is not None:
        with faults():
            by_dicom = ct_dicom.run(say, via=via, scale=scale, repeats=repeats)
        found = by_dicom.as_json()
        print(json.dumps(found, indent=2) if as_json else by_dicom.table())
        raise click.exceptions.Exit(0 if found["ok"] else 1)
    with faults():
        report = bench_ct.run(say, scale=scale, repeats=repeats)
    written = bench_ct.write(report, out)
    picture = present.plot(report, out)
    if as_json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        print(present.table(report))
        print(f"written: {written}, {picture}")
    raise click.exceptions.Exit(0 if report.as_json()["ok"] else 1)


def _end_with(report: Report, *, as_json: bool) -> NoReturn:
    """Print the figures, and exit with 1 where a target is missed."""
    found = report.as_json()
    print(json.dumps(found, indent=2) if as_json else report.table())
    raise click.exceptions.Exit(0 if found["ok"] else 1)


@bench.command(name="plan", short_help="The planner at the size of a hospital and a metro.")
@click.option("--quick", is_flag=True, help="A metro of five sites, and no growth.")
@_as_json
def bench_plan(*, quick: bool, as_json: bool) -> None:
    """The planner at size: a hospital from a cold start, a metro of 50,000 ONUs, one intent changed there."""
    from labs.bench import planning  # noqa: PLC0415 - as above

    with faults():
        report = planning.run(say, quick=quick)
    _end_with(report, as_json=as_json)


@bench.command(name="push", short_help="How fast a change goes to a switch and an OLT.")
@_as_json
def bench_push(*, as_json: bool) -> None:
    """How fast a change goes to devices: beside ovs-ofctl, and beside an edit-config made by hand, in the same run."""
    from labs.bench import push  # noqa: PLC0415 - a second that no other command is to wait

    with faults():
        report = push.run(say)
    _end_with(report, as_json=as_json)


@bench.command(name="om", short_help="Twelve tasks: lines on an OLT's command line, and for Clearway.")
@click.option("--full", is_flag=True, help="Every line of both sides.")
@click.option("--rooms", type=click.IntRange(3, 100), default=32, show_default=True, help="ONUs on the PON of rooms.")
@_as_json
def bench_om(rooms: int, *, full: bool, as_json: bool) -> None:
    """Twelve tasks of running an OLT: lines of its command line counted, the same done by Clearway on the lab's
    devices, each with a mistake that is to be caught, and undone."""
    from labs.bench.om import bench as om  # noqa: PLC0415 - as of push
    from labs.bench.om import text  # noqa: PLC0415

    with faults():
        report = om.run(say, rooms=rooms)
    if not as_json:
        print(text.tasks(report.outcomes, full=full))
    _end_with(report, as_json=as_json)


@bench.command(name="api", short_help="A change by API, calls, and a thousand watchers.")
@click.option("--loopback", is_flag=True, help="On devices without packets, also as root.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def bench_api(*, loopback: bool, as_json: bool) -> None:
    """How long a change by API takes until it is proven, calls a second, and how soon 1,000 watchers see a status."""
    from labs.bench import api  # noqa: PLC0415 - gRPC, for which no other command is to wait

    with faults():
        report = api.run(say, loopback=loopback)
    _end_with(report, as_json=as_json)


@bench.command(name="drift", short_help="How soon a change by hand is seen.")
@_as_json
def bench_drift(*, as_json: bool) -> None:
    """How soon a change behind Clearway's back is seen on a switch and on an OLT, and what looking costs."""
    from labs.bench import drift  # noqa: PLC0415 - as above

    with faults():
        report = drift.run(say)
    _end_with(report, as_json=as_json)


@bench.command(name="verify", short_help="The verifier's updates and full checks.")
@click.option(
    "--data",
    metavar="FOLDER",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with the archives of public networks; without it only the made-up campus is measured.",
)
@_as_json
def bench_verify(data: Path | None, *, as_json: bool) -> None:
    """How long an update takes to be checked, and a whole network: on public networks and on a made-up campus."""
    from labs.bench import verify  # noqa: PLC0415 - numpy and CUDD, for which no other command is to wait

    with faults():
        report = verify.run(say, data)
    _end_with(report, as_json=as_json)


@bench.command(name="twin", short_help="A hospital, a metro of them on this machine, applied and proven.")
@click.option("--of", "twins", type=click.Choice(TWINS), multiple=True, default=TWINS, help="Only this one.")
@click.option("--loopback", is_flag=True, help="Without packets, also as root.")
@_as_json
def bench_twin(twins: tuple[str, ...], *, loopback: bool, as_json: bool) -> None:
    """A hospital of 512 ONUs, and a metro of 50,000, with all their devices on this machine: all intents applied from
    nothing, and proven. The metro also at 1, 5 and 20 of its 50 sites."""
    from labs.bench.twin import bench as twin  # noqa: PLC0415 - as of push

    with faults():
        report = twin.run(say, twins, loopback=loopback)
    _end_with(report, as_json=as_json)


@bench.command(name="takeover", short_help="How long a network of several controllers has no leader.")
@_as_json
def bench_takeover(*, as_json: bool) -> None:
    """From kill -9 of the controller that leads until a change goes through by another; PostgreSQL between them."""
    from labs.bench import takeover  # noqa: PLC0415 - gRPC and psycopg, for which no other command is to wait

    with faults():
        report = takeover.run(say)
    _end_with(report, as_json=as_json)


@lab.command(short_help="Write a campus as a containerlab topology.")
@click.argument("folder", metavar="DIR", type=_PATH)
@click.option("-o", "--out", metavar="FILE", type=_PATH, help="Where to; NAME.clab.yml. Left out: stdout.")
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
@click.argument("folder", metavar="DIR", type=_PATH)
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
