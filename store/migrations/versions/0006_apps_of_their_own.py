"""In which workspace an effect is carried out, and which workspaces are served by whom."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("team", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("replicas", sa.Column("acts_in", sa.String(length=200), nullable=False, server_default=""))
    op.create_table(
        "served",
        sa.Column("team_id", sa.String(length=20), nullable=False),
        sa.Column("url", sa.String(length=200), nullable=False),
        sa.Column("bot_user_id", sa.String(length=20), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team_id"),
    )
