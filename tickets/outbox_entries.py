"""Entries of the outbox in the database: adding, finding what is due, noting what became of it.

An entry's id is its idempotency key. Entries for one ticket and channel leave in order, each after the one before it
has arrived. Knows nothing of HTTP.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from records.schema import OutboxRow

CHANNELS = ("online", "window", "12345")
WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"
LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """What has to arrive. `kind` is "ticket" or "change"; `next_at` (epoch seconds) when to try next."""

    seq: int
    id: str
    channel: str
    ticket: str
    kind: str
    body: dict[str, Any]
    attempts: int
    next_at: float


@dataclass(frozen=True, slots=True)
class Sync:
    """How far one channel has a ticket: `state` is delivered, waiting or failed, the worst of its entries.

    `reference` is the outside system's own number, `error` why the last try failed, `next_at` when the next one comes.
    """

    channel: str
    state: str
    attempts: int
    error: str | None
    next_at: float | None
    delivered_at: float | None
    reference: str | None


def add(
    session: Session, channel: str, ticket: str, kind: Literal["ticket", "change"], body: dict[str, Any], now: float
) -> str:
    """Put an entry into the outbox; returns its id."""
    entry = OutboxRow(
        id=str(uuid4()),
        channel=channel,
        ticket=ticket,
        kind=kind,
        body=body,
        state=WAITING,
        created_at=now,
        next_at=now,
        attempts=0,
    )
    session.add(entry)
    session.flush()
    return entry.id


def heads(channel: str) -> Select[Any]:
    """Of each ticket the first entry that has not arrived, if it waits."""
    earlier = aliased(OutboxRow)
    blocked = exists().where(
        earlier.channel == OutboxRow.channel,
        earlier.ticket == OutboxRow.ticket,
        earlier.seq < OutboxRow.seq,
        earlier.state != DELIVERED,
    )
    return select(OutboxRow).where(OutboxRow.channel == channel, OutboxRow.state == WAITING, ~blocked)


def due(session: Session, channel: str, now: float, limit: int, but: Collection[str]) -> list[OutboxEntry]:
    """Up to `limit` entries that may leave now, the longest due first, without the ids in `but`."""
    query = heads(channel).where(OutboxRow.next_at <= now, OutboxRow.id.not_in(list(but)))
    rows = session.scalars(query.order_by(OutboxRow.next_at, OutboxRow.seq).limit(limit))
    return [OutboxEntry(r.seq, r.id, r.channel, r.ticket, r.kind, r.body, r.attempts, r.next_at) for r in rows]


def next_due(session: Session, channel: str, but: Collection[str]) -> float | None:
    """When the channel's next entry may leave, or None when nothing waits."""
    waiting = heads(channel).where(OutboxRow.id.not_in(list(but))).subquery()
    soonest: float | None = session.scalar(select(func.min(waiting.c.next_at)))
    return soonest


def delivered(session: Session, id: str, reference: str | None, now: float) -> None:
    """It arrived; `reference` is the outside system's own number for it."""
    row = session.scalars(select(OutboxRow).where(OutboxRow.id == id)).one()
    row.state, row.delivered_at, row.error, row.attempts = DELIVERED, now, None, row.attempts + 1
    row.reference = reference[:100] if reference else None


def wake(session: Session, channel: str, now: float) -> None:
    """The channel works again: what was put off need not wait any longer."""
    others = (OutboxRow.channel == channel, OutboxRow.state == WAITING, OutboxRow.next_at > now)
    session.execute(update(OutboxRow).where(*others).values(next_at=now).execution_options(synchronize_session=False))


def put_off(session: Session, id: str, error: str, next_at: float) -> None:
    """It did not arrive; try again at `next_at`."""
    row = session.scalars(select(OutboxRow).where(OutboxRow.id == id)).one()
    row.error, row.attempts, row.next_at = error[:LONGEST_ERROR], row.attempts + 1, next_at


def park(session: Session, id: str, error: str) -> None:
    """The channel refuses it: nothing is tried until somebody asks for it with `retry`."""
    row = session.scalars(select(OutboxRow).where(OutboxRow.id == id)).one()
    row.state, row.error, row.attempts = FAILED, error[:LONGEST_ERROR], row.attempts + 1


def retry(session: Session, ticket: str, channel: str, now: float) -> int:
    """Let the parked and waiting entries of a ticket leave at once; returns how many there are."""
    mine = (OutboxRow.ticket == ticket, OutboxRow.channel == channel, OutboxRow.state != DELIVERED)
    rows = list(session.scalars(select(OutboxRow).where(*mine)))
    for row in rows:
        row.state, row.next_at = WAITING, now
    return len(rows)


def channels_of(session: Session, ticket: str) -> list[str]:
    """The channels that were given the ticket, in the order of CHANNELS."""
    given = set(session.scalars(select(OutboxRow.channel).where(OutboxRow.ticket == ticket).distinct()))
    return [channel for channel in CHANNELS if channel in given]


def sync_of(session: Session, ticket: str) -> list[Sync]:
    """The state of each channel that was given the ticket."""
    rows = list(session.scalars(select(OutboxRow).where(OutboxRow.ticket == ticket).order_by(OutboxRow.seq)))
    found = []
    for channel in CHANNELS:
        mine = [row for row in rows if row.channel == channel]
        if not mine:
            continue
        open_ones = [row for row in mine if row.state != DELIVERED]
        one = open_ones[0] if open_ones else mine[-1]
        found.append(
            Sync(
                channel,
                one.state,
                sum(row.attempts for row in mine),
                one.error,
                one.next_at if one.state == WAITING else None,
                mine[0].delivered_at,
                mine[0].reference,
            )
        )
    return found
