"""A container file as instructions, by the reference of the format (https://docs.docker.com/reference/dockerfile)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

KNOWN = {"FROM", "ARG", "ENV", "WORKDIR", "RUN", "COPY", "ADD", "USER", "VOLUME", "EXPOSE", "LABEL", "SHELL"} | {
    *("STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"),
}


@dataclass(frozen=True)
class Instruction:
    word: str
    rest: str


@dataclass
class Stage:
    base: str
    name: str = ""
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        return [i.rest for i in self.instructions if i.word == word]


def stages(path: Path) -> tuple[dict[str, str], list[Stage]]:
    """The arguments before the first stage with their defaults, and the stages. Raises ValueError for what is none."""
    text = re.sub(
        r"\\\n\s*", "", "".join(x for x in path.read_text().splitlines(keepends=True) if not x.startswith("#"))
    )
    arguments: dict[str, str] = {}
    found: list[Stage] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        word, _, rest = line.partition(" ")
        if word not in KNOWN or not rest.strip():
            raise ValueError(f"not an instruction: {line}")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found.append(Stage(re.sub(r"\$\{(\w+)\}", lambda m: arguments[m[1]], base), name))
        elif not found:
            name, _, default = rest.partition("=")
            arguments[name] = default
        else:
            found[-1].instructions.append(Instruction(word, rest.strip()))
    return arguments, found
