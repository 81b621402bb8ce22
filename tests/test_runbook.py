"""Every code that a message can bear is in the runbook."""

from __future__ import annotations

import re
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
BEARS = re.compile(
    r'(?:\bcode=|(?:report\.)?(?:error|warning|refuse|_?fault|_refused)\(\s*)f?"([a-z][a-z0-9]*(?:-[a-z0-9]+)+)"'
)


def test_every_code_is_in_the_runbook() -> None:
    page = (REPO / "docs" / "runbook.md").read_text(encoding="utf-8")
    codes = set()
    for room in ("intents", "southbound", "controller"):
        for path in (REPO / room).rglob("*.py"):
            codes |= set(BEARS.findall(path.read_text(encoding="utf-8")))
    assert len(codes) > 60
    assert sorted(code for code in codes if f"`{code}`" not in page) == []
