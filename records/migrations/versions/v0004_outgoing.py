"""Calls that go out: the direction of a call, the callback it belongs to, the call that dials a callback."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("call_records") as records:
        records.add_column(sa.Column("direction", sa.String(8), nullable=False, server_default="inbound"))
        records.add_column(sa.Column("callback", sa.String(16)))
        records.create_index("ix_call_records_callback", ["callback"])
    with op.batch_alter_table("callbacks") as callbacks:
        callbacks.add_column(sa.Column("dialling", sa.String(64), nullable=False, server_default=""))
