"""For people: how the network is, at a glance."""

from __future__ import annotations

from controller import joined
from controller.cli.output import assemble, err, out, print_diagnostics
from controller.cli.trouble_text import print_troubles
from controller.cli.verdict_text import print_verdict
from controller.left import told as told_of
from controller.state.journal import ENDED
from controller.status import Status


def print_status(status: Status) -> None:
    """Devices, ONUs, the last change, intents, fibres."""
    print_diagnostics(status.faults)
    for name, state in sorted(status.devices.items()):
        words = f"  ({', '.join(joined.told(status.known[name]))})" if name in status.known else ""
        out.print(assemble(f"{name:<12} ", (state, "green" if state == "answers" else "red"), words))
    print_diagnostics(told_of(status.left))
    if status.onus:
        width = max(len(o.name) for o in status.onus)
        for o in status.onus:
            colour = {"up": "green", "seen": "yellow"}.get(o.state, "red")
            where = f"{o.name:<{width}}  {o.pon}  {o.serial}  "
            out.print(assemble(where, (f"{o.state:<7}", colour), f"  {', '.join(o.places)}"))
    if status.last_change:
        c = status.last_change
        out.print(f"last change {c['token']}: {c['phase']}, by {c.get('by')} at {c.get('at')}")
        if c["phase"] not in ENDED:
            err.print("    it is under way, or was killed: the next `clearway apply` finishes or undoes it")
    if status.verdict is not None:
        print_verdict(status.verdict)
    print_troubles(status.troubles)
