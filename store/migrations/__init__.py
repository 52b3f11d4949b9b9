"""The schema, forward only: each step runs on SQLite and on PostgreSQL with data in the tables."""
