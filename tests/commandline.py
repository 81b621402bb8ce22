"""The command line in the tests' own process, which starts much sooner than one of its own."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest

from controller.cli import main


@dataclass(frozen=True)
class Done:
    """What a command gave."""

    code: int
    out: str
    err: str


def clearway(*words: str) -> Done:
    """`clearway WORDS`; never a traceback, never a bug."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
        main.run(list(words))
    assert "Traceback" not in out.getvalue() + err.getvalue()
    assert "has a bug" not in err.getvalue()
    return Done(int(end.value.code or 0), out.getvalue(), err.getvalue())
