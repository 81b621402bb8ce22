"""Campus and intents to the intended state of every device, and the plan that gets there. Pure and deterministic."""

from intents.compile.assemble import Compiled, absent_onus, compile_intended, is_blank
from intents.compile.capacity import Room, Stock, capacity, capacity_and_stock
from intents.compile.describe import summary
from intents.compile.failure import left_of, without
from intents.compile.ownership import is_ours
from intents.compile.plan import blast_radius, fingerprints, make_plan, mass_delete
from intents.compile.rounds import rounds
from intents.compile.running import RunningPlanner
from intents.compile.survey import Survey, survey
from intents.compile.whatif import WhatIf, failures_named, names_of, what_if

__all__ = [
    "Compiled",
    "Room",
    "RunningPlanner",
    "Stock",
    "Survey",
    "WhatIf",
    "absent_onus",
    "blast_radius",
    "capacity",
    "capacity_and_stock",
    "compile_intended",
    "failures_named",
    "fingerprints",
    "is_blank",
    "is_ours",
    "left_of",
    "make_plan",
    "mass_delete",
    "names_of",
    "rounds",
    "summary",
    "survey",
    "what_if",
    "without",
]
