"""Alembic's entry: runs on the connection that `store.schema` hands over."""

from alembic import context

import store.unit  # noqa: F401  # importing the unit registers every table in the metadata
from store.database import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
