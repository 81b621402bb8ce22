"""Which of several controllers changes the network: a lease in PostgreSQL, with a term that only grows."""
