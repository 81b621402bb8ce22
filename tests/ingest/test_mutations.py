"""However a text is damaged, there is an answer: diagnostics or a plan, soon, and without much memory."""

from __future__ import annotations

import resource
import time

import pytest

from intents.compile import compile_intended
from intents.ingest import load
from intents.model.diagnostic import has_errors
from tests.ingest.mutate import damaged

SLOWEST_S = 2.0
MOST_MIB = 200


def answer(count: int, seed: int) -> None:
    """Read them all, and plan what can be planned."""
    load({})
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for files in damaged(count, seed):
        began = time.process_time()
        loaded = load(files)
        for found in loaded.diagnostics:
            assert found.message
            assert found.position.line >= 1 and found.position.column >= 1
        if loaded.campus is not None and not has_errors(loaded.diagnostics):
            compile_intended(loaded.campus, loaded.intents)
        assert time.process_time() - began < SLOWEST_S, files
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024
    assert grown_mib < MOST_MIB


def test_damaged_texts_are_answered() -> None:
    answer(1_500, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_damaged_texts_are_answered() -> None:
    answer(100_000, seed=2)
