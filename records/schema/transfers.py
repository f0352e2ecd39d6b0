"""The table of transfers: calls that went to a line outside, or came from 12345. Times are UTC epoch seconds."""

from sqlalchemy import Float, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from records.schema.base import Base


class TransferRow(Base):
    """One try; its id is that of the call and the number of the try on it."""

    __tablename__ = "transfers"
    __table_args__ = (Index(None, "call"), Index(None, "asked_at"))

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    call: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    direction: Mapped[str] = mapped_column(String(8))
    number: Mapped[str] = mapped_column(String(32))
    by: Mapped[str] = mapped_column(String(64))
    ticket: Mapped[str] = mapped_column(String(32))
    asked_at: Mapped[float] = mapped_column(Float(53))
    answered_at: Mapped[float | None] = mapped_column(Float(53))
    ended_at: Mapped[float | None] = mapped_column(Float(53))
    outcome: Mapped[str] = mapped_column(String(16))
