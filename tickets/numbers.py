"""Ticket numbers: GD, the day in Beijing time, a counter for the day. Decides the form, nothing about tickets."""

from datetime import UTC, datetime, timedelta, timezone

from sqlalchemy.orm import Session

from records.counters import next_number

# One zone for the whole country, without summer time since 1991; needs no zone files on the machine.
BEIJING = timezone(timedelta(hours=8), "CST")


def day_of(now: float) -> str:
    """The calendar day in Beijing, as YYYYMMDD."""
    return datetime.fromtimestamp(now, UTC).astimezone(BEIJING).strftime("%Y%m%d")


def ticket_number(session: Session, now: float) -> str:
    """The day's next number, such as GD20261121-000001; the same number is never given to two tickets."""
    day = day_of(now)
    return f"GD{day}-{next_number(session, f'ticket:{day}'):06d}"
