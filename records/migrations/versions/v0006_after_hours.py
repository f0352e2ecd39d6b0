"""Calls that went to a line outside or came from 12345; a ticket's deadline and its number at 12345."""

import sqlalchemy as sa
from alembic import op

revision = "0006_after_hours"
down_revision = "0005_recordings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("ticket", sa.String(32), nullable=False),
        sa.Column("asked_at", sa.Float(53), nullable=False),
        sa.Column("answered_at", sa.Float(53)),
        sa.Column("ended_at", sa.Float(53)),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
    )
    op.create_index("ix_transfers_call", "transfers", ["call"])
    op.create_index("ix_transfers_asked_at", "transfers", ["asked_at"])
    with op.batch_alter_table("tickets") as tickets:
        tickets.add_column(sa.Column("due_at", sa.Float(53)))
        tickets.add_column(sa.Column("number_12345", sa.String(64)))
        tickets.create_index("ix_tickets_number_12345", ["number_12345"])
