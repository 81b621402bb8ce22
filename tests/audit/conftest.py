"""A PostgreSQL server for the anchors that several controllers keep there."""

from tests.state.postgres_fixtures import postgres

__all__ = ["postgres"]
