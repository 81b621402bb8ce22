"""The house is in order: every module says its job, none is a god file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
MODULES = sorted(
    p
    for room in ("intents", "southbound", "controller", "labs")
    for p in (REPO / room).rglob("*.py")
    if "_pb" not in p.parts
)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(REPO)))
def test_every_module_says_its_job(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(REPO)))
def test_a_module_over_400_lines_says_why(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if len(text.splitlines()) > 400:
        assert "Over 400 lines" in (ast.get_docstring(ast.parse(text)) or "")


def test_the_lock_holds_every_dependency_with_hashes() -> None:
    lines = (REPO / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = [i for i, line in enumerate(lines) if "==" in line and not line.startswith((" ", "#"))]
    assert len(pinned) > 30
    assert all("--hash=sha256:" in lines[i + 1] for i in pinned)
