"""The calls of a past day out of the database, as a call list for routing.planning."""

from datetime import date, datetime, time

from config.settings import Settings
from hotline.commands import CommandError
from records import callrecords
from records.callrecords import CallRecord
from records.engine import open_database
from routing.planning.calllist import BEIJING, DAY, ListedCall

MOST = 1_000_000


def calls_of(settings: Settings, day: date) -> list[ListedCall]:
    """Calls that asked for a person on `day`, Beijing time, oldest first. Raises CommandError, DatabaseError."""
    file = settings.home / "hotline.db"
    if not settings.database.url and not file.exists():
        raise CommandError(f"{file}: there is no database yet; start the hotline, or set HOTLINE_HOME to its home")
    since = datetime.combine(day, time(), BEIJING).timestamp()
    database = open_database(settings)
    try:
        records = database.read(lambda session: callrecords.latest(session, MOST, since=since, until=since + DAY))
    finally:
        database.close()
    wrap_up = settings.agents.wrap_up_seconds
    calls = [listed(record, wrap_up) for record in records if record.queued_at and record.ended_at]
    return sorted(calls, key=lambda call: call.at)


def listed(record: CallRecord, wrap_up_seconds: float) -> ListedCall:
    """A call that is over. Work is the talk and the time until the record was saved, at most the wrap-up clock."""
    assert record.queued_at is not None
    assert record.ended_at is not None
    if record.joined_at is None:
        return ListedCall(record.queued_at, None, record.ended_at - record.queued_at, record.label or "")
    saved = wrap_up_seconds if record.completed_at is None else record.completed_at - record.ended_at
    handled = record.ended_at - record.joined_at + min(max(saved, 0.0), wrap_up_seconds)
    return ListedCall(record.queued_at, handled, record.joined_at - record.queued_at, record.label or "")
