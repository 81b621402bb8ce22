"""However a text is damaged, there is an answer: diagnostics or a plan, soon, and without much memory."""

from __future__ import annotations

import cProfile
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from intents.compile import compile_intended
from intents.ingest import load
from intents.model.diagnostic import has_errors
from tests.ingest.mutate import CAMPUS, HEAD, damaged

MOST_CALLS = 6_000_000  # of functions: a second or three, whatever the machine is busy with besides
MOST_MIB = 200


@contextmanager
def soon(about: object) -> Iterator[None]:
    profile = cProfile.Profile()
    with profile:
        yield
    assert sum(entry.callcount for entry in profile.getstats()) < MOST_CALLS, about


def answer(count: int, seed: int) -> None:
    """Read them all, and plan what can be planned."""
    load({})
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for files in damaged(count, seed):
        with soon(files):
            loaded = load(files)
            for found in loaded.diagnostics:
                assert found.message
                assert found.position.line >= 1 and found.position.column >= 1
            if loaded.campus is not None and not has_errors(loaded.diagnostics):
                compile_intended(loaded.campus, loaded.intents)
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024
    assert grown_mib < MOST_MIB


def test_damaged_texts_are_answered() -> None:
    answer(240, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_damaged_texts_are_answered() -> None:
    answer(100_000, seed=2)


PIECES = [
    "ct and ", "and ", "to ", "ct to ", "ct, ", "ct to pacs gets priority, ", "between ct and ", "on ", "with and ",
    "survives on ", "a b and c ", "ct-room, and pacs ", "gets at most 5 mbit/s each, ", "never reach ct ",
    "甲和", "甲以及", "到", "甲到乙优先", "ct和", "ct到", "优先", "影像优先，", "任一链路故障", "a和b到",
    "每个最多5 Mbit/s",
    "之间", "与之间时延低于5毫秒", "使用https和", "1秒内5幅5 KiB图像", "工作日8点到9点", "周一、", "ab 到",
]  # fmt: skip


def answered_soon(begin: str, piece: str) -> None:
    said = (begin + piece * 100)[:300].strip()
    with soon(said):
        load({"campus.yaml": CAMPUS, "a.yaml": f"{HEAD}spec: {{say: '{said}'}}\n"})


@pytest.mark.parametrize("piece", PIECES)
def test_a_word_said_over_and_over_is_answered_soon(piece: str) -> None:
    for begin in ("", "ct to " if piece.isascii() else "ct到pacs优先，"):
        answered_soon(begin, piece)


@pytest.mark.slow
@pytest.mark.parametrize("begin", ["Quarantine ", "ct to ", "隔离", "ct到pacs优先，"])
@pytest.mark.parametrize("piece", PIECES)
def test_a_word_said_over_and_over_after_any_begin_is_answered_soon(piece: str, begin: str) -> None:
    answered_soon(begin, piece)


@pytest.mark.parametrize("text", ["Quarantine {}", "{} may reach pacs", "{} to pacs gets imaging priority, one way"])
def test_a_list_of_many_names_is_understood(text: str) -> None:
    names = ["ct", "console", "desk", "far", "printer", "his"] * 4
    said = text.format(" and ".join(names))
    loaded = load({"campus.yaml": CAMPUS, "a.yaml": f"{HEAD}spec: {{say: '{said}'}}\n"})
    assert not has_errors(loaded.diagnostics), loaded.diagnostics
    assert loaded.intents[0].intent.sources == tuple(names)
