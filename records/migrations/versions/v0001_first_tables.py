"""The first tables: people, calls, tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("call_log", "audit_trail")


def upgrade() -> None:
    create_people()
    create_calls()
    create_tickets()
    for table in APPEND_ONLY:
        forbid_changes(table)


def forbid_changes(table: str) -> None:
    """Triggers that refuse UPDATE and DELETE on `table`, whoever tries."""
    message = f"{table} is append-only"
    if op.get_bind().dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
        # INSERT OR REPLACE deletes without asking the trigger above.
        there = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE seq = NEW.seq)"  # noqa: S608 (names from above)
        op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {there} {refuse}")
        return
    refuse = f"RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    op.execute(f"CREATE FUNCTION {table}_append_only() {refuse}")
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )


def create_people() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("display_name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.String(300), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("sip_user", sa.String(32)),
        sa.Column("ha1_md5", sa.Text()),
        sa.Column("ha1_sha256", sa.Text()),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_accounts"),
        sa.UniqueConstraint("sip_user", name="uq_accounts_sip_user"),
    )
    op.create_table(
        "audit_trail",
        sa.Column("seq", SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("object", sa.String(100), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_trail"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_trail_at", "audit_trail", ["at"])
    op.create_index("ix_audit_trail_object", "audit_trail", ["object"])
    op.create_table(
        "counters",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )


def create_calls() -> None:
    op.create_table(
        "call_log",
        sa.Column("seq", SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("boot", sa.String(64), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("call", sa.String(64)),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_call_log"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_call_log_boot", "call_log", ["boot"])
    op.create_index("ix_call_log_call", "call_log", ["call"])
    op.create_table(
        "call_records",
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("caller", sa.Text()),
        sa.Column("caller_mark", sa.String(32)),
        sa.Column("called", sa.String(32)),
        sa.Column("trunk", sa.String(64)),
        sa.Column("arrived_at", sa.Float(53)),
        sa.Column("answered_at", sa.Float(53)),
        sa.Column("queued_at", sa.Float(53)),
        sa.Column("ringing_at", sa.Float(53)),
        sa.Column("joined_at", sa.Float(53)),
        sa.Column("ended_at", sa.Float(53)),
        sa.Column("transcript", sa.Text()),
        sa.Column("label", sa.String(64)),
        sa.Column("label_confidence", sa.Float(53)),
        sa.Column("entered_by", sa.String(8), nullable=False),
        sa.Column("agent", sa.String(64)),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("end_reason", sa.String(200)),
        sa.Column("ended_by", sa.String(16)),
        sa.Column("rating", sa.Integer()),
        sa.Column("recording_file", sa.String(200)),
        sa.Column("recording_seconds", sa.Float(53)),
        sa.Column("recording_sha256", sa.String(64)),
        sa.Column("category", sa.String(64)),
        sa.Column("matter", sa.Text()),
        sa.Column("answer", sa.Text()),
        sa.Column("completed_at", sa.Float(53)),
        sa.PrimaryKeyConstraint("call", name="pk_call_records"),
    )
    op.create_index("ix_call_records_agent_completed_at", "call_records", ["agent", "completed_at"])
    op.create_index("ix_call_records_arrived_at", "call_records", ["arrived_at"])
    op.create_index("ix_call_records_caller_mark", "call_records", ["caller_mark"])
    op.create_index("ix_call_records_outcome", "call_records", ["outcome"])


def create_tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("call", sa.String(64)),
        sa.Column("calling_number", sa.Text()),
        sa.Column("contact_number", sa.Text()),
        sa.Column("contact_mark", sa.String(32)),
        sa.Column("contact_name", sa.Text()),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("urgency", sa.String(8), nullable=False),
        sa.Column("accepted_by", sa.String(64), nullable=False),
        sa.Column("accepted_at", sa.Float(53), nullable=False),
        sa.Column("first_owner", sa.String(64), nullable=False),
        sa.Column("transcript", sa.Text()),
        sa.Column("label", sa.String(64)),
        sa.Column("label_confidence", sa.Float(53)),
        sa.Column("recording", sa.String(200)),
        sa.Column("result", sa.Text()),
        sa.Column("finished_at", sa.Float(53)),
        sa.PrimaryKeyConstraint("number", name="pk_tickets"),
    )
    op.create_index("ix_tickets_accepted_at", "tickets", ["accepted_at"])
    op.create_index("ix_tickets_call", "tickets", ["call"])
    op.create_index("ix_tickets_contact_mark", "tickets", ["contact_mark"])
    op.create_index("ix_tickets_state", "tickets", ["state"])
    op.create_table(
        "channel_events",
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("event_id", sa.String(100), nullable=False),
        sa.Column("ticket", sa.String(32), nullable=False),
        sa.Column("received_at", sa.Float(53), nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_channel_events_ticket"),
        sa.PrimaryKeyConstraint("channel", "event_id", name="pk_channel_events"),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("ticket", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("next_at", sa.Float(53), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("delivered_at", sa.Float(53)),
        sa.Column("reference", sa.String(100)),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_outbox_ticket"),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_channel_state_next_at", "outbox", ["channel", "state", "next_at"])
    op.create_index("ix_outbox_channel_ticket_seq", "outbox", ["channel", "ticket", "seq"])
    op.create_index("ix_outbox_ticket", "outbox", ["ticket"])
    op.create_table(
        "ticket_history",
        sa.Column("seq", SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("ticket", sa.String(32), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("event", sa.String(24), nullable=False),
        sa.Column("before", sa.String(24)),
        sa.Column("after", sa.String(24), nullable=False),
        sa.Column("note", sa.Text()),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="fk_ticket_history_ticket"),
        sa.PrimaryKeyConstraint("seq", name="pk_ticket_history"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_ticket_history_ticket", "ticket_history", ["ticket"])
