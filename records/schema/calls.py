"""Tables of calls: the append-only log, the call record (话务工单), the transcript. Times are UTC epoch seconds."""

from typing import Any

from sqlalchemy import Float, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from records.schema.base import Base, Sequence
from records.sealing import Fingerprint, SealedJson, SealedText


class CallLogRow(Base):
    """One fact or command. A trigger forbids UPDATE and DELETE."""

    __tablename__ = "call_log"
    __table_args__ = ({"sqlite_autoincrement": True},)

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    boot: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[float] = mapped_column(Float(53))
    call: Mapped[str | None] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(40))
    body: Mapped[dict[str, Any]] = mapped_column(SealedJson)


class CallRecordRow(Base):
    """Exactly one row a call. `category` to `completed_at` are the agent's; everything else is the hotline's."""

    __tablename__ = "call_records"
    __table_args__ = (Index(None, "agent", "completed_at"), Index(None, "outcome"), Index(None, "arrived_at"))

    call: Mapped[str] = mapped_column(String(64), primary_key=True)
    caller: Mapped[str | None] = mapped_column(SealedText)
    caller_mark: Mapped[str | None] = mapped_column(Fingerprint, index=True)
    called: Mapped[str | None] = mapped_column(String(32))
    trunk: Mapped[str | None] = mapped_column(String(64))
    arrived_at: Mapped[float | None] = mapped_column(Float(53))
    answered_at: Mapped[float | None] = mapped_column(Float(53))
    queued_at: Mapped[float | None] = mapped_column(Float(53))
    ringing_at: Mapped[float | None] = mapped_column(Float(53))
    joined_at: Mapped[float | None] = mapped_column(Float(53))
    ended_at: Mapped[float | None] = mapped_column(Float(53))
    transcript: Mapped[str | None] = mapped_column(SealedText)
    label: Mapped[str | None] = mapped_column(String(64))
    label_confidence: Mapped[float | None] = mapped_column(Float(53))
    entered_by: Mapped[str] = mapped_column(String(8))
    agent: Mapped[str | None] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    end_reason: Mapped[str | None] = mapped_column(String(200))
    ended_by: Mapped[str | None] = mapped_column(String(16))
    rating: Mapped[int | None] = mapped_column(Integer)
    recording_file: Mapped[str | None] = mapped_column(String(200))
    recording_seconds: Mapped[float | None] = mapped_column(Float(53))
    recording_sha256: Mapped[str | None] = mapped_column(String(64))
    category: Mapped[str | None] = mapped_column(String(64))
    matter: Mapped[str | None] = mapped_column(SealedText)
    answer: Mapped[str | None] = mapped_column(SealedText)
    completed_at: Mapped[float | None] = mapped_column(Float(53))
    direction: Mapped[str] = mapped_column(String(8), server_default="inbound")
    callback: Mapped[str | None] = mapped_column(String(16), index=True)


class CallTranscriptRow(Base):
    """What was said in the talk of one call: `[[leg, at, seconds, text], …]` in order."""

    __tablename__ = "call_transcripts"

    call: Mapped[str] = mapped_column(String(64), primary_key=True)
    utterances: Mapped[list[list[Any]]] = mapped_column(SealedJson)
