"""python -m labs.olt: run an OLT until SIGTERM. SIGHUP reads the plant's file again."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import signal
import sys
from pathlib import Path

import asyncssh

from labs.faults import Faults, Order, OrderError
from labs.olt.control import Control
from labs.olt.device import Device
from labs.olt.hook import DataplaneError, load
from labs.olt.manners import DEVIATIONS, PARTS, Fault, order_from, profile
from labs.olt.plant import Plant, PlantError, read
from labs.olt.server import Access, Server
from labs.olt.store import Store, StoreError

_LOG = logging.getLogger("labs.olt")


def main() -> int:
    """The exit code: 0 stopped, 1 could not start, 3 usage."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    try:
        gc.set_threshold(50_000, 20, 20)  # what an OLT holds is large, and no cycles keep it alive
        asyncio.run(_run(arguments))
    except (StoreError, DataplaneError, PlantError, OSError, ValueError, asyncssh.Error) as error:
        print(f"olt {arguments.name}: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(arguments: argparse.Namespace) -> None:
    host, _, port = arguments.listen.rpartition(":")
    dataplane = load(arguments.dataplane, dict(arguments.dataplane_arg))
    device = Device(
        arguments.name,
        dataplane,
        Store(arguments.state),
        _plant(arguments.plant),
        profile=profile(
            with_=arguments.with_, without=arguments.without, deviates=arguments.deviates, limits=arguments.limit
        ),
        faults=Faults(arguments.fault),
    )
    access = Access(
        host=host.strip("[]"),
        port=int(port),
        host_key=arguments.host_key,
        authorized_keys=arguments.authorized_key,
        read_only=frozenset(arguments.read_only_user),
    )
    server = Server(device, access)

    def reload() -> None:
        device.set_plant(_plant(arguments.plant))

    control = Control(device, arguments.state / "control", reload)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, _guarded, reload)
    try:
        await device.start()
        await control.start()
        await server.start()
        print(f"olt {arguments.name} listens on {host}:{server.port}", flush=True)
        await stop.wait()
        await server.stop()
    finally:
        await control.stop()
        device.close()


def _guarded(reload: object) -> None:
    try:
        reload()  # type: ignore[operator]
    except PlantError as error:
        _LOG.warning("the plant stays as it was: %s", error)


def _plant(path: Path | None) -> Plant:
    if path is None:
        return Plant()
    try:
        return read(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlantError(f"{path}: {error.strerror}") from None


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def _address(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return text


def _limit(text: str) -> tuple[str, int | None]:
    path, value = _pair(text)
    if value != "none" and not value.isdigit():
        raise argparse.ArgumentTypeError(f"{value!r} is neither a number nor none")
    return path, None if value == "none" else int(value)


def _order(text: str) -> Order[Fault]:
    try:
        return order_from(text)
    except OrderError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


class _Parser(argparse.ArgumentParser):
    """Exits with 3 on a usage error, as every Clearway command does."""

    def exit(self, status: int = 0, message: str | None = None) -> None:  # type: ignore[override]
        """See ArgumentParser."""
        if message:
            print(message, end="", file=sys.stderr)
        raise SystemExit(3 if status else 0)


def _arguments() -> argparse.Namespace:
    parser = _Parser(prog="python -m labs.olt", description="The lab's OLT: a NETCONF server.")
    parser.add_argument("--name", required=True, help="the OLT's name")
    parser.add_argument("--listen", required=True, type=_address, metavar="HOST:PORT", help="port 0: any free one")
    parser.add_argument(
        "--state", required=True, type=Path, metavar="DIR", help="running configuration, control socket"
    )
    parser.add_argument("--host-key", required=True, type=Path, metavar="FILE", help="SSH private key of the OLT")
    parser.add_argument("--authorized-key", required=True, type=Path, metavar="FILE", help="public keys that may come")
    parser.add_argument("--read-only-user", action="append", default=[], metavar="NAME", help="may not change anything")
    parser.add_argument("--plant", type=Path, metavar="FILE", help="JSON: PONs, ONUs, uplinks")
    parser.add_argument("--dataplane", metavar="MODULE:FACTORY", help="what makes packets behave as configured")
    parser.add_argument("--dataplane-arg", action="append", default=[], type=_pair, metavar="KEY=VALUE")
    given = parser.add_argument_group("otherwise than a good OLT (labs/olt/manners.py)")
    given.add_argument("--with", dest="with_", action="append", default=[], choices=PARTS)
    given.add_argument("--without", action="append", default=[], choices=PARTS)
    given.add_argument("--deviates", action="append", default=[], choices=DEVIATIONS)
    given.add_argument("--limit", action="append", default=[], type=_limit, metavar="PATH=N|none")
    given.add_argument("--fault", action="append", default=[], type=_order, metavar="FAULT:OPERATION[:TIMES]")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
