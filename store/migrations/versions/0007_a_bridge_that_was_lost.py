"""The bridge that a room had before: what was said there may still be on its way."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("rooms", sa.Column("bridge_was_id", sa.String(length=60), nullable=True))
    op.create_index("ix_rooms_bridge_was_id", "rooms", ["bridge_was_id"])
