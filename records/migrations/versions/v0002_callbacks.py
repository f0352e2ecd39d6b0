"""Callbacks."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_mark", sa.String(32), nullable=False),
        sa.Column("open_mark", sa.String(32)),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("since", sa.Float(53), nullable=False),
        sa.Column("due", sa.Float(53), nullable=False),
        sa.Column("until", sa.Float(53), nullable=False),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("preferred", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("agent", sa.String(64), nullable=False),
        sa.Column("offered_at", sa.Float(53)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.Float(53)),
        sa.PrimaryKeyConstraint("id", name="pk_callbacks"),
    )
    op.create_index("ix_callbacks_call", "callbacks", ["call"])
    op.create_index("ix_callbacks_number_mark", "callbacks", ["number_mark"])
    op.create_index("ix_callbacks_state", "callbacks", ["state"])
    op.create_index("uq_callbacks_open_mark", "callbacks", ["open_mark"], unique=True)
