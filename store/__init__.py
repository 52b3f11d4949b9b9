"""The database: what is kept of each noun, the unit of work, the inbox and the outbox."""
