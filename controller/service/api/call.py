"""Who calls, and whether he still waits."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from controller.events import Progress, silent
from controller.service.api.aio import Context

ANONYMOUS: Final = "Clearway API <api@localhost>"
AUTHOR: Final = "x-clearway-author"

# Set by an interceptor that knows the caller (`Name <mail>`); it then counts, and what the metadata say does not.
known_author: Final[ContextVar[str | None]] = ContextVar("known_author", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. author: `Name <mail>`, as git has it. left: set once the caller cancelled or his deadline passed.
    progress: is told of each step of a change."""

    author: str = ANONYMOUS
    progress: Progress = silent
    left: threading.Event = field(default_factory=threading.Event)

    def still_wanted(self) -> bool:
        """Whether somebody waits for the answer."""
        return not self.left.is_set()


def call_of(context: Context) -> Call:
    """The call that a context belongs to."""
    author = known_author.get()
    return Call(author=said_author(context, ANONYMOUS) if author is None else author)


def said_author(context: Context, otherwise: str) -> str:
    """Who the caller says that he calls for."""
    said = next((value for key, value in context.invocation_metadata() or () if key == AUTHOR), otherwise)
    return said.decode(errors="replace") if isinstance(said, bytes) else said
