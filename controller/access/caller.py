"""Who the work at hand is done for, for those who write it down. Set where a call comes in, gone with it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from controller.access.grants import Caller

current_caller: Final[ContextVar[Caller | None]] = ContextVar("current_caller", default=None)


def caller_fields() -> dict[str, str]:
    """Who called, where somebody did, for the audit log: his name and the fingerprint of his certificate, and in whose
    name."""
    caller = current_caller.get()
    if caller is None:
        return {}
    who = {"caller": caller.identity.name, "fingerprint": caller.identity.fingerprint, "behalf": caller.behalf}
    return {key: value for key, value in who.items() if value}
