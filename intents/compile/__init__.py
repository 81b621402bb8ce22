"""Campus and intents to the intended state of every device, and the plan that gets there. Pure and deterministic."""

from intents.compile.assemble import Compiled, compile_intended
from intents.compile.capacity import Room, capacity
from intents.compile.describe import summary
from intents.compile.plan import fingerprints, make_plan, mass_delete
from intents.compile.running import RunningPlanner

__all__ = [
    "Compiled",
    "Room",
    "RunningPlanner",
    "capacity",
    "compile_intended",
    "fingerprints",
    "make_plan",
    "mass_delete",
    "summary",
]
