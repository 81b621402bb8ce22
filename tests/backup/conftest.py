"""A PostgreSQL server for the backup of what several controllers keep."""

from tests.state.postgres_fixtures import postgres

__all__ = ["postgres"]
