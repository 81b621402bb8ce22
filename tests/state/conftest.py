"""A PostgreSQL server for the tests of a room."""

from tests.state.postgres_fixtures import postgres

__all__ = ["postgres"]
