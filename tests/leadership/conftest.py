"""A PostgreSQL server for the tests of this room."""

from tests.state.postgres_fixtures import postgres

__all__ = ["postgres"]
