"""A hospital of 512 ONUs and 2,000 places: all its intents planned, and then proven of devices that hold just that.

Run as a program it measures it once and prints JSON, so that memory is that of planner and verifier alone.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable

from intents.compile import compile_intended
from intents.ingest import load
from intents.model.pon import ChannelTermination, DetectedOnu, OltFacts, VAni
from intents.model.state import DeviceState, Observation, Operational
from intents.model.switch import SwitchFacts
from intents.verify import verify
from labs.campus import HOSPITAL, generate
from labs.runner.errors import LabError


def hospital(say: Callable[[str], None]) -> dict[str, float]:
    """All figures. Raises LabError."""
    say(f"the hospital: {HOSPITAL.onus} ONUs, {HOSPITAL.places:,} places, {HOSPITAL.intents} intents")
    done = subprocess.run(
        [sys.executable, "-m", "labs.bench.verify_hospital"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LabError("the hospital could not be proven", done.stderr.strip()[-500:])
    found: dict[str, float] = json.loads(done.stdout)
    return {f"hospital_{name}": value for name, value in found.items()}


def measure() -> dict[str, float]:
    """Once. Raises LabError where it is refused or does not hold."""
    began = time.perf_counter()
    loaded = load(generate(HOSPITAL))
    if loaded.campus is None:
        raise LabError("the made-up hospital is faulty", str(loaded.diagnostics[:1]))
    compiled = compile_intended(loaded.campus, loaded.intents)
    if compiled.intended is None:
        raise LabError("the made-up hospital cannot be planned", str(compiled.diagnostics[:1]))
    states = compiled.intended.states
    planned = time.perf_counter()
    devices = {name: _seen(state) for name, state in states.items()}
    verdict = verify(loaded.campus, loaded.intents, Operational(devices=devices), applied=states)
    proven = time.perf_counter()
    if not verdict.holds or verdict.drift:
        failing = [f.statement for i in verdict.intents for f in i.findings if not f.holds]
        raise LabError("the hospital as it was planned does not hold", str(failing[:1]))
    return {
        "planned_s": round(planned - began, 2),
        "proven_s": round(proven - planned, 2),
        "objects": sum(len(state.objects) for state in states.values()),
        "rss_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }


def _seen(state: DeviceState) -> Observation:
    """A device that holds a state, every ONU up where it is expected."""
    held = state.objects.values()
    v_anis = [o for o in held if isinstance(o, VAni)]
    if not v_anis:
        return Observation(state=state, facts=SwitchFacts())
    terminations = {o.channel_pair: o.name for o in held if isinstance(o, ChannelTermination)}
    detected = (
        DetectedOnu(serial=v.serial, channel_termination=terminations[v.channel_pair], v_ani=v.name) for v in v_anis
    )
    facts = OltFacts(up_v_anis=frozenset(v.name for v in v_anis), detected=tuple(detected))
    return Observation(state=state, facts=facts)


if __name__ == "__main__":
    print(json.dumps(measure()))
