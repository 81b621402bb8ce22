"""What was typed: lines of text changed, and commands; and the same in words, so that long lines count as such.

A line that is added, changed or deleted is one line; a line that is added in the place of a deleted one is one, not
two. A command is one line. Words are what blanks and punctuation part, the same for both sides.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Texts = Mapping[str, str]  # path to text
_WORD: Final = re.compile(r"[^\s{}\[\],:\"]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Lines as a person sees them: `+` added or changed, `-` deleted, `$` a command."""

    lines: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many lines."""
        return len(self.lines)

    @property
    def words(self) -> int:
        """How many words; a line that is deleted takes none."""
        return sum(len(_WORD.findall(line[2:])) for line in self.lines if not line.startswith("-"))


def typed(before: Texts, after: Texts, commands: Sequence[Sequence[str]]) -> Typed:
    """What turns one set of texts into the other, and the commands beside."""
    lines: list[str] = []
    for path in sorted({*before, *after}):
        old, new = (texts.get(path, "").splitlines() for texts in (before, after))
        for op, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if op == "equal":
                continue
            lines += [f"+ {line}" for line in new[c:d]]
            lines += [f"- {line}" for line in old[a + (d - c) : b]]
    return Typed(lines=(*lines, *(f"$ {' '.join(command)}" for command in commands)))


def on_command_line(lines: Sequence[str]) -> Typed:
    """The OLT's side."""
    return Typed(lines=tuple(f"$ {line}" for line in lines))
