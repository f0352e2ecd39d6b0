"""The tables of the hotline, by subject. Rows live on database threads only; what leaves is a frozen dataclass."""

from records.schema.base import Base, CounterRow, MarkRow
from records.schema.callbacks import CallbackRow
from records.schema.calls import CallLogRow, CallRecordRow, CallTranscriptRow
from records.schema.people import AccountRow, AuditRow
from records.schema.tickets import ChannelEventRow, OutboxRow, TicketHistoryRow, TicketRow
from records.schema.transfers import TransferRow

__all__ = [
    "AccountRow",
    "AuditRow",
    "Base",
    "CallLogRow",
    "CallRecordRow",
    "CallTranscriptRow",
    "CallbackRow",
    "ChannelEventRow",
    "CounterRow",
    "MarkRow",
    "OutboxRow",
    "TicketHistoryRow",
    "TicketRow",
    "TransferRow",
]
