"""Tables of tickets: the ticket, its history, what leaves for outside systems, what came back from them."""

from typing import Any

from sqlalchemy import Float, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from records.schema.base import Base, Sequence
from records.sealing import Fingerprint, SealedJson, SealedText


class TicketRow(Base):
    __tablename__ = "tickets"
    __table_args__ = (Index(None, "state"), Index(None, "accepted_at"))

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(24))
    channel: Mapped[str] = mapped_column(String(16))
    call: Mapped[str | None] = mapped_column(String(64), index=True)
    calling_number: Mapped[str | None] = mapped_column(SealedText)
    contact_number: Mapped[str | None] = mapped_column(SealedText)
    contact_mark: Mapped[str | None] = mapped_column(Fingerprint, index=True)
    contact_name: Mapped[str | None] = mapped_column(SealedText)
    category: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(SealedText)
    content: Mapped[str] = mapped_column(SealedText)
    urgency: Mapped[str] = mapped_column(String(8))
    accepted_by: Mapped[str] = mapped_column(String(64))
    accepted_at: Mapped[float] = mapped_column(Float(53))
    first_owner: Mapped[str] = mapped_column(String(64))
    transcript: Mapped[str | None] = mapped_column(SealedText)
    label: Mapped[str | None] = mapped_column(String(64))
    label_confidence: Mapped[float | None] = mapped_column(Float(53))
    recording: Mapped[str | None] = mapped_column(String(200))
    result: Mapped[str | None] = mapped_column(SealedText)
    finished_at: Mapped[float | None] = mapped_column(Float(53))
    due_at: Mapped[float | None] = mapped_column(Float(53))
    number_12345: Mapped[str | None] = mapped_column(String(64), index=True)


class TicketHistoryRow(Base):
    """One step of the lifecycle, in order of `seq`."""

    __tablename__ = "ticket_history"
    __table_args__ = ({"sqlite_autoincrement": True},)

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    at: Mapped[float] = mapped_column(Float(53))
    who: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(24))
    before: Mapped[str | None] = mapped_column(String(24))
    after: Mapped[str] = mapped_column(String(24))
    note: Mapped[str | None] = mapped_column(SealedText)


class OutboxRow(Base):
    """Something an outside system must receive exactly once. `id` is the idempotency key, `seq` the order."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "channel", "ticket", "seq"),
        Index(None, "channel", "state", "next_at"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    channel: Mapped[str] = mapped_column(String(16))
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    body: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    state: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[float] = mapped_column(Float(53))
    next_at: Mapped[float] = mapped_column(Float(53))
    attempts: Mapped[int] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(SealedText)
    delivered_at: Mapped[float | None] = mapped_column(Float(53))
    reference: Mapped[str | None] = mapped_column(String(100))


class ChannelEventRow(Base):
    """A change that an outside system pushed and that was taken: the same event id is not taken twice."""

    __tablename__ = "channel_events"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    ticket: Mapped[str] = mapped_column(ForeignKey("tickets.number"))
    received_at: Mapped[float] = mapped_column(Float(53))
