"""Several controllers, put together: one database, who leads, and what the rest of the service asks of them."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path

from controller.connect import Place
from controller.leadership.leader import Leadership, Pace
from controller.leadership.lease import Leases
from controller.leadership.settings import ControllersSettings
from controller.state.dsn import dsn_of
from controller.state.postgres import Connection, PostgresDatabase
from controller.state.store import Store
from controller.telemetry.meters import Meters
from intents.model.campus import SecretRef

_LEASE_DEADLINE_S = 2.0  # of the server to answer about a lease
_BEATS = 5  # renewals in the time of a lease


class Cluster:
    """This controller among the others. Raises ClearwayError where the database cannot be used."""

    def __init__(self, settings: ControllersSettings, database: SecretRef, root: Path, folder: Path) -> None:
        """root: of the project, for the reference; folder: of the state that is this machine's alone."""
        dsn = dsn_of(database, root)
        name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
        pace = Pace(lease_s=settings.lease_s, renew_s=settings.lease_s / _BEATS, spare_s=settings.lease_s / 10)
        deadline_s = min(_LEASE_DEADLINE_S, settings.lease_s / 2)
        self.leadership = Leadership(Leases(Connection(dsn, deadline_s), name), name, pace)
        self._database = PostgresDatabase(dsn, self.leadership)
        self._database.prepare()
        self.store = Store(folder, self._database)
        self.place = Place(term=lambda: self.leadership.term, openflow=settings.openflow)

    def show(self, meters: Meters) -> None:
        """Figures: who leads, and how many there are."""
        leadership = self.leadership
        meters.gauge("clearway_leads", "1 on the controller that leads.", lambda: int(leadership.term is not None))
        meters.gauge("clearway_term", "The term that it leads in, 0 if none.", lambda: leadership.term or 0)
        meters.gauge("clearway_controllers", "Controllers alive, as the database says.", lambda: len(leadership.alive))

    def close(self) -> None:
        """Give the lease back, and let go of the database."""
        self.leadership.stop()
        self._database.close()
