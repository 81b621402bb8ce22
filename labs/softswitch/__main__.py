"""Run a soft switch until SIGTERM.

python -m labs.softswitch --openflow tcp:127.0.0.1:6653 --ovsdb 127.0.0.1:6640 --datapath 0x1 --ports 1,10

With several controllers (--openflow more than once) it has a session with each, and takes changes as OpenFlow's roles
say.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from labs.softswitch.control import Control
from labs.softswitch.link import Link
from labs.softswitch.multipart import Identity
from labs.softswitch.ovsdb import Database
from labs.softswitch.ovsdb_server import OvsdbServer
from labs.softswitch.session import Switch


def endpoint(text: str) -> tuple[str, int]:
    """`tcp:HOST:PORT` or `HOST:PORT`."""
    host, _, port = text.removeprefix("tcp:").rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not tcp:HOST:PORT")
    return host.strip("[]"), int(port)


def ports(text: str) -> tuple[int, ...]:
    """`1,10,11`."""
    try:
        return tuple(sorted({int(p) for p in text.split(",") if p}))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of port numbers") from error


def written_to(path: Path) -> Callable[[dict[str, int]], None]:
    """Appends each change, with its time, to a file."""

    def tell(change: dict[str, int]) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"time": time.time(), **change}) + "\n")

    return tell


def main(arguments: list[str]) -> int:
    """Parse, run, stop."""
    parser = argparse.ArgumentParser(prog="softswitch", description="An OpenFlow switch without packets.")
    parser.add_argument(
        "--openflow",
        type=endpoint,
        required=True,
        action="append",
        help="a controller to dial, tcp:HOST:PORT; repeatable",
    )
    parser.add_argument("--log", type=Path, help="where to write each change that takes effect, a JSON object a line")
    parser.add_argument("--ovsdb", type=endpoint, help="where to serve OVSDB, HOST:PORT (port 0: a free one)")
    parser.add_argument("--datapath", type=lambda t: int(t, 0), required=True, help="datapath id, such as 0x1")
    parser.add_argument("--ports", type=ports, required=True, help="port numbers, such as 1,10,11")
    parser.add_argument("--drip", type=int, metavar="BYTES", help="how much it says in a second at most")
    parser.add_argument("--control", type=Path, help="where to serve the control socket (see manners.py)")
    options = parser.parse_args(arguments)
    # Blocked before any thread starts, and waited for below: a handler that sets an Event can meet its own lock.
    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    server: OvsdbServer | None = None
    if options.ovsdb is not None:
        try:
            server = OvsdbServer(options.ovsdb, Database(options.datapath, options.ports))
        except OSError as error:
            print("cannot listen at {}:{}: {}".format(*options.ovsdb, error.strerror), file=sys.stderr)
            return 1
        server.start()
        print("ovsdb at {}:{}".format(*server.address), flush=True)
    switch = Switch(Identity(datapath_id=options.datapath, ports=options.ports))
    if options.log is not None:
        switch.told = written_to(options.log)
    links = [Link(switch, target, options.drip) for target in options.openflow]

    def cut() -> None:
        for link in links:
            link.cut()

    asked = server.asked if server is not None else None
    control = None if options.control is None else Control(switch, options.control, cut, asked)
    if control is not None:
        control.start()
    for link in links:
        link.start()
    signal.sigwait(ending)
    for link in links:
        link.stop()
    if control is not None:
        control.stop()
    if server is not None:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
