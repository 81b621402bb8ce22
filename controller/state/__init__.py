"""What the service must keep: the journal, what was applied, records of other parts; in SQLite, or in PostgreSQL."""
