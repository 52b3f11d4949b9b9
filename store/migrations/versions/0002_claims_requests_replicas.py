"""Longer lanes, the channel of an event, the requests that were carried out, the replicas and the alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("lane", existing_type=sa.String(length=80), type_=sa.String(length=200))
        outbox.create_index("ix_outbox_done_at", ["done_at"])
        outbox.create_index("ix_outbox_key", ["key"])
    with op.batch_alter_table("inbox") as inbox:
        inbox.add_column(sa.Column("channel", sa.String(length=60), nullable=False, server_default=""))
    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_requests_at", "requests", ["at"])
    op.create_table(
        "replicas",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.Column("listened_at", sa.BigInteger(), nullable=True),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_replicas_beat_at", "replicas", ["beat_at"])
    op.create_table(
        "alarms",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
