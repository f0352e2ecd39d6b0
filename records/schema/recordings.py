"""Tables of recordings and of the legs' audio. Times are UTC epoch seconds."""

from typing import Any

from sqlalchemy import JSON, Boolean, Float, Index, Integer, String, false
from sqlalchemy.orm import Mapped, mapped_column

from records.schema.base import Base, Sequence
from records.sealing import SealedText


class RecordingRow(Base):
    """One recording, of its file's name. `masked` are spans in seconds. A purged one keeps its row, not its file."""

    __tablename__ = "recordings"
    __table_args__ = (Index(None, "call"), Index(None, "at", "purged_at"))

    file: Mapped[str] = mapped_column(String(200), primary_key=True)
    call: Mapped[str] = mapped_column(String(64))
    at: Mapped[float] = mapped_column(Float(53))
    seconds: Mapped[float | None] = mapped_column(Float(53))
    sha256: Mapped[str | None] = mapped_column(String(64))
    masked: Mapped[list[list[float]]] = mapped_column(JSON)
    partial: Mapped[bool] = mapped_column(Boolean, server_default=false())
    trouble: Mapped[str] = mapped_column(String(200), server_default="")
    held_by: Mapped[str] = mapped_column(String(64), server_default="")
    held_at: Mapped[float | None] = mapped_column(Float(53))
    held_reason: Mapped[str | None] = mapped_column(SealedText)
    purged_at: Mapped[float | None] = mapped_column(Float(53))


class CallLegRow(Base):
    """How the audio of one leg was: ivr.facts.LegMeasured, and the estimate made of it."""

    __tablename__ = "call_legs"
    __table_args__ = (Index(None, "call"), {"sqlite_autoincrement": True})

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    call: Mapped[str] = mapped_column(String(64))
    place: Mapped[int] = mapped_column(Integer)
    leg: Mapped[str] = mapped_column(String(80))
    codec: Mapped[str] = mapped_column(String(16))
    secure: Mapped[bool] = mapped_column(Boolean)
    mos: Mapped[float | None] = mapped_column(Float(53))
    far_mos: Mapped[float | None] = mapped_column(Float(53))
    measures: Mapped[dict[str, Any]] = mapped_column(JSON)
