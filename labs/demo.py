"""`make demo`: the small lab, its intents, the proof, and with packets the headline measured."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from labs.bench import ct, present
from labs.bench.product import clearway
from labs.runner import lab, packets

OUT: Final = Path("bench-out")
Say = Callable[[str], None]

NEXT: Final = """\
The small lab stays up. Try:
  clearway explain labs/small ct-study
  clearway lab exec labs/small ct-room -- ping -c 3 10.20.0.5
  clearway lab exec labs/small core-1 -- del-flows ip,nw_dst=10.20.0.5 && clearway verify labs/small
  clearway apply labs/small
  clearway user add me --role admin --dir labs/small && clearway serve labs/small --page 127.0.0.1:8080
  clearway lab down labs/small
(the program is .venv/bin/clearway)
"""


def demo(folder: Path, say: Say) -> int:
    """Run it; the lab stays up. Returns the exit code of the last word, `clearway verify`. Raises LabError."""
    if packets.why_not() is None and folder.resolve() == ct.SMALL:
        say("a small hospital in network namespaces, on Open vSwitch; about four minutes")
        report = ct.run(say, scale=lab.DEFAULT_SCALE, repeats=ct.QUICK, keep=True)
        written, picture = ct.write(report, OUT), present.plot(report, OUT)
        sys.stdout.write(f"\n{present.table(report)}\nwritten: {written}, {picture}\n\n")
    else:
        lab.up(folder, say)
        say(f"{folder.name}: applying the intents")
        said = clearway("apply", str(folder.resolve()))
        say(f"{len(said['changes'])} changes made, read back and proven")
    lines = [line for line in NEXT.splitlines() if packets.why_not() is None or " exec " not in line]
    sys.stdout.write("\n".join(lines).replace("labs/small", str(folder)) + "\n\n")
    sys.stdout.flush()
    return subprocess.run([sys.executable, "-m", "controller", "verify", str(folder)], check=False).returncode
