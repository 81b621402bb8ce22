"""How the page is shown, as values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from controller.access.settings import AccessSettings, is_loopback
from intents.model.diagnostic import ClearwayError, Diagnostic

USERS: Final = "users.json"  # in the state folder, where the settings name no file
HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """listen: HOST:PORT, "" is no page. users: the file of who may log in; None: USERS in the state folder. plain: by
    HTTP also where others than this machine reach it, behind something that speaks TLS. origins: what browsers call the
    page where that is not its own address. idle_s, longest_s: when a session ends that is not used; at the latest."""

    listen: str = ""
    users: Path | None = None
    plain: bool = False
    origins: tuple[str, ...] = ()
    idle_s: float = HOUR_S / 2
    longest_s: float = 12 * HOUR_S


def refuse_plain(page: PageSettings, access: AccessSettings) -> None:
    """Raise ClearwayError where passwords would cross a network that anybody can listen to."""
    if access.identity is None and not page.plain and not is_loopback(page.listen):
        raise ClearwayError(
            Diagnostic(
                code="page-without-tls",
                message=f"the page is not shown at {page.listen} without a certificate: passwords could be read there",
                hint="name access: {certificate, key, ca} in the service's settings, listen on 127.0.0.1, or say "
                "page: {plain: true} where something in front of it speaks TLS",
            )
        )
