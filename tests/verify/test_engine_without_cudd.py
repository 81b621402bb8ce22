"""Where dd's wheel is not to be had, its diagrams in Python give the same answers."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
sys.modules["dd.cudd"] = None  # as where there is no wheel: importing it fails
import pytest
from intents.verify.engine.space import BDD
assert BDD.__module__ != "dd.cudd"
base = "tests/verify/test_engine_table.py::test_"
names = ("an_update_says_just_what_changed[3]", "shares_are_all_packets_once[0]", "shares_are_all_packets_once[1]")
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *(base + name for name in names)]))
"""


def test_tables_say_the_same_without_cudd() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "..." in done.stdout
