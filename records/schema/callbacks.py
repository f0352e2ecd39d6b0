"""The table of callbacks (回拨). Times are UTC epoch seconds."""

from sqlalchemy import Float, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from records.schema.base import Base
from records.sealing import Fingerprint, SealedText


class CallbackRow(Base):
    """One callback. `open_mark` is the number's fingerprint while it is open: one for each number."""

    __tablename__ = "callbacks"
    __table_args__ = (
        Index(None, "state"),
        Index(None, "call"),
        Index(None, "number_mark"),
        Index("uq_callbacks_open_mark", "open_mark", unique=True),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[str] = mapped_column(SealedText)
    number_mark: Mapped[str] = mapped_column(Fingerprint)
    open_mark: Mapped[str | None] = mapped_column(Fingerprint)
    source: Mapped[str] = mapped_column(String(16))
    since: Mapped[float] = mapped_column(Float(53))
    due: Mapped[float] = mapped_column(Float(53))
    until: Mapped[float] = mapped_column(Float(53))
    call: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(64))
    priority: Mapped[int] = mapped_column(Integer)
    preferred: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    agent: Mapped[str] = mapped_column(String(64))
    offered_at: Mapped[float | None] = mapped_column(Float(53))
    attempts: Mapped[int] = mapped_column(Integer)
    result: Mapped[str] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(SealedText)
    closed_at: Mapped[float | None] = mapped_column(Float(53))
    dialling: Mapped[str] = mapped_column(String(64), server_default="")
