"""Tables of people: accounts, and the audit trail of what they looked at and did."""

from typing import Any

from sqlalchemy import JSON, Float, String
from sqlalchemy.orm import Mapped, mapped_column

from records.schema.base import Base, Sequence
from records.sealing import SealedJson, SealedText


class AccountRow(Base):
    """Someone who signs in. Of a SIP password only HA1 (RFC 7616 §3.4.2) is kept, and that sealed."""

    __tablename__ = "accounts"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    display_name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(300))
    skills: Mapped[dict[str, int]] = mapped_column(JSON)
    sip_user: Mapped[str | None] = mapped_column(String(32), unique=True)
    ha1_md5: Mapped[str | None] = mapped_column(SealedText)
    ha1_sha256: Mapped[str | None] = mapped_column(SealedText)
    created_at: Mapped[float] = mapped_column(Float(53))


class AuditRow(Base):
    """Who did what to which object. A trigger forbids UPDATE and DELETE."""

    __tablename__ = "audit_trail"
    __table_args__ = ({"sqlite_autoincrement": True},)

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    at: Mapped[float] = mapped_column(Float(53), index=True)
    who: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    object: Mapped[str] = mapped_column(String(100), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(SealedJson)
