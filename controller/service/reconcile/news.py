"""What has happened since the last status, so that the next one says why it is one."""

from __future__ import annotations

from typing import Final

# Of several causes the first here names the status; details are of all.
CAUSES: Final = ("repaired", "held", "drift", "degraded", "back", "onu", "clock", "poll")


class News:
    """Causes and sentences, kept until they are taken. One thread."""

    def __init__(self) -> None:
        self._causes: set[str] = set()
        self._details: dict[str, None] = {}

    def add(self, cause: str, *details: str) -> None:
        """Something of this cause happened."""
        self._causes.add(cause)
        self._details |= dict.fromkeys(details)

    def so_far(self) -> tuple[str, tuple[str, ...]]:
        """Cause and details of all of it; `poll` where nothing happened."""
        return min(self._causes, key=CAUSES.index, default="poll"), tuple(self._details)

    def take(self) -> tuple[str, tuple[str, ...]]:
        """The same, and it is told now."""
        found = self.so_far()
        self._causes.clear()
        self._details.clear()
        return found

    def __bool__(self) -> bool:
        return bool(self._causes)
