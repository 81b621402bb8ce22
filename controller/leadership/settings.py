"""What makes a service one of several controllers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from intents.model.campus import SecretRef
from intents.model.diagnostic import ClearwayError, Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllersSettings:
    """database: where its connection string is; None: this is the only controller, with SQLite. openflow: where
    switches reach this one, where that is not what the campus says. address: where clients reach its API, the address
    it listens on if "". lease_s: seconds until another takes over from one that is silent."""

    database: SecretRef | None = None
    openflow: str | None = None
    address: str = ""
    lease_s: float = 4.0


def reference(text: str, option: str) -> SecretRef:
    """`env:NAME` or `file:PATH`. Raises ClearwayError."""
    kind, _, name = text.partition(":")
    if kind not in {"env", "file"} or not name:
        raise ClearwayError(
            Diagnostic(
                code="bad-reference",
                message=f"{option} takes the place of a secret, not the secret",
                hint=f"{option} env:NAME (an environment variable) or {option} file:PATH",
            )
        )
    return SecretRef(kind=kind, name=name if kind == "env" else str(Path(name).expanduser().absolute()))
