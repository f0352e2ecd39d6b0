"""Recordings with their masks, holds and ends; how the audio of each leg was. Earlier ones are taken over."""

import sqlalchemy as sa
from alembic import op

revision = "0005_recordings"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("file", sa.String(200), primary_key=True),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("seconds", sa.Float(53)),
        sa.Column("sha256", sa.String(64)),
        sa.Column("masked", sa.JSON, nullable=False),
        sa.Column("partial", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("trouble", sa.String(200), nullable=False, server_default=""),
        sa.Column("held_by", sa.String(64), nullable=False, server_default=""),
        sa.Column("held_at", sa.Float(53)),
        sa.Column("held_reason", sa.Text),
        sa.Column("purged_at", sa.Float(53)),
    )
    op.create_index("ix_recordings_call", "recordings", ["call"])
    op.create_index("ix_recordings_at_purged_at", "recordings", ["at", "purged_at"])
    op.create_table(
        "call_legs",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("leg", sa.String(80), nullable=False),
        sa.Column("codec", sa.String(16), nullable=False),
        sa.Column("secure", sa.Boolean, nullable=False),
        sa.Column("mos", sa.Float(53)),
        sa.Column("far_mos", sa.Float(53)),
        sa.Column("measures", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_call_legs_call", "call_legs", ["call"])
    op.execute(
        "INSERT INTO recordings (file, call, at, seconds, sha256, masked)"
        " SELECT recording_file, call, COALESCE(ended_at, arrived_at, 0), recording_seconds, recording_sha256, '[]'"
        " FROM call_records WHERE recording_file IS NOT NULL"
    )
