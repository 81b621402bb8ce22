"""Fixtures for tests that need PostgreSQL; a conftest.py imports them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.runner.postgres import Server, why_not


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server for the session; each test has a database of its own. pytest's folders are closed to other users."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="clearway-postgres-"))
    folder.chmod(0o755)
    server = Server.make(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
