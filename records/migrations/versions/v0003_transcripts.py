"""Transcripts of talks."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_transcripts",
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("utterances", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call", name="pk_call_transcripts"),
    )
