"""The tables of the hotline, by subject. Rows live on database threads only; what leaves is a frozen dataclass."""

from records.schema.base import Base, CounterRow, MarkRow
from records.schema.callbacks import CallbackRow
from records.schema.calls import CallLogRow, CallRecordRow, CallTranscriptRow
from records.schema.people import AccountRow, AuditRow
from records.schema.recordings import CallLegRow, RecordingRow
from records.schema.tickets import ChannelEventRow, OutboxRow, TicketHistoryRow, TicketRow
from records.schema.transfers import TransferRow

__all__ = [
    "AccountRow",
    "AuditRow",
    "Base",
    "CallLegRow",
    "CallLogRow",
    "CallRecordRow",
    "CallTranscriptRow",
    "CallbackRow",
    "ChannelEventRow",
    "CounterRow",
    "MarkRow",
    "OutboxRow",
    "RecordingRow",
    "TicketHistoryRow",
    "TicketRow",
    "TransferRow",
]
