"""Who the work at hand is done for, for those who write it down. Set where a call comes in, gone with it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from controller.access.grants import Caller

current_caller: Final[ContextVar[Caller | None]] = ContextVar("current_caller", default=None)
