"""`clearway bench`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import click

from labs.bench.report import Report
from labs.cli_shared import a_path, as_json_option, faults, say, scale_option
from labs.dicom import VIAS, Via

TWINS = ("hospital", "metro")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def bench() -> None:
    """Measure what the intents are worth, side by side in one run."""


@bench.command(short_help="1,000 CT images at peak, with and without intents.")
@click.option(
    "--out",
    metavar="DIR",
    type=a_path,
    default=Path("bench-out"),
    show_default=True,
    help="Where ct.json and ct.png go.",
)
@scale_option
@click.option("--quick", is_flag=True, help="Fewer runs an arm.")
@click.option(
    "--via",
    type=click.Choice(VIAS),
    help="Between real ends instead, Orthanc and DCMTK, by this way; on the XGS-PON, and what limits it.",
)
@as_json_option
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
@as_json_option
def bench_plan(*, quick: bool, as_json: bool) -> None:
    """The planner at size: a hospital from a cold start, a metro of 50,000 ONUs, one intent changed there."""
    from labs.bench import planning  # noqa: PLC0415 - as above

    with faults():
        report = planning.run(say, quick=quick)
    _end_with(report, as_json=as_json)


@bench.command(name="push", short_help="How fast a change goes to a switch and an OLT.")
@as_json_option
def bench_push(*, as_json: bool) -> None:
    """How fast a change goes to devices: beside ovs-ofctl, and beside an edit-config made by hand, in the same run."""
    from labs.bench import push  # noqa: PLC0415 - a second that no other command is to wait

    with faults():
        report = push.run(say)
    _end_with(report, as_json=as_json)


@bench.command(name="om", short_help="Twelve tasks: lines on an OLT's command line, and for Clearway.")
@click.option("--full", is_flag=True, help="Every line of both sides.")
@click.option("--rooms", type=click.IntRange(3, 100), default=32, show_default=True, help="ONUs on the PON of rooms.")
@as_json_option
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


@bench.command(name="page", short_help="The page in a browser, before a hospital of 512 ONUs.")
@as_json_option
def bench_page(*, as_json: bool) -> None:
    """How soon the page is there and answers before a whole hospital, and how soon an intent of it turns red."""
    from labs.bench import page  # noqa: PLC0415 - as above

    with faults():
        report = page.run(say)
    _end_with(report, as_json=as_json)


@bench.command(name="drift", short_help="How soon a change by hand is seen.")
@as_json_option
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
@as_json_option
def bench_verify(data: Path | None, *, as_json: bool) -> None:
    """How long an update takes to be checked, and a whole network: on public networks and on a made-up campus."""
    from labs.bench import verify  # noqa: PLC0415 - numpy and CUDD, for which no other command is to wait

    with faults():
        report = verify.run(say, data)
    _end_with(report, as_json=as_json)


@bench.command(name="twin", short_help="A hospital, a metro of them on this machine, applied and proven.")
@click.option("--of", "twins", type=click.Choice(TWINS), multiple=True, default=TWINS, help="Only this one.")
@click.option("--loopback", is_flag=True, help="Without packets, also as root.")
@click.option(
    "--sites", metavar="N", type=click.IntRange(1, 50), help="The metro at so many sites, not at 1, 5, 20 and 50."
)
@as_json_option
def bench_twin(twins: tuple[str, ...], *, loopback: bool, sites: int | None, as_json: bool) -> None:
    """A hospital of 512 ONUs, and a metro of 50,000, with all their devices on this machine: all intents applied from
    nothing, and proven. The metro also at 1, 5 and 20 of its 50 sites, which takes more than an hour."""
    from labs.bench.twin import bench as twin  # noqa: PLC0415 - as of push
    from labs.bench.twin import metro  # noqa: PLC0415 - the same

    with faults():
        report = twin.run(say, twins, sites=(sites,) if sites else metro.SIZES, loopback=loopback)
    _end_with(report, as_json=as_json)


@bench.command(name="takeover", short_help="How long a network of several controllers has no leader.")
@as_json_option
def bench_takeover(*, as_json: bool) -> None:
    """From kill -9 of the controller that leads until a change goes through by another; PostgreSQL between them."""
    from labs.bench import takeover  # noqa: PLC0415 - gRPC and psycopg, for which no other command is to wait

    with faults():
        report = takeover.run(say)
    _end_with(report, as_json=as_json)
