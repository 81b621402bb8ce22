"""For people: a certificate that was looked at again."""

from __future__ import annotations

from collections import Counter
from typing import Final

from controller.certified import Checked
from controller.cli.output import out
from intents.verify.recheck import Outcome

MOST_SHOWN: Final = 10


def print_checked(checked: Checked) -> None:
    """What it is, what was re-checked, what stands on trust, what is contradicted."""
    c = checked.certificate
    revision = f", revision {c.made.revision}" if c.made.revision else ""
    out.print(f"certificate of {c.made.time}{revision}, by Clearway {c.made.clearway}")
    out.print(f"  unaltered   seal {c.seal}")
    out.print(
        f"  speaks of   {len(c.operational.devices)} devices, {len(c.proven['intents'])} intents, "
        f"of which {sum(i['holds'] for i in c.proven['intents'])} hold"
    )
    for outcome, title in ((Outcome.AGREED, "re-checked"), (Outcome.TRUSTED, "on trust")):
        found = [one for one in checked.looked if one.outcome is outcome]
        counted = ", ".join(f"{n} {what}" for what, n in sorted(Counter(o.property for o in found).items()))
        packets = f", with {sum(o.packets for o in found)} packets" if outcome is Outcome.AGREED else ""
        out.print(f"  {title:<12}{len(found)} findings{packets}" + (f": {counted}" if counted else ""))
    wrong = [one for one in checked.looked if one.outcome is Outcome.DISAGREED]
    for one in wrong[:MOST_SHOWN]:
        out.print(f"  contradicted  {one.intent}: {one.property}: {one.why}", style="bold red")
    for name in checked.unjudged[:MOST_SHOWN]:
        out.print(f"  contradicted  {name}: in the texts or in what was proven, and not in both", style="bold red")
    if checked.ok:
        out.print("nothing contradicts the certificate", style="bold green")
    else:
        out.print(f"{len(wrong) + len(checked.unjudged)} findings are contradicted", style="bold red")
