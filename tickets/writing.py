"""Opening tickets and changing them. The ticket, its history and what leaves for outside systems are written in one
transaction. Decides who is told; the lifecycle decides what may happen.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from records.schema import TicketHistoryRow, TicketRow
from tickets import lifecycle, outbox_entries
from tickets.lifecycle import Event, State
from tickets.numbers import ticket_number
from tickets.outbox_entries import CHANNELS
from tickets.ticket import Step, Ticket, ticket_body, ticket_from

URGENCIES = ("一般", "普通", "紧急", "特急")
EVERYWHERE = ("online", "window")
LONGEST = {"title": 200, "content": 20_000, "contact_name": 100, "contact_number": 32, "calling_number": 32}


class TicketRefusedError(ValueError):
    """A ticket cannot be opened so. `fields` names what to mend; the text is Chinese, for the page."""

    def __init__(self, text: str, *wrong: str) -> None:
        super().__init__(text)
        self.fields = wrong


@dataclass(frozen=True, slots=True)
class Draft:
    """What a ticket is opened from. `channels` receive it; `label` and its confidence are the recogniser's."""

    category: str
    title: str
    content: str
    accepted_by: str
    call: str | None = None
    channel: str = "phone"
    calling_number: str | None = None
    contact_number: str | None = None
    contact_name: str | None = None
    urgency: str = "一般"
    transcript: str | None = None
    label: str | None = None
    label_confidence: float | None = None
    recording: str | None = None
    due_at: float | None = None
    number_12345: str | None = None
    channels: tuple[str, ...] = EVERYWHERE


def open_ticket(session: Session, draft: Draft, now: float) -> Ticket:
    """Write the ticket, its history and an outbox entry for each channel. Raises TicketRefusedError."""
    check(session, draft)
    values = asdict(draft)
    channels = values.pop("channels")
    values |= {name: values[name].strip() for name in ("title", "content")}
    row = TicketRow(
        number=ticket_number(session, now),
        state=State.ACCEPTED.value,
        accepted_at=now,
        first_owner=draft.accepted_by,
        contact_mark=draft.contact_number,
        **values,
    )
    session.add(row)
    session.flush()
    add_step(session, row.number, Step(now, draft.accepted_by, "open", None, State.ACCEPTED.value, None))
    ticket = ticket_from(row)
    for channel in channels:
        outbox_entries.add(session, channel, row.number, "ticket", ticket_body(ticket, session.info["labels"]), now)
    return ticket


def check(session: Session, draft: Draft) -> None:
    empty = {"category": "类别", "title": "标题", "content": "内容", "accepted_by": "受理人"}
    wrong = [name for name in empty if not getattr(draft, name).strip()]
    if wrong:
        raise TicketRefusedError("请填写：" + "、".join(empty[name] for name in wrong), *wrong)
    if draft.category not in session.info["labels"]:
        raise TicketRefusedError(f"类别“{draft.category}”不在目录中，请从列表中选择", "category")
    if draft.urgency not in URGENCIES:
        raise TicketRefusedError(f"紧急程度“{draft.urgency}”应为：{'、'.join(URGENCIES)}", "urgency")
    for name, longest in LONGEST.items():
        if len(getattr(draft, name) or "") > longest:
            raise TicketRefusedError(f"{name}最多{longest}字", name)
    unknown = [channel for channel in draft.channels if channel not in CHANNELS]
    if unknown or len(set(draft.channels)) != len(draft.channels):
        raise TicketRefusedError(f"渠道“{'、'.join(draft.channels)}”应为{'、'.join(CHANNELS)}，各一次", "channels")


def apply(
    session: Session,
    number: str,
    events: Sequence[Event],
    who: str,
    note: str | None,
    now: float,
    from_channel: str | None = None,
) -> Ticket:
    """Let `events` happen to the ticket, in order, the note with the last; the other channels are told.

    Raises LifecycleError (nothing is changed then) and LookupError for an unknown number.
    """
    row = session.get(TicketRow, number, with_for_update=True)
    if row is None:
        raise LookupError(f"没有工单“{number}”")
    before = State(row.state)
    for place, event in enumerate(events, 1):
        after = lifecycle.step(before, event)
        last = place == len(events)
        add_step(session, number, Step(now, who, event.value, before.value, after.value, note if last else None))
        before = after
    row.state = before.value
    if before is State.FED_BACK and note:
        row.result = note
    if before is State.CLOSED and row.finished_at is None:
        row.finished_at = now
    session.flush()
    body = {"ticket": number, "state": row.state, "state_name": lifecycle.STATE_NAMES[before], "note": note, "by": who}
    for channel in outbox_entries.channels_of(session, number):
        if channel != from_channel:
            outbox_entries.add(session, channel, number, "change", body, now)
    return ticket_from(row)


def change(session: Session, number: str, event: Event, who: str, note: str | None, now: float) -> Ticket:
    """One event by someone of the hotline. Raises LifecycleError and LookupError."""
    return apply(session, number, [event], who, note, now)


def add_step(session: Session, number: str, step: Step) -> None:
    session.add(TicketHistoryRow(ticket=number, **asdict(step)))
    session.flush()
