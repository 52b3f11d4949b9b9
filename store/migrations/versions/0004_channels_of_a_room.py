"""The channels that a room is found by besides its own: the id that it had before, and its bridge."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for name in ("was_id", "bridge_id"):
        op.add_column("rooms", sa.Column(name, sa.String(length=60), nullable=True))
        op.create_index(f"ix_rooms_{name}", "rooms", [name])
