"""When a commit may be carried out by itself. Pure but for time zones: the instant is an argument."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from controller import calendar
from intents.ingest.calendar import window as window_in
from intents.model.calendar import window_of
from intents.model.diagnostic import NOWHERE, ClearwayError, Diagnostic, Position

MANUAL: Final = "manual"
AUTO: Final = "auto"
WITHIN: Final = "auto within "


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """auto: without asking anybody. window: only while it is open, None: at any time."""

    auto: bool = True
    window: str | None = None
    position: Position = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        if not self.auto:
            return MANUAL
        return AUTO if self.window is None else f"{WITHIN}{self.window}"

    def is_open(self, moment: datetime) -> bool:
        """Whether commits are carried out by themselves at an instant."""
        if not self.auto or self.window is None:
            return self.auto
        return calendar.is_open(window_of(self.window), self.position, moment)


AUTOMATIC: Final = Policy()


def policy_of(text: str, position: Position = NOWHERE) -> Policy:
    """The policy in words: `manual`, `auto`, `auto within WINDOW`. Raises ClearwayError."""
    if text in (MANUAL, AUTO):
        return Policy(auto=text == AUTO, position=position)
    window = window_in(text.removeprefix(WITHIN)) if text.startswith(WITHIN) else None
    if window is None:
        raise ClearwayError(
            Diagnostic(
                code="bad-policy",
                message=f"'{text}' is no policy",
                hint="write manual, auto, or `auto within weekdays 22:00-05:00 Europe/Zurich`",
                position=position,
            )
        )
    policy = Policy(auto=True, window=window, position=position)
    policy.is_open(calendar.now())  # refuses a time zone that does not exist
    return policy
