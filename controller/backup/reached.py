"""The state that a backup is of: as a service would reach it, and as one that is alone with it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from controller.service.settings import Settings, read_settings
from controller.state.database import Transaction, fault
from controller.state.dsn import dsn_of
from controller.state.folder import state_folder
from controller.state.postgres import PostgresDatabase
from controller.state.store import Store

PATIENCE_S = 600.0
_LOCK = "LOCK TABLE lease IN EXCLUSIVE MODE"
_ALIVE = (
    "SELECT name FROM member WHERE expires > clock_timestamp() "
    "UNION SELECT holder FROM lease WHERE expires > clock_timestamp() ORDER BY 1"
)


class Nobody:
    """May write to PostgreSQL while no controller is alive there, and keeps any from leading until it is through."""

    def __init__(self, place: str) -> None:
        self._place = place

    def check(self, transaction: Transaction) -> None:
        """See Guard."""
        transaction.run(_LOCK)
        alive = [str(row[0]) for row in transaction.run(_ALIVE)]
        if alive:
            hint = "end them first, each on its machine: systemctl stop clearway"
            message = f"controllers with this state run: {', '.join(alive)}"
            raise fault("service-runs", message, hint, self._place)

    def hold(self, seconds: float) -> None:
        """See Guard."""

    def in_one_term(self) -> AbstractContextManager[None]:
        """See Guard."""
        return nullcontext()


def reached_by(folder: Path, config: Path | None) -> Store:
    """The store of the service with the settings in that file; without one, of the project in a folder. Raises
    ClearwayError."""
    if config is None:
        return reached(state_folder(folder), Settings())
    settings = read_settings(config)
    return reached(state_folder(settings.home), settings)


def reached(folder: Path, settings: Settings) -> Store:
    """The store of the service with these settings; folder: of the state that is this machine's alone. Raises
    ClearwayError."""
    secret = settings.controllers.database
    if secret is None:
        return Store(folder)
    dsn = dsn_of(secret, settings.home)
    return Store(folder, PostgresDatabase(dsn, Nobody(dsn.place), PATIENCE_S))
